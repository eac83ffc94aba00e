//! Who takes which domain's mail, as a test says it: what DNS is to a running installation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mailbox::BoxFuture;
use protocol::email::Domain;
use server::wildcard::{Exchangers, MailExchangers, NotAnswered};

/// The MX records of all the world. All clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Records(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    of: HashMap<String, Vec<String>>,
    silent: bool,
    asked: Vec<String>,
}

impl Records {
    /// Writes the records of a domain; no hosts mean that there is none. They live for a minute.
    pub fn set(&self, domain: &str, hosts: &[&str]) {
        let hosts = hosts.iter().map(|&host| host.to_owned()).collect();
        self.state().of.insert(domain.to_owned(), hosts);
    }

    /// From now on nobody answers.
    pub fn fall_silent(&self) {
        self.state().silent = true;
    }

    /// From now on there are answers again.
    pub fn speak(&self) {
        self.state().silent = false;
    }

    /// Gives the domains that were asked about since the last time.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state().asked)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MailExchangers for Records {
    fn of<'a>(&'a self, domain: &'a Domain) -> BoxFuture<'a, Result<Exchangers, NotAnswered>> {
        let mut state = self.state();
        state.asked.push(domain.to_string());
        let answer = match state.of.get(domain.as_str()) {
            _ if state.silent => Err(NotAnswered("SERVFAIL".to_owned())),
            Some(hosts) if !hosts.is_empty() => Ok(Exchangers::These {
                hosts: hosts.clone(),
                lifetime: Duration::from_secs(60),
            }),
            Some(_) | None => Ok(Exchangers::None),
        };
        Box::pin(async { answer })
    }
}
