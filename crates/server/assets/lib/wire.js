// The ways in which the dialog talks with the site. The usual one: the site has opened this window,
// and both exchange JSON texts, each answer to exactly the origin that asked (browserid.md §6.3).
//
// A wire has a `kind`; `request()`, which gives `{origin, params}`; `answer(result)`, which ends the
// dialog, with null for "cancelled"; `lend()`, for when another page gets this window; and `mark`,
// what the flow must remember of it.

let asked = null;
let finished = false;

/** Gives the wire to the page that opened this window, if it is still there. */
export function opened() {
  if (!window.opener || window.opener.closed) return null;
  return { kind: "opened", request: nextRequest, answer, lend, mark: {} };
}

/**
 * Gives a wire without an end: a page that had the window meanwhile has cut it off from the site
 * (browserid.md §8.2). What is brought back is kept all the same, for the next time.
 */
export function severed(flow) {
  const request = async () => ({ origin: flow.origin, params: {} });
  const answer = (result) => result ?? window.close();
  return { kind: "severed", request, answer, lend() {}, mark: {} };
}

function nextRequest() {
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

function answer(result) {
  send({ a: "response", d: result });
  window.close();
}

function lend() {
  finished = true;
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
