// The login page's comforts; the page works without them. In a dialog's window, cancelling and
// changing the address lead back to the dialog (browserid.md §2.4).
import { changeAddress, recallAtLogin } from "./lib/flow.js";

const form = document.getElementById("login");
const password = document.getElementById("password");
const submit = document.getElementById("submit");
const reveal = document.getElementById("reveal");
const status = document.getElementById("status");
const change = document.getElementById("change");

// In a dialog's window the person sees where this leads, as in the dialog itself.
const flow = recallAtLogin();
if (flow) {
  const onward = document.getElementById("onward");
  onward.querySelector("span").textContent = new URL(flow.origin).host;
  onward.hidden = false;
}

// The mail server may take its time; a second press would count as a second attempt.
form.addEventListener("submit", (event) => {
  if (submit.getAttribute("aria-disabled") === "true") return event.preventDefault();
  cover();
  setBusy(true);
});

// A page that comes back from the browser's memory is ready for the next try.
window.addEventListener("pageshow", () => setBusy(false));

reveal.hidden = false;
reveal.addEventListener("click", () => {
  if (password.type === "password") show("text", "Hide");
  else cover();
});

change?.addEventListener("click", (event) => {
  if (!flow) return;
  event.preventDefault();
  changeAddress();
  navigator.id.raiseAuthenticationFailure("the person wants another address");
});

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
