// The dialog: the window that a site's sign-in button opens. It learns who asks, asks for an
// address, has it proven by whoever speaks for it, and answers the site.
import { isCalm } from "./lib/calm.js";
import { canRemember, forget, recall, remember } from "./lib/flow.js";
import { handedBack } from "./lib/hand-off.js";
import { ask, choose, introduce, nameClose, part, stop, wait } from "./lib/panels.js";
import { mark, proceed, proceedWith } from "./lib/proceed.js";
import { redirected } from "./lib/redirect.js";
import { endSession } from "./lib/requests.js";
import { NotUnderstood, readSite } from "./lib/site.js";
import { forgetPerson, people } from "./lib/vault.js";
import { opened, severed } from "./lib/wire.js";
import { ABOUT_ADDRESS, STOPPED } from "./lib/words.js";

/** Who asks, by which wire, and whether others use this computer too, so that nothing is kept. */
const visit = { site: null, wire: null, shared: false, begin };

async function start() {
  const handed = handedBack();
  const returned = handed ? "handed" : howReturned();
  const flow = recall();
  const wire = connect(flow, returned);
  nameClose(wire?.kind === "redirected" ? "Back to the site" : window.opener && "Close this window");
  if (!wire) return stop(STOPPED.alone);
  if (!globalThis.crypto?.subtle) return stop(STOPPED.unprotected);
  if (!canRemember()) return stop(STOPPED.nothingKept(location.host));

  visit.wire = wire;
  wait("Waiting for the site…");
  try {
    visit.site = readSite(await wire.request());
  } catch (error) {
    return stop(error instanceof NotUnderstood ? STOPPED.notUnderstood : STOPPED.silent);
  }
  introduce(visit.site);
  forget();
  if (wire.kind === "redirected") remember({ ...mark(visit), at: "dialog" });
  return flow && returned ? goOn(flow, returned, handed) : begin(visit.site.hint);
}

function connect(flow, returned) {
  const wire = redirected(part("dialog"), flow, returned) ?? opened();
  return wire ?? (flow && returned ? severed(flow) : null);
}

// Our login page and other issuers' pages lead back here in the first two ways, of which the
// fragment is older (browserid.md §2.4); in the third a dialog in the site's window is loaded again.
function howReturned() {
  const end = location.search.slice(1) || location.hash.slice(1);
  return { AUTH_RETURN: "proven", AUTH_RETURN_CANCEL: "cancelled", redirect: "anew" }[end];
}

function goOn(flow, returned, handed) {
  if (flow.origin !== visit.site.origin) return stop(STOPPED.stranger);
  visit.shared = flow.shared === true;
  part("shared").checked = visit.shared;
  if (returned === "handed") return proceedWith(visit, handed, flow);
  if (returned === "anew" || flow.at === "dialog") return begin(visit.site.hint);
  if (flow.change) return begin("");
  if (returned === "proven") return proceed(visit, flow.email, { returned: true });
  // Who turns back at another issuer's page may still have another address.
  return flow.at === "login" ? visit.wire.answer(null) : begin("");
}

async function begin(hint) {
  const known = await people();
  // The site's hint is compared as the server spells addresses, not as the site does.
  const hinted = known.find((email) => email === hint.trim().toLowerCase());
  if (known.length === 0 || (hint && !hinted)) return ask(hint);
  const emails = hinted ? [hinted, ...known.filter((email) => email !== hinted)] : known;
  return choose(emails, { onChosen, onForgotten: forgetAndGoOn });
}

// An address that is kept here says by itself that this computer is the person's own.
function onChosen(email) {
  if (!isCalm()) return;
  visit.shared = false;
  proceed(visit, email);
}

// On a shared computer the next person must not find the last one signed in.
async function forgetAndGoOn(email) {
  wait("One moment…");
  await forgetPerson(email);
  await endSession(email).catch((trouble) => console.error("persona:", trouble));
  return begin("");
}

function leave() {
  if (visit.wire) visit.wire.answer(null);
  else window.close();
}

part("ask-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const email = part("email").value.trim();
  visit.shared = part("shared").checked;
  if (email) proceed(visit, email);
  else ask("", ABOUT_ADDRESS.notAnAddress);
});
for (const button of document.querySelectorAll("[data-other]")) {
  button.addEventListener("click", () => ask(""));
}
for (const button of document.querySelectorAll("[data-cancel]")) {
  button.addEventListener("click", leave);
}
start();
