// The proof by mail, for addresses whose domain has no issuer: a code that is typed here, or a
// link that is opened in this browser. Both open a session here, and the dialog goes on by itself.
import { holdBack, isCalm } from "./calm.js";
import { complain, only, part, turn, wait } from "./panels.js";
import { address, sendCode, sendMail } from "./requests.js";
import { ABOUT_CODE } from "./words.js";

const LOOK_EVERY = 3_000;
const SEND_AGAIN_AFTER = 60_000;

/**
 * Offers to send a mail. `proof` has `email`, `ahead` (of our server's clock), `shared`, and what
 * follows: `onProven()` and `onTrouble(trouble)`.
 */
export function offerMail(proof) {
  only("mail");
  part("mail-to").textContent = proof.email;
  part("mail-send").onclick = () => isCalm() && send(proof);
  part("mail-title").focus();
  // A hostile page must not make us write to somebody by a click that was meant for it.
  holdBack([part("mail-send")]);
}

async function send(proof) {
  wait("Sending the mail…");
  try {
    const sent = await sendMail(proof.email, proof.shared);
    askForCode(proof, { ...sent, ends: sent.expires - proof.ahead });
  } catch (trouble) {
    proof.onTrouble(trouble);
  }
}

function askForCode(proof, mail) {
  only("code");
  part("code-to").textContent = proof.email;
  const minutes = Math.round((mail.ends - Date.now()) / 60_000);
  part("code-life").textContent = ABOUT_CODE.ended(minutes);
  part("code-form").onsubmit = (event) => {
    event.preventDefault();
    tryCode(proof, mail);
  };
  part("resend").onclick = () => send(proof);
  const field = part("digits");
  field.value = "";
  setBusy(false);
  complain("code", field, null);
  field.focus();
  awaitLink(proof, mail);
}

// The link in the mail is opened in another tab; here we see only that there is a session now.
async function awaitLink(proof, { ends }) {
  const mine = turn();
  const sendAgainAt = Date.now() + SEND_AGAIN_AFTER;
  part("resend").hidden = true;
  while (turn() === mine && Date.now() < ends) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    if (turn() !== mine) return;
    if (Date.now() >= sendAgainAt) part("resend").hidden = false;
    // Whether the network is there at this very moment does not matter.
    const place = await address(proof.email).catch(() => null);
    if (turn() === mine && place?.signed_in) return proof.onProven();
  }
  if (turn() === mine) sayGone();
}

async function tryCode(proof, { digits }) {
  if (part("code-submit").getAttribute("aria-disabled") === "true") return;
  const field = part("digits");
  // Mail programs and people put spaces and dashes into long numbers.
  const code = field.value.replaceAll(/[\s\p{Pd}\p{Cf}]/gu, "");
  if (!/^[0-9]+$/.test(code) || code.length !== digits) return refuse(ABOUT_CODE.notACode(digits));
  const mine = turn();
  setBusy(true);
  try {
    await sendCode(proof.email, code, proof.shared);
    if (turn() === mine) proof.onProven();
  } catch (trouble) {
    if (turn() === mine) onRefused(trouble, proof);
  }
}

function onRefused(trouble, proof) {
  setBusy(false);
  if (trouble.kind === "gone" || trouble.left === 0) return sayGone();
  if (trouble.kind === "wrong-code") return refuse(ABOUT_CODE.wrong(trouble.left));
  return proof.onTrouble(trouble);
}

function refuse(problem) {
  const field = part("digits");
  complain("code", field, problem);
  field.focus();
  field.select();
}

function sayGone() {
  complain("code", part("digits"), ABOUT_CODE.gone);
  part("resend").hidden = false;
  part("resend").focus();
}

// A second press would count as a second try.
function setBusy(busy) {
  part("code-submit").setAttribute("aria-disabled", String(busy));
  part("code-status").textContent = busy ? "Looking at the code…" : "";
}
