// A hostile page can bring this window up, or its buttons, under a pointer that is about to click on
// something else. One click signs a person in here, so it counts only once it could be seen. Nobody
// has seen it who is still busy clicking or typing.

const MOMENT = 800;
let seenSince = 0;
let held = [];
let isHolding = false;

window.addEventListener("focus", hold);

window.addEventListener("pointerdown", startAnew, { capture: true });
window.addEventListener(
  "keydown",
  (event) => {
    // A key that is held down was pressed for something else.
    if (event.repeat && event.key === "Enter") event.preventDefault();
    // Who writes into a field looks at this window.
    if (event.key === "Enter" || !event.target.matches?.("input")) startAnew();
  },
  { capture: true },
);

// What was calm stays calm: the click that ends the wait must not begin another one.
function startAnew() {
  if (!isCalm()) hold();
}

async function hold() {
  seenSince = performance.now();
  for (const button of held) button.disabled = true;
  if (isHolding) return;
  isHolding = true;
  while (!isCalm()) {
    await new Promise((resolve) => setTimeout(resolve, seenSince + MOMENT - performance.now()));
  }
  isHolding = false;
  for (const button of held) button.disabled = false;
}

/**
 * Lets these buttons, and no others any more, be pressed only once the person has had a moment to
 * see them: now, and whenever the window comes up again.
 */
export function holdBack(buttons) {
  letGo();
  held = [...buttons];
  hold();
}

/** Holds nothing back any more. */
export function letGo() {
  for (const button of held) button.disabled = false;
  held = [];
}

/** Decides whether what can be seen has been seen for a moment. */
export function isCalm() {
  return performance.now() - seenSince >= MOMENT;
}
