// What watch() tells the site. It keeps, in the site's own storage, for whom it last delivered an
// assertion here, or that logout() was called. Where that and the site's word do not settle the
// matter, nothing is told: "cannot tell" is never a logout (browserid.md §8.2).

const RECORD = `persona:${broker}`;
const LOGGED_OUT = "";
const UNKNOWN = "unknown";

let watched = null; // what watch() was given
let isOut = false; // the last thing the site was told is a logout
let returned = null; // the assertion that a redirect has brought

function tellFirst() {
  const { user, onmatch, onready } = watched;
  const record = readRecord();
  const assertion = returned;
  returned = null;
  try {
    if (assertion) tellLogin(assertion);
    else if (user === null ? !record : user && record === user) onmatch?.();
    else if (user && record === LOGGED_OUT) tellLogout();
  } finally {
    onready?.();
  }
}

function tellLogin(assertion) {
  isOut = false;
  // Without onlogout the site keeps its own session and wants nothing kept for it.
  if (watched.onlogout) {
    watched.user = emailOf(assertion);
    keepRecord(watched.user ?? UNKNOWN);
  }
  watched.onlogin(assertion);
}

// Told once: an onlogout that calls logout() must not go round in a circle.
function tellLogout() {
  if (isOut) return;
  isOut = true;
  watched.user = null;
  watched.onlogout?.();
}

// Another tab of this site has called logout().
function noticeLogout(event) {
  if (event.key !== RECORD || event.newValue !== LOGGED_OUT) return;
  if (watched && watched.user !== null) tellLogout();
}

// An address, UNKNOWN, LOGGED_OUT, or null where nothing was delivered yet.
function readRecord() {
  try {
    return localStorage.getItem(RECORD);
  } catch {
    return null;
  }
}

function keepRecord(value) {
  try {
    localStorage.setItem(RECORD, value);
  } catch {
    // A browser that keeps nothing: the next page cannot tell.
  }
}

// Whom the certificate in a bundle names. Only the site's server can know whether that is true.
function emailOf(assertion) {
  try {
    const payload = assertion.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)).principal.email;
  } catch {
    return undefined;
  }
}
