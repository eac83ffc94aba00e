// A browser's half and a site's half of BrowserID, with nothing of ours in them: node's own RSA, and
// Mozilla's verifier. Reads one JSON order a line, answers each with one JSON line.
//
//   {"do":"key"}                                            → {"publicKey":{…}}
//   {"do":"assert","certificate","audience","expires"}      → {"bundle"}
//   {"do":"verify","bundle","audience","now","hosts":{host: "http://127.0.0.1:PORT"}}
//                                                           → {"accepted":{…}} or {"refused":"…"}

import { createSign, generateKeyPairSync } from "node:crypto";
import { get } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

// The verifier is looked for where the orders are given from, because it is installed there.
const require = createRequire(`${process.cwd()}/`);
const BrowserID = require("browserid-local-verify");

const user = generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 65537 });

const orders = {
  key() {
    const jwk = user.publicKey.export({ format: "jwk" });
    return { publicKey: { algorithm: "RS", n: decimal(jwk.n), e: decimal(jwk.e) } };
  },

  assert({ certificate, audience, expires }) {
    const signed = `${segment({ alg: "RS256" })}.${segment({ exp: expires, aud: audience })}`;
    const signature = createSign("sha256").update(signed).sign(user.privateKey, "base64url");
    return { bundle: `${certificate}~${signed}.${signature}` };
  },

  async verify({ bundle, audience, now, hosts }) {
    const verifier = new BrowserID({ httpRequest: throughTheMap(hosts) });
    return await new Promise((resolve) => {
      const order = { assertion: bundle, audience, now: new Date(now) };
      verifier.verify(order, (refused, accepted) => {
        if (refused) return resolve({ refused: String(refused) });
        resolve({ accepted: { ...accepted, expires: accepted.expires.getTime() } });
      });
    });
  },
};

function segment(claims) {
  return Buffer.from(JSON.stringify(claims)).toString("base64url");
}

function decimal(base64url) {
  return BigInt(`0x${Buffer.from(base64url, "base64url").toString("hex")}`).toString();
}

// What a reverse proxy does for the world: the issuer's https name leads to a port on this machine.
function throughTheMap(hosts) {
  return (host, path, answer) => {
    const target = hosts[host];
    if (!target) return answer(null, 404, {}, "");
    const headers = { host, "x-forwarded-proto": "https" };
    get(target + path, { headers }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text) => (body += text));
      response.on("end", () => answer(null, response.statusCode, response.headers, body));
    }).on("error", (trouble) => answer(null, 599, {}, String(trouble)));
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { do: what, ...order } = JSON.parse(line);
  console.log(JSON.stringify(await orders[what](order)));
}
