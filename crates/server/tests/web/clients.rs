//! Which clients an issuer knows, and whom it lets use them: asked of the installation itself.

use std::sync::Arc;

use protocol::email::EmailAddress;
use protocol::time::UnixSeconds;
use server::clock::Clock;
use server::keyring::Keyring;
use server::settings::Settings;
use server::{App, ClientUnknown, Issuers, Shared};
use store::{ClientRow, Clients, SqliteStore};
use tempfile::TempDir;
use testkit::world::NOW;

const MAIN: &str = "https://id.example.org";
const OTHER: &str = "https://id.example.net";

/// Two issuers of one process, and the folder with what they read.
struct House {
    settings: Settings,
    shared: Shared,
    issuers: Issuers,
    store: Arc<SqliteStore>,
    folder: TempDir,
}

impl House {
    fn new(clients: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let groups = folder.path().join("groups");
        std::fs::write(&groups, "admins: alice@example.org bob@example.net\n").unwrap();
        let text = format!(
            "issuer = \"{MAIN}\"\n\
             [[domain]]\nname = \"example.org\"\nmailbox = \"smtp://127.0.0.1\"\ngroups = {groups:?}\n\
             [[domain]]\nname = \"example.net\"\nmailbox = \"smtp://127.0.0.1\"\nissuer = \"{OTHER}\"\n\
             {clients}"
        );
        let settings: Settings = toml::from_str(&text).unwrap();
        settings.validate().unwrap();
        let store = Arc::new(SqliteStore::open_in_memory().unwrap());
        let shared = Shared::new(&settings, store.clone(), Clock::by_hand(NOW)).unwrap();
        // Who signs does not matter here.
        Keyring::generate(&folder.path().join("keys"), None).unwrap();
        let issuers = opened(&settings, &folder, &shared);
        Self {
            settings,
            shared,
            issuers,
            store,
            folder,
        }
    }

    fn main(&self) -> &App {
        self.issuers.main()
    }

    fn other(&self) -> &App {
        self.issuers.all().nth(1).unwrap()
    }

    async fn keep(&self, id: &str, section: &str) {
        let row = ClientRow {
            id: id.to_owned(),
            section: section.to_owned(),
            added: UnixSeconds::from_seconds(1),
        };
        self.store.put_client(&row).await.unwrap();
    }
}

fn opened(settings: &Settings, folder: &TempDir, shared: &Shared) -> Issuers {
    let keys = folder.path().join("keys");
    let with_key = |settings: Settings| (settings, Keyring::load(&keys).unwrap());
    let others = settings.others().into_iter().map(with_key).collect();
    Issuers::new(with_key(settings.main()), others, shared).unwrap()
}

fn section(id: &str, more: &str) -> String {
    format!("[[client]]\nid = \"{id}\"\nredirect_uris = [\"https://{id}.example/\"]\n{more}\n")
}

async fn name(app: &App, id: &str) -> Option<String> {
    let client = app.client(id).await.unwrap()?;
    client.client.name.clone()
}

#[tokio::test]
async fn a_client_belongs_to_one_issuer_wherever_it_is_written() {
    let there = format!("issuer = \"{OTHER}\"\nname = \"other\"");
    let house = House::new(&(section("a", "name = \"main\"") + &section("b", &there)));
    house.keep("c", &section("c", "name = \"main\"")).await;
    house.keep("d", &section("d", &there)).await;
    let elsewhere = "issuer = \"https://id.example.com\"\nname = \"nobody\"";
    house.keep("e", &section("e", elsewhere)).await;

    for (id, at_main, at_other) in [
        ("a", Some("main"), None),
        ("b", None, Some("other")),
        ("c", Some("main"), None),
        ("d", None, Some("other")),
        ("e", None, None),
        ("f", None, None),
        ("", None, None),
        ("no id", None, None),
    ] {
        assert_eq!(name(house.main(), id).await.as_deref(), at_main, "{id}");
        assert_eq!(name(house.other(), id).await.as_deref(), at_other, "{id}");
    }
}

/// A client that names no issuer is the main one's; which one that is may change while the server runs.
#[tokio::test]
async fn a_client_is_not_left_to_an_issuer_that_was_the_main_one_before() {
    let house = House::new("");
    house.keep("c", &section("c", "name = \"main\"")).await;
    let mut settings = house.settings.clone();
    settings.issuer = OTHER.parse().unwrap();
    settings.domain[0].issuer = Some(MAIN.parse().unwrap());
    settings.domain[1].issuer = None;

    let shared = house.shared.renewed(&settings, house.main()).unwrap();
    let issuers = opened(&settings, &house.folder, &shared);

    assert_eq!(name(issuers.main(), "c").await.as_deref(), Some("main"));
    let former = issuers.all().nth(1).unwrap();
    assert_eq!(former.settings().issuer.as_str(), MAIN);
    assert_eq!(name(former, "c").await, None);
}

#[tokio::test]
async fn what_changes_in_the_store_counts_at_once_and_never_over_the_settings() {
    let house = House::new(&section("a", "name = \"settings\""));
    let main = house.main();
    assert_eq!(name(main, "b").await, None);

    house.keep("a", &section("a", "name = \"store\"")).await;
    house.keep("b", &section("b", "name = \"one\"")).await;
    assert_eq!(name(main, "a").await.as_deref(), Some("settings"));
    assert_eq!(name(main, "b").await.as_deref(), Some("one"));

    house.keep("b", &section("b", "name = \"two\"")).await;
    assert_eq!(name(main, "b").await.as_deref(), Some("two"));

    house.store.remove_client("b").await.unwrap();
    assert_eq!(name(main, "b").await, None);
}

#[tokio::test]
async fn a_row_that_is_no_client_is_not_a_client_that_is_not_there() {
    let house = House::new("");
    house
        .keep("a", &section("a", "secret = \"in clear, and long enough\""))
        .await;

    let found = house.main().client("a").await;

    assert!(matches!(found, Err(ClientUnknown::Row(..))), "{found:?}");
}

#[tokio::test]
async fn a_group_is_what_the_file_of_somebodys_own_domain_says() {
    let house = House::new(&(section("a", "allow = [\"@admins\"]") + &section("b", "")));
    let main = house.main();
    let only_admins = main.client("a").await.unwrap().unwrap();
    let everybody = main.client("b").await.unwrap().unwrap();
    let address = |text: &str| EmailAddress::parse(text).unwrap();

    for (who, expected) in [
        ("alice@example.org", true),
        ("bob@example.org", false),
        // Another domain's file names them; their own has no groups.
        ("bob@example.net", false),
        ("alice@elsewhere.example", false),
    ] {
        let admitted = main.admits(&only_admins, &address(who)).unwrap();
        assert_eq!(admitted, expected, "{who}");
        assert!(main.admits(&everybody, &address(who)).unwrap());
    }
}

#[tokio::test]
async fn groups_that_cannot_be_read_are_neither_a_yes_nor_a_no() {
    let either = "allow = [\"@admins\", \"bob@example.org\"]";
    let house =
        House::new(&(section("a", either) + &section("b", "allow = [\"bob@example.org\"]")));
    let main = house.main();
    let alice = EmailAddress::parse("alice@example.org").unwrap();
    let bob = EmailAddress::parse("bob@example.org").unwrap();
    let by_group = main.client("a").await.unwrap().unwrap();
    let by_address = main.client("b").await.unwrap().unwrap();

    std::fs::remove_file(house.folder.path().join("groups")).unwrap();

    assert!(main.admits(&by_group, &alice).is_err());
    assert!(main.groups_of(&alice).is_err());
    // What the file says does not matter to these.
    assert!(main.admits(&by_group, &bob).unwrap());
    assert!(!main.admits(&by_address, &alice).unwrap());
}
