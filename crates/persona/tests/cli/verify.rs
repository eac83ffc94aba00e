//! `persona verify`: the verdict on an assertion, and what a refusal means.

use protocol::jose::{RsaSigner, Signer, jws};
use server::clock::Clock;
use server::keyring::Keyring;
use testkit::certificates::{Authority, Quality};
use testkit::https::{HttpsServer, Reply};

use crate::program::Folder;
use crate::setup::set_up;

fn installation() -> Folder {
    let folder = Folder::new();
    set_up(
        &folder,
        &["-d", "example.org", "-m", "smtps://mail.example.org"],
    );
    folder
}

fn verify(folder: &Folder, input: &str, more: &[&str]) -> String {
    let command = [
        "verify",
        "--config",
        "secrets/persona.toml",
        "https://site.example",
    ];
    folder.run_fed(input, &[&command, more].concat())
}

#[test]
fn rubbish_is_a_bad_answer_with_a_reason() {
    let folder = installation();

    insta::assert_snapshot!(verify(&folder, "rubbish\n", &[]), @r"
        exit 1
        --- stdout
        failure: no certificates provided
        --- stderr
        refused: this is no assertion; one is a certificate, a ~ and a signed text, and is copied whole
        ");
    insta::assert_snapshot!(verify(&folder, "", &["--json"]), @r#"
        exit 1
        --- stdout
        {"status":"failure","reason":"malformed backed assertion"}
        --- stderr
        refused: this is no assertion; one is a certificate, a ~ and a signed text, and is copied whole
        "#);
    insta::assert_snapshot!(verify(&folder, "\u{1b}[2J~\u{1b}", &[]), @r"
        exit 1
        --- stdout
        failure: malformed backed assertion
        --- stderr
        refused: this is no assertion; one is a certificate, a ~ and a signed text, and is copied whole
        ");
}

/// Makes an assertion with the installation's own key, as a browser would with a certificate.
fn assertion(folder: &Folder, audience: &str, expires_in_seconds: i64) -> String {
    let keyring = Keyring::load(&folder.path("secrets/keys")).unwrap();
    let who = ("alice@example.org", "id.example.org");
    signed(&*keyring.signer(), who, audience, expires_in_seconds)
}

/// Makes an assertion for an address that an issuer certifies.
fn signed(
    issuer_key: &dyn Signer,
    (email, issuer): (&str, &str),
    audience: &str,
    expires_in_seconds: i64,
) -> String {
    let (browser, _) = RsaSigner::generate().unwrap();
    let now = Clock::system().now().as_millis();
    let certificate = serde_json::json!({
        "public-key": browser.public_key().to_browserid(),
        "principal": { "email": email },
        "iat": now - 10_000,
        "exp": now + 3_600_000,
        "iss": issuer,
    });
    let claim = serde_json::json!({ "exp": now + expires_in_seconds * 1000, "aud": audience });
    let certificate = jws::sign(&certificate.to_string(), issuer_key).unwrap();
    format!(
        "{certificate}~{}",
        jws::sign(&claim.to_string(), &browser).unwrap()
    )
}

#[test]
fn an_assertion_is_good_for_its_own_site_and_its_own_time() {
    let folder = installation();
    let good = assertion(&folder, "https://site.example", 120);
    folder.write("assertion.txt", &format!("{good}\n"));
    let other = assertion(&folder, "https://other.example", 120);
    let late = assertion(&folder, "https://site.example", -1);

    insta::assert_snapshot!(verify(&folder, &good, &[]), @r"
        exit 0
        --- stdout
        okay: alice@example.org at https://site.example, says id.example.org
        ");
    assert_eq!(
        verify(&folder, "", &["assertion.txt"]),
        verify(&folder, &good, &[])
    );
    insta::assert_snapshot!(verify(&folder, &other, &[]), @r"
        exit 1
        --- stdout
        failure: audience mismatch: domain mismatch
        --- stderr
        refused: the assertion was made for another site (https://other.example); ask with the site's own origin
        ");
    insta::assert_snapshot!(verify(&folder, &late, &[]), @r"
        exit 1
        --- stdout
        failure: expired
        --- stderr
        refused: the assertion or its certificate has ended; an assertion lasts for about two minutes, so it has to be fresh, and the clocks have to agree
        ");
    insta::assert_snapshot!(verify(&installation(), &good, &[]), @r"
        exit 1
        --- stdout
        failure: invalid signature
        --- stderr
        refused: a signature does not fit: it was forged or changed, or the issuer has another key now
        ");
}

#[test]
fn a_file_that_is_not_there_is_wrong_use() {
    let folder = installation();

    insta::assert_snapshot!(verify(&folder, "", &["no-such-file"]), @r"
        exit 2
        --- stderr
        error: no-such-file cannot be read: No such file or directory (os error 2)
        ");
}

#[test]
fn an_audience_is_an_origin() {
    let told = installation().run(&["verify", "https://site.example/path"]);

    assert!(told.starts_with("exit 2\n--- stderr\n"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_assertions_of_others_are_judged_by_asking_their_domains() {
    let folder = installation();
    let authority = Authority::new().unwrap();
    let identity = authority.issue(&["idp.example"], Quality::Good).unwrap();
    let (key, _) = RsaSigner::generate().unwrap();
    let document = serde_json::json!({
        "public-key": key.public_key().to_browserid(),
        "authentication": "/in", "provisioning": "/give",
    });
    let server = HttpsServer::start(&identity, move |_| Reply::json(&document.to_string()));
    let server = server.await.unwrap();
    let settings = folder.read("secrets/persona.toml");
    let outbound = format!(
        "[outbound]\nca = \"{}\"\nhosts = {{ \"idp.example\" = \"{}\", \"deaf.example\" = \"127.0.0.1:9\" }}\n",
        authority.pem_file().display(),
        server.address()
    );
    folder.write("secrets/persona.toml", &format!("{settings}\n{outbound}"));
    let by = |email: &str| signed(&key, (email, "idp.example"), "https://site.example", 120);

    insta::assert_snapshot!(verify(&folder, &by("bob@idp.example"), &[]), @r"
        exit 0
        --- stdout
        okay: bob@idp.example at https://site.example, says idp.example
        ");
    insta::assert_snapshot!(verify(&folder, &by("alice@example.org"), &[]), @r"
        exit 1
        --- stdout
        failure: untrusted issuer, expected 'id.example.org', got 'idp.example'
        --- stderr
        refused: the addresses of example.org are id.example.org's to certify, and this certificate is from idp.example
        ");
    insta::assert_snapshot!(verify(&folder, &by("bob@deaf.example"), &["--json"]), @r#"
        exit 1
        --- stdout
        {"status":"failure","reason":"deaf.example is not a browserid primary: it could not be asked"}
        --- stderr
        refused: who speaks for the addresses of deaf.example could not be found out (no connection: Connection refused (os error 111)); nobody else is believed meanwhile, so try again later
        "#);
}
