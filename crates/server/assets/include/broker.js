// navigator.id for sites (browserid.md §6): a button calls request(), the dialog opens in a window
// of the origin that this script was loaded from, and onlogin gets an assertion.
//
// The files of this folder are joined into one script. Nothing here asks the dialog's origin who is
// signed in: today's browsers would answer a hidden frame with an empty storage, and the frame would
// tell that origin about every page that is read. watch() goes by what this site itself has seen.

const broker = findBroker();
// What stands before /persona/ there: the server puts its setting in here.
const base = "";

// The page may hold texts of strangers, and an element with a name hides the document's own property
// of that name. So the properties are taken from where no element can hide them.
function findBroker() {
  const current = Object.getOwnPropertyDescriptor(Document.prototype, "currentScript");
  const script = current.get.call(document);
  if (script instanceof HTMLScriptElement && script.src) return new URL(script.src).origin;
  // Packed into another script: the page then has a tag for this one as well.
  const scripts = Document.prototype.querySelectorAll.call(document, "script[src]");
  const urls = Array.from(scripts, ({ src }) => new URL(src, location.href));
  const ours = urls.filter(({ pathname }) => /^(|.*\/persona)\/include\.js$/.test(pathname));
  const origins = new Set(ours.map(({ origin }) => origin));
  if (origins.size !== 1) throw new Error("include.js must be loaded by a script tag, and by one");
  return [...origins][0];
}

function warn(words) {
  console.warn(`navigator.id: ${words}`);
}
