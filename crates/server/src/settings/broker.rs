//! `[broker]` and `[outbound]`: what this installation does for sites with addresses that are not its
//! own, and how it asks other issuers.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use mailbox::ServerUrl;
use protocol::browserid::Authority;
use protocol::email::{Domain, EmailAddress};
use protocol::origin::Origin;
use serde::Deserialize;

use super::secret::SecretSetting;
use super::values::yes_or_no;
use super::{Settings, SettingsError};

/// `[broker]`: whose word counts besides that of an address's own domain.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BrokerSettings {
    /// Origins of brokers that get certificates for our people without a question to them.
    pub trusted: Vec<Origin>,
    /// How a code is mailed to addresses of domains that have no issuer. Without it none is.
    pub fallback: Option<FallbackSettings>,
    /// Other issuers whose word counts for domains that have no issuer of their own.
    pub fallback_issuers: Vec<Authority>,
    /// Are issuers believed that sign with DSA of 1024 bits and SHA-1? (`browserid.md` §12)
    #[serde(deserialize_with = "yes_or_no")]
    pub ds128_issuers: bool,
}

/// `[broker.fallback]`: the mail relay that carries codes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FallbackSettings {
    /// The relay: `smtps://mail.example.org` or `smtp://mail.example.org`.
    pub smtp: ServerUrl,
    /// The address that the mail comes from.
    pub from: EmailAddress,
    /// The user as whom to log in to the relay, if it wants that.
    #[serde(default)]
    pub user: Option<String>,
    /// The user's password.
    #[serde(default)]
    pub password: Option<SecretSetting>,
}

impl BrokerSettings {
    /// Leaves out the login to the relay, for those who send nothing: its password need not be
    /// readable to whoever looks.
    pub fn without_login(&mut self) {
        if let Some(fallback) = &mut self.fallback {
            fallback.user = None;
            fallback.password = None;
        }
    }
}

/// `[outbound]`: how other issuers are asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutboundSettings {
    /// A PEM file of authorities that are believed besides the system's.
    pub ca: Option<PathBuf>,
    /// Where these hosts are, whatever the DNS says; they may be private addresses.
    pub hosts: BTreeMap<Domain, SocketAddr>,
}

/// Checks what of `[broker]` needs more than one key.
pub(super) fn validate(settings: &Settings) -> Result<(), SettingsError> {
    let broker = &settings.broker;
    for (index, origin) in broker.trusted.iter().enumerate() {
        if !origin.is_https() && !origin.is_loopback() {
            return Err(SettingsError::new(
                &format!("broker.trusted[{index}]"),
                "a trusted broker must be an https origin; plain http is for localhost only",
                &format!("write \"https://{}\"", origin.authority()),
            ));
        }
    }
    for (index, issuer) in broker.fallback_issuers.iter().enumerate() {
        let ours = settings.domain.iter().any(|ours| {
            let own = settings.issuer_of(ours).authority();
            ours.name == *issuer.host() || own == issuer.as_str()
        });
        if ours || issuer.as_str() == settings.issuer.authority() {
            return Err(SettingsError::new(
                &format!("broker.fallback_issuers[{index}]"),
                &format!("{issuer} is this installation itself, which is no other issuer"),
                "leave it out; [broker.fallback] lets this installation itself speak for domains \
                 that have no issuer",
            ));
        }
    }
    let Some(fallback) = &broker.fallback else {
        return Ok(());
    };
    if !fallback.smtp.takes_letters() {
        return Err(SettingsError::new(
            "broker.fallback.smtp",
            "letters are handed over by SMTP; this is a server for reading mail",
            "write \"smtps://mail.example.org\", the server for submitting mail",
        ));
    }
    match (&fallback.user, &fallback.password) {
        (None, None) => Ok(()),
        (Some(user), Some(_)) if !user.is_empty() => Ok(()),
        (Some(_) | None, Some(_)) => Err(SettingsError::new(
            "broker.fallback.password",
            "a password is there without the user whose it is",
            "add user = \"…\", or leave the password out for a relay that wants no login",
        )),
        (Some(_), None) => Err(SettingsError::new(
            "broker.fallback.user",
            "a user is there without a password",
            "add password = { file = \"/path\" }, or leave the user out for a relay that wants no \
             login",
        )),
    }
}
