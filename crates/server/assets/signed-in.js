// The signed-in page: right after the password it leads back to where somebody waits for the sign-in,
// otherwise it offers to; and it sees to it that signing out also forgets the keys (browserid.md
// §8.1, F6).
import { holdBack, isCalm } from "./lib/calm.js";
import { forgetWaiting, onward, takeSent } from "./lib/onward.js";
import { forgetPerson } from "./lib/vault.js";

const part = (id) => document.getElementById(id);

part("logout").addEventListener("submit", async (event) => {
  event.preventDefault();
  // Whether the keys could be forgotten or not, the sign-in is to end.
  await forgetPerson(part("email").textContent);
  forgetWaiting();
  part("logout").submit();
});

const follows = takeSent();
const waiting = onward();
if (waiting && (follows || waiting.isHere)) waiting.proven();
else if (waiting) offer(waiting);

// Who came here by another way may want to sign out, and not to go on.
function offer({ host, proven }) {
  part("onward").textContent = `Go on to ${host}`;
  part("onward").addEventListener("click", () => isCalm() && proven());
  part("waiting").hidden = false;
  holdBack([part("onward")]);
}
