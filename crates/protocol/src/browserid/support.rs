//! The support document at `/.well-known/browserid`, as it is published (`browserid.md` §1.3).

use crate::jose::PublicKey;
use crate::jose::json::push_string;

/// What a domain says about where its addresses are certified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SupportDocument {
    /// This host certifies.
    Idp {
        /// The key that certificates are signed with.
        public_key: PublicKey,
        /// Absolute path of the page on which people sign in. It must have no query.
        authentication: String,
        /// Absolute path of the page that provisions certificates in a frame.
        provisioning: String,
    },
    /// Another host certifies (`browserid.md` §1.4).
    Delegation {
        /// That host, with `:port` where it is not 443.
        authority: String,
    },
}

impl SupportDocument {
    /// Writes the document. The same document always gives the same bytes.
    pub fn to_json(&self) -> String {
        let mut text = String::with_capacity(1024);
        match self {
            Self::Idp {
                public_key,
                authentication,
                provisioning,
            } => {
                text.push_str("{\"public-key\":");
                public_key.push_browserid(&mut text);
                text.push_str(",\"authentication\":");
                push_string(&mut text, authentication);
                text.push_str(",\"provisioning\":");
                push_string(&mut text, provisioning);
            }
            Self::Delegation { authority } => {
                text.push_str("{\"authority\":");
                push_string(&mut text, authority);
            }
        }
        text.push('}');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delegation_names_its_authority_alone() {
        let document = SupportDocument::Delegation {
            authority: "id.example.org:8443".to_owned(),
        };

        assert_eq!(document.to_json(), r#"{"authority":"id.example.org:8443"}"#);
    }
}
