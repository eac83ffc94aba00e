// The signed-in page: where something waits for the sign-in, it leads straight back there; on its
// own it sees to it that signing out also forgets the keys (browserid.md §8.1, F6).
import { onward } from "./lib/onward.js";
import { forgetPerson } from "./lib/vault.js";

onward()?.proven();

const form = document.getElementById("logout");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await forgetPerson(document.getElementById("email").textContent);
  form.submit();
});
