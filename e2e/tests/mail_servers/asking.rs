//! Asking a server about a password, in one line.

use std::time::Duration;

use mailbox::{
    Login, LoginForm, MailboxUrl, Options, Password, PasswordCheck, Question, Refusal, Unavailable,
    Verdict,
};
use protocol::email::EmailAddress;
use protocol::secret::Secret;
use std::sync::Arc;

/// What came of asking.
pub(crate) type Answer = Result<Verdict, Unavailable>;

/// Asks once, with the limits that a server of ours has.
pub(crate) async fn ask(url: &str, address: &str, password: &str) -> Answer {
    let options = Options::new("idp.example.test");

    ask_with(open(url, &options).as_ref(), address, password).await
}

/// Asks once, and gives the whole exchange only so long.
pub(crate) async fn ask_within(
    limit: Duration,
    url: &str,
    address: &str,
    password: &str,
) -> Answer {
    let options = Options {
        whole_limit: limit,
        ..Options::new("idp.example.test")
    };

    ask_with(open(url, &options).as_ref(), address, password).await
}

/// Asks once with a login in the given form.
pub(crate) async fn ask_as(form: LoginForm, url: &str, address: &str, password: &str) -> Answer {
    let check = open(url, &Options::new("idp.example.test"));
    let (login, password) = (login(address, form), prepared(password));

    check.check(Question::new(&login, &password)).await
}

/// Asks with the limits that a server of ours has, on behalf of a browser at this address.
pub(crate) async fn ask_from(client: &str, url: &str, address: &str, password: &str) -> Answer {
    let check = open(url, &Options::new("idp.example.test"));
    let (login, password) = (login(address, LoginForm::Address), prepared(password));
    let question = Question {
        client: Some(client.parse().unwrap()),
        ..Question::new(&login, &password)
    };

    check.check(question).await
}

/// Makes ready to ask.
pub(crate) fn open(url: &str, options: &Options) -> Arc<dyn PasswordCheck> {
    let url = MailboxUrl::parse(url).unwrap();

    mailbox::open(&url, options).unwrap()
}

/// Gives the one word for why a question could not be asked.
pub(crate) fn reason(answer: &Answer) -> &'static str {
    match answer {
        Ok(verdict) => panic!("it could be asked: {verdict:?}"),
        Err(unavailable) => unavailable.reason(),
    }
}

/// What a refusal looks like, with the server's own words.
pub(crate) fn refused(enhanced: Option<&str>, text: &str) -> Verdict {
    Verdict::Refused(Refusal {
        code: "535".to_owned(),
        enhanced: enhanced.map(str::to_owned),
        text: text.to_owned(),
    })
}

/// Asks what was made ready, once more.
pub(crate) async fn ask_with(check: &dyn PasswordCheck, address: &str, password: &str) -> Answer {
    let (login, password) = (login(address, LoginForm::Address), prepared(password));

    check.check(Question::new(&login, &password)).await
}

fn login(address: &str, form: LoginForm) -> Login {
    let address = EmailAddress::parse(address).unwrap();

    Login::for_address(&address, form, None).unwrap()
}

fn prepared(password: &str) -> Password {
    Password::prepare(Secret::new(password.to_owned())).unwrap()
}
