//! The provisioning page in a frame, spoken to as any dialog may: `browserid.md` §2.3, message by message.

use anyhow::{Context, Result};
use data_encoding::BASE64URL_NOPAD;
use e2e::pages::{Pages, Reply, fixed};
use serde_json::{Value, json};

use crate::stage::Stage;

#[tokio::test]
async fn a_signed_in_session_gets_a_certificate_through_the_frame() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, password) = stage.demo.alice()?;
    stage.sign_in(alice, password).await?;

    let talk = talk_with_frame(&stage, alice).await?;

    let methods = [
        "__ready",
        "beginProvisioning",
        "genKeyPair",
        "registerCertificate",
    ];
    assert_eq!(
        heard(&talk),
        methods.map(|name| format!("vep_prov::{name}"))
    );
    let certificate = talk["heard"][3]["params"]
        .as_str()
        .context("no certificate")?;
    let payload = certificate.split('.').nth(1).context("no payload")?;
    let claims: Value = serde_json::from_slice(&BASE64URL_NOPAD.decode(payload.as_bytes())?)?;
    let issuer = stage.demo.issuer.trim_start_matches("http://");
    assert_eq!(claims["principal"], json!({ "email": alice }));
    assert_eq!(claims["public-key"], talk["key"]);
    assert_eq!(claims["iss"], issuer);
    Ok(())
}

#[tokio::test]
async fn without_a_session_the_frame_says_so_in_the_known_words() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, _) = stage.demo.alice()?;

    let talk = talk_with_frame(&stage, alice).await?;

    let methods = ["__ready", "beginProvisioning", "raiseProvisioningFailure"];
    assert_eq!(
        heard(&talk),
        methods.map(|name| format!("vep_prov::{name}"))
    );
    assert_eq!(
        talk["heard"][2]["params"],
        "user is not authenticated as target user"
    );
    Ok(())
}

#[tokio::test]
async fn a_session_of_somebody_else_is_no_session() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, password) = stage.demo.alice()?;
    let (bob, _) = &stage.demo.people[1];
    stage.sign_in(alice, password).await?;

    let talk = talk_with_frame(&stage, bob).await?;

    assert_eq!(
        talk["heard"][2]["params"],
        "user is not authenticated as target user"
    );
    Ok(())
}

#[tokio::test]
async fn no_other_site_can_frame_the_provisioning_page() -> Result<()> {
    let stage = Stage::set().await?;
    let page = format!("{}/persona/provisioning/", stage.demo.issuer);
    let framing = |url: &str| Reply::html(format!("<iframe src='{url}'></iframe>"));
    let pages = Pages::serve_knowing(|port| {
        let free = format!("http://other.localhost:{port}/free");
        fixed(vec![
            ("/framing-the-issuer", framing(&page)),
            ("/framing-another", framing(&free)),
            ("/free", Reply::html("")),
        ])
    })
    .await?;

    let free = framed_address(&stage, &pages.at("broker.localhost", "/framing-another")).await?;
    let issuers =
        framed_address(&stage, &pages.at("broker.localhost", "/framing-the-issuer")).await?;

    assert_eq!(free, pages.at("other.localhost", "/free"));
    assert_eq!(issuers, "chrome-error://chromewebdata/");
    Ok(())
}

/// Opens a page with a frame in it and gives the address of what the browser shows there.
async fn framed_address(stage: &Stage, url: &str) -> Result<String> {
    stage.browser.open(url).await?;
    stage.browser.turn_to_frame("iframe").await?;
    let address = stage.browser.run("return location.href", &[]).await?;
    Ok(address.as_str().unwrap_or_default().to_owned())
}

fn heard(talk: &Value) -> Vec<String> {
    let heard = talk["heard"].as_array().into_iter().flatten();
    heard
        .filter_map(|message| message["method"].as_str().map(str::to_owned))
        .collect()
}

/// Plays the dialog to the provisioning page in a frame of the issuer's own origin, and gives what
/// was heard and the public key that was offered.
async fn talk_with_frame(stage: &Stage, address: &str) -> Result<Value> {
    // Any page of that origin will do; its own policy allows no frames, so it is lifted.
    stage.browser.lift_content_policy().await?;
    stage
        .browser
        .open(&format!("{}/persona/dialog", stage.demo.issuer))
        .await?;
    stage.browser.see("h1").await?;
    stage.browser.run(DIALOG, &[address.into()]).await
}

const DIALOG: &str = r#"
const address = arguments[0];
const heard = [];
let key;
async function makeKey() {
  const shape = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]) };
  const pair = await crypto.subtle.generateKey(shape, false, ["sign", "verify"]);
  const jwk = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const bytes = Uint8Array.from(atob(jwk.n.replaceAll("-", "+").replaceAll("_", "/")),
    (letter) => letter.charCodeAt(0));
  const n = bytes.reduce((number, byte) => number * 256n + BigInt(byte), 0n);
  key = { algorithm: "RS", n: n.toString(), e: "65537" };
  return JSON.stringify(key);
}
return new Promise((resolve, reject) => {
  const frame = document.createElement("iframe");
  frame.style.display = "none";
  frame.src = "/persona/provisioning/";
  const say = (message) =>
    frame.contentWindow.postMessage(JSON.stringify(message), location.origin);
  addEventListener("message", async (event) => {
    if (event.source !== frame.contentWindow) return;
    if (typeof event.data !== "string") return reject(new Error("not a text"));
    const message = JSON.parse(event.data);
    heard.push(message);
    const answer = (result) => say({ id: message.id, result });
    switch (message.method) {
      case "vep_prov::__ready":
        return say({ method: "vep_prov::__ready", params: "pong" });
      case "vep_prov::beginProvisioning":
        return answer({ email: address, cert_duration_s: 3600 });
      case "vep_prov::genKeyPair":
        return answer(await makeKey());
      default:
        resolve({ heard, key });
    }
  });
  document.body.append(frame);
});
"#;
