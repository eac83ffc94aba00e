//! §1.3: the members of a support document.

use protocol::browserid::{Authority, PagePath, SupportDocument};
use protocol::jose::Signer;
use serde_json::Value;

use crate::forge::ISSUER;

#[test]
fn the_document_of_an_idp_has_its_key_and_two_paths_and_always_the_same_bytes() {
    let document = SupportDocument::Idp {
        keys: vec![ISSUER.public_key().clone()],
        authentication: PagePath::parse("/persona/login/").unwrap(),
        provisioning: PagePath::parse("/persona/provision/").unwrap(),
        handoff: None,
    };

    let text = document.to_json();

    let key = ISSUER.public_key().to_browserid();
    let (n, e) = (key["n"].as_str().unwrap(), key["e"].as_str().unwrap());
    assert_eq!(
        text,
        format!(
            "{{\"public-key\":{{\"algorithm\":\"RS\",\"n\":\"{n}\",\"e\":\"{e}\"}},\
             \"authentication\":\"/persona/login/\",\"provisioning\":\"/persona/provision/\"}}"
        )
    );
    assert_eq!(text, document.clone().to_json());
}

#[test]
fn a_delegation_has_its_authority_alone() {
    let document = SupportDocument::Delegation {
        authority: Authority::parse("id.example").unwrap(),
    };

    let members: Value = serde_json::from_str(&document.to_json()).unwrap();

    assert_eq!(members, serde_json::json!({"authority": "id.example"}));
}
