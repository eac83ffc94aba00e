// The dialog in a window of its own, and the talk with it (browserid.md §6.3).

const WINDOW = "menubar=0,location=1,resizable=1,scrollbars=1,status=0,width=700,height=375";
// Of another page's window nobody shall know the name, to lead it elsewhere.
const NAME = `__persona_dialog_${makeState()}`;
const LOGO = /^data:image\/(?:png|gif|jpe?g|svg\+xml);base64,/;
const MAX_LOGO = 131_072;

let dialog = null; // the open window, and what to do with its answer

function openDialog(params, finish, whenBlocked) {
  if (dialog && !dialog.window.closed) return dialog.window.focus();
  if (dialog) end(null);
  const opened = window.open(`${broker}${base}/persona/dialog`, NAME, WINDOW);
  if (!opened) return whenBlocked(params, finish);
  const poll = setInterval(() => opened.closed && end(null), 500);
  const start_time = Date.now();
  const siteLogo = readLogo(params.siteLogo);
  dialog = { window: opened, finish, poll, siteLogo, params: { ...params, start_time } };
}

function end(assertion) {
  const { finish, poll } = dialog;
  clearInterval(poll);
  dialog = null;
  finish(assertion);
}

// The dialog says "ready" again whenever it comes back from another page.
async function hear(event) {
  if (!dialog || event.source !== dialog.window || event.origin !== broker) return;
  const { a, d } = read(event.data);
  if (a === "response") return end(d?.assertion ?? null);
  if (a === "error") return end(null);
  if (a !== "ready") return;
  const { window: asking, params, siteLogo } = dialog;
  params.siteLogo = await siteLogo;
  const request = { a: "request", d: { method: "get", params } };
  asking.postMessage(JSON.stringify(request), broker);
}

function read(data) {
  try {
    return JSON.parse(data) ?? {};
  } catch {
    return {};
  }
}

// The dialog loads no picture from elsewhere, so the picture itself is sent. Where it cannot be had
// within a second, the dialog does without.
async function readLogo(logo) {
  if (typeof logo !== "string") return undefined;
  if (logo.startsWith("data:")) return checkLogo(logo);
  try {
    const url = new URL(logo, location.origin);
    if (url.origin !== location.origin && url.protocol !== "https:") return undefined;
    const answer = await fetch(url, { credentials: "omit", signal: AbortSignal.timeout(1000) });
    const picture = answer.ok ? await answer.blob() : new Blob();
    return checkLogo(await toDataUrl(picture.slice(0, MAX_LOGO, picture.type.split(";")[0])));
  } catch {
    return undefined;
  }
}

function checkLogo(text) {
  return LOGO.test(text) && text.length <= MAX_LOGO ? text : undefined;
}

function toDataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
