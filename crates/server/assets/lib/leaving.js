// Leaving a computer that others use too: the next person must not find the last one's session.
import { stop } from "./panels.js";
import { endSession } from "./requests.js";
import { STOPPED } from "./words.js";

/**
 * Ends the session of an address, and only then goes on. Where it cannot be ended, that is said, with
 * a button for `again`: by default, the same once more.
 */
export async function leaveNothing(email, goOn, again = () => leaveNothing(email, goOn)) {
  try {
    await endSession(email);
  } catch (trouble) {
    console.error("persona:", trouble);
    return stop({ ...STOPPED.stillSignedIn, again });
  }
  return goOn();
}
