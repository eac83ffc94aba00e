// What a site may say about itself, believed only as far as it is harmless (browserid.md §6.2,
// F19). Its origin comes from the browser and is what the person sees; names, pictures and
// colours of its choice are not shown, since they could pretend to be another site's.

/** Reads the site's request: who it is, and the few wishes that we honour. */
export function readSite({ origin, params }) {
  const terms = link(params.termsOfService ?? params.tosURL, origin);
  const privacy = link(params.privacyPolicy ?? params.privacyURL, origin);
  return {
    origin,
    name: nameOf(origin),
    legal: terms && privacy ? { terms, privacy } : null,
    hint: hintOf(params.email ?? params.experimental_emailHint),
  };
}

// Only where the connection is not protected does the scheme tell a person something.
function nameOf(origin) {
  const url = new URL(origin);
  return url.protocol === "https:" ? url.host : origin;
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
