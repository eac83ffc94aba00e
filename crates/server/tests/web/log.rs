//! One line a request and one an outcome; no secret in any; no line that somebody else has written.

use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::world::{ALICE, PASSWORD, World, user};
use protocol::jose::Signer;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything that happens to one browser, on one thread, so that its log can be caught.
#[tokio::test(flavor = "current_thread")]
async fn the_log_tells_what_happened_and_no_secret() {
    let lines = Lines::default();
    let sink = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || sink.clone())
        .with_ansi(false)
        .with_max_level(tracing::Level::INFO)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let world = World::open().await;
    let browser = world.browser();

    browser.log_in(ALICE, "wrong-password-typed").await;
    browser.log_in(ALICE, PASSWORD).await;
    let token = browser.session_cookie().unwrap();
    browser
        .certificate(ALICE, &user().public_key().to_browserid())
        .await;
    browser
        .get("/persona/nothing%0aoutcome=opened?email=alice@example.org")
        .await;
    world.mail.feel(testkit::smtp::Mood::Forgetful);
    browser.log_in(ALICE, PASSWORD).await;

    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for secret in ["wrong-password-typed", PASSWORD, &token, ALICE, "alice"] {
        assert!(!text.contains(secret), "{secret} is in the log:\n{text}");
    }
    for outcome in ["refused", "opened", "certified", "could-not-ask"] {
        let mark = format!("outcome=\"{outcome}\"");
        assert_eq!(text.matches(&mark).count(), 1, "{mark}:\n{text}");
    }
    let requests = text
        .lines()
        .filter(|line| line.contains(": request method="))
        .count();
    assert_eq!(requests, 8, "one line for each request:\n{text}");
    assert!(text.contains("reason=\"temporary\""), "{text}");
}
