//! Asks a file of passwords on this machine: `file:/etc/persona/users`.
//!
//! `parity.md` 19 and 20; the formats are those of [`table`], the hashes those of [`crate::hash`], both
//! for people in `docs/guide/password-files.md`. The file is looked at for each question and read when it
//! has changed. Until it has stood still for a moment nobody believes it, and what cannot be read is
//! "cannot tell": the last good state is *not* kept, since taking out a line is how somebody is shut out.

mod source;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use self::source::{Source, Trouble};
use self::table::{Entry, Table, User};
use crate::check::{Options, PasswordCheck, Probe, Question, Refusal, Remark, Verdict};
use crate::future::BoxFuture;
use crate::hash::{NoMemory, Workers};
use crate::login::Login;
use crate::password::Password;
use crate::standing::{Absence, AbsenceKind, MailboxStanding, Person, Standing};
use crate::unavailable::Unavailable;
use crate::url::FileUrl;

/// A file of passwords.
#[derive(Debug)]
pub(super) struct File {
    url: FileUrl,
    source: Arc<Source>,
    workers: Workers,
    whole_limit: Duration,
}

impl File {
    /// Makes ready to ask. Nothing is read yet: a file that is not there now may be there later.
    pub(super) fn open(url: &FileUrl, options: &Options) -> Self {
        Self {
            url: url.clone(),
            source: Arc::new(Source::new(url)),
            workers: options.workers.clone(),
            whole_limit: options.whole_limit,
        }
    }

    async fn ask(&self, login: &Login, password: &Password) -> Result<Verdict, Unavailable> {
        let (login, password) = (login.clone(), password.clone());
        self.work(move |path, table| verdict(path, table, &login, &password))
            .await
    }

    async fn look(&self) -> Result<Probe, Unavailable> {
        self.work(|path, table| {
            Ok(Probe {
                greeting_host: path.display().to_string(),
                tls: false,
                mechanisms: table.kinds(),
            })
        })
        .await
    }

    /// Hands the table to `work`, on a thread where it may take its time.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path, &Table) -> Result<T, Unavailable> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let source = Arc::clone(&self.source);
        let running = self.workers.run(move || {
            let table = source.table().map_err(|why| source.unavailable(&why))?;
            work(source.path(), &table)
        });
        match tokio::time::timeout(self.whole_limit, running).await {
            Ok(done) => done?,
            Err(_) => Err(Unavailable::Busy),
        }
    }
}

/// Compares. Somebody who is not in the file costs as much as a wrong password of the usual kind.
fn verdict(
    path: &Path,
    table: &Table,
    login: &Login,
    password: &Password,
) -> Result<Verdict, Unavailable> {
    let password = password.expose().as_bytes();
    let Some(user) = table.user(login.as_str()) else {
        in_vain(table, password);
        return Ok(refused(
            "user-unknown",
            "the password file has no such user",
        ));
    };
    match &user.entry {
        Entry::Hash(hash) => match hash.matches(password) {
            Ok(true) => Ok(Verdict::Opens),
            Ok(false) => Ok(refused("password-mismatch", "the password is another one")),
            Err(NoMemory) => Err(unusable(
                path,
                user,
                "cannot be checked: there is no memory left",
            )),
        },
        Entry::Locked => {
            in_vain(table, password);
            Ok(refused(
                "user-disabled",
                "the password file locks this user",
            ))
        }
        Entry::Unusable(why) => Err(unusable(path, user, &why.to_string())),
        Entry::Ambiguous => Err(unusable(
            path,
            user,
            "is one of two that differ in capitals alone",
        )),
    }
}

/// Spends the time that a comparison would take. What comes of it is nobody's verdict.
fn in_vain(table: &Table, password: &[u8]) {
    if let Some(hash) = table.typical() {
        let _nobodys = hash.matches(password);
    }
}

fn refused(code: &str, text: &str) -> Verdict {
    Verdict::Refused(Refusal {
        code: code.to_owned(),
        enhanced: None,
        text: text.to_owned(),
    })
}

fn unusable(path: &Path, user: &User, why: &str) -> Unavailable {
    Unavailable::PasswordEntry {
        path: path.to_owned(),
        line: user.line,
        why: why.to_owned(),
    }
}

/// Looks whether somebody could sign in with the right password.
fn standing(path: &Path, table: &Table, login: &Login) -> Standing {
    let gone = |kind, said: &str| {
        Standing::Gone(Absence {
            kind,
            said: said.to_owned(),
        })
    };
    let Some(user) = table.user(login.as_str()) else {
        return match table.left_out() {
            0 => gone(AbsenceKind::Missing, "the password file has no such user"),
            // Any of them may be this user's.
            count => Standing::Unknown {
                why: format!("no line is for this user, and {count} cannot be read"),
            },
        };
    };
    match &user.entry {
        Entry::Hash(_) => Standing::There,
        Entry::Locked => gone(AbsenceKind::Disabled, "the password file locks this user"),
        Entry::Unusable(_) | Entry::Ambiguous => Standing::Unknown {
            why: format!("line {} of {} cannot be used", user.line, path.display()),
        },
    }
}

impl MailboxStanding for File {
    fn standing<'a>(&'a self, person: &'a Person) -> BoxFuture<'a, Result<Standing, Unavailable>> {
        let login = person.login().clone();
        Box::pin(self.work(move |path, table| Ok(standing(path, table, &login))))
    }

    fn describe(&self) -> String {
        self.url.to_string()
    }
}

impl Source {
    fn unavailable(&self, why: &Trouble) -> Unavailable {
        Unavailable::PasswordFile {
            path: PathBuf::from(self.path()),
            why: why.to_string(),
        }
    }
}

impl PasswordCheck for File {
    fn check<'a>(&'a self, question: Question<'a>) -> BoxFuture<'a, Result<Verdict, Unavailable>> {
        Box::pin(self.ask(question.login, question.password))
    }

    fn probe(&self) -> BoxFuture<'_, Result<Probe, Unavailable>> {
        Box::pin(self.look())
    }

    fn describe(&self) -> String {
        self.url.to_string()
    }

    fn standing(self: Arc<Self>) -> Option<Arc<dyn MailboxStanding>> {
        Some(self)
    }

    fn remarks(&self) -> BoxFuture<'_, Vec<Remark>> {
        let mode = self.source.remark();
        Box::pin(async move {
            let notes = self.work(|path, table| Ok(table.remarks(path))).await;
            let notes = notes.unwrap_or_default().into_iter();
            mode.into_iter().chain(notes).collect()
        })
    }
}
