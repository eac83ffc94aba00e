// The dialog's half of the talk with the site that opened it: JSON texts, each answer to exactly
// the origin that asked (browserid.md §6.3).

let asked = null;
let finished = false;

/** Says that we are ready, and waits for the first well-formed request of our opener. */
export function nextRequest() {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no request came")), 10_000);
    window.addEventListener("message", (event) => {
      if (event.source !== window.opener) return;
      if (event.data === "die") window.close();
      const params = readRequest(event.data);
      if (asked || !params || !/^https?:\/\//.test(event.origin)) return;
      clearTimeout(timer);
      asked = { window: event.source, origin: event.origin };
      resolve({ origin: event.origin, params });
    });
    window.opener.postMessage(JSON.stringify({ a: "ready" }), "*");
  });
}

/** Answers the site, with null for "cancelled", and closes the window. */
export function answer(result) {
  send({ a: "response", d: result });
  window.close();
}

/** Goes to another page of ours; the site keeps waiting. */
export function leaveFor(address) {
  finished = true;
  location.assign(address);
}

// A page that comes back from the browser's memory has spoken its last word: it starts anew.
window.addEventListener("pageshow", (event) => event.persisted && location.reload());
window.addEventListener("pagehide", () => send({ a: "error", d: "client closed window" }));

function send(message) {
  if (finished || !asked) return;
  finished = true;
  asked.window.postMessage(JSON.stringify(message), asked.origin);
}

function readRequest(data) {
  try {
    const message = JSON.parse(data);
    if (message.a !== "request" || message.d.method !== "get") return null;
    const params = message.d.params ?? {};
    return typeof params === "object" ? params : null;
  } catch {
    return null;
  }
}
