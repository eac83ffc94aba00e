//! Aliases from the store's table, over HTTP: as those of the files, whoever wrote the rows.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use server::settings::DomainSettings;
use store::{AliasRow, Aliases, SqliteStore, Store};
use tempfile::TempDir;
use testkit::http::Client;
use testkit::world::{ALICE, Cast, PASSWORD, World};

use crate::claims::{BOB, CAROL, asked, certified, may_be};

const INFO: &str = "info@example.org";

/// An installation with rows in its table, and perhaps an alias file.
struct Kept {
    world: World,
    store: Arc<dyn Store>,
    _folder: TempDir,
}

impl Kept {
    async fn new(rows: &[(&str, &str)]) -> Self {
        Self::with(rows, None, |_| {}).await
    }

    async fn with(
        rows: &[(&str, &str)],
        file: Option<&str>,
        change: impl FnOnce(&mut DomainSettings) + Send + 'static,
    ) -> Self {
        let folder = TempDir::new().unwrap();
        let path = file.map(|text| {
            let path = folder.path().join("aliases");
            fs::write(&path, text).unwrap();
            path
        });
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open_in_memory().unwrap());
        let world = Cast::usual()
            .store(Arc::clone(&store))
            .settings(|settings| {
                settings.domain[0].aliases = path;
                change(&mut settings.domain[0]);
            });
        let kept = Self {
            world: world.open().await,
            store,
            _folder: folder,
        };
        kept.add(rows).await;
        kept
    }

    async fn add(&self, rows: &[(&str, &str)]) {
        self.store.add_aliases(&by_hand(rows)).await.unwrap();
    }

    async fn remove(&self, rows: &[(&str, &str)]) {
        let removed = self.store.remove_aliases(&by_hand(rows)).await.unwrap();
        assert_eq!(removed.len(), rows.len());
    }
}

/// Rows as somebody may write them who has the file of the database: nothing looks at them before.
fn by_hand(rows: &[(&str, &str)]) -> Vec<AliasRow> {
    let row = |(alias, target): &(&str, &str)| AliasRow {
        alias: (*alias).to_owned(),
        target: (*target).to_owned(),
    };
    rows.iter().map(row).collect()
}

/// The attack: rows across domains, written past `persona alias`.
#[tokio::test]
async fn a_row_across_domains_gives_nobody_anything() {
    let kept = Kept::new(&[
        ("info@example.net", ALICE),
        ("desk@example.net", ALICE),
        ("desk@example.org", CAROL.0),
        ("sub@sub.example.org", ALICE),
        ("root@example.com", ALICE),
        // In two steps, of which each seems to stay in its domain.
        ("way@example.org", "way@example.net"),
        ("way@example.net", CAROL.0),
        (INFO, "alice@example.org.example.net"),
    ])
    .await;
    let alice = kept.world.alice().await;
    let carol = kept.world.signed_in(CAROL.0, CAROL.1).await;

    for email in [
        "info@example.net",
        "desk@example.net",
        CAROL.0,
        "desk@example.org",
        "sub@sub.example.org",
        "root@example.com",
        INFO,
    ] {
        assert!(!may_be(&alice, email).await, "{email}");
    }
    for email in [ALICE, "desk@example.org", "way@example.org"] {
        assert!(!may_be(&carol, email).await, "{email}");
    }
    assert!(may_be(&carol, "way@example.net").await);
    asked(&kept.world).await;
    let browser = kept.world.browser();
    for email in ["desk@example.org", "info@example.net"] {
        for password in [PASSWORD, CAROL.1] {
            let answer = browser.log_in(email, password).await;
            assert_eq!(answer.status, 401, "{email}");
        }
    }
    let mut about = asked(&kept.world).await;
    about.dedup();
    assert_eq!(about, ["desk@example.org", "info@example.net"]);
}

/// The attack: names that mean something to SQL, to mail servers, or nothing at all.
#[tokio::test]
async fn a_row_with_tricks_gives_nobody_anything() {
    let kept = Kept::new(&[
        ("*@example.org", ALICE),
        ("%@example.org", ALICE),
        ("@example.org", ALICE),
        ("alice*admin@example.org", ALICE),
        ("star@example.org", "alice*admin@example.org"),
        ("BOB@example.org", ALICE),
        ("Desk@Example.ORG", ALICE),
        (BOB.0, "alice"),
        (BOB.0, "\\alice@example.org"),
        (BOB.0, "Alice@example.org"),
        (BOB.0, " alice@example.org"),
        ("a@example.org", "b@example.org"),
        ("b@example.org", "a@example.org"),
    ])
    .await;
    let alice = kept.world.alice().await;

    for name in [
        "*",
        "%",
        "x",
        "alice*admin",
        "star",
        "bob",
        "desk",
        "a",
        "b",
    ] {
        let email = format!("{name}@example.org");
        assert!(!may_be(&alice, &email).await, "{email}");
    }
    asked(&kept.world).await;
    let browser = kept.world.browser();
    let answer = browser.log_in("alice*admin@example.org", PASSWORD).await;
    assert_eq!(answer.status, 400);
    assert_eq!(browser.log_in(BOB.0, BOB.1).await.status, 303);
    assert_eq!(asked(&kept.world).await, [BOB.0]);
}

#[tokio::test]
async fn an_alias_of_the_table_opens_with_the_password_of_its_target_and_is_certified() {
    let kept = Kept::new(&[(INFO, BOB.0), (INFO, ALICE)]).await;
    let browser = kept.world.browser();

    let answer = browser.log_in("Info@example.org", PASSWORD).await;

    assert_eq!(answer.status, 303, "{answer:?}");
    // In the order in which they were added, up to the first yes.
    assert_eq!(asked(&kept.world).await, [BOB.0, ALICE]);
    assert_eq!(certified(&browser, INFO).await, Ok(INFO.to_owned()));
    for (email, expected) in [
        (INFO, true),
        (ALICE, true),
        (BOB.0, false),
        ("info@example.net", false),
    ] {
        assert_eq!(may_be(&browser, email).await, expected, "{email}");
    }
}

#[tokio::test]
async fn a_row_counts_at_once_and_ends_at_once_while_somebody_is_signed_in() {
    let kept = Kept::new(&[]).await;
    let alice = kept.world.alice().await;
    assert!(!may_be(&alice, INFO).await);

    kept.add(&[(INFO, ALICE), (INFO, BOB.0)]).await;
    assert!(may_be(&alice, INFO).await);

    kept.remove(&[(INFO, ALICE)]).await;
    assert!(!may_be(&alice, INFO).await);
    assert_eq!(certified(&alice, INFO).await, Err(401));
    assert!(may_be(&alice, ALICE).await);
    let answer = kept.world.browser().log_in(INFO, PASSWORD).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn file_and_table_lead_to_each_other() {
    let kept = Kept::with(
        &[
            ("desk@example.org", "team@example.org"),
            ("last@example.org", ALICE),
            ("both@example.org", BOB.0),
            (ALICE, BOB.0),
        ],
        Some("info: desk\nteam: last\nboth: alice\n"),
        |_| {},
    )
    .await;
    let (alice, bob) = (
        kept.world.alice().await,
        kept.world.signed_in(BOB.0, BOB.1).await,
    );

    // Her letters go to him, and her mailbox is still hers.
    assert!(may_be(&alice, ALICE).await);
    for name in ["info", "desk", "team", "last", "alice", "both"] {
        let email = format!("{name}@example.org");
        assert!(may_be(&bob, &email).await, "{email}");
    }
    kept.remove(&[(ALICE, BOB.0)]).await;
    for name in ["info", "desk", "team", "last", "both"] {
        let email = format!("{name}@example.org");
        assert!(may_be(&alice, &email).await, "{email}");
    }
    assert!(!may_be(&bob, INFO).await);
    assert!(may_be(&bob, "both@example.org").await);
}

/// A way through the table may be as long as one through a file, and no longer.
#[tokio::test]
async fn a_long_way_through_the_table_has_the_same_end_as_one_through_a_file() {
    let name = |n: usize| format!("a{n}@example.org");
    let kept = Kept::new(&[]).await;
    for n in 0..21 {
        let (from, to) = (name(n), name(n + 1));
        kept.add(&[(&from, &to)]).await;
    }
    kept.add(&[(&name(21), ALICE)]).await;
    let alice = kept.world.alice().await;

    assert!(!may_be(&alice, &name(0)).await);
    assert!(!may_be(&alice, &name(1)).await);
    assert!(may_be(&alice, &name(2)).await);
}

#[tokio::test]
async fn the_table_leads_no_further_than_three_questions() {
    let names = ["zoe", "yves", "xaver", "alice"];
    let rows = names.map(|name| format!("{name}@example.org"));
    let rows: Vec<_> = rows.iter().map(|target| (INFO, target.as_str())).collect();
    let kept = Kept::new(&rows).await;

    let answer = kept.world.browser().log_in(INFO, PASSWORD).await;

    assert_eq!(answer.status, 503);
    assert_eq!(asked(&kept.world).await.len(), 4);
    let alice = kept.world.alice().await;
    assert!(may_be(&alice, INFO).await);
}

#[tokio::test]
async fn a_mailbox_in_the_table_is_not_the_catch_alls() {
    let kept = Kept::with(&[(ALICE, ALICE)], Some("@example.org bob\n"), |domain| {
        domain.catch_all = true;
    })
    .await;
    let bob = kept.world.signed_in(BOB.0, BOB.1).await;

    assert!(may_be(&bob, "anything@example.org").await);
    assert!(!may_be(&bob, ALICE).await);
    kept.remove(&[(ALICE, ALICE)]).await;
    assert!(may_be(&bob, ALICE).await);
}

/// Sessions are in the cookies here, so that nothing but the table is missing.
#[tokio::test]
async fn a_table_that_cannot_be_asked_is_neither_yes_nor_no() {
    let world = Cast::usual()
        .settings(|settings| settings.storage.url = "memory:".parse().unwrap())
        .open()
        .await;
    let cookie = world.alice().await.session_cookie().unwrap();
    let cookie = format!("__Host-persona={cookie}");
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("persona.db");
    let store = SqliteStore::open(&file).unwrap();
    store.add_aliases(&by_hand(&[(INFO, ALICE)])).await.unwrap();
    let world = world.restart(Arc::new(store)).await;
    destroy(folder.path());

    let has_session = async |email: &str| {
        let url = world.url(&format!("/persona/auth/has-session/?email={email}"));
        let headers = [("cookie", cookie.as_str())];
        let answer = Client::new().request("GET", &url, &headers, b"").await;
        answer.unwrap().status
    };
    assert_eq!(has_session(INFO).await, 503);
    // What was proven is not looked for in the table, nor is what is not ours.
    assert_eq!(has_session(ALICE).await, 200);
    assert_eq!(has_session("info@example.net").await, 404);
    let answer = world.browser().log_in(INFO, "wrong").await;
    assert_eq!(answer.status, 503);
}

/// Writes over the files of a database, as a broken disk does.
fn destroy(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.ends_with("-shm") {
            continue;
        }
        let length = fs::metadata(&path).unwrap().len();
        fs::write(&path, vec![0xff; usize::try_from(length).unwrap()]).unwrap();
    }
}

#[tokio::test]
async fn whose_password_opens_a_shared_address_is_said_of_the_whole_domain() {
    let kept = Kept::new(&[(INFO, ALICE)]).await;
    let said = async |typed: &str| {
        let path = format!("/persona/login/?email={typed}");
        let page = kept.world.browser().get(&path).await.text();
        page.contains("type your own password")
    };

    assert!(said(INFO).await);
    assert!(said("nobody@example.org").await);
    assert!(!said(CAROL.0).await);
}
