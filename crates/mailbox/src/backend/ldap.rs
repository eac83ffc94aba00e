//! Asks a directory by a simple bind (RFC 4513 §5.1), under a name that follows from the address or
//! that a search has found.
//!
//! Two ways. With a pattern, the name is computed and bound to. With a base in the URL, an account of
//! ours (or nobody) searches for the address; exactly one entry may have it, and the bind is made
//! under that entry's name. Connections are kept for the next question: those that search stay ours,
//! those that bind are bound anew by each question and do nothing else, and no connection ever
//! carries two questions at once. Without a password the search alone tells whether somebody is there
//! ([`standing`]). Why this client is our own: `docs/decisions/0016-own-ldap-client.md`.

mod classify;
mod connection;
mod kept;
mod message;
mod policy;
mod standing;

use std::sync::Arc;

use tokio::time::Instant;

use self::connection::{Connection, Entries, Way};
use self::kept::Kept;
use self::message::{Search, Wanted};
use crate::check::{OpenError, Options, PasswordCheck, Probe, Question, Refusal, Verdict};
use crate::future::BoxFuture;
use crate::ldap::{BindName, Filter, Names};
use crate::password::Password;
use crate::standing::MailboxStanding;
use crate::unavailable::Unavailable;
use crate::url::{LdapUrl, Quest, Scope};

/// How a directory is asked, beside its URL.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// The name to bind by, where it follows from the address. Then nothing is searched.
    pub name: Option<BindName>,
    /// Name and password of the account that searches; nobody's, if there is none.
    pub account: Option<(String, Password)>,
}

/// A directory that is asked.
#[derive(Debug)]
pub(super) struct Ldap {
    way: Way,
    name: Naming,
    options: Options,
    searching: Arc<Kept>,
    binding: Arc<Kept>,
}

/// Where the name to bind by comes from.
#[derive(Debug)]
enum Naming {
    Computed(BindName),
    Searched(Box<Searching>),
}

/// How somebody is searched.
#[derive(Debug)]
struct Searching {
    quest: Quest,
    /// Finds the same person, if the account is closed.
    closed: Filter,
    account: Option<(String, Password)>,
}

/// What a search has found.
enum Found {
    /// `elsewhere`: the directory says that another one may know more.
    Nobody {
        elsewhere: bool,
    },
    One(Vec<u8>),
}

impl Ldap {
    pub(super) fn open(
        url: &LdapUrl,
        directory: Directory,
        options: &Options,
    ) -> Result<Self, OpenError> {
        let name = match (directory.name, url.quest()) {
            (Some(name), None) => Naming::Computed(name),
            (None, Some(quest)) => Naming::Searched(Box::new(Searching {
                quest: quest.clone(),
                closed: quest.filter.of_closed_accounts(),
                account: directory.account,
            })),
            (Some(_), Some(_)) | (None, None) => return Err(OpenError::Directory),
        };
        if let Naming::Searched(searching) = &name
            && let Some((account, _)) = &searching.account
            && account.trim().is_empty()
        {
            return Err(OpenError::User);
        }
        Ok(Self {
            way: Way::open(url, options)?,
            name,
            options: options.clone(),
            searching: Arc::default(),
            binding: Arc::default(),
        })
    }

    async fn ask(&self, question: Question<'_>) -> Result<Verdict, Unavailable> {
        let deadline = self.deadline();
        let not_asked = |why| Unavailable::UnaskableName { why };
        let names = Names::of(question.login)
            .ok_or_else(|| not_asked("a directory is asked for whole addresses"))?;
        let name = match &self.name {
            Naming::Computed(pattern) => pattern
                .filled(names)
                .ok_or_else(|| not_asked("with a = in it, it could be read as another name"))?,
            Naming::Searched(searching) => {
                let filter = &searching.quest.filter;
                match self.find(searching, filter, names, deadline).await? {
                    Found::One(name) => name,
                    Found::Nobody { .. } => return Ok(nobody()),
                }
            }
        };
        self.bind(&name, question.password, deadline).await
    }

    /// Finds the one entry that has an address.
    async fn find(
        &self,
        Searching { quest, account, .. }: &Searching,
        filter: &Filter,
        names: Names<'_>,
        deadline: Instant,
    ) -> Result<Found, Unavailable> {
        let seconds = self.seconds();
        let search = Search {
            base: &quest.base,
            scope: quest.scope,
            wanted: Wanted::Person(filter, names),
            seconds,
        };
        if let Some(mut kept) = self.searching.take(deadline) {
            match kept.search(search).await {
                // Nobody's password was sent: it may be asked again on a new connection.
                Err(Unavailable::Closed { .. }) => {}
                found => return self.conclude(kept, found),
            }
        }
        let mut connection = self.way.connect(deadline).await?;
        if let Some((name, password)) = account {
            connection.bind_as_ours(name, password).await?;
        }
        let found = connection.search(search).await;
        self.conclude(connection, found)
    }

    /// Keeps a connection that has answered, and judges how many entries there are.
    fn conclude(
        &self,
        connection: Connection,
        found: Result<Entries, Unavailable>,
    ) -> Result<Found, Unavailable> {
        let Entries {
            names: mut entries,
            elsewhere,
        } = found?;
        self.searching.keep(connection);
        match (entries.pop(), entries.len()) {
            (None, _) => Ok(Found::Nobody { elsewhere }),
            (Some(name), 0) => Ok(Found::One(name)),
            (Some(_), _) => Err(Unavailable::Misconfigured {
                what: "to name one entry",
                said: "more than one has this address".to_owned(),
            }),
        }
    }

    async fn bind(
        &self,
        name: &[u8],
        password: &Password,
        deadline: Instant,
    ) -> Result<Verdict, Unavailable> {
        let mut connection = match self.binding.take(deadline) {
            Some(kept) => kept,
            None => self.way.connect(deadline).await?,
        };
        let verdict = connection.bind(name, password).await?;
        self.binding.keep(connection);
        Ok(verdict)
    }

    /// Connects, encrypts, and tries our own account and the base of the search.
    async fn look(&self) -> Result<Probe, Unavailable> {
        let mut connection = self.way.connect(self.deadline()).await?;
        if let Naming::Searched(searching) = &self.name {
            let Searching { quest, account, .. } = searching.as_ref();
            if let Some((name, password)) = account {
                connection.bind_as_ours(name, password).await?;
            }
            if !quest.base.is_empty() {
                let search = Search {
                    base: &quest.base,
                    scope: Scope::Base,
                    wanted: Wanted::Anything,
                    seconds: self.seconds(),
                };
                connection.search(search).await?;
            }
        }
        let tls = connection.is_secure();
        connection.leave().await;
        Ok(Probe {
            greeting_host: self.way.host(),
            tls,
            mechanisms: vec!["SIMPLE".to_owned()],
        })
    }

    /// How long the directory may search: nobody hears the answer after that.
    fn seconds(&self) -> u32 {
        u32::try_from(self.options.whole_limit.as_secs()).unwrap_or(0)
    }

    fn deadline(&self) -> Instant {
        let now = Instant::now();
        // A limit beyond the range of the clock is a mistake: it must fail, not wait for ever.
        now.checked_add(self.options.whole_limit).unwrap_or(now)
    }
}

impl PasswordCheck for Ldap {
    fn check<'a>(&'a self, question: Question<'a>) -> BoxFuture<'a, Result<Verdict, Unavailable>> {
        Box::pin(self.ask(question))
    }

    fn probe(&self) -> BoxFuture<'_, Result<Probe, Unavailable>> {
        Box::pin(self.look())
    }

    fn describe(&self) -> String {
        self.way.describe()
    }

    fn standing(self: Arc<Self>) -> Option<Arc<dyn MailboxStanding>> {
        match &self.name {
            // Whether an entry is there or we may not see it has one answer (RFC 4511 §4.1.9, "32").
            Naming::Computed(_) => None,
            Naming::Searched(_) => Some(self),
        }
    }
}

/// The directory was asked, and has nobody by that address.
fn nobody() -> Verdict {
    Verdict::Refused(Refusal {
        code: "0".to_owned(),
        enhanced: Some("no-entry".to_owned()),
        text: "no entry has this address".to_owned(),
    })
}
