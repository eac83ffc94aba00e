//! Is a mailbox still there? Asked of the real servers, as `docs/guide/liveness.md` says.

use std::sync::Arc;

use e2e::servers::MailServer;
use e2e::servers::accounts::{ALICE, CORP};
use e2e::servers::dovecot::Lmtp;
use e2e::servers::exim::Exim;
use e2e::servers::ports::Entrance;
use e2e::servers::postfix::Postfix;
use e2e::servers::slapd::{BROKEN, Rules, SEARCHER, Slapd};
use e2e::wait::until;
use mailbox::{
    Directory, LoginForm, MailboxStanding, MailboxUrl, Options, Password, Person, Standing,
    StandingUrl, Unavailable,
};
use protocol::email::EmailAddress;
use protocol::secret::Secret;

const NOBODY: &str = "nobody@example.test";

fn open(url: &str) -> Arc<dyn MailboxStanding> {
    let url = StandingUrl::parse(url).unwrap();
    mailbox::open_standing(&url, &Options::new("idp.example.test")).unwrap()
}

/// Asks about somebody, and gives one word for the answer, and the answer.
async fn ask(asked: &dyn MailboxStanding, address: &str) -> (&'static str, String) {
    let address = EmailAddress::parse(address).unwrap();
    let person = Person::of(&address, LoginForm::Address, None).unwrap();
    let answer = asked.standing(&person).await;
    (word(&answer), format!("{answer:?}"))
}

fn word(answer: &Result<Standing, Unavailable>) -> &'static str {
    match answer {
        Ok(Standing::There) => "there",
        Ok(Standing::Gone(absence)) => absence.kind.as_str(),
        Ok(Standing::Unknown { .. }) => "unknown",
        Err(unavailable) => unavailable.reason(),
    }
}

async fn all_are(asked: &dyn MailboxStanding, rows: &[(&str, &str)]) {
    for (address, expected) in rows {
        let (answer, whole) = ask(asked, address).await;

        assert_eq!(&answer, expected, "{address}: {whole}");
        assert!(!whole.contains(address), "{whole}");
    }
}

#[tokio::test]
async fn dovecot_says_it_over_lmtp_and_by_its_list_of_users() {
    let server = Lmtp::start().unwrap();
    for url in [
        format!("lmtp:{}", server.lmtp.display()),
        format!("dovecot-userdb:{}", server.userdb.display()),
    ] {
        let rows = [
            (ALICE, "there"),
            (CORP, "there"),
            (NOBODY, "missing"),
            ("nobody@elsewhere.test", "missing"),
            // Its table cannot be read, as if a disk had gone.
            ("tina@states.test", "temporary"),
        ];
        all_are(open(&url).as_ref(), &rows).await;
    }
}

#[tokio::test]
async fn a_user_who_is_taken_out_of_dovecots_table_is_gone() {
    let server = Lmtp::start().unwrap();
    let lmtp = open(&format!("lmtp:{}", server.lmtp.display()));
    let userdb = open(&format!("dovecot-userdb:{}", server.userdb.display()));
    all_are(lmtp.as_ref(), &[(ALICE, "there")]).await;
    all_are(userdb.as_ref(), &[(ALICE, "there")]).await;

    server.take_away(ALICE).unwrap();

    // Dovecot looks at its table once a second at most.
    let gone = async || Ok((ask(lmtp.as_ref(), ALICE).await.0 == "missing").then_some(()));
    until("Dovecot to read its table again", gone)
        .await
        .unwrap();
    all_are(userdb.as_ref(), &[(ALICE, "missing"), (CORP, "there")]).await;
    all_are(lmtp.as_ref(), &[(CORP, "there")]).await;
}

#[tokio::test]
async fn postfix_says_it_where_it_knows_its_recipients() {
    let server = Postfix::taking_letters_for("example.test", ALICE).unwrap();
    let rows = [
        (ALICE, "there"),
        ("postmaster@example.test", "there"),
        (NOBODY, "missing"),
        // "Relay access denied" is about us, not about the mailbox.
        (CORP, "unknown"),
    ];

    all_are(open(&smtp(&server)).as_ref(), &rows).await;
}

#[tokio::test]
async fn a_postfix_that_takes_letters_from_others_only_cannot_tell() {
    let server = Postfix::delivering_to("example.test").unwrap();

    all_are(
        open(&smtp(&server)).as_ref(),
        &[(ALICE, "unknown"), (NOBODY, "unknown")],
    )
    .await;
}

#[tokio::test]
async fn exim_says_it_in_its_own_words_and_postmaster_bears_them_out() {
    let server = Exim::start().unwrap();
    let rows = [
        (ALICE, "there"),
        (NOBODY, "missing"),
        ("postmaster@example.test", "there"),
        (CORP, "unknown"),
    ];

    all_are(open(&smtp(&server)).as_ref(), &rows).await;
}

#[tokio::test]
async fn a_directory_says_who_is_there_and_whose_account_is_closed() {
    let server = Slapd::start(Rules::AsPackaged).unwrap();
    let password = Password::prepare(Secret::new("secret of ours".to_owned())).unwrap();
    let open = |behind: &str, account| {
        let url = MailboxUrl::parse(&server.url("ldap", behind)).unwrap();
        let MailboxUrl::Ldap(url) = url else {
            panic!("{url} is a directory's")
        };
        let directory = Directory {
            name: None,
            account,
        };
        let options = Options::new("idp.example.test");
        let backend = mailbox::open_directory(&url, directory, &options).unwrap();
        backend.standing().unwrap()
    };
    let searcher = Some((SEARCHER.to_owned(), password));
    let asked = open("/dc=example,dc=test", searcher.clone());
    let rows = [
        ("alice@example.test", "there"),
        ("a+b@example.test", "there"),
        ("expired@example.test", "there"),
        ("reset@example.test", "there"),
        ("locked@example.test", "disabled"),
        ("nobody@example.test", "missing"),
        ("shared@example.test", "misconfigured"),
    ];

    all_are(asked.as_ref(), &rows).await;
    // A branch whose own server is gone.
    let (answer, whole) = ask(open(&format!("/{BROKEN}"), searcher).as_ref(), NOBODY).await;
    assert_eq!(answer, "temporary", "{whole}");
}

/// Gives the setting that an operator would write for a server on this machine.
fn smtp(server: &impl MailServer) -> String {
    let port = server.ports().of(Entrance::NoAuth);
    let authority = server.certificates().authority.display();
    let name = e2e::servers::SERVER_NAME;
    format!("smtp://localhost:{port}?ca={authority}&server_name={name}")
}
