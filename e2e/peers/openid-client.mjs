// A site that signs people in by OpenID Connect, with nothing of ours in it: npm's openid-client, with
// every check that it has. Reads one JSON order a line, answers each with one JSON line.
//
//   {"do":"key"}                                   → {"jwks"}, the public half of the site's key
//   {"do":"begin","here","issuer","client","callback","request"}   → {"url"}, where to send the visitor
//   {"do":"finish","callback"} or {…,"form"}       → {"token","claims"}
//   {"do":"userinfo"}, {"do":"refresh"}, {"do":"introspect","what"}, {"do":"revoke","what"}
//
// "client" has "id", perhaps "secret", "method" and "metadata". What the library does not like, or was
// told by the issuer, is {"refused","error"}.

import { request } from "node:http";
import { createInterface } from "node:readline";

// The library is looked for where the orders are given from, because it is installed there.
const library = await import(`${process.cwd()}/node_modules/openid-client/build/index.js`);

const algorithm = { name: "ECDSA", namedCurve: "P-256" };
const key = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

let site, sent, token;

const orders = {
  async key() {
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", key.publicKey);
    return { jwks: JSON.stringify({ keys: [{ kty, crv, x, y, use: "sig", alg: "ES256", kid: "site" }] }) };
  },

  async begin({ here, issuer, client, callback, request }) {
    const proof = proofs[client.method](client.secret);
    const options = { [library.customFetch]: throughTheProxy(issuer, here) };
    site = await library.discovery(new URL(issuer), client.id, client.metadata, proof, options);
    library.enableNonRepudiationChecks(site);
    sent = {
      pkceCodeVerifier: library.randomPKCECodeVerifier(),
      expectedNonce: library.randomNonce(),
      expectedState: library.randomState(),
      idTokenExpected: true,
    };
    const url = library.buildAuthorizationUrl(site, {
      redirect_uri: callback,
      code_challenge: await library.calculatePKCECodeChallenge(sent.pkceCodeVerifier),
      code_challenge_method: "S256",
      nonce: sent.expectedNonce,
      state: sent.expectedState,
      ...request,
    });
    return { url };
  },

  async finish({ callback, form }) {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const posted = form && new Request(callback, { method: "POST", headers, body: form });
    token = await library.authorizationCodeGrant(site, posted ?? new URL(callback), sent);
    return told();
  },

  userinfo: () => library.fetchUserInfo(site, token.access_token, token.claims().sub),

  async refresh() {
    const before = token;
    token = await library.refreshTokenGrant(site, before.refresh_token);
    return { ...told(), isNew: token.refresh_token !== before.refresh_token };
  },

  introspect: ({ what }) => library.tokenIntrospection(site, token[what]),

  async revoke({ what }) {
    await library.tokenRevocation(site, token[what]);
    return {};
  },
};

const proofs = {
  client_secret_basic: (secret) => library.ClientSecretBasic(secret),
  client_secret_post: (secret) => library.ClientSecretPost(secret),
  private_key_jwt: () => library.PrivateKeyJwt({ key: key.privateKey, kid: "site" }),
  none: () => library.None(),
};

function told() {
  return { token: { ...token }, claims: token.claims() };
}

// What a reverse proxy does for the world: the issuer's https name leads to a port on this machine.
function throughTheProxy(issuer, here) {
  const { origin, host } = new URL(issuer);
  return (url, { method, headers, body }) =>
    new Promise((resolve, reject) => {
      if (!url.startsWith(`${origin}/`)) return reject(new Error(`elsewhere: ${url}`));
      const target = here + url.slice(origin.length);
      const passed = { ...headers, host, "x-forwarded-proto": "https" };
      const exchange = request(target, { method, headers: passed }, (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("end", () => {
          const { statusCode: status, headers } = response;
          resolve(new Response(parts.length ? Buffer.concat(parts) : null, { status, headers }));
        });
      });
      exchange.on("error", reject);
      exchange.end(body?.toString());
    });
}

for await (const line of createInterface({ input: process.stdin })) {
  const { do: what, ...order } = JSON.parse(line);
  let answer;
  try {
    answer = await orders[what](order);
  } catch (trouble) {
    answer = { refused: trouble.code ?? String(trouble), error: trouble.error ?? trouble.cause?.error };
  }
  console.log(JSON.stringify(answer));
}
