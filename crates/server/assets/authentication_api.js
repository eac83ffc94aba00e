// navigator.id for authentication pages (browserid.md §2.4). The broker is the origin that this
// script was loaded from; so a page written for login.persona.org changes only the host name.
(() => {
  "use strict";

  // Not `document.currentScript`, in whose place an element of that name would stand.
  const current = Object.getOwnPropertyDescriptor(Document.prototype, "currentScript");
  const script = current.get.call(document);
  if (!(script instanceof HTMLScriptElement)) throw new Error("this must be loaded by a script tag");
  const broker = new URL(script.src).origin;
  // What stands before /persona/ there: the server puts its setting in here.
  const base = "";
  const id = navigator.id ?? {};

  // The first `email=` of the page's query or fragment; a space may be written as a plus.
  function emailFromAddress() {
    const found = /[?&#]email=([^&#]*)/.exec(location.search + location.hash);
    if (!found) return "";
    try {
      return decodeURIComponent(found[1].replaceAll("+", " "));
    } catch {
      return "";
    }
  }

  function returnWith(mark) {
    // Not /sign_in, the old name: a web server in front hands over what is below /persona/.
    window.location = `${broker}${base}/persona/dialog?${mark}`;
  }

  id.beginAuthentication = (callback) => {
    if (typeof callback !== "function") {
      throw ".beginAuthentication() requires a callback argument";
    }
    setTimeout(() => callback(emailFromAddress()), 0);
  };
  id.completeAuthentication = () => returnWith("AUTH_RETURN");
  id.raiseAuthenticationFailure = () => returnWith("AUTH_RETURN_CANCEL");
  id.cancelAuthentication = id.raiseAuthenticationFailure;

  navigator.id = id;
})();
