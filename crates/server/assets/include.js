// navigator.id for sites (browserid.md §6): a button calls request(), the dialog opens in a
// window of the origin that this script was loaded from, and onlogin gets an assertion.
//
// There is no hidden frame that knows whether somebody is signed in already: today's browsers
// show it an empty storage. So watch() never guesses. It calls onready and leaves the site's own
// session alone; only the person or the site itself logs out.
(() => {
  "use strict";

  if (navigator.id?._shimmed) return;
  const script = document.currentScript ?? document.querySelector('script[src*="/include.js"]');
  if (!script) throw new Error("include.js must be loaded by a script tag");
  const broker = new URL(script.src).origin;
  const WINDOW = "menubar=0,location=1,resizable=1,scrollbars=1,status=0,width=700,height=375";
  let watched = null; // what watch() was given
  let mode = null; // "watch" or "get": a site uses one of the two
  let dialog = null; // the open window, and what to do with its answer

  const id = {
    _shimmed: true,

    watch(options) {
      checkThis(this, "watch");
      checkMode("watch");
      watched = readWatch(options);
      setTimeout(() => watched.onready?.(), 0);
    },

    request(options = {}) {
      checkThis(this, "request");
      checkMode("watch");
      if (!watched) throw new Error("navigator.id.request called before navigator.id.watch");
      checkFunctions(options, ["oncancel"], "request");
      if (options.requiredEmail) warn("requiredEmail is no longer looked at");
      open({ ...options, ...watched.looks, rp_api: watched.api }, (result) => {
        if (!result) return options.oncancel?.();
        return watched.onlogin(result.assertion);
      });
    },

    logout(callback) {
      checkThis(this, "logout");
      checkMode("watch");
      setTimeout(() => {
        watched?.onlogout?.();
        if (typeof callback === "function") callback();
      }, 0);
    },

    get: (callback, options = {}) => getOnce(callback, options, "get"),
    getVerifiedEmail: (callback) => getOnce(callback, {}, "getVerifiedEmail"),
  };

  function getOnce(callback, options, name) {
    if (typeof callback !== "function") {
      throw new Error(`navigator.id.${name} requires a callback argument`);
    }
    checkMode("get");
    if (options.silent) setTimeout(() => callback(null), 0);
    else open({ ...options, rp_api: name }, (result) => callback(result ? result.assertion : null));
  }

  function readWatch(options) {
    if (!options) throw new Error("navigator.id.watch requires an object of options");
    checkFunctions(options, ["onlogin", "onlogout", "onmatch", "onready"], "watch");
    const { onlogin, onlogout, onmatch, onready } = options;
    if (!onlogin) throw new Error("navigator.id.watch requires 'onlogin'");
    if ((namesUser(options) || onmatch) && !onlogout) {
      throw new Error("without 'onlogout', navigator.id.watch takes only 'onlogin' and 'onready'");
    }
    const api = onlogout ? `watch_${onready ? "with" : "without"}_onready` : "stateless";
    const looks = {};
    for (const name of ["siteName", "siteLogo", "backgroundColor"]) {
      if (options[name] !== undefined) looks[name] = options[name];
    }
    return { onlogin, onlogout, onready, api, looks };
  }

  // Whom the site thinks signed in is checked, and then not needed: there is no one to compare with.
  function namesUser({ loggedInUser, loggedInEmail }) {
    if (loggedInUser !== undefined && loggedInEmail !== undefined) {
      throw new Error("you cannot supply both 'loggedInUser' and 'loggedInEmail'");
    }
    const user = loggedInUser === undefined ? loggedInEmail : loggedInUser;
    if (user === undefined) return false;
    if (user === null || user === false || typeof user === "string") return true;
    throw new Error("'loggedInUser' is an address, null or absent");
  }

  function open(params, finish) {
    if (dialog && !dialog.window.closed) {
      dialog.window.focus();
      return;
    }
    if (dialog) end(null);
    const opened = window.open(`${broker}/persona/dialog`, "__persona_dialog", WINDOW);
    if (!opened) {
      warn("the browser did not open the dialog; call it from a click");
      setTimeout(() => finish(null), 0);
      return;
    }
    const poll = setInterval(() => opened.closed && end(null), 500);
    dialog = { window: opened, finish, poll, params: { ...params, start_time: Date.now() } };
  }

  function end(result) {
    const { finish, poll } = dialog;
    clearInterval(poll);
    dialog = null;
    finish(result);
  }

  // The dialog says "ready" again whenever it comes back from another page of its own.
  window.addEventListener("message", (event) => {
    if (!dialog || event.source !== dialog.window || event.origin !== broker) return;
    const message = JSON.parse(event.data);
    if (message.a === "ready") {
      const request = { a: "request", d: { method: "get", params: dialog.params } };
      dialog.window.postMessage(JSON.stringify(request), broker);
    } else if (message.a === "response" || message.a === "error") {
      end(message.a === "response" && message.d?.assertion ? message.d : null);
    }
  });

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

  function warn(words) {
    console.warn(`navigator.id: ${words}`);
  }

  navigator.id = id;
})();
