// The other way in which the dialog talks with a site: the site itself has made room for it in its
// own window, with its request in a form, and is led back to with the answer in the fragment.
import { forget } from "./flow.js";

/** What the dialog's own address ends with once the form is read, so that it can be reloaded. */
const RELOADED = "redirect";

/** Gives the wire to a site that came by a form, now or before other pages had the window. */
export function redirected(page, flow, returned) {
  const asked = fromForm(page) ?? (returned ? flow?.redirect : null);
  if (!asked) return null;
  history.replaceState(null, "", `${location.pathname}?${RELOADED}`);
  return {
    kind: "redirected",
    request: async () => read(asked),
    answer: (result) => location.replace(wayBack(asked, result)),
    lend() {},
    mark: { redirect: asked },
  };
}

// The server has taken the origin from what the browser says about the form, not from the form.
function fromForm({ dataset: { audience, request, state } }) {
  return audience === undefined ? null : { audience, request, state };
}

function read({ audience, request }) {
  const params = JSON.parse(request);
  if (params === null || typeof params !== "object") throw new Error("the request is no object");
  if (new URL(audience).origin !== audience) throw new Error("the site is no origin");
  return { origin: audience, params };
}

function wayBack({ audience, request, state }, result) {
  forget();
  const { returnTo } = JSON.parse(request);
  const path = isPath(returnTo) ? returnTo : "/";
  const end = result ? `persona_assertion=${result.assertion}` : "persona_cancelled=1";
  const url = new URL(audience + path);
  url.hash = `persona_state=${encodeURIComponent(state)}&${end}`;
  return url.href;
}

// Two slashes would begin another host's address.
function isPath(text) {
  return typeof text === "string" && /^\/(?![/\\])/.test(text);
}
