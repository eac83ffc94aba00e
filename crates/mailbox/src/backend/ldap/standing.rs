//! Looks whether a directory still has somebody, by the search that comes before a login.
//!
//! What nobody is found by at a login is nobody here. An account that is closed is found by the marks of
//! Active Directory, 389 Directory Server and the password policy draft (`pwdAccountLockedTime`, for
//! ever: `000001010000Z`). A lock that goes away by itself closes nothing: it is for guessers.

use super::{Found, Ldap, Naming, Searching};
use crate::future::BoxFuture;
use crate::ldap::Names;
use crate::standing::{Absence, AbsenceKind, MailboxStanding, Person, Standing};
use crate::unavailable::{Kind, Unavailable};

impl Ldap {
    async fn look_for(&self, person: &Person) -> Result<Standing, Unavailable> {
        let unknown = |why: &str| Standing::Unknown {
            why: why.to_owned(),
        };
        let Naming::Searched(searching) = &self.name else {
            return Ok(unknown("nothing is searched in this directory"));
        };
        let Some(names) = Names::of(person.login()) else {
            return Ok(unknown("a directory is asked for whole addresses"));
        };
        let filter = &searching.quest.filter;
        let found = self.find(searching, filter, names, self.deadline());
        match found.await? {
            Found::Nobody { elsewhere: true } => {
                Ok(unknown("another directory may know more, and is not asked"))
            }
            Found::Nobody { elsewhere: false } => {
                Ok(gone(AbsenceKind::Missing, "no entry has this address"))
            }
            Found::One(_) => self.is_closed(searching, names).await.map(|closed| {
                if closed {
                    gone(AbsenceKind::Disabled, "the account is closed")
                } else {
                    Standing::There
                }
            }),
        }
    }

    /// Asks for the marks of a closed account. A directory that cannot be asked for them marks nobody.
    async fn is_closed(
        &self,
        searching: &Searching,
        names: Names<'_>,
    ) -> Result<bool, Unavailable> {
        let found = self.find(searching, &searching.closed, names, self.deadline());
        match found.await {
            Ok(Found::One(_)) => Ok(true),
            Ok(Found::Nobody { .. }) => Ok(false),
            Err(trouble) if trouble.kind() == Kind::Misconfigured => Ok(false),
            Err(trouble) => Err(trouble),
        }
    }
}

fn gone(kind: AbsenceKind, said: &str) -> Standing {
    Standing::Gone(Absence {
        kind,
        said: said.to_owned(),
    })
}

impl MailboxStanding for Ldap {
    fn standing<'a>(&'a self, person: &'a Person) -> BoxFuture<'a, Result<Standing, Unavailable>> {
        Box::pin(self.look_for(person))
    }

    fn describe(&self) -> String {
        self.way.describe()
    }
}
