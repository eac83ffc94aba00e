// Our provisioning page: has a key of the dialog's certified, if the person is signed in here
// (browserid.md §2.2). On its own, outside a frame, it does nothing.
import { Trouble, certificate, hasSession } from "./lib/requests.js";

const NOT_SIGNED_IN = "user is not authenticated as target user";

if (window.parent !== window) {
  navigator.id.beginProvisioning(async (email, duration) => {
    try {
      if (!(await hasSession(email))) throw new Trouble("session", NOT_SIGNED_IN);
      const publicKey = await new Promise((resolve) => navigator.id.genKeyPair(resolve));
      navigator.id.registerCertificate(await certificate(email, publicKey, duration));
    } catch (trouble) {
      const reason = trouble.kind === "session" ? NOT_SIGNED_IN : trouble.message;
      navigator.id.raiseProvisioningFailure(reason);
    }
  });
}
