// The provisioning page's half of the talk with the dialog around it (browserid.md §2.3): JSON texts
// to one exact origin. The dialog is ours or a trusted broker's. No script of a broker's runs here;
// in our origin it could read what is typed into our login page.

const SCOPE = "vep_prov::";
const READY = `${SCOPE}__ready`;

/** Waits for the dialog, which must be of one of these origins; the answer is how to talk to it. */
export function meetDialog(origins) {
  return new Promise((resolve) => {
    window.addEventListener("message", function listen(event) {
      const message = readMessage(event, origins);
      if (message?.method !== READY) return;
      window.removeEventListener("message", listen);
      if (message.params === "ping") post(event.origin, { method: READY, params: "pong" });
      resolve(talkTo(event.origin));
    });
    // Nobody can name the origin of the page around; the wrong ones of the list hear nothing.
    for (const origin of origins) post(origin, { method: READY, params: "ping" });
  });
}

function talkTo(origin) {
  const waiting = new Map();
  let next = 1 + Math.floor(Math.random() * 1_000_000);

  window.addEventListener("message", (event) => {
    const message = readMessage(event, [origin]);
    const call = waiting.get(message?.id);
    if (!call) return;
    waiting.delete(message.id);
    if (message.error) call.reject(new Error(String(message.message ?? message.error)));
    else call.resolve(message.result);
  });

  return {
    /** Asks the dialog something. */
    call(name) {
      const id = next;
      next += 1;
      post(origin, { id, method: SCOPE + name });
      return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    },
    /** Tells the dialog something. */
    tell(name, params) {
      post(origin, { method: SCOPE + name, params });
    },
  };
}

function readMessage(event, origins) {
  if (event.source !== window.parent || !origins.includes(event.origin)) return null;
  try {
    return JSON.parse(event.data);
  } catch {
    return null;
  }
}

function post(origin, message) {
  window.parent.postMessage(JSON.stringify(message), origin);
}
