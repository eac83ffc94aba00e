// The person's key pair by WebCrypto, whose private half no script can read (browserid.md §3.1,
// §3.3, §8.1 F15). BrowserID calls RSA with 2048 bits and SHA-256 "RS256".
import { encode, toDecimal } from "./base64url.js";

const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const ascii = new TextEncoder();

/** Makes a fresh pair; the private key cannot be taken out of the browser. */
export function makePair() {
  const shape = { ...RS256, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  return crypto.subtle.generateKey(shape, false, ["sign", "verify"]);
}

/** Writes a public key the way that certificates hold it. */
export async function toKeyObject(publicKey) {
  const jwk = await crypto.subtle.exportKey("jwk", publicKey);
  return { algorithm: "RS", n: toDecimal(jwk.n), e: toDecimal(jwk.e) };
}

/** Signs claims; the answer is a whole assertion (browserid.md §4.2). */
export async function signClaims(claims, privateKey) {
  const signed = `${segment({ alg: "RS256" })}.${segment(claims)}`;
  const signature = await crypto.subtle.sign(RS256, privateKey, ascii.encode(signed));
  return `${signed}.${encode(new Uint8Array(signature))}`;
}

function segment(object) {
  return encode(ascii.encode(JSON.stringify(object)));
}
