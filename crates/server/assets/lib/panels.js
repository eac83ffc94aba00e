// The dialog's panels, of which one is seen at a time.
import { holdBack } from "./calm.js";

const PANELS = ["wait", "ask", "choose", "stop"];

/** Finds an element of the page. */
export const part = (id) => document.getElementById(id);

/** Shows that something is being done, in words. */
export function wait(words) {
  only("wait");
  part("wait-words").textContent = words;
}

/** Asks for an address, saying in place what was wrong with the last one. */
export function ask(email, problem) {
  only("ask");
  const field = part("email");
  field.value = email;
  part("ask-problem").hidden = !problem;
  if (problem) {
    part("ask-problem-title").textContent = problem.title;
    part("ask-problem-words").textContent = problem.words;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", "ask-problem");
  } else {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
  // What was meant for the site must not say yes to an address that the site put there.
  if (!email || problem) field.focus();
  else holdBack([part("submit")]);
}

/** Offers the addresses that were used here. */
export function choose(emails, { onChosen, onForgotten }) {
  const list = part("people");
  list.replaceChildren();
  for (const email of emails) {
    const entry = part("person").content.cloneNode(true);
    entry.querySelector("strong").textContent = email;
    entry.querySelector(".person-button").addEventListener("click", () => onChosen(email));
    const forget = entry.querySelector(".forget");
    forget.setAttribute("aria-label", `Not me: forget ${email}`);
    forget.addEventListener("click", () => onForgotten(email));
    list.append(entry);
  }
  only("choose");
  // Not the first address: keys that were meant for the site would say yes to it.
  part("choose-title").focus();
  holdBack(list.querySelectorAll(".person-button"));
}

/** Says why it goes no further, and offers to try again where that may help. */
export function stop({ title, words, again }) {
  only("stop");
  part("stop-problem").classList.toggle("unreachable", Boolean(again));
  part("stop-problem").classList.toggle("wait", !again);
  part("stop-title").textContent = title;
  part("stop-words").textContent = words;
  part("again").hidden = !again;
  part("again").onclick = again;
  // A script may close only a window that a script has opened.
  part("close").hidden = !window.opener;
  part(again ? "again" : "close").focus();
}

/** Shows which site is asking. */
export function introduce(site) {
  part("site").textContent = site.name;
  part("to").hidden = false;
  if (!site.legal) return;
  part("terms").href = site.legal.terms;
  part("privacy").href = site.legal.privacy;
  part("legal").hidden = false;
}

function only(id) {
  for (const panel of PANELS) part(panel).hidden = panel !== id;
}
