//! §5.3: the comparison of audiences.

use protocol::jose::Signer;
use serde_json::json;

use crate::forge::{Forgery, ISSUER, NOW, judge};

fn judged(asserted: &str, expected: &str) -> Result<(), String> {
    let text = Forgery::new().asserting("aud", json!(asserted)).text();
    judge(&text, &[ISSUER.public_key().clone()], expected, NOW)
        .map(|_| ())
        .map_err(|error| error.to_string())
}

#[test]
fn origins_are_equal_in_every_spelling() {
    for (asserted, expected) in [
        ("https://rp.example", "https://rp.example"),
        ("https://rp.example:443", "https://rp.example"),
        ("https://rp.example", "https://rp.example:443"),
        ("http://rp.example:80", "http://rp.example"),
        ("HTTPS://RP.example", "https://rp.example"),
        ("https://rp.example:8443", "https://rp.example:8443"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ] {
        assert_eq!(judged(asserted, expected), Ok(()), "{asserted} {expected}");
    }
}

#[test]
fn a_difference_is_named_scheme_first_then_port_then_host() {
    for (asserted, expected, difference) in [
        ("http://rp.example", "https://rp.example", "scheme mismatch"),
        (
            "http://other.example:1",
            "https://rp.example",
            "scheme mismatch",
        ),
        ("rp.example", "https://rp.example", "scheme mismatch"),
        ("", "https://rp.example", "scheme mismatch"),
        ("app://rp.example", "https://rp.example", "scheme mismatch"),
        (
            "https://rp.example:8443",
            "https://rp.example",
            "port mismatch",
        ),
        (
            "https://other.example:1",
            "https://rp.example",
            "port mismatch",
        ),
        (
            "https://rp.example",
            "https://rp.example:8443",
            "port mismatch",
        ),
        (
            "https://other.example",
            "https://rp.example",
            "domain mismatch",
        ),
        (
            "https://rp.example.evil.example",
            "https://rp.example",
            "domain mismatch",
        ),
        (
            "https://a.rp.example",
            "https://rp.example",
            "domain mismatch",
        ),
        ("https://*", "https://rp.example", "domain mismatch"),
        (
            "https://rp.example@evil.example",
            "https://rp.example",
            "domain mismatch",
        ),
        (
            "https://rp.example/",
            "https://rp.example",
            "has non-empty path",
        ),
        (
            "https://rp.example/path",
            "https://rp.example",
            "has non-empty path",
        ),
        (
            "https://rp.example?q",
            "https://rp.example",
            "has non-empty path",
        ),
    ] {
        assert_eq!(
            judged(asserted, expected),
            Err(format!("audience mismatch: {difference}")),
            "{asserted} {expected}"
        );
    }
}

#[test]
fn the_audience_is_compared_before_times_and_signatures() {
    let mut forgery = Forgery::new().asserting("aud", json!("https://other.example"));
    forgery.keys = vec![];

    assert_eq!(
        forgery.at(NOW + 999_999_999).reason(),
        "audience mismatch: domain mismatch"
    );
}
