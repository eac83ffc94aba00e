// The dialog's panels, of which one is seen at a time.
import { holdBack, letGo } from "./calm.js";

const PANELS = ["wait", "ask", "choose", "mail", "code", "stop"];
let changes = 0;
let typed = false; // whether the person has written in the field with the address, and not left since

/** Finds an element of the page. */
export const part = (id) => document.getElementById(id);

/** Shows one panel alone. Whatever was under way for another one must not go on. */
export function only(id) {
  changes += 1;
  for (const panel of PANELS) part(panel).hidden = panel !== id;
}

/** Counts the changes of panels, so that a long wait can see that it is no longer wanted. */
export const turn = () => changes;

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
  typed = false;
  complain("ask", field, problem);
  // A passing trouble is not the address's fault: the same once more may do.
  part("submit").textContent = problem?.passing ? "Try again" : "Continue";
  // What was meant for the site must not say yes to an address that the site put there.
  if (email && !problem) return holdBack([part("submit")]);
  letGo();
  return field.focus();
}

/** Tells whether the address was written by the person, who is still here. */
export const isTyped = () => typed;

part("email").addEventListener("input", () => {
  typed = true;
  letGo();
});
window.addEventListener("blur", () => {
  typed = false;
});

/** Says at a field what was wrong with what stands in it, or nothing. */
export function complain(panel, field, problem) {
  const box = part(`${panel}-problem`);
  box.hidden = !problem;
  if (!problem) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
    return;
  }
  box.classList.toggle("refused", !problem.passing);
  box.classList.toggle("unreachable", Boolean(problem.passing));
  part(`${panel}-problem-title`).textContent = problem.title;
  part(`${panel}-problem-words`).textContent = problem.words;
  field.setAttribute("aria-describedby", box.id);
  if (problem.passing) field.removeAttribute("aria-invalid");
  else field.setAttribute("aria-invalid", "true");
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

/** Says why it goes no further, and offers the ways on that may help: `again`, `other`. */
export function stop({ title, words, again, other }) {
  only("stop");
  part("stop-problem").classList.toggle("unreachable", Boolean(again));
  part("stop-problem").classList.toggle("wait", !again);
  part("stop-title").textContent = title;
  part("stop-words").textContent = words;
  part("again").hidden = !again;
  part("again").onclick = again;
  part("stop-other").hidden = !other;
  part(again ? "again" : "close").focus();
}

/** Names the button that ends the dialog after where it leads; null where it leads nowhere. */
export function nameClose(words) {
  part("close").hidden = !words;
  part("close").textContent = words ?? "";
}

/** Shows which site is asking: first what the browser knows of it, then what it says of itself. */
export function introduce(site) {
  part("site").textContent = site.host;
  part("to").hidden = false;
  part("site-name").textContent = site.name;
  part("site-calls").hidden = !site.name;
  if (site.logo) part("site-logo").src = site.logo;
  part("site-logo").hidden = !site.logo;
  part("site-says").hidden = !site.name && !site.logo;
  if (site.colour) part("band").style.backgroundColor = site.colour;
  part("band").hidden = !site.colour;
  if (!site.legal) return;
  part("terms").href = site.legal.terms;
  part("privacy").href = site.legal.privacy;
  part("legal").hidden = false;
}
