// A hostile page can bring this window up under a pointer that is about to click on something
// else. One click signs a person in here, so a click counts only once the window has been seen.

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

/** Waits until the window has been in front for a moment. */
export async function calm() {
  while (!isCalm()) {
    await new Promise((resolve) => setTimeout(resolve, seenSince + MOMENT - performance.now()));
  }
}

/** Decides whether the window has been in front for a moment. */
export function isCalm() {
  return performance.now() - seenSince >= MOMENT;
}
