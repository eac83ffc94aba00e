// The dialog's mark: what it remembers in this one window while the login page has it. The site
// is remembered too, so that nobody else can step in as the one who asked (browserid.md §2.4).

const NAME = "persona.flow";
const HOUR = 3_600_000;

/** Remembers which site asked and which address is to be proven. */
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

/** Notes that the person wants another address, not to stop altogether. */
export function changeAddress() {
  const flow = recall();
  if (flow) write({ ...flow, change: true });
}

/** Takes the mark away. */
export function forget() {
  sessionStorage.removeItem(NAME);
}

function write(flow) {
  sessionStorage.setItem(NAME, JSON.stringify(flow));
}
