//! Password files and programs on this machine: honest, changing, damaged and hostile.

#![cfg(test)]

mod command;
mod file;

use std::sync::Arc;
use std::time::Duration;

use mailbox::{
    Login, LoginForm, MailboxUrl, Options, Password, PasswordCheck, Question, Unavailable, Verdict,
};
use protocol::email::EmailAddress;
use protocol::secret::Secret;

fn open(url: &str) -> Arc<dyn PasswordCheck> {
    open_with(url, Duration::from_secs(60))
}

fn open_with(url: &str, whole_limit: Duration) -> Arc<dyn PasswordCheck> {
    let options = Options {
        whole_limit,
        ..Options::new("idp.example.test")
    };
    mailbox::open(&MailboxUrl::parse(url).unwrap(), &options).unwrap()
}

fn login(local: &str) -> Login {
    let address = EmailAddress::parse(&format!("{local}@example.test")).unwrap();
    Login::for_address(&address, LoginForm::Address, None).unwrap()
}

fn password(typed: &str) -> Password {
    Password::prepare(Secret::new(typed.to_owned())).unwrap()
}

async fn ask(check: &dyn PasswordCheck, local: &str, typed: &str) -> Result<Verdict, Unavailable> {
    let (login, password) = (login(local), password(typed));
    check.check(Question::new(&login, &password)).await
}

/// One word for each of the three answers, with the code or the reason.
async fn answer(check: &dyn PasswordCheck, local: &str, typed: &str) -> String {
    match ask(check, local, typed).await {
        Ok(Verdict::Opens) => "opens".to_owned(),
        Ok(Verdict::Refused(refusal)) => format!("refused: {}", refusal.code),
        Err(unavailable) => format!("cannot tell: {}", unavailable.reason()),
    }
}
