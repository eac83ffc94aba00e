//! The parameters of a request: names and values, each name once (RFC 6749 §3.1 and §3.2).

use std::collections::BTreeMap;

use super::error::{Code, OAuthError};

/// The parameters of one request, from its query or its form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads what stands behind the `?`, or a form's body.
    ///
    /// A name that stands twice makes the whole request unreadable, since two readers could believe
    /// different ones. An empty value is the same as none. Names that mean nothing here are passed over
    /// by whoever asks.
    pub fn read(text: &str) -> Result<Self, OAuthError> {
        if text.len() > LONGEST {
            return Err(OAuthError::new(
                Code::InvalidRequest,
                "the request is too long",
            ));
        }
        let mut values = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            if values.len() >= MOST {
                let sentence = "the request has too many parameters";
                return Err(OAuthError::new(Code::InvalidRequest, sentence));
            }
            if value.contains('\0') || value.contains('\u{FFFD}') {
                let sentence = "a parameter is not UTF-8 text";
                return Err(OAuthError::new(Code::InvalidRequest, sentence));
            }
            if values
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                let sentence = "a parameter stands twice in the request";
                return Err(OAuthError::new(Code::InvalidRequest, sentence));
            }
        }
        values.retain(|_, value| !value.is_empty());
        Ok(Self(values))
    }

    /// Gives the value of a parameter; none if it is empty.
    pub fn one(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Lays the members of a request object over the parameters: what is signed counts
    /// (OpenID Connect Core §6.1).
    pub(super) fn overlay(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }
}

/// Octets of all parameters together; a request object is the longest of them.
const LONGEST: usize = 24 * 1024;
/// Parameters of one request.
const MOST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_empty_ones_are_none() {
        let parameters = Parameters::read("scope=openid+email&state=a%26b&nonce=").unwrap();

        assert_eq!(parameters.one("scope"), Some("openid email"));
        assert_eq!(parameters.one("state"), Some("a&b"));
        assert_eq!(parameters.one("nonce"), None);
        assert_eq!(parameters.one("prompt"), None);
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        for text in [
            "client_id=a&client_id=b",
            "client_id=a&client%5Fid=b",
            "client_id=a&client_id=",
            "state=a%00b",
            "state=%ff",
            &format!("state={}", "a".repeat(LONGEST)),
            &(0..=MOST)
                .map(|n| format!("p{n}=1"))
                .collect::<Vec<_>>()
                .join("&"),
        ] {
            let error = Parameters::read(text).unwrap_err();
            assert_eq!(error.code(), Code::InvalidRequest);
        }
    }
}
