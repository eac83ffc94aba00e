// navigator.id for provisioning pages (browserid.md §2.2), over the wire of §2.3: JSON texts
// between this frame and the dialog around it. The broker is the origin that this script was
// loaded from.
(() => {
  "use strict";

  // Not `document.currentScript`, in whose place an element of that name would stand.
  const current = Object.getOwnPropertyDescriptor(Document.prototype, "currentScript");
  const script = current.get.call(document);
  if (!(script instanceof HTMLScriptElement)) throw new Error("this must be loaded by a script tag");
  const broker = new URL(script.src).origin;
  const id = navigator.id ?? {};
  const scope = "vep_prov::";
  const ready = `${scope}__ready`;
  const waiting = new Map();
  let queue = [];
  let next = 1 + Math.floor(Math.random() * 1_000_000);
  let connected = false;

  function connect() {
    if (connected) return;
    if (window.parent === window) throw new Error("a provisioning page works in a frame only");
    connected = true;
    window.addEventListener("message", receive);
    post({ method: ready, params: "ping" });
  }

  function receive(event) {
    if (event.source !== window.parent || event.origin !== broker) return;
    const message = read(event.data);
    if (!message) return;
    if (message.method === ready) return becomeReady(message.params);
    const callback = waiting.get(message.id);
    waiting.delete(message.id);
    if (callback && !message.error) callback(message.result);
  }

  // The first ping or pong opens the way; later ones are not listened to.
  function becomeReady(kind) {
    if (!queue) return;
    if (kind === "ping") post({ method: ready, params: "pong" });
    const messages = queue;
    queue = null;
    messages.forEach(post);
  }

  function read(data) {
    try {
      const message = JSON.parse(data);
      return typeof message === "object" ? message : null;
    } catch {
      return null;
    }
  }

  function post(message) {
    window.parent.postMessage(JSON.stringify(message), broker);
  }

  function send(message) {
    connect();
    if (queue) queue.push(message);
    else post(message);
  }

  function call(name, callback) {
    const number = next;
    next += 1;
    waiting.set(number, callback);
    send({ id: number, method: scope + name });
  }

  id.beginProvisioning = (callback) => {
    if (typeof callback !== "function") {
      throw ".beginProvisioning() requires a callback argument";
    }
    call("beginProvisioning", (answer) => callback(answer.email, answer.cert_duration_s));
  };
  id.genKeyPair = (callback) => {
    if (typeof callback !== "function") throw ".genKeyPair() requires a callback argument";
    call("genKeyPair", callback);
  };
  id.registerCertificate = (certificate) => {
    send({ method: `${scope}registerCertificate`, params: certificate });
  };
  id.raiseProvisioningFailure = (reason) => {
    send({ method: `${scope}raiseProvisioningFailure`, params: reason });
  };

  navigator.id = id;
})();
