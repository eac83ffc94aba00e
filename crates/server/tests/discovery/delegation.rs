//! Delegation: whom a domain names, within limits.

use testkit::https::Reply;

use crate::outcome::weak;
use crate::world::{World, delegation, issuer, not_found};

#[tokio::test]
async fn a_domain_names_its_authority_and_all_are_asked_about_the_domain() {
    let hosts = [
        ("example.com", delegation("a.example")),
        ("a.example", delegation("IDP.example")),
        ("idp.example", Reply::json(&issuer())),
    ];
    let world = World::open(&hosts).await;

    let outcome = world.outcome("example.com").await;

    assert_eq!(outcome, "issuer idp.example");
    assert_eq!(
        world.asked(),
        [
            "example.com about example.com",
            "a.example about example.com",
            "idp.example about example.com"
        ]
    );
}

#[tokio::test]
async fn a_circle_is_no_answer() {
    let hosts = [
        ("a.example", delegation("b.example")),
        ("b.example", delegation("a.example")),
        ("self.example", delegation("self.example")),
    ];
    let world = World::open(&hosts).await;

    insta::assert_snapshot!(world.outcome("a.example").await, @"not asked: Circular reference in delegating authority: a.example > b.example");
    insta::assert_snapshot!(world.outcome("self.example").await, @"not asked: Circular reference in delegating authority: self.example");
    assert_eq!(world.requests(), 3);
}

#[tokio::test]
async fn the_sixth_hop_is_not_taken() {
    let mut hosts: Vec<(String, Reply)> = (0..8)
        .map(|n| {
            (
                format!("h{n}.example"),
                delegation(&format!("h{}.example", n + 1)),
            )
        })
        .collect();
    hosts.push(("h8.example".to_owned(), Reply::json(&issuer())));
    let hosts: Vec<(&str, Reply)> = hosts.iter().map(|(h, r)| (h.as_str(), r.clone())).collect();
    let world = World::open(&hosts).await;

    let five = world.outcome("h3.example").await;
    let asked = world.requests();
    let six = world.outcome("h2.example").await;

    assert_eq!(five, "issuer h8.example");
    assert_eq!(asked, 6);
    insta::assert_snapshot!(six, @"not asked: Too many hops while delegating authority: h2.example > h3.example > h4.example > h5.example > h6.example > h7.example > h8.example");
    assert_eq!(world.requests(), asked + 6);
}

#[tokio::test]
async fn a_delegation_leads_to_no_private_place() {
    let hosts = [
        ("a.example", delegation("localhost")),
        ("b.example", delegation("id.localhost:8443")),
        ("c.example", delegation("127.0.0.1")),
        ("d.example", delegation("[::1]")),
        ("e.example", delegation("user@10.0.0.1")),
    ];
    let world = World::open(&hosts).await;

    let mut outcomes = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        outcomes.push(world.outcome(&format!("{name}.example")).await);
    }

    insta::assert_snapshot!(outcomes.join("\n"), @r"
    not asked: localhost is not a browserid primary: it could not be asked
    not asked: id.localhost:8443 is not a browserid primary: it could not be asked
    not asked: bad support document for 'c.example': Error: the authority is not a valid hostname
    not asked: bad support document for 'd.example': Error: the authority is not a valid hostname
    not asked: bad support document for 'e.example': Error: the authority is not a valid hostname
    ");
    assert_eq!(world.requests(), 5);
}

#[tokio::test]
async fn whoever_points_to_us_does_not_make_us_speak_for_them() {
    let hosts = [
        ("a.example", delegation("id.example.org")),
        ("b.example", delegation("example.org")),
        ("c.example", delegation("id.example.org:8443")),
        ("id.example.org", Reply::json(&issuer())),
    ];
    let world = World::open(&hosts).await;

    let mut outcomes = Vec::new();
    for name in ["a", "b", "c"] {
        outcomes.push(world.outcome(&format!("{name}.example")).await);
    }

    insta::assert_snapshot!(outcomes.join("\n"), @r"
    no: a.example is not a browserid primary: id.example.org does not speak for it
    no: b.example is not a browserid primary: example.org does not speak for it
    no: c.example is not a browserid primary: id.example.org:8443 does not speak for it
    ");
    assert_eq!(world.requests(), 3);
}

#[tokio::test]
async fn the_authority_s_no_counts_and_so_does_its_trouble() {
    let hosts = [
        ("a.example", delegation("no.example")),
        ("b.example", delegation("off.example")),
        ("c.example", delegation("down.example")),
        ("no.example", not_found()),
        ("off.example", Reply::json("{\"disabled\":true}")),
        ("down.example", Reply::new("502 Bad Gateway", &[], "")),
    ];
    let world = World::open(&hosts).await;

    let mut outcomes = Vec::new();
    for name in ["a", "b", "c"] {
        outcomes.push(world.outcome(&format!("{name}.example")).await);
    }

    insta::assert_snapshot!(outcomes.join("\n"), @r"
    no: no.example is not a browserid primary - non-200 response code to /.well-known/browserid
    disabled
    not asked: down.example is not a browserid primary - non-200 response code to /.well-known/browserid
    ");
}

#[tokio::test]
async fn a_weak_no_of_the_authority_says_nothing_about_the_domain() {
    for weak in weak() {
        let hosts = [
            ("a.example", delegation("weak.example")),
            ("weak.example", weak),
        ];
        let world = World::open(&hosts).await;

        let delegated = world.outcome("a.example").await;
        let itself = world.outcome("weak.example").await;

        assert!(delegated.starts_with("not asked: "), "{delegated}");
        assert!(itself.starts_with("no: "), "{itself}");
    }
}
