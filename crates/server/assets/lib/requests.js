// The calls to our own server. Whatever goes wrong is thrown as a Trouble, whose kind says what
// the person can do about it.

import { base } from "./base.js";

/**
 * Is a call that did not work. Its kind is the server's own word where it has one
 * ("not-an-address", "wrong-code", "too-many", …), else "session", "offline" or "server".
 */
export class Trouble extends Error {
  constructor(kind, message, facts = {}) {
    super(message);
    this.kind = kind;
    Object.assign(this, facts);
  }
}

/** Asks whose an address is, whether its owner is signed in here, and what time it is. */
export async function address(email) {
  const answer = await call(`/persona/auth/address/?email=${encodeURIComponent(email)}`);
  return (await good(answer)).json();
}

/** Asks whether there is a live session for exactly this address. */
export async function hasSession(email) {
  const answer = await call(`/persona/auth/has-session/?email=${encodeURIComponent(email)}`);
  if (answer.status === 404) return false;
  await good(answer);
  return true;
}

/** Has a public key certified for the session's address. */
export async function certificate(email, publicKey, certDuration) {
  const body = { email, publicKey, certDuration };
  const answer = await post("/persona/auth/certificate/", body);
  if (answer.status === 401) throw new Trouble("session", "not signed in");
  return (await (await good(answer)).text()).trim();
}

/** Asks who has signed a certificate, which must be for this address and this key. */
export async function checked(email, publicKey, text) {
  const body = { email, publicKey, certificate: text };
  return (await good(await post("/persona/auth/check/", body))).json();
}

/** Has a code and a link sent to an address; says when they end and how long the code is. */
export async function sendMail(email, shared) {
  return (await good(await post("/persona/auth/mail/", { email, shared }))).json();
}

/** Shows the code of a mail, which opens a session. */
export async function sendCode(email, code, shared) {
  await good(await post("/persona/auth/mail/code/", { email, code, shared }));
}

/** Ends the session of an address, if there is one, with the form of the signed-in page. */
export async function endSession(email) {
  const answer = await call(`/persona/login/?email=${encodeURIComponent(email)}`);
  const text = await (await good(answer)).text();
  const page = new DOMParser().parseFromString(text, "text/html");
  const form = page.getElementById("logout");
  if (!form || page.getElementById("email").textContent !== email) return;
  const body = new URLSearchParams(new FormData(form));
  await good(await call("/persona/auth/logout/", { method: "POST", body }));
}

function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return call(path, { method: "POST", headers, body: JSON.stringify(body) });
}

async function call(path, options = {}) {
  // Longer than the server itself waits for other people's servers.
  const limit = AbortSignal.timeout(40_000);
  try {
    return await fetch(base + path, { ...options, signal: limit, credentials: "same-origin" });
  } catch (error) {
    throw new Trouble("offline", String(error));
  }
}

async function good(answer) {
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => null);
  const kind = typeof problem?.error === "string" ? problem.error : "server";
  const path = new URL(answer.url).pathname;
  throw new Trouble(kind, `${answer.status} from ${path}: ${problem?.detail ?? ""}`, {
    left: problem?.left,
    minutes: Math.ceil(Number(answer.headers.get("Retry-After") ?? 60) / 60),
  });
}
