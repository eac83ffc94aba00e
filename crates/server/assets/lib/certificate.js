// Checks a certificate before it is kept or used: without this, an issuer could sign a person in
// as somebody else (browserid.md §8.1, F1). What it says is checked here; who has signed it, by our
// server, which knows the keys of other issuers.
import { decode } from "./base64url.js";
import { Trouble, checked } from "./requests.js";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * Throws unless the certificate says, for long enough from `now` on and under a key that its
 * issuer has published, that this key speaks for this address.
 */
export async function checkCertificate(certificate, { email, keyObject, issuer, now }) {
  try {
    checkClaims(readClaims(certificate), { email, keyObject, issuer, now });
  } catch (error) {
    throw new Trouble("bad-certificate", error.message);
  }
  const signed = await checked(email, keyObject, certificate);
  if (signed.issuer !== issuer) throw new Trouble("bad-certificate", "another issuer's key");
}

function readClaims(certificate) {
  const parts = typeof certificate === "string" ? certificate.split(".") : [];
  if (parts.length !== 3) throw new Error("it has not three parts");
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(decode(parts[1])));
}

function checkClaims(claims, { email, keyObject, issuer, now }) {
  if (claims.principal?.email !== email) throw new Error("it is for another address");
  if (!sameKey(claims["public-key"], keyObject)) throw new Error("it is for another key");
  if (claims.iss !== issuer) throw new Error("it is from another issuer");
  if (!Number.isInteger(claims.exp)) throw new Error("its end is missing");
  // An assertion lives for two minutes; its certificate must outlive it.
  if (claims.exp < now + 3 * MINUTE) throw new Error("it ends too soon");
  if (claims.exp > now + DAY + MINUTE) throw new Error("it ends too late");
  // Other people's issuers may leave its beginning out (browserid.md §4.1).
  const { iat = now } = claims;
  if (!Number.isInteger(iat) || iat > now + MINUTE) throw new Error("it begins in the future");
}

function sameKey(one, other) {
  return ["algorithm", "n", "e"].every((name) => one?.[name] === other[name]);
}
