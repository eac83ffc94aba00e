// Our provisioning page: has a key of the dialog's certified, if the person is signed in here
// (browserid.md §2.2). The dialog is our own or a trusted broker's; without one around it, the page
// does nothing. It shows nothing and has nothing to press, since it may be framed (§8.1, F16).
import { meetDialog } from "./lib/frame-wire.js";
import { Trouble, certificate, hasSession } from "./lib/requests.js";

const NOT_SIGNED_IN = "user is not authenticated as target user";

async function provision() {
  const trusted = document.getElementById("brokers").dataset.brokers.split(" ").filter(Boolean);
  const dialog = await meetDialog([...new Set([location.origin, ...trusted])]);
  try {
    const { email, cert_duration_s } = await dialog.call("beginProvisioning");
    if (!(await hasSession(email))) throw new Trouble("session", NOT_SIGNED_IN);
    const publicKey = await dialog.call("genKeyPair");
    dialog.tell("registerCertificate", await certificate(email, publicKey, cert_duration_s));
  } catch (trouble) {
    const reason = trouble.kind === "session" ? NOT_SIGNED_IN : trouble.message;
    dialog.tell("raiseProvisioningFailure", reason);
  }
}

if (window.parent !== window) provision();
