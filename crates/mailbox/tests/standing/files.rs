//! Password files say by themselves who is there.

use std::fs;

use mailbox::MailboxUrl;

use super::*;

/// bcrypt of `correct horse` at cost 4, by htpasswd.
const HASH: &str = "$2y$04$7DlpcBiaxEtxDKlxH47Q.Ow7vKBuKytUtrYVtuQzET93wkegJBJtm";

async fn asked(text: &str) -> (&'static str, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    fs::write(&path, text.replace("HASH", HASH)).unwrap();
    asked_at(&path).await
}

async fn asked_at(path: &Path) -> (&'static str, String) {
    let url = MailboxUrl::parse(&format!("file:{}", path.display())).unwrap();
    let standing = mailbox::open(&url, &patient()).unwrap().standing().unwrap();
    let answer = standing
        .standing(&person(ALICE, LoginForm::Address, None))
        .await;
    (word(&answer), format!("{answer:?}"))
}

#[tokio::test]
async fn a_line_says_that_somebody_is_there_and_its_absence_that_nobody_is() {
    for (text, expected) in [
        ("alice:HASH\n", "there"),
        ("bob:HASH\nalice@example.test:HASH\n", "there"),
        ("bob:HASH\n", "missing"),
        ("alice@example.net:HASH\n", "missing"),
        ("alice:!HASH\n", "disabled"),
        ("alice:*\n", "disabled"),
    ] {
        let (answer, whole) = asked(text).await;

        assert_eq!(answer, expected, "{text:?}: {whole}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_makes_nobody_gone() {
    let long = format!("alice{}:HASH\nbob:HASH\n", "x".repeat(2000));
    for (text, expected) in [
        ("alice:$9$what\n", "unknown"),
        ("alice:HASH\nAlice:HASH\n", "unknown"),
        ("alice HASH\nbob:HASH\n", "unknown"),
        (&long, "unknown"),
        ("", "password-file"),
        ("# nobody yet\n", "password-file"),
    ] {
        let (answer, whole) = asked(text).await;

        assert_eq!(answer, expected, "{text:?}: {whole}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        asked_at(&folder.path().join("none")).await.0,
        "password-file"
    );
    assert_eq!(asked_at(folder.path()).await.0, "password-file");
}

#[tokio::test]
async fn backends_that_want_a_password_cannot_say() {
    for url in [
        "smtp://localhost",
        "imap://localhost",
        "command:/bin/true",
        "dovecot:/run/dovecot/auth-client",
    ] {
        let backend = mailbox::open(&MailboxUrl::parse(url).unwrap(), &patient()).unwrap();

        assert!(backend.standing().is_none(), "{url}");
    }
}
