//! What every backend must do, whatever it speaks: the same facts for each, with a server of its own.
//!
//! A new backend adds a test at the end that starts its server with [`PEOPLE`] and calls [`keeps`].

#![cfg(test)]

use std::fs::{self, Permissions};
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use mailbox::{
    BindName, Directory, Login, LoginForm, MailboxUrl, Options, Password, PasswordCheck, Question,
    Unavailable, Verdict,
};
use protocol::email::EmailAddress;
use protocol::secret::Secret;
use testkit::certificates::{Authority, Quality};
use testkit::dovecot::{DovecotServer, First};
use testkit::ldap::{DirectoryServer, Entry};
use testkit::smtp::{Encryption, Mailboxes, SmtpServer};

/// The mailboxes that the server of the contract has.
const PEOPLE: &[(&str, &str)] = &[
    ("alice@example.test", "correct horse"),
    ("bob@example.test", "battery staple"),
    ("erin.o'neil+work@example.test", "  \"quotes\" \\ spaces  "),
    ("uma@example.test", "grün пароль 密码"),
    ("long@example.test", LONG),
];

const LONG: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCD0123456789abcdefghijklmnopqrstuvwxyzABCD\
                    0123456789abcdefghijklmnopqrstuvwxyzABCD0123456789abcdefghijklmnopqrstuvwxyzABCD\
                    0123456789abcdefghijklmnopqrstuvwxyzABCD";

async fn ask(
    check: &dyn PasswordCheck,
    address: &str,
    typed: &str,
) -> Result<Verdict, Unavailable> {
    let address = EmailAddress::parse(address).unwrap();
    let login = Login::for_address(&address, LoginForm::Address, None).unwrap();
    let password = Password::prepare(Secret::new(typed.to_owned())).unwrap();
    check.check(Question::new(&login, &password)).await
}

async fn opens(check: &dyn PasswordCheck, address: &str, typed: &str) -> bool {
    match ask(check, address, typed).await {
        Ok(Verdict::Opens) => true,
        Ok(Verdict::Refused(_)) => false,
        Err(unavailable) => panic!("{address}: {unavailable}"),
    }
}

/// Asserts the facts that hold while the server is there.
async fn keeps(check: &dyn PasswordCheck) {
    for (address, right) in PEOPLE {
        assert!(
            opens(check, address, right).await,
            "{address} is opened by its password"
        );
        let wrong = format!("{right}x");
        assert!(
            !opens(check, address, &wrong).await,
            "{address} is not opened by a longer one"
        );
        assert!(
            opens(check, address, right).await,
            "{address} opens after a wrong password"
        );
    }
    assert!(
        opens(check, "Alice@EXAMPLE.test", "correct horse").await,
        "spelling is folded"
    );
    assert!(
        opens(check, "uma@example.test", "gru\u{308}n пароль 密码").await,
        "NFD is composed"
    );
    for (address, typed, fact) in [
        (
            "alice@example.test",
            "battery staple",
            "another one's password does not open",
        ),
        (
            "alice@example.test",
            "Correct horse",
            "passwords are not folded",
        ),
        (
            "alice@example.test",
            " correct horse",
            "passwords are not trimmed",
        ),
        (
            "nobody@example.test",
            "correct horse",
            "unknown users are refused",
        ),
        ("alice@other.test", "correct horse", "the domain counts"),
        (
            "alice+tag@example.test",
            "correct horse",
            "a tag makes another mailbox",
        ),
    ] {
        assert!(!opens(check, address, typed).await, "{fact}");
    }
    let (alice, bob, nobody) = tokio::join!(
        opens(check, "alice@example.test", "correct horse"),
        opens(check, "bob@example.test", "correct horse"),
        opens(check, "nobody@example.test", "x"),
    );
    assert_eq!(
        (alice, bob, nobody),
        (true, false, false),
        "answers are not mixed up"
    );
    assert!(
        check.probe().await.is_ok(),
        "a server that can be asked can be probed"
    );
}

/// Asserts what holds when nobody is there to be asked.
async fn keeps_without_a_server(check: &dyn PasswordCheck) {
    let right = ask(check, "alice@example.test", "correct horse").await;
    let wrong = ask(check, "alice@example.test", "x").await;

    assert!(
        right.is_err(),
        "a server that is gone accepts nobody: {right:?}"
    );
    assert!(
        wrong.is_err(),
        "a server that is gone refuses nobody: {wrong:?}"
    );
    assert!(check.probe().await.is_err());
}

async fn smtp_keeps(
    scheme: &str,
    encryption: Encryption,
    mechanisms: &'static str,
    settings: &str,
) {
    let mailboxes = Mailboxes::new(encryption).offering(mechanisms);
    server_keeps(scheme, mailboxes, settings).await;
}

async fn server_keeps(scheme: &str, mut mailboxes: Mailboxes, settings: &str) {
    for (address, password) in PEOPLE {
        mailboxes = mailboxes.with(address, password);
    }
    let server = SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), mailboxes)
        .await
        .unwrap();
    let url = format!("{scheme}://{}{settings}", server.address());
    let url = MailboxUrl::parse(&url).unwrap();
    let check = mailbox::open(&url, &Options::new("idp.example.test")).unwrap();

    keeps(check.as_ref()).await;
    server.stop().await;
    keeps_without_a_server(check.as_ref()).await;
}

#[tokio::test]
async fn smtp_in_clear_on_this_machine_keeps_the_contract() {
    smtp_keeps("smtp", Encryption::None, "PLAIN LOGIN", "").await;
}

#[tokio::test]
async fn smtp_with_starttls_keeps_the_contract() {
    let authority = Authority::new().unwrap();
    let identity = Arc::new(authority.issue(&["127.0.0.1"], Quality::Good).unwrap());
    let ca = format!("?ca={}", authority.pem_file().display());

    smtp_keeps("smtp", Encryption::StartTls(identity), "PLAIN LOGIN", &ca).await;
}

#[tokio::test]
async fn smtp_over_tls_with_login_alone_keeps_the_contract() {
    let authority = Authority::new().unwrap();
    let identity = Arc::new(authority.issue(&["127.0.0.1"], Quality::Good).unwrap());
    let ca = format!("?ca={}", authority.pem_file().display());

    smtp_keeps("smtps", Encryption::Implicit(identity), "LOGIN", &ca).await;
}

async fn dovecot_keeps(first: First) {
    let server = DovecotServer::start(PEOPLE, first).unwrap();
    let url = format!("dovecot:{}", server.socket().display());
    let url = MailboxUrl::parse(&url).unwrap();
    let check = mailbox::open(&url, &Options::new("idp.example.test")).unwrap();

    keeps(check.as_ref()).await;
    server.stop().await;
    keeps_without_a_server(check.as_ref()).await;
}

#[tokio::test]
async fn a_dovecot_that_speaks_first_keeps_the_contract() {
    dovecot_keeps(First::Server).await;
}

#[tokio::test]
async fn a_dovecot_that_waits_for_us_keeps_the_contract() {
    dovecot_keeps(First::Client).await;
}

/// Whether a server knows AUTHENTICATE PLAIN with credentials at once, when asked, or LOGIN alone.
const OVER_IMAP: [&str; 3] = [
    "SASL-IR ID AUTH=PLAIN",
    "ID AUTH=PLAIN AUTH=LOGIN",
    "ID AUTH=CRAM-MD5",
];

#[tokio::test]
async fn imap_in_clear_on_this_machine_keeps_the_contract() {
    for capabilities in OVER_IMAP {
        let mailboxes = Mailboxes::new(Encryption::None).over_imap(capabilities);

        server_keeps("imap", mailboxes, "?client=id").await;
    }
}

#[tokio::test]
async fn imap_with_starttls_keeps_the_contract() {
    let authority = Authority::new().unwrap();
    let identity = Arc::new(authority.issue(&["127.0.0.1"], Quality::Good).unwrap());
    let ca = format!("?ca={}", authority.pem_file().display());
    let mailboxes = Mailboxes::new(Encryption::StartTls(identity)).over_imap("SASL-IR AUTH=PLAIN");

    server_keeps("imap", mailboxes, &ca).await;
}

#[tokio::test]
async fn imap_over_tls_keeps_the_contract() {
    let authority = Authority::new().unwrap();
    let identity = Arc::new(authority.issue(&["127.0.0.1"], Quality::Good).unwrap());
    let ca = format!("?ca={}", authority.pem_file().display());
    let mailboxes = Mailboxes::new(Encryption::Implicit(identity)).over_imap("AUTH=PLAIN");

    server_keeps("imaps", mailboxes, &ca).await;
}

/// [`PEOPLE`], as `htpasswd`, `openssl passwd`, `openssl dgst` and `argon2` hash their passwords.
const PASSWORD_FILE: &str = "\
# users of example.test
alice@example.test:$2y$04$7DlpcBiaxEtxDKlxH47Q.Ow7vKBuKytUtrYVtuQzET93wkegJBJtm
bob:$apr1$saltsalt$2qij0ZaaDK.lQY2X9QbfD1
erin.o'neil+work:SHA-256:GPRyxK88Vv+26lBUvY801TpnI5kSsYPBCK680rBV3Xo=
uma:$argon2id$v=19$m=256,t=2,p=1$c2FsdHNhbHRzYWx0$cS/aK8iHhsK6xvurWfIgCXk0epDYubug+DLxUGr3Bl4
long:$6$mycontract$r4spjvxZRa/neAKchVMpotDjWng79rceCzJw4TBXs5ebWLH4gEyEyW5SFSUgT1zPhP/PqecFyoG26Ub8cDH9W1
";

#[tokio::test]
async fn a_password_file_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    fs::write(&path, PASSWORD_FILE).unwrap();
    let url = format!("file:{}?domain=example.test", path.display());
    let url = MailboxUrl::parse(&url).unwrap();
    let check = mailbox::open(&url, &Options::new("idp.example.test")).unwrap();

    keeps(check.as_ref()).await;
    fs::remove_file(&path).unwrap();
    keeps_without_a_server(check.as_ref()).await;
}

#[tokio::test]
async fn a_program_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let (people, program) = (folder.path().join("people"), folder.path().join("check"));
    let lines = PEOPLE
        .iter()
        .map(|(address, right)| format!("{address}\n{right}\n"));
    fs::write(&people, lines.collect::<String>()).unwrap();
    let script = format!(
        "#!/bin/sh\n\
         IFS= read -r address && IFS= read -r password && read -r client || exit 111\n\
         while IFS= read -r user && IFS= read -r right; do\n\
         [ \"$user\" = \"$address\" ] && [ \"$right\" = \"$password\" ] && exit 0\n\
         done < {}\n\
         exit 1\n",
        people.display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    let url = MailboxUrl::parse(&format!("command:{}", program.display())).unwrap();
    let check = mailbox::open(&url, &Options::new("idp.example.test")).unwrap();

    keeps(check.as_ref()).await;
    fs::remove_file(&program).unwrap();
    keeps_without_a_server(check.as_ref()).await;
}

async fn a_directory_keeps(
    scheme: &str,
    encryption: Encryption,
    behind_the_host: &str,
    directory: Directory,
) {
    let entries = PEOPLE
        .iter()
        .map(|(mail, password)| Entry::new(mail, password));
    let server = DirectoryServer::start(entries.collect(), encryption)
        .await
        .unwrap();
    let url = format!("{scheme}://{}{behind_the_host}", server.address());
    let MailboxUrl::Ldap(url) = MailboxUrl::parse(&url).unwrap() else {
        panic!("{url} is a directory's")
    };
    let options = Options::new("idp.example.test");
    let check = mailbox::open_directory(&url, directory, &options).unwrap();

    keeps(check.as_ref()).await;
    server.stop().await;
    keeps_without_a_server(check.as_ref()).await;
}

fn by_pattern() -> Directory {
    Directory {
        name: Some(BindName::parse("mail={address},dc=example").unwrap()),
        account: None,
    }
}

#[tokio::test]
async fn a_directory_in_clear_on_this_machine_keeps_the_contract() {
    a_directory_keeps("ldap", Encryption::None, "", by_pattern()).await;
}

#[tokio::test]
async fn a_directory_with_starttls_that_is_searched_keeps_the_contract() {
    let authority = Authority::new().unwrap();
    let identity = Arc::new(authority.issue(&["127.0.0.1"], Quality::Good).unwrap());
    let behind = format!("/dc=example????ca={}", authority.pem_file().display());
    let account = Entry::new("alice@example.test", "correct horse");
    let password = Password::prepare(Secret::new(account.password)).unwrap();
    let directory = Directory {
        name: None,
        account: Some((account.name, password)),
    };

    a_directory_keeps("ldap", Encryption::StartTls(identity), &behind, directory).await;
}

#[tokio::test]
async fn a_directory_over_tls_keeps_the_contract() {
    let authority = Authority::new().unwrap();
    let identity = Arc::new(authority.issue(&["127.0.0.1"], Quality::Good).unwrap());
    let behind = format!("?ca={}", authority.pem_file().display());

    a_directory_keeps(
        "ldaps",
        Encryption::Implicit(identity),
        &behind,
        by_pattern(),
    )
    .await;
}
