// What this browser remembers: the addresses used here, each with its key pair and certificate,
// and the key pairs whose certificates another issuer's page is about to bring. Where nothing can
// be stored, all but that page still works; keys are then made anew each time.

const PEOPLE = "people";
const PENDING = "pending";
const HOUR = 3_600_000;

/** Lists the addresses used here, the latest first. */
export async function people() {
  const all = (await within(PEOPLE, "readonly", (store) => store.getAll())) ?? [];
  return all.sort((one, other) => other.used - one.used).map((person) => person.email);
}

/** Finds what is kept for an address: `{email, pair, certificate, used}`. */
export function person(email) {
  return within(PEOPLE, "readonly", (store) => store.get(email));
}

/** Keeps a person's keys and certificate. */
export function keep(entry) {
  return within(PEOPLE, "readwrite", (store) => store.put(entry));
}

/**
 * Forgets an address with its keys and certificate, and with those that are on their way. Says
 * whether it is gone.
 */
export async function forgetPerson(email) {
  await within(PEOPLE, "readwrite", (store) => store.delete(email));
  await forgetPending(email);
  const left = await within(PEOPLE, "readonly", (store) => store.count(email));
  return left === 0;
}

/** Forgets the keys for an address whose certificates are on their way. */
export function forgetPending(email) {
  return dropPending((entry) => entry.email === email);
}

/** Forgets the keys whose certificates nobody has brought within the hour. */
export function dropOldPending() {
  return dropPending(({ since }) => Math.abs(Date.now() - since) > HOUR);
}

/**
 * Keeps a key pair while an issuer's page has the window: `{state, email, origin, issuer, pair,
 * since}`. Says whether that was possible.
 */
export async function keepPending(entry) {
  await dropOldPending();
  const kept = await within(PENDING, "readwrite", (store) => store.put(entry));
  return kept !== undefined;
}

/** Takes out what was kept under a state; it can be taken once. */
export async function takePending(state) {
  const entry = await within(PENDING, "readonly", (store) => store.get(state));
  await within(PENDING, "readwrite", (store) => store.delete(state));
  return entry && Date.now() - entry.since < HOUR ? entry : null;
}

async function dropPending(unwanted) {
  const all = (await within(PENDING, "readonly", (store) => store.getAll())) ?? [];
  for (const { state } of all.filter(unwanted)) {
    await within(PENDING, "readwrite", (store) => store.delete(state));
  }
}

async function within(name, mode, work) {
  let database;
  try {
    database = await open();
    return await settle(work(database.transaction(name, mode).objectStore(name)));
  } catch (error) {
    console.warn("persona: this browser keeps nothing:", error);
    return undefined;
  } finally {
    database?.close();
  }
}

function open() {
  const request = indexedDB.open("persona", 2);
  request.onupgradeneeded = ({ oldVersion }) => {
    if (oldVersion < 1) request.result.createObjectStore(PEOPLE, { keyPath: "email" });
    if (oldVersion < 2) request.result.createObjectStore(PENDING, { keyPath: "state" });
  };
  return settle(request);
}

function settle(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("the database is in use"));
  });
}
