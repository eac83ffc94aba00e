// The dialog in place of the page, for browsers that open no windows and for sites that are cut off
// from theirs. The browser itself names the site, in the form's Origin header; the answer comes in
// the fragment of `returnTo`, with a state that only this window knows. Without it, a link could
// sign a visitor in as somebody else (browserid.md §8.1, F5).

const STATE = `persona:${broker}:state`;

async function leave(params, finish) {
  const siteLogo = await readLogo(params.siteLogo);
  const state = makeState();
  try {
    sessionStorage.setItem(STATE, state);
  } catch {
    warn("this browser keeps nothing, so an answer could not be told from a forged one");
    return void setTimeout(() => finish(null), 0);
  }
  // With a stricter policy the browser would send "Origin: null".
  append(document.head, "meta", { name: "referrer", content: "strict-origin" });
  const action = `${broker}${base}/persona/dialog`;
  const form = append(document.body, "form", { action, method: "post", hidden: true });
  append(form, "input", { name: "request", value: JSON.stringify({ ...params, siteLogo }) });
  append(form, "input", { name: "state", value: state });
  form.submit();
}

// Takes the answer out of the address, so that nobody copies or sees it; watch() delivers it.
function takeReturn() {
  const isOurs = (part) => part.startsWith("persona_");
  const parts = location.hash.slice(1).split("&");
  const found = new URLSearchParams(parts.filter(isOurs).join("&"));
  const state = found.get("persona_state");
  if (!state) return;
  const others = parts.filter((part) => !isOurs(part)).join("&");
  const clean = location.pathname + location.search + (others && `#${others}`);
  history.replaceState(history.state, "", clean);
  try {
    if (sessionStorage.getItem(STATE) !== state) return;
    sessionStorage.removeItem(STATE);
  } catch {
    return;
  }
  returned = found.get("persona_assertion");
}

function makeState() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function append(parent, name, properties) {
  const element = Object.assign(document.createElement(name), properties);
  parent.append(element);
  return element;
}
