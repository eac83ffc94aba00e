// An issuer's half and a browser's half of BrowserID, with nothing of ours in them: Mozilla's
// browserid-crypto. Reads one JSON order a line, answers each with one JSON line.
//
//   {"do":"bundle","issuerKey","userKey","issuer","email","audience","issued","expires","ends","chained"}
//       → {"issuerKey":{…},"userKey":{…},"bundle"}; keys by name, as "DS128"; "expires" is the
//         certificate's end and "ends" the assertion's, in milliseconds
//   {"do":"vectors"}   → the data of the library's own vectors-test.js
//   {"do":"recorded"}  → the bundles that were recorded on persona.org, in browserid-local-verify

import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

// The library is looked for where the orders are given from, because it is installed there.
const require = createRequire(`${process.cwd()}/`);
const crypto = require("browserid-crypto");
require("browserid-crypto/lib/algs/rs");
require("browserid-crypto/lib/algs/ds");

const keys = new Map();

const orders = {
  async bundle({ issuerKey, userKey, issuer, email, audience, issued, expires, ends, chained }) {
    const [authority, user] = [await key("issuer", issuerKey), await key("user", userKey)];
    const certify = (who) =>
      done((answer) =>
        crypto.cert.sign(
          { publicKey: who.publicKey, principal: { email } },
          { issuer, issuedAt: issued, expiresAt: expires },
          null,
          authority.secretKey,
          answer,
        ),
      );
    const certificates = chained
      ? [await certify(authority), await certify(user)]
      : [await certify(user)];
    const assertion = await done((answer) =>
      crypto.assertion.sign({}, { audience, expiresAt: ends }, user.secretKey, answer),
    );
    return {
      issuerKey: authority.publicKey.toSimpleObject(),
      userKey: user.publicKey.toSimpleObject(),
      bundle: crypto.cert.bundle(certificates, assertion),
    };
  },

  // The test is code: its data are what it has said by the time it begins to test.
  vectors() {
    const path = require.resolve("browserid-crypto/test/vectors-test.js");
    const [data] = readFileSync(path, "utf8").split("var suite =");
    const names = "{ ASSERTIONS, PUBLIC_KEYS, SECRET_KEYS, CERTS, BACKED_ASSERTIONS }";
    return new Function("require", `${data}; return ${names};`)(createRequire(path));
  },

  recorded() {
    const folder = "node_modules/browserid-local-verify/tests/regression-cases";
    const files = readdirSync(folder).sort();
    return { cases: files.map((file) => require(`./${folder}/${file}`)) };
  },
};

// Makes a key pair, once for each name. RSA is node's, because the library takes half a minute for a
// key of 2048 bits; it signs with it all the same.
async function key(whose, name) {
  const known = `${whose} ${name}`;
  if (!keys.has(known)) keys.set(known, await (name.startsWith("RS") ? rsa(name) : dsa(name)));
  return keys.get(known);
}

function dsa(name) {
  const order = { algorithm: "DS", keysize: Number(name.slice(2)) };
  return done((answer) => crypto.generateKeypair(order, answer));
}

function rsa(name) {
  const options = { modulusLength: Number(name.slice(2)) * 8, publicExponent: 65537 };
  const jwk = generateKeyPairSync("rsa", options).privateKey.export({ format: "jwk" });
  const [n, e, d] = [jwk.n, jwk.e, jwk.d].map(decimal);
  return {
    publicKey: crypto.loadPublicKeyFromObject({ algorithm: "RS", n, e }),
    secretKey: crypto.loadSecretKeyFromObject({ algorithm: "RS", n, e, d }),
  };
}

function decimal(base64url) {
  return BigInt(`0x${Buffer.from(base64url, "base64url").toString("hex")}`).toString();
}

function done(start) {
  return new Promise((resolve, refuse) =>
    start((trouble, made) => (trouble ? refuse(trouble) : resolve(made))),
  );
}

for await (const line of createInterface({ input: process.stdin })) {
  const { do: what, ...order } = JSON.parse(line);
  console.log(JSON.stringify(await orders[what](order)));
}
