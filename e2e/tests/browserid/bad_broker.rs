//! A broker that nobody trusts: it gets no certificate behind anybody's back, and the question that the
//! person is asked names it by what the browser says of it (`browserid.md` §8.1, F16 to F18).

use anyhow::Result;
use e2e::pages::{Reply, fixed};
use e2e::webdriver::ThirdPartyCookies::Allowed;
use protocol::jose::{RsaSigner, Signer as _};
use serde_json::json;

use crate::handoff::sign_in_at_two;
use crate::stage::{BOB, BOB_PASSWORD, ONE, Stage, TWO, Wanted};

#[tokio::test(flavor = "multi_thread")]
async fn only_trusted_brokers_can_frame_the_provisioning_page() -> Result<()> {
    let page = format!("<iframe src='{TWO}/persona/provisioning/'></iframe>");
    let stage = Stage::set(Wanted {
        others: vec![
            (
                "broker.example",
                fixed(vec![("/", Reply::html(page.clone()))]),
            ),
            ("friend.example", fixed(vec![("/", Reply::html(page))])),
        ],
        settings: [String::new(), TRUSTING.to_owned()],
        ..Wanted::default()
    })
    .await?;

    assert_eq!(
        framed(&stage, BROKER).await?,
        "chrome-error://chromewebdata/"
    );
    assert_eq!(
        framed(&stage, FRIEND).await?,
        format!("{TWO}/persona/provisioning/")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_classic_broker_gets_a_certificate_through_the_frame() -> Result<()> {
    let stage = Stage::set(Wanted {
        third_party: Allowed,
        others: vec![("friend.example", fixed(vec![("/", Reply::html(""))]))],
        settings: [String::new(), TRUSTING.to_owned()],
        ..Wanted::default()
    })
    .await?;
    let key = public_key()?;

    stage.browser.open(FRIEND).await?;
    let page = format!("{TWO}/persona/provisioning/");
    let arguments = [page.as_str().into(), BOB.into(), key.as_str().into()];
    let stranger = stage.browser.run(TALK, &arguments).await?;
    sign_in_at_two(&stage).await?;
    stage.browser.open(FRIEND).await?;
    let known = stage.browser.run(TALK, &arguments).await?;

    let failure = "vep_prov::raiseProvisioningFailure";
    assert_eq!(stranger["method"], failure);
    assert_eq!(known["method"], "vep_prov::registerCertificate", "{known}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_broker_is_asked_about_and_a_no_gives_it_nothing() -> Result<()> {
    let stage = with_broker(&[("broker", ONE), ("origin", ONE), ("trusted", "yes")], "").await?;
    sign_in_at_two(&stage).await?;

    stage.browser.open(BROKER).await?;
    stage.browser.click("#go").await?;
    let question = stage.browser.text("#question-title").await?;
    stage.browser.click("#cancel").await?;
    stage.reach(&format!("{BROKER}/persona/dialog#")).await?;

    // What the form says of the broker counts for nothing.
    assert_eq!(
        question,
        format!("Let broker.example sign you in as {BOB}?")
    );
    let back = stage.browser.url().await?;
    assert_eq!(
        back,
        format!("{BROKER}/persona/dialog#state=s1&refused=cancelled")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_gives_an_unknown_broker_the_certificate_in_the_fragment_alone() -> Result<()> {
    let stage = with_broker(&[], "").await?;
    sign_in_at_two(&stage).await?;

    stage.browser.open(BROKER).await?;
    stage.browser.click("#go").await?;
    stage.browser.press_when_calm("#allow").await?;
    stage.reach(&format!("{BROKER}/persona/dialog#")).await?;

    let back = stage.browser.url().await?;
    assert!(back.contains("#state=s1&certificate="), "{back}");
    let requests = stage.others[0].requests();
    assert!(
        requests
            .iter()
            .all(|request| !request.query.contains("certificate"))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_hides_its_origin_gets_nothing() -> Result<()> {
    let hidden = "<meta name='referrer' content='no-referrer'>";
    let stage = with_broker(&[("broker", ONE), ("origin", ONE)], hidden).await?;
    sign_in_at_two(&stage).await?;

    stage.browser.open(BROKER).await?;
    stage.browser.click("#go").await?;
    stage.reach(TWO).await?;
    stage.browser.see("h1").await?;

    let main = "return document.querySelector('#handoff[data-broker]') === null";
    assert_eq!(stage.browser.run(main, &[]).await?, true);
    assert!(stage.browser.find("#allow").await?.is_none());
    assert_eq!(stage.others[0].asked_for("/persona/dialog"), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_names_another_address_gets_no_certificate_of_the_session() -> Result<()> {
    let stage = with_broker(&[("email", "carol@two.test")], "").await?;
    sign_in_at_two(&stage).await?;

    stage.browser.open(BROKER).await?;
    stage.browser.click("#go").await?;
    stage.reach(&format!("{TWO}/persona/login/")).await?;
    stage.browser.fill("#login #password", BOB_PASSWORD).await?;
    stage.browser.click("#submit").await?;
    let problem = stage.browser.text("#problem h2").await?;

    assert_eq!(problem, "This password did not open the mailbox");
    assert_eq!(stage.others[0].asked_for("/persona/dialog"), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_login_page_who_is_trusted_is_what_the_server_says() -> Result<()> {
    let stage = with_broker(&[("trusted", "yes")], "").await?;

    stage.browser.open(BROKER).await?;
    stage.browser.click("#go").await?;
    stage.reach(&format!("{TWO}/persona/login/")).await?;
    // As if the operator had trusted it when the hand-off began, and no longer does.
    let kept = stage.browser.run(TRUST_WHAT_IS_KEPT, &[]).await?;
    stage.give_password(BOB_PASSWORD).await?;
    let question = stage.browser.text("#question-title").await?;

    assert_eq!(kept, json!({ "broker": BROKER, "trusted": false }));
    assert_eq!(
        question,
        format!("Let broker.example sign you in as {BOB}?")
    );
    assert_eq!(stage.others[0].asked_for("/persona/dialog"), 0);
    Ok(())
}

/// Sets a stage with a broker whose page posts a hand-off at a click, some fields being so.
async fn with_broker(fields: &[(&str, &str)], head: &str) -> Result<Stage> {
    let key = public_key()?;
    let usual = [
        ("email", BOB),
        ("publicKey", key.as_str()),
        ("duration", "3600"),
        ("state", "s1"),
    ];
    let kept = usual
        .iter()
        .filter(|(name, _)| !fields.iter().any(|(other, _)| other == name));
    let inputs: String = kept
        .chain(fields)
        .map(|(name, value)| format!("<input type='hidden' name='{name}' value='{value}'>"))
        .collect::<Vec<_>>()
        .concat();
    let page = format!(
        "<!doctype html>{head}<form method='post' action='{TWO}/persona/handoff/'>{inputs}\
         <button id='go'>Go</button></form>"
    );
    let pages = vec![
        ("/", Reply::html(page)),
        ("/persona/dialog", Reply::html("back")),
    ];
    Stage::set(Wanted {
        others: vec![("broker.example", fixed(pages))],
        ..Wanted::default()
    })
    .await
}

/// Opens a page with a frame in it and gives the address of what the browser shows there.
async fn framed(stage: &Stage, page: &str) -> Result<String> {
    stage.browser.open(page).await?;
    stage.browser.turn_to_frame("iframe").await?;
    let address = stage.browser.run("return location.href", &[]).await?;
    Ok(address.as_str().unwrap_or_default().to_owned())
}

fn public_key() -> Result<String> {
    let (signer, _) = RsaSigner::generate()?;
    Ok(json!(signer.public_key().to_browserid()).to_string())
}

const BROKER: &str = "https://broker.example";
const FRIEND: &str = "https://friend.example";
const TRUSTING: &str = "\n[broker]\ntrusted = [\"https://friend.example\"]\n";

/// Makes the request that waits in this window one of a trusted broker, and says what it was before.
const TRUST_WHAT_IS_KEPT: &str = r#"
const request = JSON.parse(sessionStorage.getItem("persona.handoff"));
sessionStorage.setItem("persona.handoff", JSON.stringify({ ...request, trusted: true }));
const { broker, trusted } = request;
return { broker, trusted };"#;

/// Plays the dialog of 2012 to a provisioning page, and gives the message that ends the talk.
const TALK: &str = r#"
const [page, email, key] = arguments;
return new Promise((resolve) => {
  const frame = document.createElement("iframe");
  const origin = new URL(page).origin;
  const say = (message) => frame.contentWindow.postMessage(JSON.stringify(message), origin);
  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== origin) return;
    const message = JSON.parse(event.data);
    const answer = (result) => say({ id: message.id, result });
    switch (message.method) {
      case "vep_prov::__ready":
        if (message.params === "ping") say({ method: "vep_prov::__ready", params: "pong" });
        return;
      case "vep_prov::beginProvisioning":
        return answer({ email, cert_duration_s: 3600 });
      case "vep_prov::genKeyPair":
        return answer(key);
      default:
        frame.remove();
        resolve(message);
    }
  });
  frame.src = page;
  document.body.append(frame);
});
"#;
