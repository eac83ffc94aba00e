//! What it means that a name does not exist, and the limit for all hosts together. No test asks the
//! DNS, so its answer is handed in.

use std::net::SocketAddr;

use protocol::time::Timestamp;
use store::{SqliteStore, Store};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::*;
use crate::clock::Clock;
use crate::keyring::Keyring;
use crate::settings::Settings;

fn app(store: &Arc<SqliteStore>, clock: &Clock, hosts: &[(Domain, SocketAddr)]) -> App {
    let folder = TempDir::new().unwrap();
    let keyring = Keyring::generate(&folder.path().join("keys"), None).unwrap();
    let text = "{\"issuer\":\"https://id.example.org\"}";
    let mut settings: Settings = serde_json::from_str(text).unwrap();
    settings.outbound.hosts = hosts.iter().cloned().collect();
    let store = Arc::clone(store);
    App::new(&settings, store, keyring.into_keyring(), clock.clone()).unwrap()
}

fn domain(text: &str) -> Domain {
    Domain::parse(text).unwrap()
}

/// What comes of it when `host`, asked about idp.example, does not exist.
async fn without(host: &str, app: &App) -> Result<Discovery, CouldNotDiscover> {
    let error = FetchError::NoSuchHost(Authority::parse(host).unwrap());
    refusal(app, &domain("idp.example"), error).await
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_a_no_unless_it_had_an_issuer_lately() {
    let store = Arc::new(SqliteStore::open_in_memory().unwrap());
    let clock = Clock::by_hand(Timestamp::from_millis(1_795_300_000_000));
    let app = app(&store, &clock, &[]);

    let never_seen = without("idp.example", &app).await;
    let now = clock.now().to_seconds();
    store
        .remember_issuer(&domain("idp.example"), now)
        .await
        .unwrap();
    let just_seen = without("idp.example", &app).await;
    clock.advance(ISSUER_MEMORY);
    let long_ago = without("idp.example", &app).await;
    clock.advance(Duration::from_secs(1));
    let too_long_ago = without("idp.example", &app).await;

    assert!(matches!(never_seen, Ok(Discovery::NoIssuer(_))));
    assert!(matches!(just_seen, Err(CouldNotDiscover::Gone(_))));
    assert!(matches!(long_ago, Err(CouldNotDiscover::Gone(_))));
    assert!(matches!(too_long_ago, Ok(Discovery::NoIssuer(_))));
}

#[tokio::test]
async fn an_authority_that_does_not_exist_leaves_the_domain_without_an_answer() {
    let store = Arc::new(SqliteStore::open_in_memory().unwrap());
    let clock = Clock::by_hand(Timestamp::from_millis(1_795_300_000_000));
    let app = app(&store, &clock, &[]);

    let gone = without("authority.example", &app).await;
    let other_port = without("idp.example:8443", &app).await;

    assert!(matches!(gone, Err(CouldNotDiscover::Fetch(_))));
    assert!(matches!(other_port, Err(CouldNotDiscover::Fetch(_))));
}

#[tokio::test]
async fn all_hosts_together_have_a_limit() {
    let store = Arc::new(SqliteStore::open_in_memory().unwrap());
    let clock = Clock::by_hand(Timestamp::from_millis(1_795_300_000_000));
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hosts = [(domain("idp.example"), silent.local_addr().unwrap())];
    let app = app(&store, &clock, &hosts);

    let found = within(
        Duration::from_millis(100),
        &app,
        &domain("idp.example"),
        "a",
    )
    .await;

    let error = found.unwrap_err();
    assert!(matches!(error, CouldNotDiscover::Timeout(_)), "{error:?}");
    assert_eq!(
        error.to_string(),
        "timeout trying to load well-known for idp.example"
    );
}

#[tokio::test]
async fn a_wildcard_domain_fills_the_store_no_further_than_a_customer_s_share() {
    let store = Arc::new(SqliteStore::open_in_memory().unwrap());
    let clock = Clock::by_hand(Timestamp::from_millis(1_795_300_000_000));
    let app = app(&store, &clock, &[]);
    let noted_by = async |customer: &str, number: usize| {
        let name = domain(&format!("d{number}.example"));
        let noted = AtomicBool::new(true);
        note(&app, &name, customer, &noted).await;
        let seen = store.issuer_seen(&name).await.unwrap().is_some();
        assert_eq!(seen, noted.into_inner());
        seen
    };

    let mut noted = 0;
    for number in 0..70 {
        noted += i32::from(noted_by("a", number).await);
    }

    assert_eq!(noted, 60);
    assert!(
        noted_by("a", 0).await,
        "what is known already costs nothing"
    );
    assert!(
        noted_by("b", 69).await,
        "another customer's share is their own"
    );
    clock.advance(Duration::from_secs(60 * 60));
    assert!(noted_by("a", 68).await);
}
