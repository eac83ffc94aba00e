//! `storage.url = "memory:"`: an installation that keeps no file of its people.

use crate::check::{Installation, RIGHT};

/// An installation whose sign-ins are in the browsers' cookies, without a place for a store.
async fn stateless() -> Installation {
    let installation = Installation::new().await;
    let folder = &installation.folder;
    let settings = folder.read("secrets/persona.toml");
    let store = format!("sqlite:{}", folder.path("data/persona.db").display());
    assert!(settings.contains(&store), "{settings}");
    folder.write("secrets/persona.toml", &settings.replace(&store, "memory:"));
    std::fs::remove_dir_all(folder.path("data")).unwrap();
    installation
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_without_a_store_is_served_and_checked_and_writes_nothing() {
    let installation = stateless().await;
    let running = installation.serve();

    let told = installation.check(
        &format!("{RIGHT}\n"),
        &["--password-stdin", "alice@example.org"],
    );

    drop(running);
    assert!(told.starts_with("exit 0\n"), "{told}");
    assert!(told.contains("memory:"), "{told}");
    assert!(
        told.contains("sign-ins are in the browsers' cookies"),
        "{told}"
    );
    assert!(!installation.folder.path("data").exists());
}

#[tokio::test]
async fn sign_ins_in_cookies_are_neither_listed_nor_ended_and_it_is_said_how_to_end_all() {
    let installation = stateless().await;

    for arguments in [
        &["list"][..],
        &["revoke", "--all"],
        &["revoke", "alice@example.org"],
    ] {
        let command = ["session", "--config", "secrets/persona.toml"];
        let told = installation.folder.run(&[&command, arguments].concat());

        insta::allow_duplicates! {
            insta::assert_snapshot!(told, @r#"
                exit 2
                --- stderr
                error: sign-ins are kept in the browsers' cookies (storage.url is memory:), so they cannot be listed, or ended one by one
                hint: to end all of them, change the signing key: mv '[DIR]/secrets/keys/browserid.pem' '[DIR]/secrets/keys/browserid.pem.old', then `persona setup`, then start the server again
                hint: each ends by itself after 1d (session.lifetime); with a store (storage.url = "sqlite:/var/lib/persona/persona.db") they can be listed and ended
                "#);
        }
    }
}

#[tokio::test]
async fn a_second_setup_makes_no_store_where_none_is_wanted() {
    let installation = stateless().await;

    let told = crate::setup::set_up(&installation.folder, &[]);

    assert!(told.starts_with("exit 0\n"), "{told}");
    assert!(!installation.folder.path("data").exists(), "{told}");
}

#[tokio::test]
async fn a_new_signing_key_ends_every_sign_in() {
    let installation = stateless().await;
    let key = installation.folder.path("secrets/keys/browserid.pem");
    let former = std::fs::read(&key).unwrap();
    std::fs::rename(&key, key.with_extension("pem.old")).unwrap();

    let told = crate::setup::set_up(&installation.folder, &[]);

    assert!(told.starts_with("exit 0\n"), "{told}");
    assert_ne!(std::fs::read(&key).unwrap(), former);
}
