//! §4.3 and §3.4: the form of a bundle.

use protocol::browserid::UncheckedBundle;

use crate::forge::Forgery;

fn reason(text: &str) -> String {
    UncheckedBundle::read(text).unwrap_err().to_string()
}

#[test]
fn what_a_bundle_claims_can_be_read_before_it_is_believed() {
    let bundle = UncheckedBundle::read(&Forgery::new().text()).unwrap();

    assert_eq!(bundle.email().to_string(), "alice@idp.example");
    assert_eq!(bundle.issuer().as_str(), "idp.example");
    assert_eq!(bundle.audience().as_str(), "https://rp.example");
}

#[test]
fn a_bundle_has_one_certificate_and_one_assertion() {
    let text = Forgery::new().text();
    let (certificate, assertion) = text.split_once('~').unwrap();

    for (bundle, expected) in [
        (String::new(), "malformed backed assertion"),
        (assertion.to_owned(), "no certificates provided"),
        (
            format!("{certificate}~{certificate}~{assertion}"),
            "certificate chaining is not yet allowed",
        ),
        (
            format!("{text}~"),
            "certificate chaining is not yet allowed",
        ),
        (
            format!("{certificate}~"),
            "signed object must have three parts, this one has 1",
        ),
        (
            format!("~{assertion}"),
            "signed object must have three parts, this one has 1",
        ),
        (
            "~".to_owned(),
            "signed object must have three parts, this one has 1",
        ),
        (
            format!("{text}.x"),
            "signed object must have three parts, this one has 4",
        ),
        (format!("{text}\n"), "malformed backed assertion"),
        (format!(" {text}"), "malformed backed assertion"),
        (format!("{text}="), "malformed backed assertion"),
        (format!("{text}\0"), "malformed backed assertion"),
        (text.replacen('a', "ä", 1), "malformed backed assertion"),
        (
            format!("{assertion}~{certificate}"),
            "malformed backed assertion",
        ),
        (
            format!("{assertion}~{assertion}"),
            "malformed backed assertion",
        ),
        (
            format!("{certificate}~{certificate}"),
            "malformed backed assertion",
        ),
    ] {
        assert_eq!(reason(&bundle), expected, "{bundle}");
    }
}

#[test]
fn a_bundle_has_at_most_10240_characters() {
    let room = "x".repeat(10_240);
    let fitted = |length: usize| {
        let mut claim = room.clone();
        loop {
            let text = Forgery::new().asserting("x", claim.as_str().into()).text();
            if text.len() <= length {
                break text;
            }
            claim.truncate(
                claim
                    .len()
                    .saturating_sub((text.len() - length).max(4) * 3 / 4),
            );
        }
    };

    let longest = fitted(10_240);
    assert!(longest.len() > 10_236, "{}", longest.len());
    assert!(UncheckedBundle::read(&longest).is_ok());
    assert_eq!(
        reason(&format!("{longest}{}", "A".repeat(10_241 - longest.len()))),
        "malformed backed assertion"
    );
    assert_eq!(reason(&"A".repeat(1_000_000)), "malformed backed assertion");
}

#[test]
fn each_segment_is_strict_base64url_of_an_object() {
    let text = Forgery::new().text();
    let segments: Vec<&str> = text.split(['.', '~']).collect();
    let rebuilt = |number: usize, segment: &str| {
        let mut segments = segments.clone();
        segments[number] = segment;
        format!("{}~{}", segments[..3].join("."), segments[3..].join("."))
    };

    assert_eq!(rebuilt(0, segments[0]), text);
    // Two spare bits, an impossible length, `null`, `[]`, a name twice, nothing.
    for bad in [
        "eyJhbGciOiJSUzI1NiJ9A",
        "e31",
        "bnVsbA",
        "W10",
        "eyJhIjoxLCJhIjoxfQ",
        "",
    ] {
        for (number, expected) in [
            (0, "headersegment: invalid json"),
            (1, "payloadsegment: invalid json"),
            (3, "headersegment: invalid json"),
            (4, "payloadsegment: invalid json"),
        ] {
            assert_eq!(reason(&rebuilt(number, bad)), expected, "{bad}");
        }
    }
    for bad in ["", "A", "AB"] {
        for number in [2, 5] {
            assert_eq!(
                reason(&rebuilt(number, bad)),
                "malformed signature",
                "{bad}"
            );
        }
    }
}

#[test]
fn the_form_with_an_array_of_certificates_is_refused() {
    // base64url of {"certificates":[],"assertion":""}
    assert_eq!(
        reason("eyJjZXJ0aWZpY2F0ZXMiOltdLCJhc3NlcnRpb24iOiIifQ"),
        "no certificates provided"
    );
}
