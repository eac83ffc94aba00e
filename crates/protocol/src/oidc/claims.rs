//! Claims: what a client is told about a person (OpenID Connect Core §5).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::client::Username;
use super::error::{Code, OAuthError};
use super::scope::{Scope, Scopes};
use crate::email::ClaimedEmail;
use crate::jose::json;

/// Something that may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// The address.
    Email,
    /// That the mail server said so: always true.
    EmailVerified,
    /// What to call the account.
    PreferredUsername,
    /// The person's name, where it is known.
    Name,
    /// The groups of the domain's list.
    Groups,
}

/// What a client asks for by name, in the parameter `claims` (OpenID Connect Core §5.5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// To be in the ID token.
    pub id_token: BTreeSet<Claim>,
    /// To be in the answer of the userinfo endpoint.
    pub userinfo: BTreeSet<Claim>,
    /// The one person that is meant, by `sub`.
    pub subject: Option<String>,
}

/// A person, as a client may come to know them.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// The address that they may be called.
    pub email: &'a ClaimedEmail,
    /// That address as a broker of Portier wrote it, who wants it back (`email_original`).
    pub email_as_asked: Option<&'a str>,
    /// Their name, where it is known.
    pub name: Option<&'a str>,
    /// The groups that they belong to.
    pub groups: &'a [String],
}

impl Claim {
    const ALL: [Self; 5] = [
        Self::Email,
        Self::EmailVerified,
        Self::PreferredUsername,
        Self::Name,
        Self::Groups,
    ];

    /// Gives its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::EmailVerified => "email_verified",
            Self::PreferredUsername => "preferred_username",
            Self::Name => "name",
            Self::Groups => "groups",
        }
    }

    /// Gives the scope that asks for it.
    const fn scope(self) -> Scope {
        match self {
            Self::Email | Self::EmailVerified => Scope::Email,
            Self::PreferredUsername | Self::Name => Scope::Profile,
            Self::Groups => Scope::Groups,
        }
    }
}

impl ClaimsRequest {
    /// Reads the parameter. Claims that nobody here knows are passed over (§5.5.1).
    pub fn read(text: &str) -> Result<Self, OAuthError> {
        let bad = || {
            OAuthError::new(
                Code::InvalidRequest,
                "the claims parameter is not JSON as §5.5 has it",
            )
        };
        let members = json::read_object(text.as_bytes()).map_err(|_| bad())?;
        let part = |name: &str| match members.get(name) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(part)) => Ok(part.clone()),
            Some(_) => Err(bad()),
        };
        let (id_token, userinfo) = (part("id_token")?, part("userinfo")?);
        let known = |part: &Map<String, Value>| {
            let asked = |claim: &Claim| part.contains_key(claim.as_str());
            Claim::ALL.into_iter().filter(asked).collect()
        };
        let subject = id_token.get("sub").and_then(|sub| sub.get("value"));
        Ok(Self {
            id_token: known(&id_token),
            userinfo: known(&userinfo),
            subject: subject.and_then(Value::as_str).map(str::to_owned),
        })
    }
}

impl ClaimsRequest {
    /// Leaves out what no scope of these asks for.
    #[must_use]
    pub fn within(mut self, scopes: &Scopes) -> Self {
        self.id_token.retain(|claim| scopes.has(claim.scope()));
        self.userinfo.retain(|claim| scopes.has(claim.scope()));
        self
    }

    /// Gives the scopes that ask for the same.
    pub fn scopes(&self) -> Scopes {
        let all = self.id_token.union(&self.userinfo);
        all.map(|claim| claim.scope()).collect()
    }
}

impl Person<'_> {
    /// Tells what the scopes and the names ask for. Nobody is told more.
    pub fn tell(
        &self,
        scopes: &Scopes,
        named: &BTreeSet<Claim>,
        username: Username,
    ) -> Map<String, Value> {
        let address = self.email.address();
        let value = |claim| match claim {
            Claim::Email => Some(json!(address.to_string())),
            Claim::EmailVerified => Some(json!(true)),
            Claim::PreferredUsername => Some(match username {
                Username::LocalPart => json!(address.local()),
                Username::Address => json!(address.to_string()),
            }),
            Claim::Name => self.name.map(|name| json!(name)),
            Claim::Groups => Some(json!(self.groups)),
        };
        let mut told: Map<String, Value> = Claim::ALL
            .into_iter()
            .filter(|claim| scopes.has(claim.scope()) || named.contains(claim))
            .filter_map(|claim| Some((claim.as_str().to_owned(), value(claim)?)))
            .collect();
        if let Some(text) = self.email_as_asked.filter(|_| told.contains_key("email")) {
            told.insert("email_original".to_owned(), json!(text));
        }
        told
    }
}
