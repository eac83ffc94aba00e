// A hostile page can bring this window up, or its buttons, under a pointer that is about to click on
// something else. One click signs a person in here, so it counts only once it could be seen.

const MOMENT = 500;
let seenSince = 0;

window.addEventListener("focus", () => {
  seenSince = performance.now();
});

// A key that is held down was pressed for something else.
window.addEventListener(
  "keydown",
  (event) => event.repeat && event.key === "Enter" && event.preventDefault(),
  { capture: true },
);

/** Lets buttons be pressed only once the person has had a moment to see them. */
export async function holdBack(buttons) {
  seenSince = performance.now();
  for (const button of buttons) button.disabled = true;
  while (!isCalm()) {
    await new Promise((resolve) => setTimeout(resolve, seenSince + MOMENT - performance.now()));
  }
  for (const button of buttons) button.disabled = false;
}

/** Decides whether what can be seen has been seen for a moment. */
export function isCalm() {
  return performance.now() - seenSince >= MOMENT;
}
