// The dialog: the window that a site's sign-in button opens. It learns who asks, asks for an
// address, has it proven by whoever speaks for it, and answers the site.
import { holdBack, isCalm } from "./lib/calm.js";
import { canRemember, forget, recall, remember } from "./lib/flow.js";
import { handedBack } from "./lib/hand-off.js";
import { leaveNothing } from "./lib/leaving.js";
import { ask, choose, introduce, isTyped, nameClose, part, stop, wait } from "./lib/panels.js";
import { mark, proceed, proceedWith, refuseReturn } from "./lib/proceed.js";
import { redirected } from "./lib/redirect.js";
import { address } from "./lib/requests.js";
import { NotUnderstood, readSite } from "./lib/site.js";
import { dropOldPending, forgetPerson, people } from "./lib/vault.js";
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
  await dropOldPending();
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
  if (returned === "proven") return goOnProven(flow);
  // Who turns back at another issuer's page may still have another address.
  return flow.at === "login" ? visit.wire.answer(null) : begin("");
}

// Anybody who holds this window can lead it back here; what was proven meanwhile decides.
function goOnProven(flow) {
  if (flow.at === "provider" || (flow.at === "login" && flow.proven)) {
    return proceed(visit, flow.email, { returned: true });
  }
  // By itself it would only go there again, and so for ever.
  if (flow.at === "hand-off") return refuseReturn(visit, flow.email);
  return begin(visit.site.hint);
}

async function begin(hint) {
  const known = await people();
  const wanted = hint && known.length > 0 ? await spelled(hint) : hint;
  const hinted = known.find((email) => email === wanted);
  if (known.length === 0 || (hint && !hinted)) return ask(hint);
  const emails = hinted ? [hinted, ...known.filter((email) => email !== hinted)] : known;
  return choose(emails, { onChosen, onForgotten: forgetAndGoOn });
}

// The site's hint is compared as the server spells addresses, not as the site does.
async function spelled(hint) {
  const impatient = new Promise((resolve) => setTimeout(resolve, 3_000));
  const place = await Promise.race([address(hint.trim()).catch(() => null), impatient]);
  return place?.email ?? hint.trim().toLowerCase();
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
  const again = () => forgetAndGoOn(email);
  if (!(await forgetPerson(email))) return stop({ ...STOPPED.stillKept, again });
  return leaveNothing(email, () => begin(""));
}

function leave() {
  if (visit.wire) visit.wire.answer(null);
  else window.close();
}

part("ask-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const email = part("email").value.trim();
  // A click that was meant for the site must not say yes to an address that the site put here.
  if (email && !isTyped() && !isCalm()) return void holdBack([part("submit")]);
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
