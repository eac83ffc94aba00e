// Checks a certificate before it is kept or used: without this, an issuer could sign a person in
// as somebody else (browserid.md §8.1, F1).
import { decode } from "./base64url.js";
import { readIssuerKey, verifies } from "./keys.js";
import { issuerKeys } from "./requests.js";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * Throws unless the certificate says, for long enough from `now` on and under the issuer's
 * published key, that this key speaks for this address.
 */
export async function checkCertificate(certificate, { email, keyObject, now }) {
  const [header, payload, signature, ...rest] = certificate.split(".");
  if (signature === undefined || rest.length > 0) throw new Error("it has not three parts");
  checkClaims(read(payload), { email, keyObject, now });
  if (read(header).alg !== "RS256") throw new Error("its algorithm is not RS256");

  for (const key of await issuerKeys(email.slice(email.lastIndexOf("@") + 1))) {
    const signed = `${header}.${payload}`;
    if (await verifies(await readIssuerKey(key), decode(signature), signed)) return;
  }
  throw new Error("no published key has signed it");
}

function checkClaims(claims, { email, keyObject, now }) {
  if (claims.principal?.email !== email) throw new Error("it is for another address");
  if (!sameKey(claims["public-key"], keyObject)) throw new Error("it is for another key");
  if (claims.iss !== location.host) throw new Error("it is from another issuer");
  if (!Number.isInteger(claims.exp) || !Number.isInteger(claims.iat)) {
    throw new Error("its times are missing");
  }
  // An assertion lives for two minutes; its certificate must outlive it.
  if (claims.exp < now + 3 * MINUTE) throw new Error("it ends too soon");
  if (claims.exp > now + DAY + MINUTE) throw new Error("it ends too late");
  if (claims.iat > now + MINUTE) throw new Error("it begins in the future");
}

function sameKey(one, other) {
  return ["algorithm", "n", "e"].every((name) => one?.[name] === other[name]);
}

function read(segment) {
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(decode(segment)));
}
