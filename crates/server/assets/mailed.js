// The page of a mailed link; it works without this. A second press would find the link used up.
const form = document.getElementById("confirm");
const submit = document.getElementById("submit");

form?.addEventListener("submit", (event) => {
  if (submit.getAttribute("aria-disabled") === "true") return event.preventDefault();
  submit.setAttribute("aria-disabled", "true");
});

// A page that comes back from the browser's memory is ready again.
window.addEventListener("pageshow", () => submit?.setAttribute("aria-disabled", "false"));
