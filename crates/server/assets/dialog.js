// The dialog: the window that a site's sign-in button opens. It learns who asks, asks for an
// address, has it proven at the login page where there is no session, and answers the site.
import { isCalm } from "./lib/calm.js";
import { forget, recall, remember } from "./lib/flow.js";
import { ask, choose, introduce, part, stop, wait } from "./lib/panels.js";
import { endSession } from "./lib/requests.js";
import { signIn } from "./lib/sign-in.js";
import { readSite } from "./lib/site.js";
import { forgetPerson, people } from "./lib/vault.js";
import { answer, leaveFor, nextRequest } from "./lib/wire.js";

let site = null;

async function start() {
  if (!window.opener || window.opener.closed) return stop(WORDS.alone);
  if (!globalThis.crypto?.subtle) return stop(WORDS.unprotected);

  wait("Waiting for the site…");
  try {
    site = readSite(await nextRequest());
  } catch {
    return stop(WORDS.silent);
  }
  introduce(site);

  const flow = recall();
  forget();
  const returned = howReturned();
  return flow && returned ? goOn(flow, returned) : begin(site.hint);
}

// The login page leads back here in one of these two ways, of which the second is older.
function howReturned() {
  const mark = location.search.slice(1) || location.hash.slice(1);
  return { AUTH_RETURN: "proven", AUTH_RETURN_CANCEL: "cancelled" }[mark];
}

function goOn(flow, returned) {
  if (flow.origin !== site.origin) return stop(WORDS.stranger);
  if (flow.change) return begin("");
  if (returned === "cancelled") return answer(null);
  return proceed(flow.email, "returned");
}

async function begin(hint) {
  const known = await people();
  // The site's hint is compared as the server spells addresses, not as the site does.
  const hinted = known.find((email) => email === hint.trim().toLowerCase());
  if (known.length === 0 || (hint && !hinted)) return ask(hint);
  const emails = hinted ? [hinted, ...known.filter((email) => email !== hinted)] : known;
  const onChosen = (email) => isCalm() && proceed(email);
  return choose(emails, { onChosen, onForgotten: forgetAndGoOn });
}

// On a shared computer the next person must not find the last one signed in.
async function forgetAndGoOn(email) {
  wait("One moment…");
  await forgetPerson(email);
  await endSession(email).catch((trouble) => console.error("persona:", trouble));
  return begin("");
}

async function proceed(email, returned) {
  wait("One moment…");
  try {
    const result = await signIn(email, site.origin);
    if (result.outcome === "not-ours") return ask(email, WORDS.notOurs(result.domain));
    if (result.outcome === "log-in") return returned ? stop(unseen(email)) : logIn(result.email);
    answer({ assertion: result.assertion, email: result.email });
    // Reached only by a person whose browser does not let us close the window.
    return stop(WORDS.done);
  } catch (trouble) {
    return fail(email, trouble);
  }
}

function logIn(email) {
  remember({ origin: site.origin, email, at: "login" });
  leaveFor(`/persona/login/?email=${encodeURIComponent(email)}`);
}

function fail(email, trouble) {
  if (trouble.kind === "address") return ask(email, WORDS.notAnAddress);
  console.error("persona:", trouble);
  const words = trouble.kind === "offline" ? WORDS.offline : WORDS.broken;
  return stop({ ...words, again: () => proceed(email) });
}

const unseen = (email) => ({ ...WORDS.unseen, again: () => proceed(email) });

const WORDS = {
  alone: {
    title: "There is no site to sign in to",
    words: "This window opens from a site’s sign-in button. Please start there.",
  },
  unprotected: {
    title: "This connection is not protected",
    words: "Signing in needs a secure address that begins with https.",
  },
  silent: {
    title: "The site is not answering",
    words: "Please close this window and press the site’s sign-in button again.",
  },
  stranger: {
    title: "Another site is asking now",
    words: "To be safe we stopped here. Please go back to your site and start again.",
  },
  done: {
    title: "You are signed in",
    words: "You can close this window and go on at the site.",
  },
  unseen: {
    title: "Your sign-in could not be seen",
    words: "The browser may be blocking cookies for this address. Please allow them and try again.",
  },
  offline: {
    title: "We could not be reached",
    words: "Please check your connection and try again.",
  },
  broken: {
    title: "Something went wrong on our side",
    words: "This is not your fault. Please try again in a few minutes.",
  },
  notAnAddress: {
    title: "This is not an email address yet",
    words: "It looks like name@example.org.",
  },
  notOurs: (domain) => ({
    title: `We cannot sign in ${domain} addresses`,
    words: "This page is for mailboxes that are kept here. Please use an address of that kind.",
  }),
};

part("ask-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const email = part("email").value.trim();
  if (email) proceed(email);
  else ask("", WORDS.notAnAddress);
});
part("other").addEventListener("click", () => ask(""));
part("close").addEventListener("click", () => (site ? answer(null) : window.close()));
for (const button of document.querySelectorAll("[data-cancel]")) {
  button.addEventListener("click", () => answer(null));
}
start();
