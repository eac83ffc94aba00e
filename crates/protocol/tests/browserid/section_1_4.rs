//! §1.4: delegation.

use protocol::browserid::{Authority, Chain, ChainError};
use protocol::email::Domain;

fn host(number: u32) -> Authority {
    Authority::parse(&format!("h{number}.example")).unwrap()
}

fn begin() -> Chain {
    Chain::begin(&Domain::parse("h0.example").unwrap())
}

#[test]
fn it_begins_at_the_domain_of_the_address_and_ends_at_the_last_host() {
    let mut chain = begin();
    assert_eq!(*chain.host(), host(0));

    chain.follow(&host(1)).unwrap();

    assert_eq!(*chain.host(), host(1));
}

#[test]
fn five_hops_are_followed_and_the_sixth_is_not() {
    let mut chain = begin();
    for number in 1..=5 {
        chain.follow(&host(number)).unwrap();
        assert_eq!(*chain.host(), host(number));
    }

    let refusal = chain.follow(&host(6)).unwrap_err();

    assert!(matches!(refusal, ChainError::TooManyHops(_)));
    assert_eq!(
        refusal.to_string(),
        "Too many hops while delegating authority: h0.example > h1.example > h2.example > \
         h3.example > h4.example > h5.example > h6.example"
    );
}

#[test]
fn a_host_that_was_asked_already_is_not_asked_again() {
    let mut chain = begin();
    let refusal = chain.follow(&host(0)).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "Circular reference in delegating authority: h0.example"
    );

    chain.follow(&host(1)).unwrap();
    for former in [0, 1] {
        let refusal = chain.clone().follow(&host(former)).unwrap_err();
        assert_eq!(
            refusal,
            ChainError::Circular("h0.example > h1.example".to_owned())
        );
    }
    let folded = Authority::parse("H0.example:443").unwrap();
    assert!(chain.follow(&folded).is_err());
}

#[test]
fn another_port_is_another_host() {
    let mut chain = begin();

    chain
        .follow(&Authority::parse("h0.example:8443").unwrap())
        .unwrap();

    assert_eq!(chain.host().as_str(), "h0.example:8443");
}
