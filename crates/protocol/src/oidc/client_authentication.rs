//! Who asks at the token endpoint (RFC 6749 §2.3, OpenID Connect Core §9).
//!
//! A client says who it is in one way, never in two. What it says is unchecked until
//! [`ClientCredentials::prove`] has held it against what is registered.

use data_encoding::BASE64;

use super::client::{Client, ClientProof, SecretHash};
use super::error::{Code, OAuthError};
use super::parameters::Parameters;
use crate::jose::token::UncheckedJwt;
use crate::secret::Secret;
use crate::time::UnixSeconds;

/// What came with a request to show who sent it.
#[derive(Debug)]
pub struct ClientCredentials {
    client_id: String,
    shown: Shown,
}

#[derive(Debug)]
enum Shown {
    Nothing,
    /// As it was sent, and as it reads when it was form-encoded first, as RFC 6749 §2.3.1 has it and
    /// not every client does.
    Secret(Secret<String>, Secret<String>),
    Assertion(Box<UncheckedJwt>),
}

/// What a client was recognised by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proven {
    /// It is public: its name is all that it has.
    Nothing,
    /// Its secret.
    Secret,
    /// A signed statement, which counts once: the store has to be asked.
    Assertion {
        /// `jti`: what makes it this one.
        id: String,
        /// When it ends.
        until: UnixSeconds,
    },
}

impl ClientCredentials {
    /// Reads the header `Authorization` and the parameters of a request.
    pub fn read(authorization: Option<&str>, parameters: &Parameters) -> Result<Self, OAuthError> {
        let named = parameters.one("client_id");
        let posted = parameters.one("client_secret");
        let assertion = parameters.one("client_assertion");
        let ways = [
            authorization.is_some(),
            posted.is_some(),
            assertion.is_some(),
        ];
        if ways.into_iter().filter(|way| *way).count() > 1 {
            return Err(bad("a client shows who it is in one way, not in two"));
        }
        let (client_id, shown) = if let Some(header) = authorization {
            basic(header)?
        } else if let Some(text) = assertion {
            assertion_of(parameters.one("client_assertion_type"), text)?
        } else {
            let client_id =
                named.ok_or(unknown("the request does not say which client it is from"))?;
            let shown = posted.map_or(Shown::Nothing, |secret| {
                let secret = Secret::new(secret.to_owned());
                Shown::Secret(secret.clone(), secret)
            });
            (client_id.to_owned(), shown)
        };
        if named.is_some_and(|named| named != client_id) {
            return Err(bad(
                "the client_id is another one than that of the credentials",
            ));
        }
        Ok(Self { client_id, shown })
    }

    /// Gives the name of the client that the request claims to be from.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Holds what was shown against what is registered. `audiences` are our issuer and the address that
    /// was asked: a statement for anybody else does not count (RFC 7523 §3).
    pub fn prove(
        &self,
        client: &Client,
        audiences: &[&str],
        now: UnixSeconds,
    ) -> Result<Proven, OAuthError> {
        match (&client.proof, &self.shown) {
            _ if client.id.as_str() != self.client_id => Err(unknown("no such client")),
            (ClientProof::Public, Shown::Nothing) => Ok(Proven::Nothing),
            (ClientProof::Secret(hash), Shown::Secret(raw, decoded)) => {
                // Hashes are compared: how long it takes says nothing about the secret.
                let is_it = [raw, decoded]
                    .into_iter()
                    .any(|s| SecretHash::of(s) == *hash);
                is_it
                    .then_some(Proven::Secret)
                    .ok_or(unknown("the client's secret is wrong"))
            }
            (ClientProof::Keys(keys), Shown::Assertion(token)) => {
                let payload = keys
                    .verify(token)
                    .map_err(|_| unknown("the client's assertion has no valid signature"))?;
                if is_request(token) {
                    return Err(unknown("a request object is no assertion of the client's"));
                }
                statement(payload, &self.client_id, audiences, now)
            }
            (ClientProof::Public, Shown::Secret(..) | Shown::Assertion(_)) => {
                Err(unknown("this client is registered without a secret"))
            }
            (ClientProof::Secret(_), Shown::Nothing | Shown::Assertion(_)) => {
                Err(unknown("this client has to show its secret"))
            }
            (ClientProof::Keys(_), Shown::Nothing | Shown::Secret(..)) => {
                Err(unknown("this client has to sign its requests"))
            }
        }
    }
}

fn basic(header: &str) -> Result<(String, Shown), OAuthError> {
    let unreadable = || unknown("the Authorization header is not Basic with a name and a secret");
    let (scheme, text) = header.split_once(' ').ok_or_else(unreadable)?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Err(unreadable());
    }
    let octets = BASE64
        .decode(text.trim().as_bytes())
        .map_err(|_| unreadable())?;
    let text = Secret::new(String::from_utf8(octets).map_err(|_| unreadable())?);
    let (id, secret) = text.expose().split_once(':').ok_or_else(unreadable)?;
    let shown = Shown::Secret(Secret::new(secret.to_owned()), Secret::new(decoded(secret)));
    Ok((decoded(id), shown))
}

/// Undoes form encoding.
fn decoded(text: &str) -> String {
    let spaces = text.replace('+', " ");
    let octets = percent_decoded(spaces.as_bytes());
    String::from_utf8(octets).unwrap_or(spaces)
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let digit = |b: &u8| {
        char::from(*b)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        let pair = match tail {
            [high, low, ..] if *first == b'%' => digit(high).zip(digit(low)),
            _ => None,
        };
        if let Some((high, low)) = pair {
            octets.push(high * 16 + low);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            octets.push(*first);
            rest = tail;
        }
    }
    octets
}

fn assertion_of(kind: Option<&str>, text: &str) -> Result<(String, Shown), OAuthError> {
    if kind != Some(ASSERTION_TYPE) {
        return Err(unknown("client_assertion_type is not that of a signed JWT"));
    }
    let token = UncheckedJwt::read(text)
        .map_err(|_| unknown("the client's assertion is no signed token"))?;
    let subject = token.unbelieved().get("sub").and_then(|sub| sub.as_str());
    let subject = subject.ok_or(unknown("the client's assertion has no subject"))?;
    Ok((subject.to_owned(), Shown::Assertion(Box::new(token))))
}

/// Is it a request that the client has signed? Everybody's browser carries those about, so that one must not
/// show who the client is (RFC 9101 §10.8).
fn is_request(token: &UncheckedJwt) -> bool {
    let asks = |name: &&str| token.unbelieved().contains_key(*name);
    token.kind() == Some("oauth-authz-req+jwt")
        || ["response_type", "redirect_uri"].iter().any(asks)
}

/// Looks at what a client's signed statement says (OpenID Connect Core §9, RFC 7523 §3).
fn statement(
    payload: &serde_json::Map<String, serde_json::Value>,
    client_id: &str,
    audiences: &[&str],
    now: UnixSeconds,
) -> Result<Proven, OAuthError> {
    let text = |name: &str| payload.get(name).and_then(|value| value.as_str());
    if text("iss") != Some(client_id) || text("sub") != Some(client_id) {
        return Err(unknown("the client's assertion is about somebody else"));
    }
    let is_ours =
        |value: &serde_json::Value| value.as_str().is_some_and(|text| audiences.contains(&text));
    let for_us = payload.get("aud").is_some_and(|audience| {
        audience
            .as_array()
            .map_or_else(|| is_ours(audience), |list| list.iter().any(is_ours))
    });
    if !for_us {
        return Err(unknown("the client's assertion is for somebody else"));
    }
    let until = payload.get("exp").and_then(serde_json::Value::as_i64);
    let until = until.ok_or(unknown("the client's assertion does not end"))?;
    let now = now.as_seconds();
    if until <= now {
        return Err(unknown("the client's assertion is over"));
    }
    // It is remembered until it ends, so that it counts once: nobody can have us remember for ever.
    if until > now + LONGEST_ASSERTION_SECONDS {
        return Err(unknown("the client's assertion is valid for too long"));
    }
    let id = text("jti").filter(|id| (1..=255).contains(&id.len()));
    let id = id
        .ok_or(unknown("the client's assertion has no jti"))?
        .to_owned();
    let until = UnixSeconds::from_seconds(until);
    Ok(Proven::Assertion { id, until })
}

const fn bad(sentence: &'static str) -> OAuthError {
    OAuthError::new(Code::InvalidRequest, sentence)
}

const fn unknown(sentence: &'static str) -> OAuthError {
    OAuthError::new(Code::InvalidClient, sentence)
}

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Seconds that a client's statement may be valid for.
const LONGEST_ASSERTION_SECONDS: i64 = 60 * 60;
