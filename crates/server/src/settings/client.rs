//! `[[client]]`: a site or program that people sign in to by OpenID Connect (RFC 7591 §2,
//! OpenID Connect Dynamic Registration §2).
//!
//! The same section stands in the settings and, as text, in the store; so what one client has to be
//! is said by [`ClientSettings::validate`], and only what clients have to do with each other and with
//! the rest of the settings by [`validate`].

use std::collections::HashMap;

use protocol::jose::token::{KeySet, KeySetError, TokenAlgorithm};
use protocol::oidc::{ClientId, Flow, Pkce, RedirectUri, Scope, Scopes, Subject, Username};
use protocol::origin::Origin;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::{Allow, SecretSetting, Settings, SettingsError};

/// `[[client]]`: one site or program, and who may use it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSettings {
    /// Its name in requests.
    pub id: ClientId,
    /// Its name for people.
    #[serde(default)]
    pub name: Option<String>,
    /// What it shows to prove who it is, or `sha256:` and the hash of that.
    #[serde(default)]
    pub secret: Option<SecretSetting>,
    /// The public keys by which it proves who it is, as a JWK set.
    #[serde(default)]
    pub jwks: Option<ClientKeys>,
    /// Where people may be sent with an answer.
    #[serde(default)]
    pub redirect_uris: Vec<RedirectUri>,
    /// Where people may be sent after signing out.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// Where it is told that somebody has signed out (OpenID Connect Back-Channel Logout §2.2).
    #[serde(default)]
    pub backchannel_logout_uri: Option<RedirectUri>,
    /// Whole origins that are this client, for FedCM.
    #[serde(default)]
    pub origins: Vec<Origin>,
    /// Who may use it.
    #[serde(default)]
    pub allow: Allow,
    /// Whether people are asked before it learns who they are.
    #[serde(default)]
    pub consent: ConsentRule,
    /// Whether it has to use PKCE (RFC 7636); those without a secret always have to.
    #[serde(default, deserialize_with = "pkce")]
    pub pkce: Option<Pkce>,
    /// Which answers it gets.
    #[serde(default = "code", deserialize_with = "flow")]
    pub response_type: Flow,
    /// What it may ask for.
    #[serde(default = "all_scopes", deserialize_with = "scopes")]
    pub scopes: Scopes,
    /// How people are named to it.
    #[serde(default = "public", deserialize_with = "subject")]
    pub subject_type: Subject,
    /// What it is told as `preferred_username`.
    #[serde(default = "local_part", deserialize_with = "username")]
    pub username: Username,
    /// How its ID tokens are signed.
    #[serde(default = "rs256", deserialize_with = "algorithm")]
    pub id_token_signed_response_alg: TokenAlgorithm,
    /// How userinfo answers are signed, if they are to be.
    #[serde(default, deserialize_with = "some_algorithm")]
    pub userinfo_signed_response_alg: Option<TokenAlgorithm>,
    /// What its access tokens are.
    #[serde(default)]
    pub access_token: AccessTokenForm,
    /// Whose access tokens it may ask about besides its own, as a mail server does that webmail shows
    /// them to (RFC 7662).
    #[serde(default)]
    pub introspects: Vec<ClientId>,
    /// The issuer at which it is known, where that is not the main one.
    #[serde(default)]
    pub issuer: Option<Origin>,
}

/// The public keys of a client, as they were written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ClientKeys {
    text: String,
    keys: KeySet,
}

/// Whether people are asked before a client learns who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentRule {
    /// The first time, and whenever it wants to know more than before.
    #[default]
    Once,
    /// Never: it belongs to the operator.
    Never,
}

/// What access tokens are (RFC 9068 §1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessTokenForm {
    /// Random text that only we can look up.
    #[default]
    Opaque,
    /// A signed statement that others can read.
    Jwt,
}

impl ClientSettings {
    /// Checks what of one client needs more than one key, or knowledge of what a value is for. The key
    /// of the error is that within the section.
    pub fn validate(&self) -> Result<(), SettingsError> {
        self.validate_proof()?;
        self.validate_places()?;
        if let Some(name) = &self.name
            && (name.is_empty() || name.chars().count() > 100 || name.contains(char::is_control))
        {
            return Err(SettingsError::new(
                "name",
                "a client's name is 1 to 100 characters on one line",
                "name = \"Cloud\", as people know it",
            ));
        }
        if !self.scopes.has(Scope::OpenId) {
            return Err(SettingsError::new(
                "scopes",
                "without openid it could not ask who anybody is",
                "scopes = [\"openid\", \"email\", \"profile\"]",
            ));
        }
        if self.subject_type == Subject::Pairwise && self.sector().is_none() {
            return Err(SettingsError::new(
                "subject_type",
                "people have a name of their own at each host, and these redirect addresses are not \
                 all https addresses of one host",
                "use subject_type = \"public\", or a client for each host",
            ));
        }
        Ok(())
    }

    /// The one host that all redirect addresses lead to, for which people have a name of their own
    /// (OpenID Connect Core §8.1).
    pub fn sector(&self) -> Option<String> {
        let mut hosts = self.redirect_uris.iter().map(host);
        let first = hosts.next()??;
        hosts
            .all(|host| host.as_deref() == Some(&first))
            .then_some(first)
    }

    fn validate_proof(&self) -> Result<(), SettingsError> {
        if self.secret.is_some() && self.jwks.is_some() {
            return Err(SettingsError::new(
                "jwks",
                "a client proves who it is in one way: by a secret or by its keys",
                "leave out secret, or leave out jwks",
            ));
        }
        let public = self.secret.is_none() && self.jwks.is_none();
        if public && self.pkce == Some(Pkce::Optional) {
            return Err(SettingsError::new(
                "pkce",
                "a client without a secret has to use PKCE: nothing else binds a code to it",
                "leave pkce out, or give the client a secret",
            ));
        }
        Ok(())
    }

    fn validate_places(&self) -> Result<(), SettingsError> {
        if self.redirect_uris.is_empty() && self.origins.is_empty() {
            return Err(SettingsError::new(
                "id",
                &format!(
                    "nobody could be sent back to {}: it has no redirect_uris",
                    self.id
                ),
                "redirect_uris = [\"https://…\"], as the application's own documentation gives it",
            ));
        }
        for (index, origin) in self.origins.iter().enumerate() {
            if !origin.is_https() && !origin.is_loopback() {
                return Err(SettingsError::new(
                    &format!("origins[{index}]"),
                    "what is sent to this origin travels in clear text",
                    &format!("\"https://{}\"", origin.authority()),
                ));
            }
        }
        let told = self
            .backchannel_logout_uri
            .as_ref()
            .map(RedirectUri::as_str);
        if told.is_some_and(|uri| !uri.starts_with("https://") && !uri.starts_with("http://")) {
            return Err(SettingsError::new(
                "backchannel_logout_uri",
                "this server itself asks there, and only by https",
                "backchannel_logout_uri = \"https://…\"",
            ));
        }
        Ok(())
    }
}

impl ClientKeys {
    /// Gives the text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Gives the keys.
    pub const fn keys(&self) -> &KeySet {
        &self.keys
    }
}

impl TryFrom<String> for ClientKeys {
    type Error = KeySetError;

    fn try_from(text: String) -> Result<Self, KeySetError> {
        let keys = KeySet::read(text.as_bytes())?;
        Ok(Self { text, keys })
    }
}

/// Checks each client, and the clients against each other.
pub(super) fn validate(settings: &Settings) -> Result<(), SettingsError> {
    let mut seen: HashMap<(&Origin, &ClientId), usize> = HashMap::new();
    for (index, client) in settings.client.iter().enumerate() {
        client.validate().map_err(|mut error| {
            error.key = format!("client[{index}].{}", error.key);
            error
        })?;
        let issuer = client.issuer.as_ref().unwrap_or(&settings.issuer);
        let is_ours = |domain| settings.issuer_of(domain) == issuer;
        if *issuer != settings.issuer && !settings.domain.iter().any(is_ours) {
            return Err(SettingsError::new(
                &format!("client[{index}].issuer"),
                &format!("{issuer} is no issuer of these settings, so nobody could sign in there"),
                "leave it out for the main issuer, or name that of a [[domain]]",
            ));
        }
        if let Some(before) = seen.insert((issuer, &client.id), index) {
            return Err(SettingsError::new(
                &format!("client[{index}].id"),
                &format!("the client {} is there twice", client.id),
                "keep one of the two [[client]] sections, or give one of them another id",
            )
            .beside(format!("client[{before}].id")));
        }
    }
    Ok(())
}

/// The host of an `https` address.
fn host(uri: &RedirectUri) -> Option<String> {
    let rest = uri.as_str().strip_prefix("https://")?;
    let authority = rest.split(['/', '?']).next()?;
    let origin = Origin::parse(&format!("https://{authority}")).ok()?;
    Some(origin.host().to_owned())
}

fn scopes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Scopes, D::Error> {
    let words: Vec<String> = Vec::deserialize(deserializer)?;
    let known = |word: &String| {
        let mut all = Scope::ALL.into_iter();
        all.find(|scope| scope.as_str() == word)
            .ok_or_else(|| D::Error::unknown_variant(word, SCOPES))
    };
    let scopes: Vec<Scope> = words.iter().map(known).collect::<Result<_, _>>()?;
    Ok(Scopes::of(&scopes))
}

fn pkce<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Pkce>, D::Error> {
    one_of(deserializer, &["optional", "required"], |word| match word {
        "optional" => Some(Pkce::Optional),
        "required" => Some(Pkce::Required),
        _ => None,
    })
    .map(Some)
}

fn flow<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Flow, D::Error> {
    one_of(deserializer, &["code", "id_token"], |word| match word {
        "code" => Some(Flow::Code),
        "id_token" => Some(Flow::IdToken),
        _ => None,
    })
}

fn subject<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Subject, D::Error> {
    one_of(deserializer, &["public", "pairwise"], |word| match word {
        "public" => Some(Subject::Public),
        "pairwise" => Some(Subject::Pairwise),
        _ => None,
    })
}

fn username<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Username, D::Error> {
    let words = &["local-part", "address"];
    one_of(deserializer, words, |word| match word {
        "local-part" => Some(Username::LocalPart),
        "address" => Some(Username::Address),
        _ => None,
    })
}

fn algorithm<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TokenAlgorithm, D::Error> {
    let words = &["RS256", "ES256", "EdDSA"];
    one_of(deserializer, words, TokenAlgorithm::from_name)
}

fn some_algorithm<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<TokenAlgorithm>, D::Error> {
    algorithm(deserializer).map(Some)
}

/// Reads one word of a few.
fn one_of<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    words: &'static [&'static str],
    meaning: impl Fn(&str) -> Option<T>,
) -> Result<T, D::Error> {
    let word = String::deserialize(deserializer)?;
    meaning(&word).ok_or_else(|| D::Error::unknown_variant(&word, words))
}

const fn code() -> Flow {
    Flow::Code
}

fn all_scopes() -> Scopes {
    Scopes::of(&Scope::ALL)
}

const fn public() -> Subject {
    Subject::Public
}

const fn local_part() -> Username {
    Username::LocalPart
}

const fn rs256() -> TokenAlgorithm {
    TokenAlgorithm::Rs256
}

/// The words for scopes, as errors list them.
const SCOPES: &[&str] = &["openid", "email", "profile", "groups", "offline_access"];

#[cfg(test)]
mod tests;
