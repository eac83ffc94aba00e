//! Whose word counts: other installations, fallbacks, and those who are neither (`browserid.md` §1.5,
//! §5.1 step 7, §8.1 F3, F4, F21).

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use protocol::jose::{RsaSigner, Signer, base64url, jws};
use serde_json::{Value, json};
use server::settings::Settings;
use testkit::certificates::{Authority, Quality};
use testkit::front::TlsFront;
use testkit::http::Client;
use testkit::https::{HttpsServer, Reply};
use testkit::world::{Cast, NOW, World, user};

use super::SITE;

const ANNA: (&str, &str) = ("anna@a.example", "anna's own password");

/// Two installations on unrelated names, and hosts of others. `ours` asks; nobody asks `ours`.
struct Stage {
    ours: World,
    theirs: World,
    /// The way to `theirs`, under its issuer's name and its domain's.
    front: TlsFront,
    /// `plain.example`, which is no issuer, `old.example`, which is one with an old key, and
    /// `mute.example`, which says nothing.
    others: HttpsServer,
    _ca: Authority,
}

impl Stage {
    async fn open(change: impl FnOnce(&mut Settings) + Send + 'static) -> Self {
        let theirs = Cast::new("https://id.a.example", &["a.example"])
            .with(ANNA.0, ANNA.1)
            .open()
            .await;
        let ca = Authority::new().unwrap();
        let names = [
            "id.a.example",
            "a.example",
            "plain.example",
            "old.example",
            "mute.example",
        ];
        let identity = ca.issue(&names, Quality::Good).unwrap();
        let front = TlsFront::start(&identity, theirs.address()).await.unwrap();
        let others = HttpsServer::start(&identity, |head| {
            if head.contains("host: old.example\r\n") {
                return Reply::json(&old_document());
            }
            if head.contains("host: mute.example\r\n") {
                return Reply::Silence;
            }
            Reply::new("404 Not Found", &[], "")
        });
        let others = others.await.unwrap();
        let pem = ca.pem_file().to_owned();
        let places = [
            ("id.a.example", front.address()),
            ("a.example", front.address()),
            ("plain.example", others.address()),
            ("old.example", others.address()),
            ("mute.example", others.address()),
            ("deaf.example", nobody_there()),
        ];
        let ours = Cast::usual()
            .clock(&theirs.clock)
            .settings(move |settings| {
                settings.outbound.ca = Some(pem);
                for (name, place) in places {
                    settings.outbound.hosts.insert(name.parse().unwrap(), place);
                }
                change(settings);
            })
            .open()
            .await;
        Self {
            ours,
            theirs,
            front,
            others,
            _ca: ca,
        }
    }

    /// Asks our verifier, with more parameters.
    async fn ask(&self, assertion: &str, more: &[(&str, &str)]) -> Value {
        let fields = [&[("assertion", assertion), ("audience", SITE)], more].concat();
        let answer = Client::new()
            .post_form(&self.ours.url("/verify"), &[], &fields)
            .await
            .unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json().unwrap()
    }

    /// How many questions there were to anybody.
    fn questions(&self) -> usize {
        self.front.visits() + self.others.asked().len()
    }
}

/// A port at which nobody answers.
fn nobody_there() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}

/// An issuer whose only key is DSA of 1024 bits: somebody's key of the vectors.
fn old_document() -> String {
    let vectors = include_str!("../../../../protocol/tests/vectors/browserid.json");
    let vectors: Vec<Value> = serde_json::from_str(vectors).unwrap();
    let vector = vectors.iter().find(|v| v["name"] == "DS256-DS128").unwrap();
    let middle = vector["bundle"]
        .as_str()
        .unwrap()
        .split('.')
        .nth(1)
        .unwrap();
    let claims: Value = serde_json::from_slice(&base64url::decode(middle).unwrap()).unwrap();
    json!({
        "public-key": claims["public-key"], "authentication": "/in", "provisioning": "/give",
    })
    .to_string()
}

/// A whole assertion for the site that `signer` has made up as `issuer`.
fn made_up(signer: &dyn Signer, issuer: &str, email: &str) -> String {
    let key = user();
    let certificate = json!({
        "public-key": key.public_key().to_browserid(),
        "principal": { "email": email },
        "iat": NOW.as_millis(), "exp": NOW.plus(Duration::from_secs(600)).as_millis(),
        "iss": issuer,
    });
    let certificate = jws::sign(&certificate.to_string(), signer).unwrap();
    format!("{certificate}~{}", claim(&key))
}

fn claim(key: &RsaSigner) -> String {
    let expires = NOW.plus(Duration::from_secs(120)).as_millis();
    jws::sign(&json!({ "exp": expires, "aud": SITE }).to_string(), key).unwrap()
}

fn reason(answer: &Value) -> &str {
    assert_eq!(answer["status"], "failure", "{answer}");
    answer["reason"].as_str().unwrap()
}

#[tokio::test]
async fn somebody_of_another_installation_is_believed() {
    let stage = Stage::open(|_| {}).await;
    let expires = NOW.plus(Duration::from_secs(120));
    let assertion = stage.theirs.assertion(ANNA, SITE, expires).await;

    let answer = stage.ask(&assertion, &[]).await;
    let asked = stage.questions();
    let again = stage.ask(&assertion, &[]).await;

    assert_eq!(
        answer,
        json!({
            "status": "okay", "email": ANNA.0, "issuer": "id.a.example", "audience": SITE,
            "expires": expires.as_millis(),
        })
    );
    assert_eq!(again, answer);
    assert_eq!(stage.questions(), asked, "what is known is not asked again");
}

#[tokio::test]
async fn nobody_is_asked_because_an_assertion_names_them() {
    let stage = Stage::open(|_| {}).await;
    let keyring = stage.theirs.keyring();
    let signer = &*keyring.signer();
    let expires = NOW.plus(Duration::from_secs(120));
    let other_site = stage
        .theirs
        .assertion(ANNA, "https://other.example", expires)
        .await;

    let of_ours = made_up(signer, "id.a.example", "alice@example.org");
    let elsewhere = made_up(signer, "id.a.example", "bob@plain.example");

    assert_eq!(
        reason(&stage.ask(&of_ours, &[]).await),
        "untrusted issuer, expected 'id.example.org', got 'id.a.example'"
    );
    assert_eq!(
        reason(&stage.ask(&other_site, &[]).await),
        "audience mismatch: domain mismatch"
    );
    assert_eq!(stage.questions(), 0);
    reason(&stage.ask(&elsewhere, &[]).await);
    assert_eq!((stage.front.visits(), stage.others.asked().len()), (0, 1));
}

#[tokio::test]
async fn a_stolen_name_needs_the_key_too() {
    let stage = Stage::open(|_| {}).await;
    let forged = made_up(&user(), "id.a.example", ANNA.0);

    assert_eq!(reason(&stage.ask(&forged, &[]).await), "invalid signature");
}

#[tokio::test]
async fn a_request_makes_nobody_believed() {
    let stage = Stage::open(|_| {}).await;
    let keyring = stage.theirs.keyring();
    let assertion = made_up(&*keyring.signer(), "id.a.example", "bob@plain.example");
    let body = json!({
        "assertion": assertion, "audience": SITE, "trustedIssuers": ["id.a.example"],
        "experimental_forceIssuer": "id.a.example",
    });

    let plain = stage.ask(&assertion, &[]).await;
    let forced = [
        ("experimental_forceIssuer", "id.a.example"),
        ("experimental_allowUnverified", "true"),
    ];
    let forced = stage.ask(&assertion, &forced).await;
    let other = stage
        .ask(&assertion, &[("experimental_forceIssuer", "id.b.example")])
        .await;
    let second = Client::new()
        .post_json(&stage.ours.url("/v2"), &[], &body)
        .await
        .unwrap();

    let no = "plain.example is not a browserid primary - non-200 response code to \
              /.well-known/browserid";
    assert_eq!(reason(&plain), no);
    assert_eq!(
        reason(&forced),
        "this verifier won't force issuer for id.a.example"
    );
    assert_eq!(reason(&other), no);
    assert_eq!(reason(&second.json().unwrap()), no);
    assert_eq!(stage.front.visits(), 0);
}

#[tokio::test]
async fn a_fallback_of_ours_speaks_after_a_definite_no_alone() {
    let with = Stage::open(|settings| {
        settings.broker.fallback = Some(
            serde_json::from_value(json!({
                "smtp": "smtp://127.0.0.1:1", "from": "persona@example.org",
            }))
            .unwrap(),
        );
    })
    .await;
    let without = Stage::open(|_| {}).await;
    let ask = async |stage: &Stage, email: &str| {
        let keyring = stage.ours.keyring();
        let assertion = made_up(&*keyring.signer(), "id.example.org", email);
        stage.ask(&assertion, &[]).await
    };

    assert_eq!(ask(&with, "bob@plain.example").await["status"], "okay");
    reason(&ask(&without, "bob@plain.example").await);
    assert_eq!(
        reason(&ask(&with, ANNA.0).await),
        "untrusted issuer, expected 'id.a.example', got 'id.example.org'"
    );
    assert_eq!(
        reason(&ask(&with, "bob@deaf.example").await),
        "deaf.example is not a browserid primary: it could not be asked"
    );
}

#[tokio::test]
async fn another_fallback_is_named_by_the_settings() {
    let stage = Stage::open(|settings| {
        settings.broker.fallback_issuers = vec!["old.example".parse().unwrap()];
        settings.broker.ds128_issuers = true;
    })
    .await;
    let signed = |email: &str| old_certificate(email);

    assert_eq!(
        reason(&stage.ask(&signed("bob@plain.example"), &[]).await),
        "invalid signature",
        "its key is what is checked"
    );
    assert_eq!(
        reason(&stage.ask(&signed(ANNA.0), &[]).await),
        "untrusted issuer, expected 'id.a.example', got 'old.example'"
    );
    assert_eq!(
        reason(&stage.ask(&signed("bob@deaf.example"), &[]).await),
        "deaf.example is not a browserid primary: it could not be asked"
    );
}

/// A certificate as `old.example` would sign it, with a signature that is none.
fn old_certificate(email: &str) -> String {
    let key = user();
    let payload = json!({
        "public-key": key.public_key().to_browserid(),
        "principal": { "email": email },
        "iat": NOW.as_millis(), "exp": NOW.plus(Duration::from_secs(600)).as_millis(),
        "iss": "old.example",
    });
    let part = |text: &str| base64url::encode(text.as_bytes());
    format!(
        "{}.{}.{}~{}",
        part("{\"alg\":\"DS128\"}"),
        part(&payload.to_string()),
        base64url::encode(&[7; 40]),
        claim(&key)
    )
}

#[tokio::test]
async fn an_issuer_with_an_old_key_is_believed_by_setting_alone() {
    let without = Stage::open(|_| {}).await;
    let with = Stage::open(|settings| settings.broker.ds128_issuers = true).await;
    let assertion = old_certificate("bob@old.example");

    // The signature is none; what differs is whether the key is looked at.
    assert_eq!(
        reason(&without.ask(&assertion, &[]).await),
        "algorithms do not match"
    );
    assert_eq!(
        reason(&with.ask(&assertion, &[]).await),
        "invalid signature"
    );
}

#[tokio::test]
async fn a_silent_issuer_keeps_a_few_questions_waiting_and_not_all() {
    let stage = Stage::open(|_| {}).await;
    let assertion = made_up(&user(), "mute.example", "bob@mute.example");

    let mut questions = tokio::task::JoinSet::new();
    for _ in 0..80 {
        let (url, form) = (
            stage.ours.url("/verify"),
            [
                ("assertion", assertion.clone()),
                ("audience", SITE.to_owned()),
            ],
        );
        questions.spawn(async move {
            let fields = form.each_ref().map(|(name, value)| (*name, value.as_str()));
            let answer = Client::new().post_form(&url, &[], &fields).await.unwrap();
            (answer.status, reason(&answer.json().unwrap()).to_owned())
        });
    }
    let answers = questions.join_all().await;

    let busy = (503, "too busy".to_owned());
    let late = (
        200,
        "timeout trying to load well-known for mute.example".to_owned(),
    );
    assert!(
        answers
            .iter()
            .all(|answer| *answer == busy || *answer == late),
        "{answers:?}"
    );
    assert!(
        answers.contains(&busy) && answers.contains(&late),
        "{answers:?}"
    );
    assert_eq!(
        stage
            .others
            .asked()
            .iter()
            .filter(|head| head.contains("mute.example"))
            .count(),
        1
    );
}

#[tokio::test]
async fn what_could_not_be_asked_is_a_failure_that_can_be_tried_again() {
    let stage = Stage::open(|_| {}).await;
    let assertion = made_up(&user(), "deaf.example", "bob@deaf.example");

    let answer = stage.ask(&assertion, &[]).await;

    assert_eq!(
        reason(&answer),
        "deaf.example is not a browserid primary: it could not be asked"
    );
}
