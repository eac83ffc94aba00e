//! The checks: one file each. A check looks, and gives findings: what was seen, why it matters,
//! what to paste to mend it.
//!
//! Called by `persona check`. A check mends nothing and makes nothing, with one exception: whoever
//! signs in opens a session, which the check ends again, and is counted as at the login page, which
//! stays.

mod address;
mod any_domain;
mod clients;
mod documents;
mod http;
mod kept_aliases;
mod keys;
mod lists;
mod liveness;
mod mailbox;
mod outside;
mod relay;
mod settings;
mod store;
mod whereabouts;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use protocol::email::EmailAddress;
use protocol::secret::Secret;
use server::clock::Clock;
use server::keyring::Keyring;
use server::outbound::NAME_SERVICE_SWITCH;
use server::settings::Settings;

use crate::config::Draft;
use crate::discover::Resolver;
use crate::out::one_line;
use whereabouts::Whereabouts;

/// One thing that a check has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// A stable word for scripts: `mailbox-timeout`.
    code: String,
    outcome: Outcome,
    /// What it is about: a file, a domain, an address.
    subject: String,
    /// What was seen.
    seen: String,
    /// Why it matters; empty where nothing is wrong.
    why: String,
    /// What to do, ready to be pasted where that is possible; empty where nothing is wrong.
    mend: String,
    /// What shows more, ready to be pasted, where only that can be said.
    look: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Ok,
    Warn,
    Fail,
}

/// Runs every check, in the order in which their troubles cause each other.
pub(crate) async fn all(
    settings: &Settings,
    draft: &Draft,
    resolver: &Resolver,
    mut people: Vec<Person>,
) -> Vec<Finding> {
    let file = draft.file();
    let whereabouts = Whereabouts::ask(&settings.domain, resolver);
    let issuers = settings.issuers();
    let mut findings = settings::check(settings, &issuers, draft);
    let now = Clock::system().now();
    let mut signing = Vec::new();
    for own in issuers {
        let (keyring, about_keys) = keys::check(&own.keys.directory, now.to_seconds());
        findings.extend(about_keys);
        signing.push((own, keyring));
    }
    let (store, about_store) = store::check(&settings.storage.url).await;
    findings.push(about_store);
    let (aliases, about_aliases) = kept_aliases::check(settings, store.as_deref()).await;
    let options = server::mail_options(settings);
    let addresses: Vec<&EmailAddress> = people.iter().map(|(address, _)| address).collect();
    for domain in &settings.domain {
        findings.extend(mailbox::check(domain, &options).await);
        findings
            .extend(liveness::check(settings, domain, &addresses, &aliases, &options, now).await);
    }
    findings.extend(whereabouts.findings().await);
    if let Some(any) = &settings.any_domain {
        findings.extend(any_domain::check(any, &settings.domain, &options, resolver).await);
    }
    if let Some(fallback) = &settings.broker.fallback {
        findings.push(relay::check(fallback, &options).await);
        findings.extend(relay::check_names(Path::new(NAME_SERVICE_SWITCH)));
    }
    findings.extend(lists::check(settings, &addresses, now));
    findings.extend(about_aliases);
    findings.extend(clients::check(settings, store.as_ref(), now).await);
    findings.extend(documents::check(settings, file, &signing).await);
    for (own, keyring) in signing {
        let mut published = None;
        if own.issuer.is_https() {
            let key = keyring.as_ref().map(Keyring::public_key);
            let (seen, keys) = outside::check(&own, file, key).await;
            findings.extend(seen);
            published = keys;
        }
        // Whose address is of no domain of ours is told so by the main issuer.
        let is_own = |who: &Person| {
            let issuer = settings
                .domain
                .iter()
                .find(|domain| domain.name == *who.0.domain());
            issuer.map_or(&settings.issuer, |domain| settings.issuer_of(domain)) == &own.issuer
        };
        let own_people: Vec<Person> = people.extract_if(.., |who| is_own(who)).collect();
        findings.extend(match (keyring, &store) {
            (Some(keyring), Some(store)) if !own_people.is_empty() => {
                let keys = published.unwrap_or_else(|| vec![keyring.public_key().clone()]);
                let store = Arc::clone(store);
                address::check(&own, (keyring, &keys), store, resolver, own_people).await
            }
            (Some(_), Some(_)) => Vec::new(),
            (None, _) | (_, None) => address::not_tried(&own_people),
        });
    }
    findings
}

/// Somebody whose way in is tried, and the password.
pub(crate) type Person = (EmailAddress, Secret<String>);

impl Finding {
    fn ok(code: &str, subject: impl Into<String>, seen: impl Into<String>) -> Self {
        Self::new(code, Outcome::Ok, subject.into(), seen.into())
    }

    fn warn(code: &str, subject: impl Into<String>, seen: impl Into<String>) -> Self {
        Self::new(code, Outcome::Warn, subject.into(), seen.into())
    }

    fn fail(code: &str, subject: impl Into<String>, seen: impl Into<String>) -> Self {
        Self::new(code, Outcome::Fail, subject.into(), seen.into())
    }

    fn new(code: &str, outcome: Outcome, subject: String, seen: String) -> Self {
        Self {
            code: code.to_owned(),
            outcome,
            subject,
            seen,
            why: String::new(),
            mend: String::new(),
            look: String::new(),
        }
    }

    fn because(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = mend.into();
        self
    }

    fn look(mut self, look: impl Into<String>) -> Self {
        self.look = look.into();
        self
    }

    /// Does it make the whole check fail?
    pub(crate) fn failed(&self) -> bool {
        self.outcome == Outcome::Fail
    }

    /// Is there nothing to do about it?
    pub(crate) fn is_ok(&self) -> bool {
        self.outcome == Outcome::Ok
    }

    /// Writes it on one line for people. What somebody may want to look up ends with its code.
    pub(crate) fn to_line(&self) -> String {
        let outcome = match self.outcome {
            Outcome::Ok => "ok  ",
            Outcome::Warn => "warn",
            Outcome::Fail => "FAIL",
        };
        let mut line = format!("{outcome}  {}: {}", self.subject, self.seen);
        for (before, text) in [
            ("; ", &self.why),
            ("; to mend it: ", &self.mend),
            ("; to look: ", &self.look),
        ] {
            if !text.is_empty() {
                line.push_str(before);
                line.push_str(text);
            }
        }
        if !self.is_ok() {
            let _ = write!(line, " [{}]", self.code);
        }
        one_line(&line)
    }

    /// Writes it for scripts.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let outcome = match self.outcome {
            Outcome::Ok => "ok",
            Outcome::Warn => "warn",
            Outcome::Fail => "fail",
        };
        serde_json::json!({
            "code": self.code,
            "outcome": outcome,
            "subject": self.subject,
            "seen": self.seen,
            "why": self.why,
            "mend": self.mend,
            "look": self.look,
        })
    }
}
