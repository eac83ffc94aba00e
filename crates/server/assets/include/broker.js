// navigator.id for sites (browserid.md §6): a button calls request(), the dialog opens in a window
// of the origin that this script was loaded from, and onlogin gets an assertion.
//
// The files of this folder are joined into one script. Nothing here asks the dialog's origin who is
// signed in: today's browsers would answer a hidden frame with an empty storage, and the frame would
// tell that origin about every page that is read. watch() goes by what this site itself has seen.

const script = document.currentScript ?? document.querySelector('script[src*="/include.js"]');
if (!script) throw new Error("include.js must be loaded by a script tag");
const broker = new URL(script.src).origin;

function warn(words) {
  console.warn(`navigator.id: ${words}`);
}
