//! Who may claim an address: the session's own, and what the operator's files give.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use data_encoding::BASE64;
use protocol::jose::Signer;
use server::settings::DomainSettings;
use tempfile::TempDir;
use testkit::smtp::Mood;
use testkit::world::{ALICE, Browser, Cast, PASSWORD, World, payload, user};

pub(crate) const BOB: (&str, &str) = ("bob@example.org", "bob's own password");
pub(crate) const CAROL: (&str, &str) = ("carol@example.net", "carol's own password");

/// An installation whose first domain, example.org, has an alias file.
struct Listed {
    world: World,
    file: PathBuf,
    _folder: TempDir,
}

impl Listed {
    async fn new(file: &str) -> Self {
        Self::with(file, |_| {}).await
    }

    async fn with(text: &str, change: impl FnOnce(&mut DomainSettings) + Send + 'static) -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("aliases");
        fs::write(&file, text).unwrap();
        let path = file.clone();
        let world = Cast::usual().settings(move |settings| {
            settings.domain[0].aliases = Some(path);
            change(&mut settings.domain[0]);
        });
        Self {
            world: world.open().await,
            file,
            _folder: folder,
        }
    }

    fn write(&self, text: &str) {
        fs::write(&self.file, text).unwrap();
    }

    /// The user names that the mail server was asked about since the last time.
    async fn asked(&self) -> Vec<String> {
        asked(&self.world).await
    }
}

/// The user names that the mail server was asked about since the last time.
pub(crate) async fn asked(world: &World) -> Vec<String> {
    let sessions = world.mail.sessions().await.unwrap();
    let lines = sessions.iter().flat_map(testkit::smtp::Session::lines);
    let asked = lines.filter_map(|line| {
        let sent = line.strip_prefix("AUTH PLAIN ")?.trim_end().to_owned();
        let plain = String::from_utf8(BASE64.decode(sent.as_bytes()).unwrap()).unwrap();
        let (authzid, rest) = plain.split_once('\0').unwrap();
        assert_eq!(authzid, "", "nobody is to be acted for");
        Some(rest.split_once('\0').unwrap().0.to_owned())
    });
    asked.collect()
}

/// What the certificate for an address says, or the status of the refusal.
pub(crate) async fn certified(browser: &Browser<'_>, email: &str) -> Result<String, u16> {
    static KEY: LazyLock<serde_json::Value> = LazyLock::new(|| user().public_key().to_browserid());
    let answer = browser.certificate(email, &KEY).await;
    if answer.status != 200 {
        return Err(answer.status);
    }
    let said = payload(&answer.text());
    Ok(said["principal"]["email"].as_str().unwrap().to_owned())
}

async fn dialog_says_signed_in(browser: &Browser<'_>, email: &str) -> bool {
    let path = format!("/persona/auth/address/?email={email}");
    let answer = browser.get(&path).await.json().unwrap();
    answer["signed_in"].as_bool().unwrap()
}

/// Whether the whole house says that the browser may use this address: all ask the one file.
pub(crate) async fn may_be(browser: &Browser<'_>, email: &str) -> bool {
    let query = email.replace('%', "%25").replace('+', "%2B");
    let session = browser.is_signed_in_as(&query).await;
    let certificate = certified(browser, email).await;
    let dialog = dialog_says_signed_in(browser, &query).await;
    let path = format!("/persona/login/?email={query}");
    let page = browser.get(&path).await.text();
    let login = !page.contains("type=\"password\"") && page.contains("id=\"logout\"");
    assert_eq!(
        [certificate.is_ok(), dialog, login],
        [session; 3],
        "{email}: {certificate:?}"
    );
    session
}

#[tokio::test]
async fn a_session_speaks_for_every_alias_that_leads_to_it_and_for_no_other() {
    let listed = Listed::new(
        "info: desk\n\
         desk@example.org  alice, carol@example.net\n\
         Root: \"alice\"\n\
         sales: bob\n",
    )
    .await;
    let alice = listed.world.alice().await;

    for email in [
        ALICE,
        "info@example.org",
        "desk@example.org",
        "ROOT@Example.ORG",
    ] {
        assert!(may_be(&alice, email).await, "{email}");
    }
    for email in [
        "sales@example.org",
        "bob@example.org",
        "info@example.net",
        "alice@example.net",
        "info@sub.example.org",
        "alice+x@example.org",
        "nobody@example.org",
    ] {
        assert!(!may_be(&alice, email).await, "{email}");
    }
    assert_eq!(
        certified(&alice, "Info@Example.ORG").await,
        Ok("info@example.org".to_owned())
    );
}

#[tokio::test]
async fn without_a_file_nobody_has_an_alias() {
    let world = World::open().await;
    let alice = world.alice().await;

    for email in [
        "info@example.org",
        "alice+x@example.org",
        "root@example.org",
    ] {
        assert!(!may_be(&alice, email).await, "{email}");
    }
}

#[tokio::test]
async fn what_one_domain_lists_gives_nobody_an_address_of_another() {
    let listed = Listed::new(
        "info@example.net alice\n\
         carol@example.net: alice\n\
         desk: carol@example.net\n\
         both: carol\n",
    )
    .await;
    let (alice, carol) = (
        listed.world.alice().await,
        listed.world.signed_in(CAROL.0, CAROL.1).await,
    );

    for email in ["info@example.net", "carol@example.net", "desk@example.org"] {
        assert!(!may_be(&alice, email).await, "{email}");
    }
    for email in ["desk@example.org", "both@example.org", "carol@example.org"] {
        assert!(!may_be(&carol, email).await, "{email}");
    }
}

#[tokio::test]
async fn an_alias_opens_with_the_password_of_a_user_behind_it_and_the_session_is_theirs() {
    let listed = Listed::new("team: bob, alice, zoe, yves\n").await;
    let browser = listed.world.browser();

    let answer = browser.log_in("Team@example.org", PASSWORD).await;

    assert_eq!(answer.status, 303, "{answer:?}");
    assert_eq!(
        answer.header("location"),
        Some("/persona/login/?email=team@example.org")
    );
    // Up to the first yes, and about users alone.
    assert_eq!(listed.asked().await, [BOB.0, ALICE]);
    assert!(may_be(&browser, "team@example.org").await);
    assert!(may_be(&browser, ALICE).await);
    assert!(!may_be(&browser, BOB.0).await);
}

#[tokio::test]
async fn a_wrong_password_asks_about_a_few_users_and_counts_for_each() {
    let listed = Listed::new("team: bob, alice, zoe\n").await;
    let browser = listed.world.browser();

    for _ in 0..3 {
        assert_eq!(
            browser.log_in("team@example.org", "wrong").await.status,
            401
        );
    }

    let three_times = |who| std::iter::repeat_n(who, 3);
    let mut expected: Vec<&str> = [BOB.0, ALICE, "zoe@example.org", "team@example.org"]
        .into_iter()
        .flat_map(three_times)
        .collect();
    let mut asked = listed.asked().await;
    expected.sort_unstable();
    asked.sort_unstable();
    assert_eq!(asked, expected);
    assert_eq!(
        browser.log_in("team@example.org", PASSWORD).await.status,
        429
    );
    assert_eq!(browser.log_in(ALICE, PASSWORD).await.status, 429);
    assert_eq!(listed.asked().await, [""; 0]);
}

#[tokio::test]
async fn a_password_that_may_be_anothers_behind_the_alias_is_not_called_wrong() {
    let listed = Listed::new("team: zoe, yves, xaver, alice\n").await;
    let browser = listed.world.browser();

    let answer = browser.log_in("team@example.org", PASSWORD).await;

    assert_eq!(answer.status, 503);
    assert!(
        answer
            .text()
            .contains("We cannot tell whether this password is right"),
        "{}",
        answer.text()
    );
    assert_eq!(listed.asked().await.len(), 4);
}

#[tokio::test]
async fn whoever_guesses_at_one_user_of_an_alias_does_not_shut_the_others_out() {
    let listed = Listed::new("team: bob, alice\nalice: bob\n").await;
    let browser = listed.world.browser();
    for _ in 0..3 {
        assert_eq!(browser.log_in(BOB.0, "wrong").await.status, 401);
    }
    assert_eq!(browser.log_in(BOB.0, BOB.1).await.status, 429);

    // Her mailbox opens, although her letters go to him.
    assert_eq!(browser.log_in(ALICE, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn a_mail_server_that_cannot_be_asked_is_not_asked_about_the_others() {
    let listed = Listed::new("team: bob, alice\n").await;
    listed.world.mail.feel(Mood::Forgetful);
    let browser = listed.world.browser();

    let answer = browser.log_in("team@example.org", PASSWORD).await;

    assert_eq!(answer.status, 503);
    assert_eq!(listed.asked().await, [BOB.0]);
}

#[tokio::test]
async fn the_right_to_an_alias_ends_with_its_line() {
    let listed = Listed::new("info: alice\n").await;
    let alice = listed.world.alice().await;
    assert!(may_be(&alice, "info@example.org").await);

    listed.write("info: bob\n");

    assert!(!may_be(&alice, "info@example.org").await);
    assert!(may_be(&alice, ALICE).await);
    let bob = listed.world.signed_in(BOB.0, BOB.1).await;
    assert!(may_be(&bob, "info@example.org").await);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_neither_yes_nor_no() {
    let listed = Listed::new("info: alice\n").await;
    let alice = listed.world.alice().await;
    assert!(may_be(&alice, "info@example.org").await);

    fs::remove_file(&listed.file).unwrap();

    let session = alice
        .get("/persona/auth/has-session/?email=info@example.org")
        .await;
    assert_eq!(session.status, 503);
    assert_eq!(certified(&alice, "info@example.org").await, Err(503));
    // Where a password helps, it is asked for.
    assert!(!dialog_says_signed_in(&alice, "info@example.org").await);
    // What was proven does not depend on the file, and no other domain does.
    assert!(may_be(&alice, ALICE).await);
    assert!(!may_be(&alice, "info@example.net").await);
    let browser = listed.world.browser();
    assert_eq!(browser.log_in(BOB.0, BOB.1).await.status, 303);
    // The password may be somebody's who is listed: it is not called wrong.
    let answer = browser.log_in("info@example.org", PASSWORD).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), Some("30"));
}

#[tokio::test]
async fn loops_and_tricks_give_nobody_anything_and_end() {
    let listed = Listed::with(
        "a: b\nb: a\n\
         *: alice\n\
         %@example.org alice\n\
         @example.org alice\n\
         cmd: |/bin/cat alice\n\
         inc: :include:/etc/aliases\n\
         file: /home/alice/inbox\n\
         star: alice*admin, alice%example.net\n",
        |_| {},
    )
    .await;
    let alice = listed.world.alice().await;

    for name in [
        "a",
        "b",
        "*",
        "%",
        "x",
        "cmd",
        "inc",
        "file",
        "star",
        "alice*admin",
    ] {
        let email = format!("{name}@example.org");
        assert!(!may_be(&alice, &email).await, "{email}");
    }
}

#[tokio::test]
async fn a_tag_is_its_owners_only_where_that_is_switched_on() {
    let listed = Listed::with("bob+desk: alice\n", |domain| domain.plus_tags = true).await;
    let alice = listed.world.alice().await;

    for email in [
        "alice+x@example.org",
        "Alice+X+y@example.org",
        "bob+desk@example.org",
    ] {
        assert!(may_be(&alice, email).await, "{email}");
    }
    for email in ["bob+x@example.org", "+x@example.org", "alice+x@example.net"] {
        assert!(!may_be(&alice, email).await, "{email}");
    }
    listed.asked().await;
    let browser = listed.world.browser();
    assert_eq!(
        browser.log_in("alice+x@example.org", PASSWORD).await.status,
        303
    );
    assert_eq!(listed.asked().await, [ALICE]);
    assert!(may_be(&browser, "alice+x@example.org").await);
}

#[tokio::test]
async fn a_catch_all_gives_what_is_not_listed_and_asks_nobody_with_others_passwords() {
    let file = "@example.org bob\nalice@example.org alice@example.org\ninfo: alice\n";
    let listed = Listed::with(file, |domain| domain.catch_all = true).await;
    let bob = listed.world.signed_in(BOB.0, BOB.1).await;

    assert!(may_be(&bob, "anything@example.org").await);
    for email in [ALICE, "info@example.org", "anything@example.net"] {
        assert!(!may_be(&bob, email).await, "{email}");
    }
    listed.asked().await;
    let answer = listed
        .world
        .browser()
        .log_in("dora@example.org", BOB.1)
        .await;
    assert_eq!(answer.status, 401);
    assert_eq!(listed.asked().await, ["dora@example.org"]);
}

#[tokio::test]
async fn master_users_and_acting_for_others_are_refused_before_anybody_is_asked() {
    let listed = Listed::new("info: alice\n").await;
    let browser = listed.world.browser();

    for email in [
        "alice*admin@example.org",
        "alice%admin@example.org",
        "alice!admin@example.org",
        "alice#admin@example.org",
        "info*admin@example.org",
        "alice\0bob@example.org",
        "bob@example.org\0alice@example.org",
        "\0alice@example.org",
        "alice@example.org@example.org",
        "alice%example.net@example.org",
        "alice\r\n@example.org",
        "alice\t@example.org",
    ] {
        let answer = browser.log_in(email, PASSWORD).await;

        assert_eq!(answer.status, 400, "{email:?}: {answer:?}");
    }
    assert_eq!(listed.asked().await, [""; 0]);
}

#[tokio::test]
async fn people_type_one_domain_and_the_mail_server_knows_another() {
    let cast = Cast::new("https://id.example.org", &["example.org"])
        .with("alice@internal.example", PASSWORD)
        .settings(|settings| {
            settings.domain[0].backend_domain = Some("internal.example".parse().unwrap());
        });
    let world = cast.open().await;
    let alice = world.alice().await;

    assert_eq!(asked(&world).await, ["alice@internal.example"]);
    assert!(may_be(&alice, ALICE).await);
    assert!(!may_be(&alice, "alice@internal.example").await);
    let answer = world
        .browser()
        .log_in("alice@internal.example", PASSWORD)
        .await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn the_local_part_alone_is_sent_where_the_settings_say_so() {
    let cast = Cast::new("https://id.example.org", &["example.org"])
        .with("alice", PASSWORD)
        .settings(|settings| settings.domain[0].login = mailbox::LoginForm::LocalPart);
    let world = cast.open().await;
    let alice = world.alice().await;

    assert_eq!(asked(&world).await, ["alice"]);
    assert!(may_be(&alice, ALICE).await);
    assert_eq!(world.browser().log_in("alice", PASSWORD).await.status, 400);
}

#[tokio::test]
async fn an_international_alias_is_one_name_in_all_its_spellings() {
    let listed = Listed::new("j\u{f6}rg: alice\n").await;
    let alice = listed.world.alice().await;

    for email in ["j%C3%B6rg@example.org", "Jo%CC%88rg@example.org"] {
        let path = format!("/persona/auth/has-session/?email={email}");
        assert_eq!(alice.get(&path).await.status, 200, "{email}");
    }
    // A Cyrillic letter that looks like the "r".
    let path = "/persona/auth/has-session/?email=j%C3%B6%D0%B3g@example.org";
    assert_eq!(alice.get(path).await.status, 404);
    let browser = listed.world.browser();
    let answer = browser.log_in("J\u{f6}rg@example.org", PASSWORD).await;
    assert_eq!(answer.status, 303, "{answer:?}");
}
