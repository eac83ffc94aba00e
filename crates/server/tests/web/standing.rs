//! A mailbox that is gone loses its sign-ins within the promised time, and nobody else loses theirs
//! (`docs/decisions/0020-a-mailbox-that-is-gone.md`).

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use mailbox::StandingUrl;
use protocol::jose::Signer;
use server::settings::{LivenessSettings, Settings, Span, Witness};
use store::SqliteStore;
use testkit::smtp::Mood;
use testkit::world::{ALICE, Browser, Cast, ISSUER, PASSWORD, World, user};

const DORA: &str = "dora@example.org";
const DORAS_PASSWORD: &str = "dora's own password";
const MINUTE: Duration = Duration::from_secs(60);

/// The usual cast; whoever takes its letters is asked about the people of example.org.
fn watched(within: &'static str) -> Cast {
    Cast::usual()
        .with(DORA, DORAS_PASSWORD)
        .settings(move |settings| watch(settings, within))
}

/// Lets whoever takes the letters of the first domain be asked about its people.
pub(crate) fn watch(settings: &mut Settings, within: &str) {
    let letters = StandingUrl::parse(&settings.domain[0].mailbox.to_string()).unwrap();
    settings.domain[0].liveness = Some(LivenessSettings {
        ask: Some(Witness::Other(letters)),
        within: Span::parse(within).unwrap(),
    });
}

/// Lets time pass, with a round at every step.
async fn pass(world: &World, steps: u32, step: Duration) {
    for _ in 0..steps {
        world.clock.advance(step);
        world.sweep().await;
    }
}

async fn is_in(browser: &Browser<'_>, address: &str) -> bool {
    browser.is_signed_in_as(address).await
}

#[tokio::test]
async fn a_mailbox_that_is_gone_twice_loses_its_sign_ins_and_no_other_does() {
    let world = watched("1h").open().await;
    let (alice, other) = (world.alice().await, world.alice().await);
    let dora = world.signed_in(DORA, DORAS_PASSWORD).await;
    world.mail.take_away(ALICE);

    pass(&world, 1, 20 * MINUTE).await;
    assert!(is_in(&alice, ALICE).await, "asked once");
    pass(&world, 14, MINUTE).await;
    assert!(is_in(&alice, ALICE).await, "not long enough ago");
    pass(&world, 1, MINUTE).await;

    assert!(!is_in(&alice, ALICE).await);
    assert!(!is_in(&other, ALICE).await);
    let key = user().public_key().to_browserid();
    assert_eq!(alice.certificate(ALICE, &key).await.status, 401);
    assert!(is_in(&dora, DORA).await);
}

#[tokio::test]
async fn whatever_the_time_is_it_is_kept() {
    for (within, minutes) in [("5m", 5), ("1h", 60), ("7d", 7 * 24 * 60)] {
        let world = watched(within).open().await;
        let alice = world.alice().await;
        // The worst case: she was there when she was asked about for the last time.
        pass(&world, 1, minutes * MINUTE / 3).await;
        world.mail.take_away(ALICE);

        // A round each twentieth of the shortest time, as the server's are.
        pass(&world, 15, minutes * MINUTE / 15).await;

        assert!(!is_in(&alice, ALICE).await, "{within}");
    }
}

#[tokio::test]
async fn a_mailbox_that_comes_back_keeps_its_sign_ins_and_may_sign_in_again() {
    let world = watched("1h").open().await;
    let alice = world.alice().await;
    world.mail.take_away(ALICE);
    pass(&world, 1, 20 * MINUTE).await;
    world.mail.give_back(ALICE);

    pass(&world, 60, MINUTE).await;
    assert!(is_in(&alice, ALICE).await);

    world.mail.take_away(ALICE);
    pass(&world, 60, MINUTE).await;
    assert!(!is_in(&alice, ALICE).await);
    assert_eq!(world.browser().log_in(ALICE, PASSWORD).await.status, 401);
    world.mail.give_back(ALICE);
    let again = world.alice().await;
    pass(&world, 60, MINUTE).await;
    assert!(is_in(&again, ALICE).await);
}

#[tokio::test]
async fn a_server_that_cannot_tell_changes_nothing() {
    let world = watched("1h").open().await;
    let alice = world.alice().await;
    world.mail.take_away(ALICE);
    pass(&world, 1, 20 * MINUTE).await;

    for mood in [Mood::Forgetful, Mood::Confused] {
        world.mail.feel(mood);
        pass(&world, 20, 15 * MINUTE).await;
        assert!(is_in(&alice, ALICE).await, "{mood:?}");
    }
    world.mail.feel(Mood::Open);
    pass(&world, 2, 20 * MINUTE).await;
    assert!(!is_in(&alice, ALICE).await, "the trouble is over");
}

#[tokio::test]
async fn a_server_that_says_it_of_everybody_is_not_believed() {
    let people: Vec<String> = (0..12).map(|n| format!("user{n}@example.org")).collect();
    for (gone, apart) in [(12, 0), (12, 3), (7, 0), (7, 1)] {
        let cast = people
            .iter()
            .fold(watched("1h"), |cast, who| cast.with(who, PASSWORD));
        let world = cast.open().await;
        let mut browsers = Vec::new();
        for who in &people {
            browsers.push(world.signed_in(who, PASSWORD).await);
            pass(&world, 1, apart * MINUTE).await;
        }
        for who in people.iter().take(gone) {
            world.mail.take_away(who);
        }

        pass(&world, 180, MINUTE).await;

        for (browser, who) in browsers.iter().zip(&people) {
            assert!(
                is_in(browser, who).await,
                "{who}, {gone} gone, {apart} min apart"
            );
        }
    }
}

#[tokio::test]
async fn where_nobody_shall_be_asked_nobody_is() {
    let world = Cast::usual()
        .settings(|settings| {
            settings.domain[0].liveness = Some(LivenessSettings {
                ask: Some(Witness::Nobody),
                ..LivenessSettings::default()
            });
        })
        .open()
        .await;
    let alice = world.alice().await;
    // This domain has no such section, and its mail server wants a password for every answer.
    let carol = world
        .signed_in("carol@example.net", "carol's own password")
        .await;
    let before = world.mail.begun();
    world.mail.take_away(ALICE);
    world.mail.take_away("carol@example.net");

    pass(&world, 10, 60 * MINUTE).await;

    assert!(is_in(&alice, ALICE).await && is_in(&carol, "carol@example.net").await);
    assert_eq!(world.mail.begun(), before);
}

#[tokio::test]
async fn who_is_taken_out_of_a_password_file_is_signed_out_without_any_setting() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    // bcrypt of `correct horse` at cost 4, by htpasswd.
    let hash = "$2y$04$7DlpcBiaxEtxDKlxH47Q.Ow7vKBuKytUtrYVtuQzET93wkegJBJtm";
    fs::write(&path, format!("alice:{hash}\ndora:{hash}\n")).unwrap();
    let mailbox = format!("file:{}", path.display());
    let world = Cast::new(ISSUER, &["example.org"])
        .settings(move |settings| settings.domain[0].mailbox = mailbox.parse().unwrap())
        .open()
        .await;
    let alice = world.signed_in(ALICE, "correct horse").await;
    let dora = world.signed_in(DORA, "correct horse").await;

    fs::write(&path, format!("dora:{hash}\n")).unwrap();
    pass(&world, 3, 20 * MINUTE).await;

    assert!(!is_in(&alice, ALICE).await);
    assert!(is_in(&dora, DORA).await);
}

#[tokio::test]
async fn servers_with_one_store_do_not_all_ask() {
    let store = Arc::new(SqliteStore::open_in_memory().unwrap());
    let one = watched("1h").store(store.clone()).open().await;
    let other = watched("1h").store(store).clock(&one.clock).open().await;
    let alice = one.alice().await;
    let begun = || one.mail.begun() + other.mail.begun();
    let before = begun();

    for _ in 0..6 {
        one.clock.advance(10 * MINUTE);
        tokio::join!(one.sweep(), other.sweep());
    }

    assert_eq!(begun() - before, 3);
    assert!(is_in(&alice, ALICE).await);
}
