//! Asks Dovecot's list of users whether there is somebody: the socket `auth-userdb`.
//!
//! The protocol is the one by which Dovecot's own processes ask (its `doc/` calls it "auth master"):
//! both sides name their version, then `USER` with a number is answered by `USER`, `NOTFOUND` or
//! `FAIL`. `FAIL` is "cannot tell", whatever the reason. Tried with Dovecot 2.3.

use std::path::{Path, PathBuf};

use crate::check::Options;
use crate::dial::dial_socket;
use crate::dialogue::Dialogue;
use crate::escape::{escape, hide};
use crate::future::BoxFuture;
use crate::standing::{Absence, AbsenceKind, MailboxStanding, Person, Standing};
use crate::unavailable::{Gibberish, Unavailable};

use super::lines::{Field, Lines, fields};

/// A Dovecot that is asked on a socket for its list of users.
#[derive(Debug)]
pub(in crate::backend) struct Userdb {
    path: PathBuf,
    options: Options,
}

impl Userdb {
    pub(in crate::backend) fn open(path: &Path, options: &Options) -> Self {
        Self {
            path: path.to_owned(),
            options: options.clone(),
        }
    }

    async fn ask(&self, person: &Person) -> Result<Standing, Unavailable> {
        let mut dialogue: Dialogue<Lines> =
            dial_socket(&self.path, self.describe(), &self.options).await?;
        dialogue.say_unasked(b"VERSION\t1\t1\n").await?;
        check_version(&dialogue.hear("the end of its handshake").await?)?;
        let login = person.login().as_str();
        // What the server has left to say of itself may still be under way.
        let question = format!("USER\t{NUMBER}\t{login}\tservice=persona\n");
        dialogue.say_unasked(question.as_bytes()).await?;
        let standing = hear(&mut dialogue, login).await;
        dialogue.leave(b"").await;
        standing
    }
}

async fn hear(dialogue: &mut Dialogue<Lines>, login: &str) -> Result<Standing, Unavailable> {
    for _ in 0..LINE_COUNT_LIMIT {
        let line = dialogue.hear("its answer about the user").await?;
        if let Some(standing) = standing(&line, login)? {
            // A second answer behind this one makes both worthless.
            dialogue.nothing_more().await?;
            return Ok(standing);
        }
    }
    Err(Gibberish("it said more than 100 lines that are no answer").into())
}

fn check_version(line: &[u8]) -> Result<(), Unavailable> {
    let fields = fields(line)?;
    let mut words = fields.iter().map(|field| field.name.as_slice());
    match (words.next(), words.next()) {
        (Some(b"VERSION"), Some(b"1")) => Ok(()),
        (Some(b"VERSION"), _) => Err(Unavailable::Misconfigured {
            what: "version 1 of the protocol of its list of users",
            said: escape(line),
        }),
        _ => Err(Gibberish("its handshake does not begin with its version").into()),
    }
}

/// Concludes from a line; nothing, if it is no answer.
fn standing(line: &[u8], login: &str) -> Result<Option<Standing>, Unavailable> {
    let mut fields = fields(line)?;
    let mut head = fields.drain(..fields.len().min(2)).map(|field| field.name);
    let (word, number) = (head.next().unwrap_or_default(), head.next());
    drop(head);
    if !ANSWERS.contains(&word.as_slice()) {
        return Ok(None);
    }
    if number.as_deref() != Some(NUMBER.as_bytes()) {
        return Err(Gibberish("it answered a question that was not asked").into());
    }
    let said = said(&word, &fields, login);
    match word.as_slice() {
        b"USER" if fields.is_empty() => {
            Err(Gibberish("it found a user and did not say whom").into())
        }
        b"USER" => Ok(Some(Standing::There)),
        b"NOTFOUND" => Ok(Some(Standing::Gone(Absence {
            kind: AbsenceKind::Missing,
            said,
        }))),
        _ => Err(Unavailable::Temporary { said }),
    }
}

fn said(word: &[u8], fields: &[Field], login: &str) -> String {
    let reason = fields.iter().find(|field| field.name == b"reason");
    let mut reason = reason
        .and_then(|field| field.value.clone())
        .unwrap_or_default();
    hide(&mut reason, login.as_bytes());
    let said = [word, &reason].join(&b' ');
    escape(said.trim_ascii_end())
}

impl MailboxStanding for Userdb {
    fn standing<'a>(&'a self, person: &'a Person) -> BoxFuture<'a, Result<Standing, Unavailable>> {
        Box::pin(self.ask(person))
    }

    fn describe(&self) -> String {
        format!("dovecot-userdb:{}", self.path.display())
    }
}

/// The number of the one question on a connection.
const NUMBER: &str = "1";
const ANSWERS: [&[u8]; 3] = [b"USER", b"NOTFOUND", b"FAIL"];
const LINE_COUNT_LIMIT: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn word(line: &str) -> &'static str {
        match standing(line.as_bytes(), "alice@example.test") {
            Ok(None) => "nothing",
            Ok(Some(Standing::There)) => "there",
            Ok(Some(Standing::Gone(_))) => "gone",
            Ok(Some(Standing::Unknown { .. })) => "unknown",
            Err(unavailable) => unavailable.reason(),
        }
    }

    #[test]
    fn only_notfound_says_gone() {
        for (line, expected) in [
            ("USER\t1\talice@example.test\tuid=1000\thome=/x", "there"),
            ("NOTFOUND\t1", "gone"),
            ("NOTFOUND\t1\treason=x", "gone"),
            ("FAIL\t1", "temporary"),
            ("FAIL\t1\treason=userdb uid does not match", "temporary"),
            ("SPID\t77", "nothing"),
            ("notfound\t1", "nothing"),
            ("NOTFOUNDX\t1", "nothing"),
            ("", "nothing"),
            ("NOTFOUND\t2", "gibberish"),
            ("NOTFOUND", "gibberish"),
            ("USER\t11\talice@example.test", "gibberish"),
            ("USER\t1", "gibberish"),
            ("USER\t1\ta\u{1}x", "gibberish"),
        ] {
            assert_eq!(word(line), expected, "{line:?}");
        }
    }

    #[test]
    fn the_address_stays_out_of_what_may_be_logged() {
        let line = b"FAIL\t1\treason=no alice@example.test here";

        let said = standing(line, "alice@example.test")
            .unwrap_err()
            .to_string();

        assert!(
            said.contains("FAIL no") && !said.contains("alice"),
            "{said}"
        );
    }

    #[test]
    fn another_version_is_not_spoken() {
        for (line, expected) in [
            ("VERSION\t1\t1", None),
            ("VERSION\t1\t9", None),
            ("VERSION\t2\t0", Some("misconfigured")),
            ("VERSION", Some("misconfigured")),
            ("220 mail ESMTP", Some("gibberish")),
            ("", Some("gibberish")),
        ] {
            let reason = check_version(line.as_bytes()).err().map(|e| e.reason());

            assert_eq!(reason, expected, "{line:?}");
        }
    }
}
