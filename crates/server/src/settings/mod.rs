//! The settings of the running server, section by section, as `persona.toml` has them.
//!
//! Each type reads itself (`serde`), so that the front door can name file, line and column of what
//! it cannot read. [`Settings::validate`] holds the rules that need more than one key.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use mailbox::{LoginForm, MailboxUrl};
use protocol::email::Domain;
use protocol::origin::Origin;
use serde::Deserialize;
use store::StorageUrl;

pub use self::allow::{Allow, AllowEntry};
pub use self::any_domain::AnyDomainSettings;
pub use self::base_path::BasePath;
pub use self::broker::{BrokerSettings, FallbackSettings, OutboundSettings};
pub use self::client::{AccessTokenForm, ClientKeys, ClientSettings, ConsentRule};
pub use self::ldap::LdapSettings;
pub use self::liveness::{LivenessSettings, Witness};
pub use self::oidc::OidcSettings;
pub use self::secret::{SecretPlace, SecretSetting};
pub use self::values::{CookieName, ListenAddress, Network, Span};

mod allow;
mod any_domain;
mod base_path;
mod broker;
mod client;
mod domains;
mod issuers;
mod ldap;
mod liveness;
mod oidc;
mod secret;
mod values;

/// Everything that an operator can say about an installation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The https origin that signs, such as `https://id.example.org`. Plain http is for names under
    /// localhost only.
    pub issuer: Origin,
    /// What stands before `/persona/` in all addresses, such as `/sso`.
    #[serde(default)]
    pub base_path: BasePath,
    /// A directory of files with further `[[domain]]` sections.
    #[serde(default)]
    pub domains: Option<PathBuf>,
    /// Where to listen, and which proxies to believe.
    #[serde(default)]
    pub listen: ListenSettings,
    /// Where sessions are kept.
    #[serde(default)]
    pub storage: StorageSettings,
    /// Where the signing keys are.
    #[serde(default)]
    pub keys: KeySettings,
    /// How long a sign-in lasts.
    #[serde(default)]
    pub session: SessionSettings,
    /// How long a certificate lasts.
    #[serde(default)]
    pub certificate: CertificateSettings,
    /// Whose word counts besides that of an address's own domain.
    #[serde(default)]
    pub broker: BrokerSettings,
    /// How other issuers are asked.
    #[serde(default)]
    pub outbound: OutboundSettings,
    /// The mail domains whose addresses this installation vouches for.
    #[serde(default)]
    pub domain: Vec<DomainSettings>,
    /// Every other domain whose mail comes to us, where the operator wants that.
    #[serde(default)]
    pub any_domain: Option<AnyDomainSettings>,
    /// The sites and programs that people sign in to by OpenID Connect.
    #[serde(default)]
    pub client: Vec<ClientSettings>,
    /// Who else may ask by OpenID Connect.
    #[serde(default)]
    pub oidc: OidcSettings,
}

/// `[listen]`: where to listen, and which proxies to believe.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListenSettings {
    /// `ADDRESS:PORT`, or `unix:/path/of/socket`.
    pub address: ListenAddress,
    /// Networks whose `X-Forwarded-For` or `Forwarded` is believed.
    pub trusted_proxies: Vec<Network>,
}

/// `[storage]`: where sessions are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StorageSettings {
    /// `sqlite:/path/of/file.db`; or `memory:`, which keeps sessions in their cookies and no file.
    pub url: StorageUrl,
}

/// `[keys]`: where the signing keys are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeySettings {
    /// A directory that only the server's user can read.
    pub directory: PathBuf,
}

/// `[session]`: how long a sign-in lasts, and what its cookie is called.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionSettings {
    /// How long somebody stays signed in after typing the password; see [`Settings::session_lifetime`].
    pub lifetime: Option<Span>,
    /// The cookie's name, without the `__Host-` that goes in front of it.
    pub cookie: CookieName,
}

/// `[certificate]`: how long a certificate lasts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CertificateSettings {
    /// The longest lifetime that is given; what is asked for is honoured up to this.
    pub lifetime: Span,
    /// How far the time of issue is dated back, for verifiers whose clocks are behind.
    pub skew: Span,
}

/// `[[domain]]`: one mail domain, and how its passwords are checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainSettings {
    /// The part of the addresses behind the `@`.
    pub name: Domain,
    /// How a password is checked: `smtps://mail.example.org`, `smtp://mail.example.org`,
    /// `imaps://mail.example.org`, `imap://mail.example.org`.
    pub mailbox: MailboxUrl,
    /// What is sent as user name: `address` or `local-part`.
    #[serde(default)]
    pub login: LoginForm,
    /// The domain by which the mail server knows these users, where it is another one.
    #[serde(default)]
    pub backend_domain: Option<Domain>,
    /// How a directory is asked, where the mailbox is one.
    #[serde(default)]
    pub ldap: Option<LdapSettings>,
    /// A file of aliases: whose other names the mail server delivers to whom.
    #[serde(default)]
    pub aliases: Option<PathBuf>,
    /// Whether `alice+tag` is one of alice's addresses.
    #[serde(default, deserialize_with = "values::yes_or_no")]
    pub plus_tags: bool,
    /// Whether the line of the alias file for all other names counts.
    #[serde(default, deserialize_with = "values::yes_or_no")]
    pub catch_all: bool,
    /// A file of groups: who belongs to what.
    #[serde(default)]
    pub groups: Option<PathBuf>,
    /// Who says that a mailbox is gone, and how soon its sign-ins end.
    #[serde(default)]
    pub liveness: Option<LivenessSettings>,
    /// The origin that signs for this domain, where that is not the main one.
    #[serde(default)]
    pub issuer: Option<Origin>,
    /// The directory of that issuer's keys.
    #[serde(default)]
    pub keys: Option<PathBuf>,
    /// The name of that issuer's session cookie, as `session.cookie` is the main one's.
    #[serde(default)]
    pub cookie: Option<CookieName>,
}

/// Says which settings do not go together, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct SettingsError {
    /// The key at fault, as in the file: `issuer`, `domain[1].name`.
    pub key: String,
    /// The key that it does not go together with, where that is far away.
    pub other: Option<String>,
    /// What is wrong.
    pub sentence: String,
    /// What to do about it.
    pub hint: String,
}

impl Settings {
    /// Checks the rules that need more than one key, or knowledge of what a value is for.
    pub fn validate(&self) -> Result<(), SettingsError> {
        issuers::validate_origin("issuer", &self.issuer)?;
        if self.domain.is_empty() && self.any_domain.is_none() {
            return Err(SettingsError::new(
                "domain",
                "no mail domain is configured, so there is nobody to vouch for",
                "add a [[domain]] with name = \"example.org\" and mailbox = \"smtps://mail.example.org\"",
            ));
        }
        self.validate_lengths()?;
        domains::validate(self)?;
        issuers::validate(self)?;
        ldap::validate(self)?;
        any_domain::validate(self)?;
        liveness::validate(self)?;
        client::validate(self)?;
        oidc::validate(self)?;
        broker::validate(self)
    }

    /// How long somebody stays signed in after typing the password: as it is set, or else 30 days, and 24
    /// hours where sessions are in their cookies and cannot be ended one by one.
    pub fn session_lifetime(&self) -> Span {
        let usual = if self.storage.is_memory() {
            SEALED_LIFETIME
        } else {
            STORED_LIFETIME
        };
        self.session.lifetime.unwrap_or(usual)
    }

    fn validate_lengths(&self) -> Result<(), SettingsError> {
        let rules = [
            ("session.lifetime", self.session_lifetime(), "1m", "365d"),
            (
                "certificate.lifetime",
                self.certificate.lifetime,
                "1m",
                "24h",
            ),
            ("certificate.skew", self.certificate.skew, "0s", "1h"),
        ];
        for (key, span, least, most) in rules {
            let within = |text| Span::parse(text).map_or(Duration::ZERO, Span::length);
            if span.length() < within(least) || span.length() > within(most) {
                return Err(SettingsError::new(
                    key,
                    &format!("{key} is {span}, which is not between {least} and {most}"),
                    &format!("choose a length from {least} to {most}"),
                ));
            }
        }
        Ok(())
    }
}

impl SettingsError {
    fn new(key: &str, sentence: &str, hint: &str) -> Self {
        Self {
            key: key.to_owned(),
            other: None,
            sentence: sentence.to_owned(),
            hint: hint.to_owned(),
        }
    }

    fn beside(mut self, other: String) -> Self {
        self.other = Some(other);
        self
    }
}

impl DomainSettings {
    /// A domain whose passwords `mailbox` knows, with all else as it is when nobody says.
    pub fn new(name: Domain, mailbox: MailboxUrl) -> Self {
        Self {
            name,
            mailbox,
            login: LoginForm::default(),
            backend_domain: None,
            ldap: None,
            aliases: None,
            plus_tags: false,
            catch_all: false,
            groups: None,
            liveness: None,
            issuer: None,
            keys: None,
            cookie: None,
        }
    }
}

impl Default for ListenSettings {
    fn default() -> Self {
        Self {
            address: ListenAddress::Tcp(SocketAddr::from(([127, 0, 0, 1], 7070))),
            trusted_proxies: Network::loopback(),
        }
    }
}

impl StorageSettings {
    /// Is nothing kept on disk, and each session in its cookie?
    pub fn is_memory(&self) -> bool {
        self.url.path().is_none()
    }
}

impl Default for StorageSettings {
    fn default() -> Self {
        Self {
            url: default_store(),
        }
    }
}

impl Default for KeySettings {
    fn default() -> Self {
        Self {
            directory: "/etc/persona/keys".into(),
        }
    }
}

impl Default for CertificateSettings {
    fn default() -> Self {
        Self {
            lifetime: Span::seconds(86400),
            skew: Span::seconds(10),
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "the text is a constant, and a test reads it"
)]
fn default_store() -> StorageUrl {
    StorageUrl::parse(DEFAULT_STORE).expect("an absolute path")
}

/// How long a session lasts that the store can end.
const STORED_LIFETIME: Span = Span::seconds(30 * 86400);
/// How long a session lasts that only its cookie knows.
const SEALED_LIFETIME: Span = Span::seconds(86400);
/// Where the store is if nobody says otherwise.
const DEFAULT_STORE: &str = "sqlite:/var/lib/persona/persona.db";

#[cfg(test)]
mod tests;
