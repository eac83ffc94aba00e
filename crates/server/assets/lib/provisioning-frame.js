// The classic way to another issuer's certificate: its provisioning page in a hidden frame, and
// our half of the talk with it, JSON texts as they were in 2012 (browserid.md §2.2, §2.3).
import { makePair, toKeyObject } from "./keys.js";
import { Trouble } from "./requests.js";

const SCOPE = "vep_prov::";
const AFTER_LOAD = 20_000;
const WITHOUT_LOAD = 30_000;

/**
 * Gives `{pair, certificate}`, not yet checked. Throws "session" when the page says that the person
 * is not signed in there, and "silent" when it says nothing.
 */
export async function provision(page, { email, seconds }) {
  const frame = makeFrame(page);
  const talk = new AbortController();
  const limit = clock(new URL(page).host);
  try {
    const said = converse(frame, new URL(page).origin, { email, seconds, signal: talk.signal });
    frame.addEventListener("load", () => limit.restart(AFTER_LOAD));
    limit.restart(WITHOUT_LOAD);
    document.body.append(frame);
    return await Promise.race([said, limit.over]);
  } finally {
    limit.stop();
    talk.abort();
    frame.remove();
  }
}

function makeFrame(page) {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.title = "Your email provider’s page";
  // It works without being seen: it has no dialogs to open, no other window to lead away, and
  // nothing to ask the person's camera for.
  frame.sandbox = "allow-scripts allow-same-origin allow-forms";
  frame.allow = "";
  frame.src = page;
  return frame;
}

function clock(host) {
  let timer;
  let fire;
  const over = new Promise((_, reject) => {
    fire = () => reject(new Trouble("silent", "no answer from the provisioning page", { host }));
  });
  const stop = () => clearTimeout(timer);
  const restart = (time) => {
    stop();
    timer = setTimeout(fire, time);
  };
  return { over, stop, restart };
}

// Only this frame's own window is heard, and only while it shows the page's own origin.
function converse(frame, origin, { email, seconds, signal }) {
  let pair = null;
  const say = (message) => {
    if (!signal.aborted) frame.contentWindow.postMessage(JSON.stringify(message), origin);
  };
  const ping = () => say({ method: `${SCOPE}__ready`, params: "ping" });

  const answers = {
    beginProvisioning: async () => ({ email, cert_duration_s: seconds }),
    genKeyPair: async () => {
      pair ??= await makePair();
      return JSON.stringify(await toKeyObject(pair.publicKey));
    },
  };
  async function answer(id, give) {
    try {
      say({ id, result: await give() });
    } catch (error) {
      say({ id, error: "runtime_error", message: String(error) });
    }
  }

  return new Promise((resolve, reject) => {
    const notes = {
      __ready: (kind) => kind === "ping" && say({ method: `${SCOPE}__ready`, params: "pong" }),
      raiseProvisioningFailure: (reason) => reject(new Trouble("session", String(reason))),
      registerCertificate: (certificate) => {
        if (pair) resolve({ pair, certificate });
        else reject(new Trouble("bad-certificate", "a certificate without a key"));
      },
    };
    const receive = (event) => {
      if (event.source !== frame.contentWindow || event.origin !== origin) return;
      const message = read(event.data);
      if (!message) return;
      const { id, method, params } = message;
      if (Object.hasOwn(notes, method)) notes[method](params);
      else if (Object.hasOwn(answers, method) && Number.isInteger(id)) answer(id, answers[method]);
    };
    window.addEventListener("message", receive, { signal });
    // Whichever of the two is ready first, the other one hears of it.
    frame.addEventListener("load", ping, { signal });
  });
}

// What is no message of this talk is not ours to answer.
function read(data) {
  try {
    const { id, method, params } = JSON.parse(data);
    return method.startsWith(SCOPE) ? { id, method: method.slice(SCOPE.length), params } : null;
  } catch {
    return null;
  }
}
