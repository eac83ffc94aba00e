//! OpenLDAP's slapd, as Debian 12 has it: both ways to ask it, and what it says of accounts.

use std::sync::Arc;

use e2e::servers::slapd::{BROKEN, Rules, SEARCHER, Slapd};
use mailbox::{
    BindName, Directory, Login, LoginForm, MailboxUrl, Options, Password, PasswordCheck, Question,
    Refusal, TlsRequired, Unavailable, Verdict,
};
use protocol::email::EmailAddress;
use protocol::secret::Secret;

use super::asking::Answer;

const RIGHT: &str = "correct horse";
const BASE: &str = "/dc=example,dc=test";
const PATTERN: &str = "uid={local},dc=example,dc=test";

fn prepared(password: &str) -> Password {
    Password::prepare(Secret::new(password.to_owned())).unwrap()
}

fn open(url: &str, directory: Directory) -> Arc<dyn PasswordCheck> {
    let MailboxUrl::Ldap(url) = MailboxUrl::parse(url).unwrap() else {
        panic!("{url} is a directory's")
    };
    mailbox::open_directory(&url, directory, &Options::new("idp.example.test")).unwrap()
}

fn computed(pattern: &str) -> Directory {
    Directory {
        name: Some(BindName::parse(pattern).unwrap()),
        account: None,
    }
}

fn searched() -> Directory {
    Directory {
        name: None,
        account: Some((SEARCHER.to_owned(), prepared("secret of ours"))),
    }
}

async fn ask(check: &dyn PasswordCheck, address: &str, typed: &str) -> Answer {
    let address = EmailAddress::parse(address).unwrap();
    let login = Login::for_address(&address, LoginForm::Address, None).unwrap();
    check.check(Question::new(&login, &prepared(typed))).await
}

fn refused(code: &str, enhanced: Option<&str>) -> Verdict {
    Verdict::Refused(Refusal {
        code: code.to_owned(),
        enhanced: enhanced.map(str::to_owned),
        text: String::new(),
    })
}

fn no_entry() -> Verdict {
    Verdict::Refused(Refusal {
        code: "0".to_owned(),
        enhanced: Some("no-entry".to_owned()),
        text: "no entry has this address".to_owned(),
    })
}

#[tokio::test]
async fn right_and_wrong_are_told_apart_in_every_way() {
    let server = Slapd::start(Rules::AsPackaged).unwrap();
    for check in [
        open(&server.url("ldap", ""), computed(PATTERN)),
        open(&server.url("ldaps", ""), computed(PATTERN)),
        open(&server.url_in_clear("ldap", ""), computed(PATTERN)),
        open(&server.url("ldap", BASE), searched()),
        open(&server.url("ldaps", BASE), searched()),
    ] {
        for _ in 0..2 {
            assert_eq!(
                ask(check.as_ref(), "alice@example.test", RIGHT).await,
                Ok(Verdict::Opens)
            );
            assert_eq!(
                ask(check.as_ref(), "alice@example.test", "wrong").await,
                Ok(refused("49", None))
            );
            assert_eq!(
                ask(check.as_ref(), "a+b@example.test", RIGHT).await,
                Ok(Verdict::Opens)
            );
        }
        assert!(check.probe().await.is_ok());
    }
    let computed = open(&server.url("ldap", ""), computed(PATTERN));
    let searched = open(&server.url("ldap", BASE), searched());
    let nobody = "nobody@example.test";
    assert_eq!(
        ask(computed.as_ref(), nobody, RIGHT).await,
        Ok(refused("49", None))
    );
    assert_eq!(ask(searched.as_ref(), nobody, RIGHT).await, Ok(no_entry()));
}

#[tokio::test]
async fn the_state_of_an_account_is_refused_and_named() {
    let server = Slapd::start(Rules::AsPackaged).unwrap();
    for check in [
        open(&server.url("ldaps", ""), computed(PATTERN)),
        open(&server.url("ldap", BASE), searched()),
    ] {
        for (address, typed, code, state) in [
            ("locked@example.test", RIGHT, "49", Some("locked")),
            (
                "expired@example.test",
                RIGHT,
                "49",
                Some("password-expired"),
            ),
            ("expired@example.test", "wrong", "49", None),
            (
                "reset@example.test",
                RIGHT,
                "0",
                Some("must-change-password"),
            ),
            ("reset@example.test", "wrong", "49", None),
        ] {
            assert_eq!(
                ask(check.as_ref(), address, typed).await,
                Ok(refused(code, state)),
                "{address} {typed}"
            );
        }
    }
}

#[tokio::test]
async fn guessing_locks_an_account_and_the_right_password_is_refused_then() {
    let server = Slapd::start(Rules::AsPackaged).unwrap();
    let check = open(&server.url("ldaps", ""), computed(PATTERN));
    for _ in 0..5 {
        let wrong = ask(check.as_ref(), "twin@example.test", "wrong").await;
        assert_eq!(wrong, Ok(refused("49", None)));
    }

    let right = ask(check.as_ref(), "twin@example.test", RIGHT).await;

    assert_eq!(right, Ok(refused("49", Some("locked"))));
}

#[tokio::test]
async fn an_alias_opens_where_its_attribute_is_asked() {
    let server = Slapd::start(Rules::AsPackaged).unwrap();
    let alias = "postmaster@example.test";
    for behind in [
        "/dc=example,dc=test?mail,mailLocalAddress",
        "/dc=example,dc=test???(|(mail={address})(mailLocalAddress={address}))",
        "/dc=example,dc=test?mailLocalAddress?one?(objectClass=inetOrgPerson)",
    ] {
        let check = open(&server.url("ldaps", behind), searched());
        assert_eq!(
            ask(check.as_ref(), alias, RIGHT).await,
            Ok(Verdict::Opens),
            "{behind}"
        );
        assert_eq!(
            ask(check.as_ref(), alias, "wrong").await,
            Ok(refused("49", None))
        );
    }
    let check = open(&server.url("ldaps", BASE), searched());
    assert_eq!(ask(check.as_ref(), alias, RIGHT).await, Ok(no_entry()));
}

#[tokio::test]
async fn an_address_of_two_entries_opens_neither() {
    let server = Slapd::start(Rules::AsPackaged).unwrap();
    let check = open(&server.url("ldaps", BASE), searched());

    let answer = ask(check.as_ref(), "shared@example.test", RIGHT).await;

    assert_eq!(
        answer,
        Err(Unavailable::Misconfigured {
            what: "to name one entry",
            said: "more than one has this address".to_owned(),
        })
    );
    assert!(!server.process.said().contains("BIND dn=\"uid="));
}

#[tokio::test]
async fn a_filter_cannot_be_broken_out_of() {
    let server = Slapd::start(Rules::AsPackaged).unwrap();
    let check = open(&server.url("ldaps", BASE), searched());

    // None of them even becomes a login; what does is compared whole.
    for local in ["*", "a*", "alice)(uid=*", "alice\\2a", "x)(|(uid=alice"] {
        let address = EmailAddress::parse(&format!("{local}@example.test"));
        let login = address
            .ok()
            .map(|address| Login::for_address(&address, LoginForm::Address, None).is_ok());
        assert_ne!(login, Some(true), "{local}");
    }
    for local in ["a=b", "alice+uid=alice", "&", "=", "+", "a'b"] {
        let address = format!("{local}@example.test");
        assert_eq!(
            ask(check.as_ref(), &address, RIGHT).await,
            Ok(no_entry()),
            "{local}"
        );
    }
}

#[tokio::test]
async fn a_lax_directory_is_never_sent_an_empty_password() {
    let server = Slapd::start(Rules::Lax).unwrap();
    let check = open(&server.url("ldaps", ""), computed(PATTERN));

    assert!(Password::prepare(Secret::new(String::new())).is_err());
    assert_eq!(
        ask(check.as_ref(), "alice@example.test", " ").await,
        Ok(refused("49", None))
    );
    assert_eq!(
        ask(check.as_ref(), "locked@example.test", RIGHT).await,
        Ok(refused("49", Some("locked")))
    );
}

#[tokio::test]
async fn a_directory_whose_backend_is_gone_is_no_wrong_password() {
    let server = Slapd::start(Rules::AsPackaged).unwrap();
    let pattern = format!("uid={{local}},{BROKEN}");
    let computed = open(&server.url("ldaps", ""), computed(&pattern));
    let searched = open(&server.url("ldaps", &format!("/{BROKEN}")), searched());

    let bind = ask(computed.as_ref(), "alice@example.test", RIGHT).await;
    let search = ask(searched.as_ref(), "alice@example.test", RIGHT).await;

    assert_eq!(
        bind,
        Err(Unavailable::Temporary {
            said: "52 unavailable Proxy operation retry failed".to_owned()
        })
    );
    assert!(search.is_err(), "{search:?}");
}

#[tokio::test]
async fn a_directory_that_wants_encryption_is_asked_with_it() {
    let server = Slapd::start(Rules::EncryptedOnly).unwrap();
    let clear = open(&server.url_in_clear("ldap", ""), computed(PATTERN));

    assert_eq!(
        ask(clear.as_ref(), "alice@example.test", RIGHT).await,
        Err(Unavailable::TlsRequired(TlsRequired::Demanded {
            said: "13 confidentialityRequired TLS confidentiality required".to_owned()
        }))
    );
    for scheme in ["ldap", "ldaps"] {
        let check = open(&server.url(scheme, ""), computed(PATTERN));
        assert_eq!(
            ask(check.as_ref(), "alice@example.test", RIGHT).await,
            Ok(Verdict::Opens)
        );
    }
}

#[tokio::test]
async fn a_wrong_account_of_ours_is_nobodys_wrong_password() {
    let server = Slapd::start(Rules::AsPackaged).unwrap();
    let account = Some((SEARCHER.to_owned(), prepared("not ours")));
    let wrong = Directory {
        name: None,
        account,
    };
    for directory in [wrong, Directory::default()] {
        let check = open(&server.url("ldaps", BASE), directory);

        let answer = ask(check.as_ref(), "alice@example.test", RIGHT).await;

        let reason = answer.as_ref().map_err(Unavailable::reason);
        assert_eq!(reason, Err("misconfigured"), "{answer:?}");
        assert!(check.probe().await.is_err());
    }
    assert!(!server.process.said().contains("BIND dn=\"uid=alice"));
}

#[tokio::test]
async fn a_directory_that_is_gone_refuses_nobody() {
    let mut server = Slapd::start(Rules::AsPackaged).unwrap();
    let check = open(&server.url("ldaps", BASE), searched());
    let opens = ask(check.as_ref(), "alice@example.test", RIGHT).await;
    assert_eq!(opens, Ok(Verdict::Opens));

    server.process.kill().unwrap();

    let gone = ask(check.as_ref(), "alice@example.test", RIGHT).await;
    assert_eq!(
        gone.map_err(|trouble| trouble.reason()),
        Err("refused-connection")
    );
}

#[tokio::test]
async fn a_strangers_certificate_is_not_sent_a_password() {
    let server = Slapd::start(Rules::AsPackaged).unwrap();
    let stranger = Slapd::start(Rules::AsPackaged).unwrap();
    let authority = stranger.certificates.authority.display();
    for scheme in ["ldap", "ldaps"] {
        for settings in [
            format!("?ca={authority}&server_name=mail.example.test"),
            format!("?ca={}", server.certificates.authority.display()),
        ] {
            let url = server.url_in_clear(scheme, &settings);
            let check = open(&url, computed(PATTERN));

            let answer = ask(check.as_ref(), "alice@example.test", RIGHT).await;

            let reason = answer.map_err(|trouble| trouble.reason());
            assert_eq!(reason, Err("certificate"), "{url}");
        }
    }
    assert!(!server.process.said().contains("BIND"));
}
