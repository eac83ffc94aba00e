// The dialog's mark: what it remembers in this one window while another page has it. The site is
// remembered too, so that nobody else can step in as the one who asked (browserid.md §2.4).
//
// A mark has `origin` (the site), `email`, `at` (who has the window: "login" is our own login
// page), `shared` (others use this computer too: nothing is to be kept), `proven` once our login page
// has let somebody in, and `redirect` where the site itself made room for the dialog and must be
// led back to.

const NAME = "persona.flow";
const HOUR = 3_600_000;

/** Remembers which site asked, which address is to be proven, and who has the window. */
export function remember(flow) {
  write({ ...flow, since: Date.now() });
}

/** Recalls the mark, unless it is gone, damaged or older than an hour. */
export function recall() {
  try {
    const flow = JSON.parse(sessionStorage.getItem(NAME));
    const age = Date.now() - flow.since;
    return typeof flow.origin === "string" && age >= 0 && age < HOUR ? flow : null;
  } catch {
    return null;
  }
}

/** Recalls the mark on our own login page, if a dialog has sent this window there. */
export function recallAtLogin() {
  const flow = recall();
  const waiting = flow?.redirect || window.opener;
  return waiting && flow?.at === "login" ? flow : null;
}

/** Notes that the person wants another address, not to stop altogether. */
export function changeAddress() {
  const flow = recall();
  if (flow) write({ ...flow, change: true });
}

/** Notes that our login page has just seen the proof; without this, nobody comes from there. */
export function noteProven() {
  const flow = recall();
  if (flow) write({ ...flow, proven: true });
}

/** Takes the mark away. */
export function forget() {
  sessionStorage.removeItem(NAME);
}

/** Decides whether this browser lets the window remember anything. */
export function canRemember() {
  try {
    sessionStorage.setItem(`${NAME}.probe`, "");
    sessionStorage.removeItem(`${NAME}.probe`);
    return true;
  } catch {
    return false;
  }
}

function write(flow) {
  sessionStorage.setItem(NAME, JSON.stringify(flow));
}
