//! Sessions outlive a restart; the support document's bytes do too.

use std::sync::Arc;

use store::{SqliteStore, Store};
use testkit::http::Client;

use testkit::world::{ALICE, World};

#[tokio::test]
async fn a_session_and_the_document_survive_a_restart() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("persona.db");
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&file).unwrap());
    let world = World::with_store(store, |_| {}).await;
    let document = world.browser().get("/.well-known/browserid").await.body;
    let cookie = format!(
        "__Host-persona={}",
        world.alice().await.session_cookie().unwrap()
    );

    let world = world
        .restart(Arc::new(SqliteStore::open(&file).unwrap()))
        .await;

    let url = world.url(&format!("/persona/auth/has-session/?email={ALICE}"));
    let answer = Client::new()
        .request("GET", &url, &[("cookie", &cookie)], b"")
        .await
        .unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(
        world.browser().get("/.well-known/browserid").await.body,
        document
    );
}

#[tokio::test]
async fn neither_password_nor_cookie_is_in_the_store() {
    let folder = tempfile::TempDir::new().unwrap();
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(&folder.path().join("persona.db")).unwrap());
    let world = World::with_store(store, |_| {}).await;
    let alice = world.alice().await;
    alice.log_in(ALICE, "a wrong password").await;
    let token = alice.session_cookie().unwrap();

    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let holds = |text: &str| {
            bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes())
        };

        assert!(!holds(testkit::world::PASSWORD));
        assert!(!holds("a wrong password"));
        assert!(!holds(&token));
    }
}
