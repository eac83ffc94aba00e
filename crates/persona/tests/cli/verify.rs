//! `persona verify`: the verdict on an assertion of one of our addresses.

use protocol::jose::{RsaSigner, Signer, jws};
use server::clock::Clock;
use server::keyring::Keyring;

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
        ");
    insta::assert_snapshot!(verify(&folder, "", &["--json"]), @r#"
        exit 1
        --- stdout
        {"reason":"malformed backed assertion","status":"failure"}
        "#);
    insta::assert_snapshot!(verify(&folder, "\u{1b}[2J~\u{1b}", &[]), @r"
        exit 1
        --- stdout
        failure: malformed backed assertion
        ");
}

/// Makes an assertion with the installation's own key, as a browser would with a certificate.
fn assertion(folder: &Folder, audience: &str, expires_in_seconds: i64) -> String {
    let keyring = Keyring::load(&folder.path("secrets/keys")).unwrap();
    let (browser, _) = RsaSigner::generate().unwrap();
    let now = Clock::system().now().as_millis();
    let certificate = serde_json::json!({
        "public-key": browser.public_key().to_browserid(),
        "principal": { "email": "alice@example.org" },
        "iat": now - 10_000,
        "exp": now + 3_600_000,
        "iss": "id.example.org",
    });
    let claim = serde_json::json!({ "exp": now + expires_in_seconds * 1000, "aud": audience });
    let certificate = jws::sign(&certificate.to_string(), &*keyring.signer()).unwrap();
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
        ");
    insta::assert_snapshot!(verify(&folder, &late, &[]), @r"
        exit 1
        --- stdout
        failure: expired
        ");
    insta::assert_snapshot!(verify(&installation(), &good, &[]), @r"
        exit 1
        --- stdout
        failure: invalid signature
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
