//! Support documents of strangers: what is read is printed and read again, and names no place but a
//! host and paths on it.

use protocol::browserid::{Chain, PagePath, SupportDocument};
use protocol::email::Domain;

use crate::bounds;
use crate::key::check_key;

/// Reads the bytes as a support document.
pub fn check(bytes: &[u8]) {
    bounds::within(bytes.len(), || {
        if let Ok(document) = SupportDocument::parse(bytes) {
            check_document(&document);
        }
    });
}

fn check_document(document: &SupportDocument) {
    let printed = document.to_json();
    assert_eq!(
        SupportDocument::parse(printed.as_bytes()).as_ref(),
        Ok(document)
    );
    assert!(printed.is_ascii(), "{printed}");
    match document {
        SupportDocument::Disabled => {}
        SupportDocument::Delegation { authority } => {
            let begin = Domain::parse("example.org").expect("a domain");
            let mut chain = Chain::begin(&begin);
            // Whoever is followed is the one to ask, and is never followed twice.
            if chain.follow(authority).is_ok() {
                assert_eq!(chain.host(), authority);
            }
            assert!(chain.follow(authority).is_err());
        }
        SupportDocument::Idp {
            keys,
            authentication,
            provisioning,
            handoff,
        } => {
            assert!((1..=8).contains(&keys.len()));
            keys.iter().for_each(check_key);
            check_page(authentication);
            check_page(provisioning);
            handoff.iter().for_each(check_page);
        }
    }
}

/// A path that can be put behind any host and stays on it.
fn check_page(page: &PagePath) {
    let path = page.as_str();
    assert_eq!(PagePath::parse(path).as_ref(), Ok(page));
    assert!(path.starts_with('/') && !path.starts_with("//"), "{path:?}");
    assert!(path.bytes().all(|byte| byte.is_ascii_graphic()), "{path:?}");
    assert!(!path.contains(['?', '#', '\\']), "{path:?}");
}
