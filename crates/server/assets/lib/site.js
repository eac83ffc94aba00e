// What a site may say about itself, believed only as far as it is harmless (browserid.md §6.2,
// F19). Its origin comes from the browser and is what the person sees first; a name, a picture and
// a colour of its choice stand beside it, since they could pretend to be another site's.

const APIS = [
  "watch_without_onready",
  "watch_with_onready",
  "stateless",
  "get",
  "getVerifiedEmail",
  "internal",
];
const UNHEARD = [
  "experimental_forceIssuer",
  "experimental_allowUnverified",
  "experimental_userAssertedClaims",
];
const LONGEST_NAME = 50;
const LARGEST_LOGO = 128 * 1024;
const LOGO = /^data:image\/(png|gif|jpg|jpeg|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}$/;
// Marks that turn the direction of writing, or that nobody sees.
const UNSEEN = /[\p{C}\u2028\u2029]/gu;

// More marks above and below a letter than any language has would reach over other words.
const PILED = /(\p{M}{2})\p{M}+/gu;

/** Is thrown at a request in a language that we do not know. */
export class NotUnderstood extends Error {}

/** Reads the site's request: who it is, and the few wishes that we honour. */
export function readSite({ origin, params }) {
  if (params.rp_api !== undefined && !APIS.includes(params.rp_api)) {
    throw new NotUnderstood(`rp_api is ${params.rp_api}`);
  }
  for (const name of UNHEARD.filter((name) => params[name] !== undefined)) {
    console.warn(`persona: ${name} is not looked at; such things are the operators' to set`);
  }
  const terms = link(params.termsOfService ?? params.tosURL, origin);
  const privacy = link(params.privacyPolicy ?? params.privacyURL, origin);
  return {
    origin,
    host: hostOf(origin),
    name: nameOf(params.siteName),
    logo: logoOf(params.siteLogo),
    colour: colourOf(params.backgroundColor),
    legal: terms && privacy ? { terms, privacy } : null,
    hint: hintOf(params.email ?? params.experimental_emailHint),
    anew: params.experimental_forceAuthentication === true,
  };
}

// Only where the connection is not protected does the scheme tell a person something.
function hostOf(origin) {
  const url = new URL(origin);
  return url.protocol === "https:" ? url.host : origin;
}

function nameOf(text) {
  if (typeof text !== "string") return "";
  const plain = text.replaceAll(UNSEEN, "").replaceAll(PILED, "$1").replaceAll(/\s+/g, " ").trim();
  const letters = [...plain];
  return letters.slice(0, LONGEST_NAME).join("");
}

// Never from the network: no page of ours tells anybody else who is about to sign in.
function logoOf(text) {
  const small = typeof text === "string" && text.length <= LARGEST_LOGO;
  return small && LOGO.test(text) ? text : null;
}

function colourOf(text) {
  const digits = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text)?.[1];
  return digits ? `#${digits}` : null;
}

function link(text, origin) {
  if (typeof text !== "string" || text.length > 2083) return null;
  if (!/^(\/|https?:\/\/)/.test(text) || !URL.canParse(text, origin)) return null;
  const url = new URL(text, origin);
  return /^https?:$/.test(url.protocol) && url.pathname.length <= 2048 ? url.href : null;
}

function hintOf(text) {
  return typeof text === "string" && text.length <= 254 ? text : "";
}
