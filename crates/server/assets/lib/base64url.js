// Base64url without padding, and the numbers of key objects (browserid.md §3.1, §3.4).

/** Writes bytes as base64url. */
export function encode(bytes) {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Reads base64url; throws at anything that `encode` would not have written. */
export function decode(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  if (encode(bytes) !== text) throw new Error("base64url that is not canonical");
  return bytes;
}

/** Turns a big-endian base64url number into decimal digits. */
export function toDecimal(text) {
  const hex = Array.from(decode(text), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return BigInt(`0x${hex}`).toString();
}
