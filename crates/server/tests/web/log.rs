//! One line a request and one an outcome; no secret in any; no line that somebody else has written.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use protocol::jose::Signer;
use serde_json::json;

use testkit::smtp::{SmtpServer, hear, say};
use testkit::world::{Cast, ISSUER, World, user};

use crate::standing::watch;

const BOB: &str = "bob@example.org";
const BOBS_PASSWORD: &str = "bob's own password";

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// The log of all tests of this program. A log for one thread alone would lose the lines whose
    /// place another thread has reached first.
    fn of_everybody() -> Self {
        static LINES: OnceLock<Lines> = OnceLock::new();
        let start = || {
            let lines = Self::default();
            let sink = lines.clone();
            tracing_subscriber::fmt()
                .with_writer(move || sink.clone())
                .with_ansi(false)
                .with_max_level(tracing::Level::INFO)
                .init();
            lines
        };
        LINES.get_or_init(start).clone()
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Nobody else in these tests is bob, or comes from this network.
#[tokio::test]
async fn the_log_tells_what_happened_and_no_secret() {
    let lines = Lines::of_everybody();
    let world = World::open().await;
    let browser = world.browser();
    let here = [("x-forwarded-for", "192.0.2.77"), ("origin", ISSUER)];
    let csrf = browser.form_token().await;
    let log_in = async |password: &str| {
        let fields = [
            ("email", BOB),
            ("password", password),
            ("csrf", csrf.as_str()),
        ];
        browser
            .post_with("/persona/auth/login/", &here, &fields)
            .await
            .status
    };

    assert_eq!(log_in("wrong-password-typed").await, 401);
    assert_eq!(log_in(BOBS_PASSWORD).await, 303);
    let token = browser.session_cookie().unwrap();
    let wanted = json!({ "email": BOB, "publicKey": user().public_key().to_browserid() });
    let url = world.url("/persona/auth/certificate/");
    assert_eq!(
        browser
            .client
            .post_json(&url, &here, &wanted)
            .await
            .unwrap()
            .status,
        200
    );
    let forged = "/persona/nothing%0aoutcome=opened?email=bob@example.org";
    assert_eq!(browser.get_with(forged, &here).await.status, 404);
    world.mail.feel(testkit::smtp::Mood::Forgetful);
    assert_eq!(log_in(BOBS_PASSWORD).await, 503);

    let text = lines.text();
    let requests = |line: &&str| line.contains(": request method=");
    assert_eq!(
        text.lines().filter(from_here).filter(requests).count(),
        5,
        "one each:\n{text}"
    );
    assert_outcomes(&text);
    for secret in [
        "wrong-password-typed",
        BOBS_PASSWORD,
        &token,
        &csrf,
        BOB,
        "bob",
    ] {
        assert!(!text.contains(secret), "{secret} is in the log:\n{text}");
    }
}

/// Nobody else in these tests comes from this network.
#[tokio::test]
async fn the_files_of_a_page_do_not_drown_the_log_unless_they_are_missing() {
    let lines = Lines::of_everybody();
    let world = World::open().await;
    let browser = world.browser();
    let here = [("x-forwarded-for", "192.0.2.81")];
    let page = browser.get_with("/persona/login/", &here).await.text();
    let script = page.split("src=\"").nth(1).unwrap();
    let script = script.split('"').next().unwrap();

    assert_eq!(browser.get_with(script, &here).await.status, 200);
    let missing = format!("{script}.map");
    assert_eq!(browser.get_with(&missing, &here).await.status, 404);

    let text = lines.text();
    let told = text.lines().filter(|line| line.contains("192.0.2.81"));
    let paths = told.map(|line| line.split("path=\"").nth(1).unwrap());
    let paths: Vec<&str> = paths.map(|line| line.split('"').next().unwrap()).collect();
    assert_eq!(paths, ["/persona/login/", &missing]);
}

#[tokio::test]
async fn a_rest_of_the_mail_server_is_told_once_when_it_begins_and_once_when_it_ends() {
    let lines = Lines::of_everybody();
    let world = World::open().await;
    let ask = async || {
        let browser = world.browser();
        let answer = browser.log_in("carol@example.net", "carol's own password");
        answer.await.status
    };
    world.mail.feel(testkit::smtp::Mood::Confused);
    for _ in 0..8 {
        assert_eq!(ask().await, 503);
    }
    for rest in [5, 10] {
        world.clock.advance(Duration::from_secs(rest));
        assert_eq!(ask().await, 503);
    }
    world.mail.feel(testkit::smtp::Mood::Open);
    world.clock.advance(Duration::from_secs(20));
    for _ in 0..3 {
        assert_eq!(ask().await, 303);
    }

    let text = lines.text();
    let server = format!("{}", world.mail.address());
    let about = |what: &str| {
        let lines = text.lines().filter(|line| line.contains(&server));
        lines.filter(|line| line.contains(what)).count()
    };
    assert_eq!(
        about("the mail server could not be asked several times in a row, and rests"),
        1,
        "{text}"
    );
    assert_eq!(
        about("the mail server is asked again after a rest"),
        1,
        "{text}"
    );
    assert_eq!(about("reason=\"gibberish\" reference="), 5, "{text}");
    assert_eq!(about("reason=\"resting\" reference="), 5, "{text}");
}

/// The attack on innocents: fail2ban shuts out whoever has such a line. A password that is right for
/// somebody who was not asked about is no failure.
#[tokio::test]
async fn a_password_that_may_be_right_is_no_failure_in_the_log() {
    let lines = Lines::of_everybody();
    let folder = tempfile::TempDir::new().unwrap();
    let (many, missing) = (folder.path().join("many"), folder.path().join("missing"));
    std::fs::write(&many, "team: w, x, y, alice\n").unwrap();
    let world = Cast::usual().settings(move |settings| {
        settings.domain[0].aliases = Some(many);
        settings.domain[1].aliases = Some(missing);
    });
    let world = world.open().await;
    for email in ["team@example.org", "info@example.net"] {
        let browser = world.browser();
        let csrf = browser.form_token().await;
        let fields = [("email", email), ("password", "secret"), ("csrf", &csrf)];
        let here = [("x-forwarded-for", "192.0.2.79")];
        let answer = browser.post_with("/persona/auth/login/", &here, &fields);
        assert_eq!(answer.await.status, 503, "{email}");
    }

    let text = lines.text();
    let outcomes = |outcome: &str| {
        let mark = format!("login outcome=\"{outcome}\" client=192.0.2.79");
        text.matches(&mark).count()
    };
    assert_eq!(outcomes("not-this-user"), 5, "{text}");
    assert_eq!(outcomes("undecided"), 2, "{text}");
    assert_eq!(outcomes("refused"), 0, "{text}");
}

/// Some mail servers repeat the user name when they refuse it.
#[tokio::test]
async fn what_the_mail_server_says_is_written_without_the_address() {
    let lines = Lines::of_everybody();
    let mail = SmtpServer::scripted(
        vec![
            say("220 mail.example.test ESMTP\r\n"),
            hear(),
            say("250-mail.example.test\r\n250 AUTH PLAIN\r\n"),
            hear(),
            say("535 5.7.8 no such user: <ZOE@Example.Org>\r\n"),
        ],
        None,
    )
    .await
    .unwrap();
    let mailbox = format!("smtp://{}", mail.address());
    let world = Cast::usual()
        .settings(move |settings| {
            for domain in &mut settings.domain {
                domain.mailbox = mailbox.parse().unwrap();
            }
        })
        .open()
        .await;

    assert_eq!(
        world
            .browser()
            .log_in("zoe@example.org", "wrong")
            .await
            .status,
        401
    );

    let text = lines.text();
    assert!(text.contains("no such user: <[*]>"), "{text}");
    assert!(!text.to_lowercase().contains("zoe"), "{text}");
}

fn assert_outcomes(text: &str) {
    for outcome in ["refused", "opened", "could-not-ask"] {
        let mark = format!("outcome=\"{outcome}\"");
        let told = text
            .lines()
            .filter(from_here)
            .filter(|line| line.contains(&mark))
            .count();
        assert_eq!(told, 1, "{mark}:\n{text}");
    }
    assert!(
        text.lines()
            .filter(from_here)
            .any(|line| line.contains("reason=\"temporary\""))
    );
    let opened = text
        .lines()
        .filter(from_here)
        .find(|line| line.contains("\"opened\""))
        .unwrap();
    let who = opened
        .split("who=")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    let certified = format!("outcome=\"certified\" who={who}");
    assert_eq!(text.matches(&certified).count(), 1, "{certified}:\n{text}");
}

fn from_here(line: &&str) -> bool {
    line.contains("client=192.0.2.77")
}

#[tokio::test]
async fn a_mailbox_that_is_gone_is_named_by_its_hash_alone() {
    let lines = Lines::of_everybody();
    let world = Cast::new(ISSUER, &["gone.example"])
        .with("erin@gone.example", BOBS_PASSWORD)
        .settings(|settings| watch(settings, "1h"))
        .open()
        .await;
    let erin = world.signed_in("erin@gone.example", BOBS_PASSWORD).await;
    world.mail.take_away("erin@gone.example");
    for _ in 0..2 {
        world.clock.advance(Duration::from_secs(20 * 60));
        world.sweep().await;
    }

    assert!(!erin.is_signed_in_as("erin@gone.example").await);
    let text = lines.text();
    let ended = "a mailbox is gone: its sign-ins have ended";
    let mut told = text.lines().filter(|line| line.contains("gone.example"));
    let line = told.find(|line| line.contains(ended)).unwrap();
    assert!(line.contains("INFO"), "{line}");
    assert!(
        line.contains(r#"reason="missing""#) && line.contains("ended=1"),
        "{line}"
    );
    assert!(!text.contains("erin"), "{line}");
}
