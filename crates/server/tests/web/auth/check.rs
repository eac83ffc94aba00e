//! `POST /persona/auth/check/`

use std::time::Duration;

use protocol::browserid::{Authority, Lifetime, certify};
use protocol::email::{ClaimedEmail, EmailAddress, ProvenEmail};
use protocol::jose::{PublicKey, RsaSigner, Signer};
use serde_json::{Value, json};
use testkit::http::Answer;
use testkit::world::{ALICE, NOW, World, user};

use crate::elsewhere::{BROKEN, Elsewhere, WITH_ISSUER, WITHOUT_ISSUER};

const EVA: &str = "eva@issuer.example";

/// What an issuer may sign, true or not.
struct Certified<'a> {
    email: &'a str,
    key: &'a PublicKey,
    issuer: &'a str,
    signer: &'a RsaSigner,
}

impl Certified<'_> {
    fn text(&self, hours: u64) -> String {
        let email = EmailAddress::parse(self.email).unwrap();
        let proven = ProvenEmail::the_mailbox_was_opened(&email);
        let claimed = ClaimedEmail::the_settings_allow(&proven, &email).unwrap();
        let hours = Duration::from_secs(hours * 3600);
        let lifetime = Lifetime::within(Some(hours), Lifetime::LONGEST).unwrap();
        let issuer = Authority::parse(self.issuer).unwrap();
        let certificate = certify(&claimed, self.key, lifetime, NOW, &issuer, self.signer);
        certificate.unwrap().into_string()
    }
}

async fn check(world: &World, email: &str, key: &PublicKey, certificate: &str) -> Answer {
    let key: Value = serde_json::from_str(&key.to_browserid_text()).unwrap();
    let body = json!({ "email": email, "publicKey": key, "certificate": certificate });
    world
        .browser()
        .post_json("/persona/auth/check/", &body)
        .await
}

#[tokio::test]
async fn a_good_certificate_of_another_issuer_may_be_kept() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world().await;
    let key = user().public_key().clone();
    let good = Certified {
        email: EVA,
        key: &key,
        issuer: WITH_ISSUER,
        signer: &elsewhere.key,
    };

    let answer = check(&world, EVA, &key, &good.text(6)).await;

    assert_eq!(
        answer.json().unwrap(),
        json!({ "expires": NOW.as_millis() + 6 * 3_600_000, "issuer": WITH_ISSUER })
    );
}

#[tokio::test]
async fn an_issuer_cannot_pass_off_another_address_key_or_issuer() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world().await;
    let (key, other) = (user().public_key().clone(), user().public_key().clone());
    let stranger = user();
    let good = || Certified {
        email: EVA,
        key: &key,
        issuer: WITH_ISSUER,
        signer: &elsewhere.key,
    };
    let lies = [
        (
            "another address",
            Certified {
                email: "mallory@issuer.example",
                ..good()
            },
        ),
        (
            "another domain",
            Certified {
                email: ALICE,
                ..good()
            },
        ),
        (
            "another key",
            Certified {
                key: &other,
                ..good()
            },
        ),
        (
            "another issuer",
            Certified {
                issuer: "id.example.org",
                ..good()
            },
        ),
        (
            "another signer",
            Certified {
                signer: &stranger,
                ..good()
            },
        ),
    ];

    for (what, lie) in lies {
        let answer = check(&world, EVA, &key, &lie.text(6)).await;

        assert_eq!(answer.status, 400, "{what}");
        assert_eq!(answer.json().unwrap()["error"], "bad-certificate", "{what}");
    }
    for garbage in ["", "a.b.c", "null", &"x".repeat(20_000)] {
        let answer = check(&world, EVA, &key, garbage).await;

        assert_eq!(answer.status, 400, "{garbage:.20}");
    }
}

#[tokio::test]
async fn nobody_can_certify_for_us_or_for_a_domain_without_an_issuer() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world().await;
    let key = user().public_key().clone();

    for (email, status, word) in [
        (ALICE.to_owned(), 400, "bad-certificate"),
        (format!("a@{WITHOUT_ISSUER}"), 400, "bad-certificate"),
        (format!("a@{BROKEN}"), 503, "could-not-ask"),
    ] {
        let claimed = Certified {
            email: &email,
            key: &key,
            issuer: WITH_ISSUER,
            signer: &elsewhere.key,
        };
        let answer = check(&world, &email, &key, &claimed.text(1)).await;

        assert_eq!(answer.status, status, "{email}");
        assert_eq!(answer.json().unwrap()["error"], word, "{email}");
    }
}
