// The issuer's side of a hand-off (docs/handoff.md): another installation's dialog has come with the
// person and a public key, and gets a certificate for it back, if the person is signed in here and
// has nothing against it.
import { base } from "./lib/base.js";
import { holdBack, isCalm } from "./lib/calm.js";
import { giveBack, keepRequest, recallRequest } from "./lib/handed.js";
import { WORDS } from "./lib/handed-words.js";
import { address, certificate, endSession } from "./lib/requests.js";

const part = (id) => document.getElementById(id);

function start() {
  const posted = readRequest(part("handoff").dataset);
  const asked = posted ?? resumed();
  if (!asked) return stop(WORDS.nothing);
  part("broker").textContent = hostOf(asked);
  part("to").hidden = false;
  part("back").addEventListener("click", () => cancel(asked));
  part("cancel").addEventListener("click", () => cancel(asked));
  part("allow").addEventListener("click", () => isCalm() && certify(asked));
  if (posted) keep(posted);
  return goOn(asked);
}

function readRequest({ broker, dialog, trusted, email, key, duration, state, shared }) {
  if (!broker) return null;
  const [isTrusted, isShared] = [trusted === "yes", shared === "yes"];
  const request = { broker, dialog, email, publicKey: key, duration: Number(duration), state };
  return { ...request, trusted: isTrusted, shared: isShared };
}

// Who is trusted, the server says, each time.
function resumed() {
  const request = recallRequest();
  const trusted = part("handoff").dataset.brokers.split(" ").filter(Boolean);
  return request && { ...request, trusted: trusted.includes(request.broker) };
}

// Where nothing can be kept, it still works for those who need no login page.
function keep(request) {
  try {
    keepRequest(request);
    return true;
  } catch {
    return false;
  }
}

async function goOn(asked) {
  show("wait");
  try {
    const place = await address(asked.email);
    if (place.kind !== "ours") return stop(WORDS.notOurs(place.domain), asked);
    if (!place.signed_in) return logIn(asked);
    return asked.trusted ? await certify(asked) : question(asked);
  } catch (trouble) {
    return fail(trouble, asked);
  }
}

// The login page leads back here. If the session is then still not seen, it never will be.
function logIn(asked) {
  if (asked.hasBeenAtLogin) return stop(WORDS.unseen, asked, () => toLogin(asked));
  return toLogin(asked);
}

function toLogin(asked) {
  if (!keep({ ...asked, hasBeenAtLogin: true })) return stop(WORDS.forgetful, asked);
  return location.replace(`${base}/persona/login/?email=${encodeURIComponent(asked.email)}`);
}

function question(asked) {
  const hours = Math.min(24, Math.ceil(asked.duration / 3600));
  part("question-broker").textContent = hostOf(asked);
  part("question-email").textContent = asked.email;
  part("question-host").textContent = hostOf(asked);
  part("question-time").textContent = hours === 1 ? "an hour" : `${hours} hours`;
  show("question");
  // Not the button: a key that was meant for another page would say yes.
  part("question-title").focus();
  holdBack([part("allow")]);
}

async function certify(asked) {
  show("wait");
  try {
    const answer = { certificate: await certificate(asked.email, asked.publicKey, asked.duration) };
    return asked.shared ? await leaveNothing(asked, answer) : giveBack(asked, answer);
  } catch (trouble) {
    return trouble.kind === "session" ? logIn(asked) : fail(trouble, asked);
  }
}

// On a shared computer the next person must not find this one signed in.
async function leaveNothing(asked, answer) {
  try {
    await endSession(asked.email);
  } catch (trouble) {
    console.error("persona:", trouble);
    return stop(WORDS.stillSignedIn, asked, () => leaveNothing(asked, answer));
  }
  return giveBack(asked, answer);
}

function cancel(asked) {
  giveBack(asked, { refused: "cancelled" });
}

function fail(trouble, asked) {
  console.error("persona:", trouble);
  if (trouble.kind === "not-an-address") return stop(WORDS.notAnAddress, asked);
  const words = { offline: WORDS.offline, "too-many": WORDS.tooMany(trouble.minutes) };
  return stop(words[trouble.kind] ?? WORDS.broken, asked, () => goOn(asked));
}

function stop({ title, words }, asked, again) {
  part("stop-problem").classList.toggle("unreachable", Boolean(again));
  part("stop-problem").classList.toggle("wait", !again);
  part("stop-title").textContent = title;
  part("stop-words").textContent = words;
  part("again").hidden = !again;
  part("again").onclick = again;
  part("back").hidden = !asked;
  if (asked) part("back").textContent = `Back to ${hostOf(asked)}`;
  show("stop");
}

function show(id) {
  for (const each of ["wait", "question", "stop"]) part(each).hidden = each !== id;
}

function hostOf({ broker }) {
  return new URL(broker).host;
}

// A page that comes back from the browser's memory asks for nothing any more: it starts anew.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.replace(`${base}/persona/handoff/`);
});

start();
