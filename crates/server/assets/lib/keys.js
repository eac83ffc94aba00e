// Keys by WebCrypto: the person's pair, whose private half no script can read, and the issuer's
// public keys (browserid.md §3.1, §3.3). BrowserID calls RSA with 2048 bits and SHA-256 "RS256".
import { encode, fromDecimal, toDecimal } from "./base64url.js";

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

/** Reads an issuer's key in either of its two forms. */
export function readIssuerKey(key) {
  const numbers = key.kty === "RSA" ? { n: key.n, e: key.e } : readDecimals(key);
  return crypto.subtle.importKey("jwk", { kty: "RSA", ...numbers }, RS256, false, ["verify"]);
}

/** Signs claims; the answer is a whole assertion (browserid.md §4.2). */
export async function signClaims(claims, privateKey) {
  const signed = `${segment({ alg: "RS256" })}.${segment(claims)}`;
  const signature = await crypto.subtle.sign(RS256, privateKey, ascii.encode(signed));
  return `${signed}.${encode(new Uint8Array(signature))}`;
}

/** Decides whether a signature over a text is the key's. */
export function verifies(publicKey, signature, text) {
  return crypto.subtle.verify(RS256, publicKey, signature, ascii.encode(text));
}

function readDecimals(key) {
  if (key.algorithm !== "RS") throw new Error("an issuer key that is not RSA");
  return { n: fromDecimal(key.n), e: fromDecimal(key.e) };
}

function segment(object) {
  return encode(ascii.encode(JSON.stringify(object)));
}
