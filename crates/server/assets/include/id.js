// What a site can call. This part comes last: it stands on all others.

const id = {
  _shimmed: true,

  watch(options) {
    checkThis(this, "watch");
    checkMode("watch");
    const mine = readWatch(options);
    watched = mine;
    isOut = false;
    // A second call replaces the first one, also when it comes before the answer to that.
    setTimeout(() => watched === mine && tellFirst(), 0);
  },

  request(options = {}) {
    checkThis(this, "request");
    checkMode("watch");
    if (!watched) throw new Error("navigator.id.request called before navigator.id.watch");
    checkFunctions(options, ["oncancel"], "request");
    if (options.requiredEmail) warn("requiredEmail is no longer looked at");
    const params = { ...readParams(options), ...watched.looks, rp_api: watched.api };
    const finish = (assertion) => (assertion ? tellLogin(assertion) : options.oncancel?.());
    if (options.redirect || window.crossOriginIsolated) leave(params, finish);
    else openDialog(params, finish, leave);
  },

  logout(callback) {
    checkThis(this, "logout");
    checkMode("watch");
    keepRecord(LOGGED_OUT);
    setTimeout(() => {
      if (watched) tellLogout();
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
  if (options.silent) return void setTimeout(() => callback(null), 0);
  openDialog({ ...readParams(options), rp_api: name }, callback, (_, finish) => {
    warn("the browser did not open the dialog; call this from a click");
    setTimeout(() => finish(null), 0);
  });
}

// Another copy of this script was first: the page's calls belong to that one.
if (!navigator.id?._shimmed) {
  navigator.id = id;
  window.addEventListener("message", hear);
  window.addEventListener("storage", noticeLogout);
  takeReturn();
}
