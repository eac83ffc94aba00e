//! Addresses, domains and origins: whatever is read is read again from how it is printed.

use protocol::browserid::Authority;
use protocol::email::{Domain, EmailAddress};
use protocol::origin::Origin;

use crate::bounds;

/// Reads the bytes as everything of this kind.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    bounds::within(bytes.len(), || {
        check_address(text);
        check_domain(text);
        check_origin(text);
        check_authority(text);
    });
}

fn check_address(text: &str) {
    let Ok(address) = EmailAddress::parse(text) else {
        return;
    };
    check_printed(&address);
    // The name of the account: the same for all spellings of it, and fit to be written itself.
    let canonical = address.canonical();
    check_printed(&canonical);
    assert_eq!(canonical.canonical(), canonical);
    if address.local().is_ascii() {
        let lower = address.to_string().to_ascii_lowercase();
        assert_eq!(canonical.to_string(), lower);
    }
}

fn check_printed(address: &EmailAddress) {
    let printed = address.to_string();
    assert_eq!(EmailAddress::parse(&printed).as_ref(), Ok(address));
    assert_eq!(
        printed,
        format!("{}@{}", address.local(), address.domain().as_str())
    );
    assert!(printed.len() <= 254, "{printed:?}");
    assert_eq!(printed.matches('@').count(), 1, "{printed:?}");
    // Letters of all peoples, and nothing that ends a line, a word or a header.
    let harmful = |c: char| c.is_control() || c.is_whitespace();
    assert!(!printed.contains(harmful), "{printed:?}");
}

fn check_domain(text: &str) {
    let Ok(domain) = Domain::parse(text) else {
        return;
    };
    let printed = domain.as_str();
    assert_eq!(Domain::parse(printed).as_ref(), Ok(&domain));
    assert_eq!(Domain::parse(&domain.to_unicode()).as_ref(), Ok(&domain));
    assert!(printed.len() <= 253 && is_plain(printed), "{printed:?}");
    assert_eq!(printed, printed.to_ascii_lowercase());
    let label_is_good = |label: &str| {
        (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    assert!(printed.split('.').all(label_is_good), "{printed:?}");
    assert!(printed.parse::<std::net::IpAddr>().is_err(), "{printed:?}");
}

fn check_origin(text: &str) {
    let Ok(origin) = Origin::parse(text) else {
        return;
    };
    let printed = origin.to_string();
    assert_eq!(Origin::parse(&printed).as_ref(), Ok(&origin));
    assert!(is_plain(&printed), "{printed:?}");
    let scheme = if origin.is_https() { "https" } else { "http" };
    assert_eq!(printed, format!("{scheme}://{}", origin.authority()));
    assert!(origin.authority().starts_with(origin.host()));
    assert!(
        !origin.authority().contains(['/', '?', '#', '@', '\\']),
        "{printed:?}"
    );
}

fn check_authority(text: &str) {
    let Ok(authority) = Authority::parse(text) else {
        return;
    };
    let printed = authority.to_string();
    assert_eq!(Authority::parse(&printed).as_ref(), Ok(&authority));
    assert_eq!(printed, authority.as_str());
    let port = authority
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    assert_eq!(printed, format!("{}{port}", authority.host().as_str()));
    assert_ne!(authority.port(), Some(443));
    // As an address of the web it is this host and nothing else.
    let origin = Origin::parse(&format!("https://{printed}")).map(|o| o.authority().to_owned());
    assert_eq!(origin, Ok(printed));
}

/// Is this fit for a log, a header and a page: printable ASCII without a space?
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}
