// The login page's comforts; the page works without them. Where something waits for the sign-in,
// cancelling and changing the address lead back there (browserid.md §2.4, docs/handoff.md).
import { noteSent, onward, takeSent } from "./lib/onward.js";

const form = document.getElementById("login");
const password = document.getElementById("password");
const submit = document.getElementById("submit");
const reveal = document.getElementById("reveal");
const status = document.getElementById("status");

// The person sees where this leads, as in the dialog itself.
const waiting = onward();
if (waiting) {
  const words = document.getElementById("onward");
  words.querySelector("span").textContent = waiting.host;
  words.hidden = false;
}

if (waiting?.shared) {
  const shared = document.createElement("input");
  Object.assign(shared, { type: "hidden", name: "shared", value: "yes" });
  form.append(shared);
}

// The mail server may take its time; a second press would count as a second attempt.
form.addEventListener("submit", (event) => {
  if (submit.getAttribute("aria-disabled") === "true") return event.preventDefault();
  cover();
  setBusy(true);
  noteSent();
});

// A page that comes back from the browser's memory is ready for the next try. What was sent before
// did not let anybody in.
takeSent();
window.addEventListener("pageshow", (event) => {
  setBusy(false);
  if (event.persisted) takeSent();
});

reveal.hidden = false;
reveal.addEventListener("click", () => {
  if (password.type === "password") show("text", "Hide");
  else cover();
});

lead("change", waiting?.another);
lead("cancel", waiting?.cancelled);

function lead(id, way) {
  if (!way) return;
  document.getElementById(id)?.addEventListener("click", (event) => {
    event.preventDefault();
    way();
  });
}

// Browsers offer to keep a password only from a covered field.
function cover() {
  show("password", "Show");
}

function show(type, next) {
  password.type = type;
  reveal.textContent = next;
  reveal.setAttribute("aria-label", `${next} password`);
}

function setBusy(busy) {
  submit.setAttribute("aria-disabled", String(busy));
  status.textContent = busy ? status.dataset.words : "";
}
