//! The support document: who speaks for a domain, and with which key (`browserid.md` §1).
//!
//! What is answered is decided by the settings and by the host that was asked. A host that is not in
//! the settings gets nothing: its name is never guessed into a document.

use protocol::browserid::{Authority, PagePath, SupportDocument};
use protocol::email::Domain;
use protocol::jose::PublicKey;
use protocol::origin::Origin;

use crate::app::App;

/// The documents of an installation, made once: their bytes do not change while the key does not.
#[derive(Debug)]
pub struct Documents {
    issuer_scheme: &'static str,
    issuer_authority: String,
    issuer_host: Option<Domain>,
    own: String,
    delegation: String,
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
            own: own(app.keyring.public_key()),
            delegation: delegation(&app.authority),
        }
    }

    /// Chooses the document for a request to `host` (with its port, if it has one) about `domain`
    /// (the `?domain=` of the request; none or an empty one means the host itself).
    pub fn choose(&self, app: &App, host: &str, domain: Option<&str>) -> Option<&str> {
        // `example.org:443` is `example.org` where the issuer's own scheme says so.
        let asked = Origin::parse(&format!("{}{host}", self.issuer_scheme)).ok()?;
        let at_issuer = asked.authority() == self.issuer_authority;
        let domain = match domain {
            None | Some("") => None,
            Some(name) => Some(Domain::parse(name).ok()?),
        };
        let is_served = |name: &Domain| {
            // Whom others name as their fallback is asked about domains that are not its own (§1.5).
            (at_issuer && app.post.is_some())
                || app.door(name).is_some()
                || self.issuer_host.as_ref().is_some_and(|own| own == name)
        };
        if !domain.as_ref().is_none_or(is_served) {
            return None;
        }
        if at_issuer {
            return Some(&self.own);
        }
        // A hosted domain's own web server may listen on any port in front of us.
        let host = Domain::parse(asked.host()).ok()?;
        app.door(&host)
            .is_some()
            .then_some(self.delegation.as_str())
    }
}

/// Makes the document of the issuer's own host: its key and its pages. A web site that stays in charge
/// has it as a file.
pub fn own(key: &PublicKey) -> String {
    let document = SupportDocument::Idp {
        keys: vec![key.clone()],
        authentication: AUTHENTICATION,
        provisioning: PROVISIONING,
        handoff: Some(HANDOFF),
    };
    document.to_json()
}

/// Makes the document of a hosted domain, which names the issuer (`browserid.md` §1.4).
pub fn delegation(authority: &Authority) -> String {
    let authority = authority.clone();
    SupportDocument::Delegation { authority }.to_json()
}

/// Where the login page is, relative to the issuer.
pub const AUTHENTICATION: PagePath = PagePath::constant("/persona/login/");
/// Where the provisioning page is, relative to the issuer.
pub const PROVISIONING: PagePath = PagePath::constant("/persona/provisioning/");
/// Where other installations' dialogs get certificates from, relative to the issuer (`docs/handoff.md`).
pub const HANDOFF: PagePath = PagePath::constant("/persona/handoff/");
