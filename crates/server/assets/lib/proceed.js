// One attempt at a sign-in, and what follows each way that it can end. A visit is of a site, by a
// wire, with `shared` for a computer that others use too, and `begin(hint)` to start over.
import { base } from "./base.js";
import { forget, remember } from "./flow.js";
import { handOver, takeBack } from "./hand-off.js";
import { leaveNothing } from "./leaving.js";
import { offerMail } from "./mailed.js";
import { ask, stop, wait } from "./panels.js";
import { signIn, signInWith } from "./sign-in.js";
import { forgetPending } from "./vault.js";
import { ABOUT_ADDRESS, STOPPED } from "./words.js";

/** Goes on with an address; `returned` when its owner comes from proving it. */
export function proceed(visit, email, { returned = false } = {}) {
  wait("One moment…");
  const { anew } = visit.site;
  return attempt(visit, email, () => signIn(email, { ...wishes(visit), anew, returned }), returned);
}

/** Goes on with what an issuer's page has handed back, if it is what we had asked for. */
export async function proceedWith(visit, handed, flow) {
  wait("One moment…");
  const pending = await takeBack(handed, flow);
  if (!pending) return stop({ ...STOPPED.unexpected, again: () => visit.begin("") });
  if (handed.refused === "cancelled") return visit.begin("");
  const { email, issuer } = pending;
  if (!handed.certificate) return halt(visit, email, STOPPED.notSignedInThere(issuer));
  const work = () => signInWith(pending, handed.certificate, wishes(visit));
  return attempt(visit, email, work);
}

/** Stops where an issuer's page has led back without the certificate that it was asked for. */
export function refuseReturn(visit, email) {
  return halt(visit, email, STOPPED.notSignedInThere(email.slice(email.lastIndexOf("@") + 1)));
}

/** Says what the flow must remember of a visit. */
export function mark({ site, shared, wire }) {
  return { origin: site.origin, shared, ...wire.mark };
}

async function attempt(visit, email, work, returned = false) {
  try {
    const { outcome, ...found } = await work();
    await NEXT[outcome]({ visit, email, returned, ...found });
  } catch (trouble) {
    onTrouble(visit, email, trouble);
  }
}

const NEXT = {
  none: ({ email, place }) => ask(email, ABOUT_ADDRESS.none(place.domain)),
  unreachable: ({ email, place }) => ask(email, ABOUT_ADDRESS.unreachable(place.domain)),

  "log-in"({ visit, place: { email }, returned }) {
    if (returned) return halt(visit, email, STOPPED.unseen(location.host));
    const page = `${base}/persona/login/?email=${encodeURIComponent(email)}`;
    return lend(visit, email, "login", page);
  },

  mail({ visit, place: { email, ahead }, returned }) {
    if (returned) return halt(visit, email, STOPPED.unseen(location.host));
    const onProven = () => proceed(visit, email, { returned: true });
    const onTrouble = (trouble) => onMailTrouble(visit, email, trouble);
    return offerMail({ email, ahead, shared: visit.shared, onProven, onTrouble });
  },

  async "hand-off"({ visit, place }) {
    const form = await handOver(place, mark(visit));
    visit.wire.lend();
    form.submit();
  },

  provider({ visit, place: { email, issuer }, returned }) {
    if (returned) return halt(visit, email, STOPPED.notConfirmed(issuer.authority));
    const page = `${issuer.authentication}?email=${encodeURIComponent(email)}`;
    return lend(visit, email, "provider", page);
  },

  async "signed-in"({ visit, result, handOverBy }) {
    if (!visit.shared) return finish(visit, result);
    await forgetPending(result.email);
    return leaveAndFinish(visit, result, handOverBy);
  },
};

// Whoever takes a while to try again needs another assertion: no site would take this one.
function leaveAndFinish(visit, result, handOverBy) {
  const inTime = (goOn) => () => (Date.now() < handOverBy ? goOn() : proceed(visit, result.email));
  const again = inTime(() => leaveAndFinish(visit, result, handOverBy));
  return leaveNothing(result.email, inTime(() => finish(visit, result)), again);
}

function finish({ shared, wire }, result) {
  forget();
  wire.answer(result);
  const parting = { opened: STOPPED.done, severed: STOPPED.severed(shared) }[wire.kind];
  // Stays only where the browser does not let us close the window.
  if (parting) stop(parting);
}

function lend(visit, email, at, page) {
  remember({ ...mark(visit), email, at });
  visit.wire.lend();
  location.assign(page);
}

// A mailbox may have moved since the address was looked up: then there is another way now.
function onMailTrouble(visit, email, trouble) {
  if (trouble.kind === "has-issuer" || trouble.kind === "no-fallback") return proceed(visit, email);
  return onTrouble(visit, email, trouble);
}

function onTrouble(visit, email, trouble) {
  const domain = email.slice(email.lastIndexOf("@") + 1);
  const inPlace = {
    "not-an-address": ABOUT_ADDRESS.notAnAddress,
    "too-many": ABOUT_ADDRESS.tooMany(trouble.minutes),
    "could-not-ask": ABOUT_ADDRESS.unreachable(domain),
    "mail-not-sent": ABOUT_ADDRESS.mailNotSent,
    "mailbox-refused": ABOUT_ADDRESS.mailboxRefused,
  }[trouble.kind];
  if (trouble.kind !== "not-an-address") logged(trouble);
  if (inPlace) return ask(email, inPlace);
  const stopped = {
    offline: STOPPED.offline,
    storage: STOPPED.nothingKept(location.host),
    silent: STOPPED.issuerSilent(trouble.host),
    "bad-certificate": STOPPED.notAccepted(domain),
  }[trouble.kind];
  return halt(visit, email, stopped ?? STOPPED.broken);
}

function halt(visit, email, words) {
  stop({ ...words, again: () => proceed(visit, email), other: true });
}

function wishes({ site, shared }) {
  return { origin: site.origin, shared };
}

function logged(trouble) {
  console.error("persona:", trouble);
}
