// The way to another issuer's certificate in browsers that keep cookies from frames: this window
// goes to the issuer's page with the public key, and comes back with the certificate
// (docs/handoff.md). The private key stays here, and a return counts once and for what was asked.
import { base } from "./base.js";
import { encode } from "./base64url.js";
import { remember } from "./flow.js";
import { makePair, toKeyObject } from "./keys.js";
import { Trouble } from "./requests.js";
import { lifetime } from "./sign-in.js";
import { keepPending, takePending } from "./vault.js";

/** Makes ready to go to the issuer's page; the answer is the form that leads there. */
export async function handOver({ email, issuer }, flow) {
  const pair = await makePair();
  const state = encode(crypto.getRandomValues(new Uint8Array(24)));
  const { origin, shared } = flow;
  const pending = { state, email, origin, issuer: issuer.authority, pair, since: Date.now() };
  if (!(await keepPending(pending))) throw new Trouble("storage", "the key cannot be kept");
  remember({ ...flow, email, at: "hand-off", state });
  return makeForm(issuer.handoff, {
    email,
    publicKey: JSON.stringify(await toKeyObject(pair.publicKey)),
    duration: lifetime({ shared }),
    state,
    ...(base && { dialog: `${base}/persona/dialog` }),
    ...(shared && { shared: "yes" }),
  });
}

/** Reads what an issuer's page has put into the fragment, and takes it out of the address. */
export function handedBack() {
  const fields = new URLSearchParams(location.hash.slice(1));
  if (!fields.has("state")) return null;
  history.replaceState(null, "", location.pathname + location.search);
  const { state, certificate, refused } = Object.fromEntries(fields);
  return { state, certificate, refused };
}

/** Finds what we had asked for, if this is the answer to it; a second answer finds nothing. */
export async function takeBack({ state }, flow) {
  const pending = await takePending(state);
  const expected = flow?.at === "hand-off" && flow.state === state && pending;
  return expected && pending.origin === flow.origin && pending.email === flow.email ? pending : null;
}

function makeForm(action, fields) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  form.hidden = true;
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(form);
  return form;
}
