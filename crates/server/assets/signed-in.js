// The signed-in page: in a dialog's window it leads straight back to the dialog; on its own it
// sees to it that signing out also forgets the keys (browserid.md §8.1, F6).
import { recallAtLogin } from "./lib/flow.js";
import { forgetPerson } from "./lib/vault.js";

if (recallAtLogin()) navigator.id.completeAuthentication();

const form = document.getElementById("logout");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await forgetPerson(document.getElementById("email").textContent);
  form.submit();
});
