// What this browser remembers: the addresses used here, each with its key pair and certificate.
// Where nothing can be stored, everything still works; it is then made anew each time.

const STORE = "people";

/** Lists the addresses used here, the latest first. */
export async function people() {
  const all = (await within("readonly", (store) => store.getAll())) ?? [];
  return all.sort((one, other) => other.used - one.used).map((person) => person.email);
}

/** Finds what is kept for an address: `{email, pair, certificate, used}`. */
export function person(email) {
  return within("readonly", (store) => store.get(email));
}

/** Keeps a person's keys and certificate. */
export function keep(entry) {
  return within("readwrite", (store) => store.put(entry));
}

/** Forgets an address with its keys and certificate. */
export function forgetPerson(email) {
  return within("readwrite", (store) => store.delete(email));
}

async function within(mode, work) {
  let database;
  try {
    database = await open();
    return await settle(work(database.transaction(STORE, mode).objectStore(STORE)));
  } catch (error) {
    console.warn("persona: this browser keeps nothing:", error);
    return undefined;
  } finally {
    database?.close();
  }
}

function open() {
  const request = indexedDB.open("persona", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "email" });
  return settle(request);
}

function settle(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("the database is in use"));
  });
}
