// The calls to our own server. Whatever goes wrong is thrown as a Trouble, whose kind says what
// the person can do about it.

/** Is a call that did not work: "address", "session", "offline" or "server". */
export class Trouble extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

/** Asks whose an address is, whether its owner is signed in here, and what time it is. */
export async function address(email) {
  const answer = await call(`/persona/auth/address/?email=${encodeURIComponent(email)}`);
  if (answer.status === 400) throw new Trouble("address", "not an address");
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
  const answer = await call("/persona/auth/certificate/", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email, publicKey, certDuration }),
  });
  if (answer.status === 401) throw new Trouble("session", "not signed in");
  return (await (await good(answer)).text()).trim();
}

/** Ends the session of an address, if there is one, with the form of the signed-in page. */
export async function endSession(email) {
  const text = await (await good(await call("/persona/login/"))).text();
  const page = new DOMParser().parseFromString(text, "text/html");
  const form = page.getElementById("logout");
  if (!form || page.getElementById("email").textContent !== email) return;
  const body = new URLSearchParams(new FormData(form));
  await good(await call(form.getAttribute("action"), { method: "POST", body }));
}

/** Reads the keys that may sign for a domain from our own support document. */
export async function issuerKeys(domain) {
  let support = await document(`?domain=${encodeURIComponent(domain)}`);
  // A hosted domain's document points here; the keys are then in this host's own.
  if (support.authority === location.host) support = await document("");
  return [support["public-key"], ...(support.keys ?? [])].filter(Boolean);
}

async function document(query) {
  // Never from the browser's cache: it may hold the key before the last change.
  const path = `/.well-known/browserid${query}`;
  return (await good(await call(path, { cache: "no-store" }))).json();
}

async function call(path, options = {}) {
  const limit = AbortSignal.timeout(20_000);
  try {
    return await fetch(path, { ...options, signal: limit, credentials: "same-origin" });
  } catch (error) {
    throw new Trouble("offline", String(error));
  }
}

async function good(answer) {
  if (answer.ok) return answer;
  throw new Trouble("server", `${answer.status} from ${new URL(answer.url).pathname}`);
}
