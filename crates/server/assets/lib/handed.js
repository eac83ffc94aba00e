// The issuer's side of a hand-off: what a broker asked for, kept in this window while the login page
// has it, and the one way back (docs/handoff.md).

const NAME = "persona.handoff";
const HOUR = 3_600_000;

/** Keeps a broker's request in place of any former one. */
export function keepRequest(request) {
  sessionStorage.setItem(NAME, JSON.stringify({ ...request, since: Date.now() }));
}

/** Recalls the request, unless it is gone, damaged or older than an hour. */
export function recallRequest() {
  try {
    const request = JSON.parse(sessionStorage.getItem(NAME));
    const age = Date.now() - request.since;
    return typeof request.broker === "string" && age >= 0 && age < HOUR ? request : null;
  } catch {
    return null;
  }
}

/** Forgets the request. */
export function forgetRequest() {
  sessionStorage.removeItem(NAME);
}

/**
 * Goes back to the dialog of the broker that asked, and nowhere else. The answer is a
 * `certificate`, or `refused` with "cancelled" or "not-signed-in".
 */
export function giveBack({ broker, dialog, state }, answer) {
  forgetRequest();
  location.replace(`${broker}${dialog}#${new URLSearchParams({ state, ...answer })}`);
}
