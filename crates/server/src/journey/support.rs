//! The support document: who speaks for a domain, and with which key (`browserid.md` §1).
//!
//! What is answered is decided by the settings and by the host that was asked. A host that is not in
//! the settings gets nothing: its name is never guessed into a document.

use std::net::IpAddr;

use protocol::browserid::{Authority, SupportDocument};
use protocol::email::Domain;
use protocol::jose::PublicKey;
use protocol::origin::Origin;

use crate::app::App;
use crate::places::{AUTHENTICATION, HANDOFF, PROVISIONING};
use crate::settings::BasePath;
use crate::wildcard::DoorUnknown;

/// The documents of an installation, made once: their bytes do not change while the key does not.
#[derive(Debug)]
pub struct Documents {
    issuer_scheme: &'static str,
    issuer_authority: String,
    issuer_host: Option<Domain>,
    own: String,
    delegation: String,
}

/// What a request for a support document asks.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The host that was asked, with its port, if it has one.
    pub host: &'a str,
    /// Whom it was asked about; nobody means the host itself.
    pub domain: Option<&'a str>,
    /// Who asks.
    pub client: IpAddr,
}

impl Documents {
    /// Makes the documents of an installation.
    pub fn new(app: &App) -> Self {
        let issuer = &app.settings.issuer;
        Self {
            issuer_scheme: if issuer.is_https() {
                "https://"
            } else {
                "http://"
            },
            issuer_authority: issuer.authority().to_owned(),
            issuer_host: Domain::parse(issuer.host()).ok(),
            own: own(app.keyring.public_key(), &app.settings.base_path),
            delegation: delegation(&app.authority),
        }
    }

    /// Chooses the document that answers a request; `None` if whom it asks about is not served.
    pub async fn choose(&self, app: &App, asked: &Asked<'_>) -> Result<Option<&str>, DoorUnknown> {
        // `example.org:443` is `example.org` where the issuer's own scheme says so.
        let Ok(at) = Origin::parse(&format!("{}{}", self.issuer_scheme, asked.host)) else {
            return Ok(None);
        };
        let at_issuer = at.authority() == self.issuer_authority;
        // Whom others name as their fallback is asked about domains that are not its own (§1.5); not
        // about what is another issuer's of this process.
        let speaks_for_all = at_issuer && app.post.is_some();
        if let Some(name) = asked.domain {
            let Ok(name) = Domain::parse(name) else {
                return Ok(None);
            };
            let is_served = (speaks_for_all && !app.siblings.are_at(&name))
                || self.issuer_host.as_ref() == Some(&name)
                || app.door(&name, asked.client).await?.is_some();
            if !is_served {
                return Ok(None);
            }
        }
        if at_issuer {
            return Ok(Some(&self.own));
        }
        // A hosted domain's own web server may listen on any port in front of us.
        let Ok(host) = Domain::parse(at.host()) else {
            return Ok(None);
        };
        let door = app.door(&host, asked.client).await?;
        Ok(door.is_some().then_some(self.delegation.as_str()))
    }
}

/// Makes the document of the issuer's own host: its key and its pages. A web site that stays in charge
/// has it as a file.
pub fn own(key: &PublicKey, base_path: &BasePath) -> String {
    let document = SupportDocument::Idp {
        keys: vec![key.clone()],
        authentication: base_path.of(&AUTHENTICATION),
        provisioning: base_path.of(&PROVISIONING),
        handoff: Some(base_path.of(&HANDOFF)),
    };
    document.to_json()
}

/// Makes the document of a hosted domain, which names the issuer (`browserid.md` §1.4).
pub fn delegation(authority: &Authority) -> String {
    let authority = authority.clone();
    SupportDocument::Delegation { authority }.to_json()
}
