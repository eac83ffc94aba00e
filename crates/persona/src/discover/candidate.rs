//! A mail server that may be the right one, and the look at it.
//!
//! The look is that of `persona check`: connect, encrypt, verify the certificate, hear what is offered, leave.
//! No password is sent, for there is none.

use std::time::Duration;

use mailbox::{LoginForm, MailboxUrl, Options};
use protocol::email::Domain;
use tokio::task::JoinSet;

use super::service::Service;

/// A mail server that may be the right one.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    service: Service,
    host: Domain,
    port: u16,
    login: LoginForm,
    by: String,
    evidence: Evidence,
}

/// What speaks for a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Evidence {
    /// DNS, which can be forged.
    Dns,
    /// A document of the domain's own, over HTTPS with a valid certificate.
    Document,
}

/// What a candidate showed of itself.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) mailbox: MailboxUrl,
    /// The mechanisms and the encryption, as a part of a sentence.
    pub(super) offers: String,
}

impl Candidate {
    /// Notes a host, and `by` what it is known.
    pub(super) fn new(
        service: Service,
        host: Domain,
        port: u16,
        by: String,
        evidence: Evidence,
    ) -> Self {
        Self {
            service,
            host,
            port,
            login: LoginForm::default(),
            by,
            evidence,
        }
    }

    /// Says what people log in with there.
    pub(super) fn with_login(mut self, login: LoginForm) -> Self {
        self.login = login;
        self
    }

    pub(super) const fn host(&self) -> &Domain {
        &self.host
    }

    pub(super) const fn login(&self) -> LoginForm {
        self.login
    }

    pub(super) fn by(&self) -> &str {
        &self.by
    }

    /// Writes where it is, as in the settings.
    pub(super) fn url(&self) -> String {
        format!("{}://{}:{}", self.service.scheme(), self.host, self.port)
    }

    /// Does the domain itself stand behind this host? It does when its own document names it, and when
    /// the certificate is for a name under it.
    pub(super) fn is_vouched_by(&self, domain: &Domain) -> bool {
        let above = self.host.as_str().strip_suffix(domain.as_str());
        let is_under = above.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        self.evidence == Evidence::Document || is_under
    }

    async fn look(&self, ehlo_name: &str) -> Result<Answer, String> {
        let mailbox = MailboxUrl::parse(&self.url()).map_err(|error| error.to_string())?;
        let options = Options {
            connect_limit: CONNECT_LIMIT,
            whole_limit: WHOLE_LIMIT,
            ..Options::new(ehlo_name)
        };
        let backend = mailbox::open(&mailbox, &options).map_err(|error| error.to_string())?;
        let probe = backend.probe().await.map_err(|error| error.to_string())?;
        let encryption = if probe.tls {
            "with a valid certificate"
        } else {
            "in clear text, on this machine"
        };
        let offers = format!("it offers {} {encryption}", probe.mechanisms.join(", "));
        Ok(Answer { mailbox, offers })
    }
}

/// Looks at all candidates at once, and gives what came of each, in their order.
pub(super) async fn look_at_all(
    candidates: Vec<Candidate>,
    ehlo_name: &str,
) -> Vec<(Candidate, Result<Answer, String>)> {
    let mut looking = JoinSet::new();
    for (place, candidate) in candidates.into_iter().enumerate() {
        let ehlo_name = ehlo_name.to_owned();
        looking.spawn(async move {
            let answer = candidate.look(&ehlo_name).await;
            (place, candidate, answer)
        });
    }
    let mut answers = looking.join_all().await;
    answers.sort_by_key(|(place, ..)| *place);
    let in_order = answers.into_iter();
    in_order
        .map(|(_, candidate, answer)| (candidate, answer))
        .collect()
}

const CONNECT_LIMIT: Duration = Duration::from_secs(3);
const WHOLE_LIMIT: Duration = Duration::from_secs(5);
