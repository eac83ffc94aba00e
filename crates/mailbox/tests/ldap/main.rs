//! Dialogues with real sockets: what the LDAP client does with directories that are honest, broken or
//! hostile. The rows are those of `mail.md` §3 and §7, said in LDAP.

#![cfg(test)]

mod hostile;
mod kept;
mod searching;
mod starttls;

use std::sync::Arc;
use std::time::Duration;

use mailbox::{
    BindName, Directory, Login, LoginForm, MailboxUrl, Options, Password, PasswordCheck, Question,
    Unavailable, Verdict,
};
use protocol::email::EmailAddress;
use protocol::secret::Secret;
use testkit::ldap::element;
use testkit::smtp::{Act, Session, SmtpServer, hear_message, say};

const RIGHT: &str = "correct horse";
const ALICE: &str = "uid=alice,dc=example";
const OURS: &str = "cn=persona,dc=example";
const OUR_PASSWORD: &str = "secret of ours";

/// A limit short enough for a test that has to see it reached, and long enough to come so far.
fn impatient() -> Options {
    Options {
        whole_limit: Duration::from_secs(2),
        ..patient()
    }
}

/// Limits that no test reaches.
fn patient() -> Options {
    Options::new("idp.example.test")
}

fn password(typed: &str) -> Password {
    Password::prepare(Secret::new(typed.to_owned())).unwrap()
}

fn open(url: &str, directory: Directory, options: &Options) -> Arc<dyn PasswordCheck> {
    let MailboxUrl::Ldap(url) = MailboxUrl::parse(url).unwrap() else {
        panic!("{url} is a directory's")
    };
    mailbox::open_directory(&url, directory, options).unwrap()
}

/// Names follow from addresses.
fn computed() -> Directory {
    Directory {
        name: Some(BindName::parse("uid={local},dc=example").unwrap()),
        account: None,
    }
}

/// Names are searched by an account of ours.
fn searched() -> Directory {
    Directory {
        name: None,
        account: Some((OURS.to_owned(), password(OUR_PASSWORD))),
    }
}

async fn ask(check: &dyn PasswordCheck) -> Result<Verdict, Unavailable> {
    ask_for(check, "alice@example.test", RIGHT).await
}

async fn ask_for(
    check: &dyn PasswordCheck,
    address: &str,
    typed: &str,
) -> Result<Verdict, Unavailable> {
    let address = EmailAddress::parse(address).unwrap();
    let login = Login::for_address(&address, LoginForm::Address, None).unwrap();
    let password = password(typed);
    check.check(Question::new(&login, &password)).await
}

/// Gives one word for an answer: `opens`, `refused`, or the reason why there is none.
fn word(answer: &Result<Verdict, Unavailable>) -> &'static str {
    match answer {
        Ok(Verdict::Opens) => "opens",
        Ok(Verdict::Refused(_)) => "refused",
        Err(unavailable) => unavailable.reason(),
    }
}

/// Asks a directory that follows a script, under a name that follows from the address.
async fn ask_script(acts: Vec<Act>, options: &Options) -> (Result<Verdict, Unavailable>, Session) {
    let server = SmtpServer::scripted(acts, None).await.unwrap();
    let check = open(&format!("ldap://{}", server.address()), computed(), options);
    let answer = ask(check.as_ref()).await;
    drop(check);
    let heard = server.sessions().await.unwrap().remove(0);
    (answer, heard)
}

/// A message of a directory.
fn message(id: u8, operation: &[u8]) -> Vec<u8> {
    element(0x30, &[&element(0x02, &[id]), operation].concat())
}

/// An operation that has come to its end.
fn outcome(operation: u8, code: u8, text: &str) -> Vec<u8> {
    let inside = [
        element(0x0a, &[code]),
        element(0x04, b""),
        element(0x04, text.as_bytes()),
    ];
    element(operation, &inside.concat())
}

fn bound(id: u8, code: u8) -> Vec<u8> {
    message(id, &outcome(0x61, code, ""))
}

fn done(id: u8, code: u8) -> Vec<u8> {
    message(id, &outcome(0x65, code, ""))
}

fn entry(id: u8, name: &str) -> Vec<u8> {
    let inside = [element(0x04, name.as_bytes()), element(0x30, b"")];
    message(id, &element(0x64, &inside.concat()))
}

/// Did a password come through, in clear or encrypted?
fn has(heard: &Session, secret: &str) -> bool {
    let secret = secret.as_bytes();
    [&heard.clear, &heard.secure]
        .into_iter()
        .any(|sent| sent.windows(secret.len()).any(|part| part == secret))
}
