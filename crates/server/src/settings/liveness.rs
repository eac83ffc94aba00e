//! `[domain.liveness]`: who says that a mailbox is gone, and how soon its sign-ins end.

use std::time::Duration;

use mailbox::{MailboxUrl, StandingUrl};
use serde::Deserialize;

use super::values::Span;
use super::{DomainSettings, Settings, SettingsError};

/// `[domain.liveness]`: who is asked whether a mailbox is still there, and how soon its sign-ins end
/// when it is not.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LivenessSettings {
    /// Who is asked: `lmtp:/run/dovecot/lmtp`, `smtp://mail.example.org`, or `nobody`. Without it, what
    /// checks the passwords, if it can say.
    pub ask: Option<Witness>,
    /// The time after which somebody whose mailbox is gone is signed in no more.
    pub within: Span,
}

/// Who is asked about a mailbox without its password.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Witness {
    /// Nobody: sign-ins last as long as they last.
    Nobody,
    /// Somebody else than who checks the passwords.
    Other(StandingUrl),
}

impl Default for LivenessSettings {
    fn default() -> Self {
        Self {
            ask: None,
            within: Span::seconds(3600),
        }
    }
}

impl TryFrom<String> for Witness {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "nobody" {
            return Ok(Self::Nobody);
        }
        StandingUrl::parse(&text)
            .map(Self::Other)
            .map_err(|error| error.to_string())
    }
}

impl DomainSettings {
    /// Says whether what checks the passwords can also say who is there.
    pub fn mailbox_tells_standing(&self) -> bool {
        match &self.mailbox {
            MailboxUrl::File(_) => true,
            MailboxUrl::Ldap(url) => url.base().is_some(),
            MailboxUrl::Server(_) | MailboxUrl::Dovecot(_) | MailboxUrl::Command(_) => false,
        }
    }
}

/// Checks what of a domain's section needs more than one key.
pub(super) fn validate(settings: &Settings) -> Result<(), SettingsError> {
    for (index, domain) in settings.domain.iter().enumerate() {
        let Some(liveness) = &domain.liveness else {
            continue;
        };
        let key = |name: &str| format!("domain[{index}].liveness.{name}");
        if settings.storage.is_memory() && liveness.ask != Some(Witness::Nobody) {
            return Err(SettingsError::new(
                &key("ask"),
                "with storage.url = \"memory:\" each sign-in is in its browser's cookie, so nobody's can be \
                 ended when the mailbox is gone",
                "leave the section out (sign-ins end after session.lifetime), or keep a store: \
                 storage.url = \"sqlite:/var/lib/persona/persona.db\"",
            ));
        }
        let within = liveness.within;
        if !(LEAST..=MOST).contains(&within.length()) {
            return Err(SettingsError::new(
                &key("within"),
                &format!("{within} is not between 5m and 7d"),
                "choose a length from 5m to 7d",
            ));
        }
        if liveness.ask.is_none() && !domain.mailbox_tells_standing() {
            return Err(SettingsError::new(
                &key("ask"),
                &format!(
                    "{} says nothing about a mailbox without its password, and nobody else is named",
                    domain.mailbox
                ),
                "add ask = \"lmtp:/run/dovecot/lmtp\" or another of docs/guide/liveness.md, or leave \
                 the section out",
            ));
        }
    }
    Ok(())
}

const LEAST: Duration = Duration::from_secs(5 * 60);
const MOST: Duration = Duration::from_secs(7 * 24 * 3600);
