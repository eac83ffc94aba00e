// What a site may say, and what is thrown where it says something else (browserid.md §6.1, §6.2).

// What crosses the wire to the dialog, which reads all of it again.
const PARAMS = [
  "siteName",
  "siteLogo",
  "backgroundColor",
  "termsOfService",
  "tosURL",
  "privacyPolicy",
  "privacyURL",
  "returnTo",
  "email",
  "experimental_emailHint",
  "experimental_forceAuthentication",
  "experimental_forceIssuer",
  "experimental_allowUnverified",
];
const LOOKS = PARAMS.slice(0, 3);

let mode = null; // "watch" or "get": a page uses one of the two

function readWatch(options) {
  if (!options) throw new Error("navigator.id.watch requires an object of options");
  checkFunctions(options, ["onlogin", "onlogout", "onmatch", "onready"], "watch");
  const { onlogin, onlogout, onmatch, onready } = options;
  if (!onlogin) throw new Error("navigator.id.watch requires 'onlogin'");
  const user = readUser(options);
  if ((user !== undefined || onmatch) && !onlogout) {
    throw new Error("without 'onlogout', navigator.id.watch takes only 'onlogin' and 'onready'");
  }
  const api = onlogout ? `watch_${onready ? "with" : "without"}_onready` : "stateless";
  return { onlogin, onlogout, onmatch, onready, user, api, looks: pick(options, LOOKS) };
}

// An address; null for nobody; undefined when the site does not say.
function readUser({ loggedInUser, loggedInEmail }) {
  if (loggedInUser !== undefined && loggedInEmail !== undefined) {
    throw new Error("you cannot supply both 'loggedInUser' and 'loggedInEmail'");
  }
  const user = loggedInUser === undefined ? loggedInEmail : loggedInUser;
  if (user === null || user === false) return null;
  if (user === undefined || typeof user === "string") return user;
  throw new Error("'loggedInUser' is an address, null or absent");
}

function readParams(options) {
  return { returnTo: location.pathname, ...pick(options, PARAMS) };
}

function pick(options, names) {
  const given = names.filter((name) => options[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, options[name]]));
}

function checkThis(self, name) {
  if (self !== id) throw new Error(`${name} must be called as navigator.id.${name}`);
}

function checkMode(wanted) {
  if (mode && mode !== wanted) {
    throw new Error("navigator.id.get and navigator.id.watch cannot be used on the same page");
  }
  mode = wanted;
}

function checkFunctions(options, names, call) {
  for (const name of names) {
    if (options[name] && typeof options[name] !== "function") {
      throw new Error(`'${name}' in navigator.id.${call} is not a function`);
    }
  }
}
