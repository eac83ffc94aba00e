//! Who is asked whether the people of a domain still have their mailboxes.
//!
//! Opened with the rest of an installation; [`crate::journey::standing`] asks.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mailbox::{MailboxStanding, OpenError, Options, PasswordCheck, StandingUrl};

use crate::settings::{DomainSettings, LivenessSettings, Witness};

/// Who is asked, and how soon a mailbox that is gone must have lost its sign-ins.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) asked: Arc<dyn MailboxStanding>,
    pub(crate) within: Duration,
}

/// Whom domains share.
#[derive(Debug, Default)]
pub(crate) struct Witnesses(HashMap<StandingUrl, Arc<dyn MailboxStanding>>);

impl Witnesses {
    /// Makes ready to ask about the people of a domain, whose passwords `backend` checks. `None`, if
    /// nobody can say or shall be asked.
    pub(crate) fn open(
        &mut self,
        domain: &DomainSettings,
        backend: &Arc<dyn PasswordCheck>,
        options: &Options,
    ) -> Result<Option<Watch>, OpenError> {
        let liveness = domain.liveness.clone().unwrap_or_default();
        let asked = match &liveness.ask {
            Some(Witness::Nobody) => None,
            Some(Witness::Other(url)) => Some(self.shared(url, options)?),
            None => Arc::clone(backend).standing(),
        };
        let LivenessSettings { within, .. } = liveness;
        Ok(asked.map(|asked| Watch {
            asked,
            within: within.length(),
        }))
    }

    fn shared(
        &mut self,
        url: &StandingUrl,
        options: &Options,
    ) -> Result<Arc<dyn MailboxStanding>, OpenError> {
        if let Some(known) = self.0.get(url) {
            return Ok(Arc::clone(known));
        }
        let opened = mailbox::open_standing(url, options)?;
        self.0.insert(url.clone(), Arc::clone(&opened));
        Ok(opened)
    }
}
