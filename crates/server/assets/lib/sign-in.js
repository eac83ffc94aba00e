// The journey of one sign-in: address, session, key pair, certificate, assertion.
import { checkCertificate } from "./certificate.js";
import { makePair, signClaims, toKeyObject } from "./keys.js";
import { address, certificate } from "./requests.js";
import { keep, person } from "./vault.js";

const SIX_HOURS_IN_SECONDS = 21_600;
const TWO_MINUTES = 120_000;

/**
 * Goes as far as possible for an address. The outcome is "not-ours", "log-in" when there is no
 * session, or "signed-in" with what the site waits for.
 */
export async function signIn(typed, audience) {
  const place = await address(typed);
  const { email, domain } = place;
  if (!place.ours) return { outcome: "not-ours", domain };
  if (!place.signed_in) return { outcome: "log-in", email };

  // The server's clock counts: people's own clocks are often wrong by more than two minutes.
  const ahead = place.server_time - Date.now();
  const now = () => Math.round(Date.now() + ahead);
  const identity = (await keptIdentity(email, now())) ?? (await freshIdentity(email, now()));
  if (!identity) return { outcome: "log-in", email };

  await keep({ ...identity, used: now() });
  const claims = { exp: now() + TWO_MINUTES, aud: audience };
  const assertion = await signClaims(claims, identity.pair.privateKey);
  const bundle = `${identity.certificate}~${assertion}`;
  return { outcome: "signed-in", email, assertion: bundle };
}

async function keptIdentity(email, now) {
  const kept = await person(email);
  if (!kept) return null;
  try {
    const keyObject = await toKeyObject(kept.pair.publicKey);
    await checkCertificate(kept.certificate, { email, keyObject, now });
    return kept;
  } catch {
    // Ended, or the issuer has other keys now: a fresh one is made.
    return null;
  }
}

async function freshIdentity(email, now) {
  const pair = await makePair();
  const keyObject = await toKeyObject(pair.publicKey);
  try {
    const text = await certificate(email, keyObject, SIX_HOURS_IN_SECONDS);
    await checkCertificate(text, { email, keyObject, now });
    return { email, pair, certificate: text };
  } catch (trouble) {
    if (trouble.kind === "session") return null;
    throw trouble;
  }
}
