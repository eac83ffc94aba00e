//! The mail server that nobody named: looks for it, and says what was found and why.
//!
//! What is found is a proposal: at a terminal, the default of the question. Without one it is taken, if
//! the domain itself stands behind it. Nothing here is needed: without a network, `--mailbox` names it.

use mailbox::{LoginForm, MailboxUrl};
use protocol::email::Domain;
use server::clock::Clock;
use server::outbound::Pages;
use server::settings::{OutboundSettings, Settings};

use crate::cli::SetupArguments;
use crate::commands::{Threads, runtime};
use crate::discover::{Discovery, Means, Proposal, Resolver, discover};
use crate::out::{Failure, Out};

/// Looks for mail servers.
#[derive(Debug)]
pub(crate) struct Finder<'a> {
    arguments: &'a SetupArguments,
    outbound: OutboundSettings,
    out: &'a Out,
}

impl<'a> Finder<'a> {
    /// Gets ready to look, with the map of hosts of the former settings.
    pub(crate) fn new(
        arguments: &'a SetupArguments,
        former: Option<&Settings>,
        out: &'a Out,
    ) -> Self {
        let outbound = former.map(|former| former.outbound.clone());
        Self {
            arguments,
            outbound: outbound.unwrap_or_default(),
            out,
        }
    }

    /// Looks for the mail server of a domain, says what came of it, and gives it as a default for the
    /// question.
    pub(crate) fn propose(&self, domain: &Domain) -> Option<Found> {
        let found = self.find(domain);
        let Some(proposal) = found.proposal else {
            let why = found.hopeless.as_deref().unwrap_or("none was found");
            self.out.talk(&format!("{domain}: {why}"));
            return None;
        };
        self.out.talk(&format!("{domain}: {}", proposal.why));
        Some(Found::from(proposal))
    }

    /// Looks for the mail server of a domain, and takes it where nobody can be asked. `None` if there is
    /// none to be found.
    pub(crate) fn take(&self, domain: &Domain) -> Result<Option<Found>, Failure> {
        let found = self.find(domain);
        let Some(proposal) = found.proposal else {
            return match found.hopeless {
                None => Ok(None),
                Some(why) => Err(Failure::wrong_use(format!(
                    "the passwords of {domain} cannot be checked: {why}"
                ))
                .hint("if another server knows them, name it: --mailbox URL")),
            };
        };
        if !proposal.vouched {
            return Err(Failure::wrong_use(format!(
                "{domain}: {}, but its host is not under {domain}, and only DNS names it, which can be \
                 forged: somebody has to say that it is right",
                proposal.why
            ))
            .hint(format!("add it, if it is: --mailbox {}", proposal.mailbox)));
        }
        let (mailbox, why) = (&proposal.mailbox, &proposal.why);
        self.out
            .talk(&format!("the mail server of {domain} is {mailbox}: {why}"));
        Ok(Some(Found::from(proposal)))
    }

    fn find(&self, domain: &Domain) -> Discovery {
        if self.arguments.resolver == Resolver::Nobody {
            return Discovery::default();
        }
        self.out
            .talk(&format!("looking for the mail server of {domain}"));
        let found = self.ask(domain);
        let is_told = self.arguments.verbose || found.proposal.is_none();
        for finding in found.findings.iter().filter(|_| is_told) {
            self.out.talk(&format!("  {finding}"));
        }
        found
    }

    fn ask(&self, domain: &Domain) -> Discovery {
        let runtime = match runtime(Threads::One) {
            Ok(runtime) => runtime,
            Err(failure) => {
                return Discovery {
                    findings: vec![failure.message().to_owned()],
                    ..Discovery::default()
                };
            }
        };
        let pages = Pages::new(&self.outbound, Clock::system()).ok();
        let ehlo_name = format!("id.{domain}");
        let means = Means {
            resolver: &self.arguments.resolver,
            pages: pages.as_ref(),
            ehlo_name: &ehlo_name,
        };
        let found = runtime.block_on(discover(domain, &means));
        // A name that the system still looks up is not waited for.
        runtime.shutdown_background();
        found
    }
}

/// A mail server that was found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) mailbox: MailboxUrl,
    pub(crate) login: LoginForm,
}

impl From<Proposal> for Found {
    fn from(proposal: Proposal) -> Self {
        Self {
            mailbox: proposal.mailbox,
            login: proposal.login,
        }
    }
}
