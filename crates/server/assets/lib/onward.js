// Where the login page leads on to, if something has sent the person there: the dialog in this
// window, a hand-off to another installation, or a classic dialog of a trusted broker. The page that
// sent somebody here last is the one that waits.
import { base } from "./base.js";
import { changeAddress, forget, noteProven, recallAtLogin } from "./flow.js";
import { forgetRequest, giveBack, recallRequest } from "./handed.js";

const NAME = "persona.broker";
const SENT = "persona.sent";
const HOUR = 3_600_000;
const LONGEST_LOGIN = 300_000;

/**
 * Finds who waits: `{host, shared, isHere, proven, cancelled, another}`, the host to be shown, whether
 * others use this computer, whether it has sent the person here just now, and the ways on; or null
 * when nobody does.
 */
export function onward() {
  const dialog = recallAtLogin();
  const request = recallRequest();
  const broker = recallBroker();
  const waiting = [
    dialog && { since: dialog.since, make: () => toDialog(dialog) },
    request && { since: request.since, make: () => toHandOff(request) },
    broker && { since: broker.since, make: () => toBroker(broker) },
  ];
  const [latest] = waiting.filter(Boolean).sort((one, other) => other.since - one.since);
  return latest?.make() ?? null;
}

/** Notes that the password is on its way, so that the next page knows where one comes from. */
export function noteSent() {
  keep(SENT, Date.now());
}

/** Tells whether this page follows the form with the password; it is told once. */
export function takeSent() {
  try {
    const age = Date.now() - Number(sessionStorage.getItem(SENT));
    sessionStorage.removeItem(SENT);
    return age >= 0 && age < LONGEST_LOGIN;
  } catch {
    return false;
  }
}

/** Forgets whoever waits: on a shared computer, not even the address may be found by the next one. */
export function forgetWaiting() {
  try {
    forget();
    forgetRequest();
    sessionStorage.removeItem(NAME);
  } catch {
    // Where nothing can be kept, nothing was.
  }
}

function toDialog({ origin, shared }) {
  const back = () => navigator.id.raiseAuthenticationFailure();
  const another = () => {
    changeAddress();
    back();
  };
  const proven = () => {
    noteProven();
    navigator.id.completeAuthentication();
  };
  return { host: hostOf(origin), shared, proven, cancelled: back, another };
}

function toHandOff(request) {
  const proven = () => location.replace(`${base}/persona/handoff/`);
  const cancelled = () => giveBack(request, { refused: "cancelled" });
  const { broker, shared } = request;
  return { host: hostOf(broker), shared, proven, cancelled, another: cancelled };
}

// As authentication_api.js does it for login.persona.org (browserid.md §2.4).
function toBroker({ origin, isHere }) {
  const returnWith = (mark) => {
    sessionStorage.removeItem(NAME);
    location.replace(`${origin}/sign_in?${mark}`);
  };
  const cancelled = () => returnWith("AUTH_RETURN_CANCEL");
  const proven = () => returnWith("AUTH_RETURN");
  return { host: hostOf(origin), shared: false, isHere, proven, cancelled, another: cancelled };
}

// A classic dialog says nothing of itself. The browser does: only an origin of the operator's list,
// which this window came from, is returned to. No address decides it (browserid.md §8.1, F17).
function recallBroker() {
  if (!window.opener) return null;
  const trusted = document.getElementById("brokers").dataset.brokers.split(" ").filter(Boolean);
  const referrer = document.referrer ? new URL(document.referrer).origin : location.origin;
  if (trusted.includes(referrer) && referrer !== location.origin) {
    const broker = { origin: referrer, since: Date.now() };
    keep(NAME, JSON.stringify(broker));
    return { ...broker, isHere: true };
  }
  try {
    const broker = JSON.parse(sessionStorage.getItem(NAME));
    const isFresh = Date.now() - broker.since < HOUR;
    return isFresh && trusted.includes(broker.origin) ? broker : null;
  } catch {
    return null;
  }
}

// Where nothing can be kept, there is only no way on.
function keep(name, value) {
  try {
    sessionStorage.setItem(name, value);
  } catch (error) {
    console.warn("persona: this browser keeps nothing:", error);
  }
}

function hostOf(origin) {
  return new URL(origin).host;
}
