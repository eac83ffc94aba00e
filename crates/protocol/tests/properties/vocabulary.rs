//! Addresses, domains and origins.

use proptest::prelude::*;
use protocol::email::{Domain, EmailAddress};
use protocol::origin::Origin;

const LABEL: &str = "[a-z]([a-z0-9-]{0,10}[a-z0-9])?";

fn domain_text() -> impl Strategy<Value = String> {
    prop::collection::vec(LABEL, 1..4)
        // `xn--` and its kin mean something.
        .prop_filter("a label of its own kind", |labels| {
            labels.iter().all(|label| label.get(2..4) != Some("--"))
        })
        .prop_map(|labels| labels.join("."))
}

proptest! {
    #[test]
    fn a_domain_is_printed_as_it_was_read(text in domain_text()) {
        let domain = Domain::parse(&text).unwrap();

        prop_assert_eq!(domain.as_str(), &text);
        prop_assert_eq!(Domain::parse(&text.to_uppercase()).unwrap(), domain);
    }

    #[test]
    fn whatever_is_a_domain_is_read_again_from_its_print(text in "\\PC{0,30}(\\.\\PC{0,10})?") {
        if let Ok(domain) = Domain::parse(&text) {
            prop_assert!(domain.as_str().is_ascii());
            prop_assert_eq!(&Domain::parse(domain.as_str()).unwrap(), &domain);
            prop_assert_eq!(Domain::parse(&domain.to_unicode()).unwrap(), domain);
        }
    }

    #[test]
    fn an_address_is_printed_as_it_was_read(
        local in "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,20}(\\.[a-zäöüß日本0-9]{1,10}){0,2}",
        domain in domain_text(),
    ) {
        let text = format!("{local}@{domain}");

        let address = EmailAddress::parse(&text).unwrap();

        prop_assert_eq!(address.to_string(), text);
        prop_assert_eq!(address.local(), local);
        prop_assert_eq!(address.domain().as_str(), domain);
    }

    #[test]
    fn whatever_is_an_address_has_one_at_no_control_and_is_read_again(text in ".{0,40}@?.{0,40}") {
        if let Ok(address) = EmailAddress::parse(&text) {
            let printed = address.to_string();
            prop_assert_eq!(printed.matches('@').count(), 1);
            prop_assert!(!printed.contains(|c: char| c.is_control() || c.is_whitespace()));
            prop_assert_eq!(&EmailAddress::parse(&printed).unwrap(), &address);
            let canonical = address.canonical();
            prop_assert_eq!(&EmailAddress::parse(&canonical.to_string()).unwrap(), &canonical);
            prop_assert_eq!(&canonical.canonical(), &canonical);
        }
    }

    #[test]
    fn the_canonical_spelling_of_an_address_is_an_address(
        local in "[a-zA-Z\\u{C0}-\\u{24F}\\u{300}-\\u{36F}\\u{1F00}-\\u{1FFF}\\u{2100}-\\u{214F}\\u{FB1D}-\\u{FB4F}]{1,12}",
    ) {
        if let Ok(address) = EmailAddress::parse(&format!("{local}@example.org")) {
            let canonical = address.canonical();
            prop_assert_eq!(&EmailAddress::parse(&canonical.to_string()).unwrap(), &canonical);
            prop_assert_eq!(&canonical.canonical(), &canonical);
            prop_assert_eq!(address.local().is_ascii(), canonical.local().is_ascii());
        }
    }

    #[test]
    fn an_origin_is_printed_as_it_was_read(
        scheme in "https?",
        host in domain_text(),
        port in prop::option::of(1024_u16..),
    ) {
        let port = port.map_or(String::new(), |port| format!(":{port}"));
        let text = format!("{scheme}://{host}{port}");

        let origin = Origin::parse(&text).unwrap();

        prop_assert_eq!(origin.as_str(), &text);
        prop_assert_eq!(origin.host(), host);
        prop_assert_eq!(origin.authority(), format!("{}{port}", origin.host()));
        prop_assert_eq!(origin.is_https(), scheme == "https");
    }

    #[test]
    fn whatever_is_an_origin_is_read_again_from_its_print(text in "(https?://)?\\PC{0,40}") {
        if let Ok(origin) = Origin::parse(&text) {
            prop_assert!(origin.as_str().is_ascii());
            prop_assert_eq!(Origin::parse(origin.as_str()).unwrap(), origin);
        }
    }
}
