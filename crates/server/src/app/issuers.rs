//! All issuers of one process, each with an installation of its own ([`App`]).
//!
//! Which issuer a domain has is said in the settings, once: a domain has a door in one installation
//! and in no other, so no key but that issuer's signs for its addresses.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use protocol::browserid::Authority;
use protocol::email::Domain;

use super::{App, Shared, StartError};
use crate::keyring::Keyring;
use crate::outbound::Issuer;
use crate::places;
use crate::settings::Settings;

/// The installations of one process, one for each issuer.
#[derive(Clone, Debug)]
pub struct Issuers {
    /// The one whose origin the settings name first.
    pub(crate) main: Arc<App>,
    pub(crate) others: Vec<Arc<App>>,
}

/// What each issuer of a process knows about the others without asking them over the network.
#[derive(Debug, Default)]
pub(crate) struct Siblings {
    by_domain: HashMap<Domain, Arc<Issuer>>,
    hosts: HashSet<Domain>,
}

impl Issuers {
    /// Puts the installations together: that of the main issuer and those of the `others`, each with
    /// its settings ([`Settings::main`], [`Settings::others`]) and its key.
    pub fn new(
        main: (Settings, Keyring),
        others: Vec<(Settings, Keyring)>,
        shared: &Shared,
    ) -> Result<Self, StartError> {
        let mut siblings = Siblings::default();
        if !others.is_empty() {
            for (settings, keyring) in std::iter::once(&main).chain(&others) {
                siblings.meet(settings, keyring)?;
            }
        }
        let siblings = Arc::new(siblings);
        let open = |(settings, keyring): (Settings, Keyring)| {
            App::of_issuer(settings, keyring, shared, Arc::clone(&siblings)).map(Arc::new)
        };
        Ok(Self {
            main: open(main)?,
            others: others.into_iter().map(open).collect::<Result<_, _>>()?,
        })
    }

    /// The installation of the main issuer.
    pub fn main(&self) -> &Arc<App> {
        &self.main
    }

    /// Each installation, that of the main issuer first.
    pub fn all(&self) -> impl Iterator<Item = &Arc<App>> {
        std::iter::once(&self.main).chain(&self.others)
    }
}

impl From<Arc<App>> for Issuers {
    fn from(main: Arc<App>) -> Self {
        Self {
            main,
            others: Vec::new(),
        }
    }
}

impl Siblings {
    fn meet(&mut self, settings: &Settings, keyring: &Keyring) -> Result<(), StartError> {
        let origin = &settings.issuer;
        let authority = Authority::of_origin(origin)?;
        let page = |path| format!("{origin}{}", settings.base_path.of(&path));
        self.hosts.insert(authority.host().clone());
        let issuer = Arc::new(Issuer {
            authority,
            keys: vec![keyring.public_key().clone()],
            authentication: page(places::AUTHENTICATION),
            provisioning: page(places::PROVISIONING),
            handoff: Some(page(places::HANDOFF)),
        });
        for domain in &settings.domain {
            self.by_domain
                .insert(domain.name.clone(), Arc::clone(&issuer));
        }
        Ok(())
    }

    /// Is there one issuer alone?
    pub(crate) fn are_none(&self) -> bool {
        self.hosts.is_empty()
    }

    /// Which issuer of this process speaks for `domain`?
    pub(crate) fn issuer(&self, domain: &Domain) -> Option<&Arc<Issuer>> {
        self.by_domain.get(domain)
    }

    /// Is it one of the names at which this process is asked?
    pub(crate) fn are_at(&self, host: &Domain) -> bool {
        self.hosts.contains(host) || self.by_domain.contains_key(host)
    }
}
