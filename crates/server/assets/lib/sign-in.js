// The journey of one sign-in: address, proof, key pair, certificate, assertion.
import { checkCertificate } from "./certificate.js";
import { makePair, signClaims, toKeyObject } from "./keys.js";
import { provision } from "./provisioning-frame.js";
import { Trouble, address, certificate, endSession } from "./requests.js";
import { keep, person } from "./vault.js";

const SIX_HOURS_IN_SECONDS = 21_600;
const HOUR_IN_SECONDS = 3_600;
const TWO_MINUTES = 120_000;
const A_MINUTE = 60_000;

/**
 * Goes as far as possible for an address. The outcome is "signed-in" with what the site waits for,
 * and by when it must have it; or what has to come first: "log-in", "mail", "hand-off", "provider"; or why there is no way:
 * "none", "unreachable".
 *
 * Of the wishes, `origin` is the site's, `shared` keeps nothing in this browser, and `anew` believes
 * no sign-in from before; `returned` is who has just proven the address for this one.
 */
export async function signIn(typed, wishes) {
  const place = await look(typed);
  if (place.kind === "none" || place.kind === "unreachable") return { outcome: place.kind, place };
  if (wishes.anew && !wishes.returned && place.signed_in) {
    await endSession(place.email);
    return missing(place);
  }
  if (place.kind !== "issuer" && !place.signed_in) return missing(place);

  const known = await keptIdentity(place, wishes);
  const identity = known ?? (await freshIdentity(place, lifetime(wishes)));
  return identity ? assertion(place, identity, wishes) : missing(place);
}

/** Goes on with a certificate that an issuer's page has brought, and with the pair it is for. */
export async function signInWith({ email, issuer, pair }, text, wishes) {
  const place = await look(email);
  if (issuerOf(place) !== issuer) throw new Trouble("bad-certificate", "the issuer has changed");
  await check(text, pair, place);
  return assertion(place, { email: place.email, pair, certificate: text }, wishes);
}

/** Says for how many seconds a certificate is wanted (browserid.md §2.2). */
export function lifetime({ shared }) {
  return shared ? HOUR_IN_SECONDS : SIX_HOURS_IN_SECONDS;
}

async function assertion(place, identity, { origin, shared }) {
  const { email } = identity;
  if (!shared) await keep({ ...identity, used: nowAt(place) });
  const handOverBy = Date.now() + A_MINUTE;
  const claims = { exp: nowAt(place) + TWO_MINUTES, aud: origin };
  const signed = await signClaims(claims, identity.pair.privateKey);
  const result = { assertion: `${identity.certificate}~${signed}`, email };
  return { outcome: "signed-in", place, result, handOverBy };
}

function missing(place) {
  const first = { ours: "log-in", mailed: "mail" }[place.kind];
  return { outcome: first ?? (place.issuer.handoff ? "hand-off" : "provider"), place };
}

async function keptIdentity(place, { shared, anew }) {
  const kept = shared || anew ? null : await person(place.email);
  if (!kept) return null;
  try {
    await check(kept.certificate, kept.pair, place);
    return kept;
  } catch (trouble) {
    // Ended, or the issuer has other keys now: a fresh one is made.
    if (!(trouble instanceof Trouble) || trouble.kind === "bad-certificate") return null;
    throw trouble;
  }
}

async function freshIdentity(place, seconds) {
  // The frame that today's browsers starve of cookies is for issuers that have nothing better.
  if (place.issuer?.handoff) return null;
  try {
    const got = place.kind === "issuer" ? await fromFrame(place, seconds) : await ours(place, seconds);
    await check(got.certificate, got.pair, place);
    return { email: place.email, ...got };
  } catch (trouble) {
    if (trouble.kind === "session") return null;
    throw trouble;
  }
}

async function ours({ email }, seconds) {
  const pair = await makePair();
  return { pair, certificate: await certificate(email, await toKeyObject(pair.publicKey), seconds) };
}

function fromFrame({ email, issuer }, seconds) {
  return provision(issuer.provisioning, { email, seconds });
}

async function check(text, pair, place) {
  const keyObject = await toKeyObject(pair.publicKey);
  const expected = { email: place.email, keyObject, issuer: issuerOf(place), now: nowAt(place) };
  await checkCertificate(text, expected);
}

function issuerOf(place) {
  return place.kind === "issuer" ? place.issuer.authority : location.host;
}

// The server's clock counts: people's own clocks are often wrong by more than two minutes.
async function look(email) {
  const place = await address(email);
  return { ...place, ahead: place.server_time - Date.now() };
}

function nowAt({ ahead }) {
  return Math.round(Date.now() + ahead);
}
