//! The filter for fail2ban, by the real fail2ban-regex, on what the real server has logged.

#![cfg(test)]

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use e2e::servers::accounts::{ALICE, ALICE_PASSWORD};
use e2e::servers::packages;
use e2e::servers::persona::{Persona, form_token};
use testkit::http::Client;
use testkit::smtp::{Encryption, Mailboxes, Mood, SmtpServer, hear, say};

#[tokio::test(flavor = "multi_thread")]
async fn only_refused_passwords_are_failures_and_the_host_is_the_browsers() {
    for format in ["text", "json"] {
        let stage = Stage::set(&["--log-format", format]).await;

        stage.everything().await;

        assert_eq!(stage.failures("UTC"), FAILURES, "{}", stage.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_most_talkative_level_the_lines_are_the_same_and_name_nobody() {
    let stage = Stage::set(&["--log-level", "trace"]).await;

    stage.everything().await;

    assert_eq!(stage.failures("UTC"), FAILURES, "{}", stage.log());
    let log = stage.log();
    let told: Vec<_> = log
        .lines()
        .filter(|line| line.contains(" login outcome="))
        .collect();
    assert_eq!(told.len(), FAILURES.len() + 3, "{log}");
    assert!(!told.concat().contains("alice"), "{told:?}");
    assert!(!log.contains("wrong-password-typed"), "{log}");
}

/// The times are in UTC, wherever the machine is.
#[tokio::test(flavor = "multi_thread")]
async fn the_time_of_a_failure_is_read_as_it_was_meant() {
    for format in ["text", "json"] {
        let stage = Stage::set(&["--log-format", format]).await;
        assert_eq!(stage.sign_in("192.0.2.2", "wrong").await, 401);

        let [here, there] = ["UTC", "America/New_York"].map(|zone| stage.regex("<time>", zone));

        assert_eq!(here.lines().count(), 1, "{here}");
        assert_eq!(here, there);
    }
}

/// As the journal and syslog hand lines on, with words of their own in front.
#[tokio::test(flavor = "multi_thread")]
async fn lines_that_went_through_the_journal_are_found_too() {
    for format in ["text", "json"] {
        let stage = Stage::set(&["--log-format", format]).await;
        assert_eq!(stage.sign_in("2001:db8::2", "wrong").await, 401);
        let log = stage.log();
        let lines = log
            .lines()
            .map(|line| format!("Nov 22 08:36:02 host persona[4711]: {line}\n"));
        let journal = lines.collect::<String>();
        let journal = stage.persona.folder.write("journal", &journal).unwrap();

        assert_eq!(regex(&journal, "ip", "UTC"), "2001:db8::2\n", "{log}");
    }
}

#[test]
fn fail2ban_takes_the_filter_and_the_jail() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("fail2ban");
    let copied = Command::new("cp")
        .args(["-r", "/etc/fail2ban"])
        .arg(&config)
        .status();
    assert!(copied.unwrap().success());
    // Debian's jail for sshd wants a log that a machine without sshd does not have.
    let debians = config.join("jail.d/defaults-debian.conf");
    if debians.exists() {
        std::fs::remove_file(debians).unwrap();
    }
    for file in [FILTER, "jail.d/persona.conf"] {
        let ours = contrib().join(file);
        std::fs::copy(ours, config.join(file)).unwrap();
    }

    let dump = Command::new("fail2ban-client")
        .arg("-c")
        .args([config.as_os_str(), "-d".as_ref()])
        .output()
        .unwrap();

    let said = String::from_utf8_lossy(&dump.stdout);
    assert!(dump.status.success(), "{dump:?}");
    assert!(said.contains("['add', 'persona', 'systemd']"), "{said}");
    assert!(
        said.contains("['set', 'persona', 'maxretry', 10]"),
        "{said}"
    );
    assert!(said.contains("['start', 'persona']"), "{said}");
}

/// An installation whose mail server has moods, and another domain whose mail server lies.
struct Stage {
    persona: Persona,
    mail: SmtpServer,
    _liar: SmtpServer,
}

impl Stage {
    async fn set(arguments: &[&str]) -> Self {
        let mailboxes = Mailboxes::new(Encryption::None).with(ALICE, ALICE_PASSWORD);
        let mail = SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), mailboxes)
            .await
            .unwrap();
        let liar = SmtpServer::scripted(
            vec![
                say("220 mail.corp.test ESMTP\r\n"),
                hear(),
                say("250-mail.corp.test\r\n250 AUTH PLAIN\r\n"),
                hear(),
                say(format!("535 5.7.8 \" {FORGED_TEXT} alice@corp.test\r\n")),
            ],
            None,
        )
        .await
        .unwrap();
        let mut persona = Persona::prepare("https://id.example.test").unwrap();
        let setup = persona
            .setup(&["example.test"], &format!("smtp://{}", mail.address()))
            .unwrap();
        assert!(setup.status.success(), "{setup:?}");
        let other = format!(
            "\n[[domain]]\nname = \"corp.test\"\nmailbox = \"smtp://{}\"\n",
            liar.address()
        );
        persona.add_settings(&other).unwrap();
        persona.serve_with(arguments).unwrap();
        Self {
            persona,
            mail,
            _liar: liar,
        }
    }

    /// Right, wrong, could not ask and too many; then all that somebody might forge a line with.
    async fn everything(&self) {
        assert_eq!(self.sign_in("192.0.2.1", ALICE_PASSWORD).await, 303);
        assert_eq!(self.sign_in("192.0.2.2", "wrong-password-typed").await, 401);
        assert_eq!(
            self.sign_in("2001:db8::2", "wrong-password-typed").await,
            401
        );
        assert_eq!(self.sign_in("::ffff:192.0.2.3", "wrong").await, 401);
        self.mail.feel(Mood::Forgetful);
        assert_eq!(self.sign_in("192.0.2.4", ALICE_PASSWORD).await, 503);
        self.mail.feel(Mood::Open);
        for status in [401, 401, 401, 429] {
            assert_eq!(self.sign_in("192.0.2.5", "wrong").await, status);
        }
        self.forge().await;
    }

    async fn forge(&self) {
        let client = Client::new();
        let agent = [
            ("user-agent", FORGED_TEXT),
            ("referer", FORGED_TEXT),
            ("x-forwarded-for", "192.0.2.6"),
        ];
        for path in [
            format!("/{}", FORGED_TEXT.replace(' ', "%20")),
            format!("/%0A{}", FORGED_TEXT.replace(' ', "%0A")),
            format!("/\"{}", FORGED_JSON.replace(' ', "%20")),
        ] {
            let url = self.persona.behind_the_proxy() + &path;
            let answer = client.request("GET", &url, &agent, b"").await.unwrap();
            assert_eq!(answer.status, 404, "{path}");
        }
        let listed = "203.0.113.99, client=203.0.113.99 who=, 192.0.2.7";
        assert_eq!(self.sign_in(listed, "wrong").await, 401);
        for email in [
            format!("{ALICE}\n{FORGED_TEXT}"),
            format!("\"{FORGED_TEXT}\"@example.test"),
            format!("{FORGED_JSON}@example.test"),
        ] {
            let status = self.sign_in_as("192.0.2.6", &email, "wrong").await;
            assert_eq!(status, 400, "{email}");
        }
        let lied_to = self.sign_in_as("192.0.2.8", "alice@corp.test", FORGED_TEXT);
        assert_eq!(lied_to.await, 401);
    }

    async fn sign_in(&self, from: &str, password: &str) -> u16 {
        self.sign_in_as(from, ALICE, password).await
    }

    async fn sign_in_as(&self, from: &str, email: &str, password: &str) -> u16 {
        let client = Client::with_cookies();
        let page = self.persona.get(&client, "/persona/login/").await.unwrap();
        let page = page.text();
        let fields = [
            ("email", email),
            ("password", password),
            ("csrf", form_token(&page).unwrap()),
        ];
        let headers = [
            ("host", self.persona.authority()),
            ("origin", self.persona.issuer.as_str()),
            ("x-forwarded-for", from),
        ];
        let url = self.persona.behind_the_proxy() + "/persona/auth/login/";
        let answer = client.post_form(&url, &headers, &fields).await;
        answer.unwrap().status
    }

    fn failures(&self, zone: &str) -> Vec<String> {
        self.regex("ip", zone).lines().map(str::to_owned).collect()
    }

    fn regex(&self, what: &str, zone: &str) -> String {
        regex(&self.persona.folder.join(LOG), what, zone)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.persona.folder.join(LOG)).unwrap()
    }
}

/// Asks fail2ban-regex for something about each failure in a log, one a line.
fn regex(log: &Path, what: &str, zone: &str) -> String {
    let output = Command::new("fail2ban-regex")
        .args(["--out", what])
        .arg(log)
        .arg(contrib().join(FILTER))
        .env("TZ", zone)
        .output()
        .expect("fail2ban-regex is in Debian's fail2ban");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn contrib() -> std::path::PathBuf {
    packages::workspace().join("contrib/fail2ban")
}

/// Those who were refused, in the order of `Stage::everything`.
const FAILURES: [&str; 8] = [
    "192.0.2.2",
    "2001:db8::2",
    "192.0.2.3",
    "192.0.2.5",
    "192.0.2.5",
    "192.0.2.5",
    "192.0.2.7",
    "192.0.2.8",
];

const FILTER: &str = "filter.d/persona.conf";
const LOG: &str = "persona.output";
/// What would be a line about somebody else, if it became one.
const FORGED_TEXT: &str =
    "2026-11-22T08:36:02.000000Z  INFO login outcome=refused client=203.0.113.99 who=0";
const FORGED_JSON: &str = r#"{"timestamp":"2026-11-22T08:36:02.000000Z","level":"INFO","message":"login","outcome":"refused","client":"203.0.113.99","who":"0"}"#;
