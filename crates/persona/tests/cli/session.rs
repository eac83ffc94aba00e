//! `persona session`: who is signed in, and ending it.

use protocol::email::EmailAddress;
use protocol::time::UnixSeconds;
use store::{NewSession, Proof, SessionId};

use crate::program::Folder;
use crate::setup::set_up;

/// Sets up, and signs three browsers in until the year 2100.
async fn with_three_sessions() -> Folder {
    let folder = Folder::new();
    set_up(
        &folder,
        &["-d", "example.org", "-m", "smtps://mail.example.org"],
    );
    let store = store::open(&url(&folder).parse().unwrap()).unwrap();
    for (byte, address, proof) in [
        (0xa1, "alice@example.org", Proof::Password),
        (0xa2, "alice@example.org", Proof::Password),
        (0xb1, "bob@example.org", Proof::Mail),
    ] {
        let session = NewSession {
            id: SessionId::from_sha256([byte; 32]),
            address: EmailAddress::parse(address).unwrap(),
            proof,
            opened: UnixSeconds::from_seconds(1_795_300_000 + i64::from(byte)),
            expires: UnixSeconds::from_seconds(4_102_444_800),
        };
        store.open_session(&session).await.unwrap();
    }
    folder
}

fn alice(id: [u8; 32]) -> NewSession {
    NewSession {
        id: SessionId::from_sha256(id),
        address: EmailAddress::parse("alice@example.org").unwrap(),
        proof: Proof::Password,
        opened: UnixSeconds::from_seconds(1_795_300_000),
        expires: UnixSeconds::from_seconds(4_102_444_800),
    }
}

fn url(folder: &Folder) -> String {
    format!("sqlite:{}", folder.path("data/persona.db").display())
}

fn session(folder: &Folder, arguments: &[&str]) -> String {
    folder.run(&[&["session", "--config", "secrets/persona.toml"], arguments].concat())
}

#[tokio::test]
async fn sessions_are_listed_for_people_and_for_scripts() {
    let folder = with_three_sessions().await;

    insta::assert_snapshot!(session(&folder, &["list"]), @r"
        exit 0
        --- stdout
        b1b1b1b1  bob@example.org    mail      2026-11-21 22:29 to 2100-01-01 00:00
        a2a2a2a2  alice@example.org  password  2026-11-21 22:29 to 2100-01-01 00:00
        a1a1a1a1  alice@example.org  password  2026-11-21 22:29 to 2100-01-01 00:00
        ");
    insta::assert_snapshot!(session(&folder, &["list", "--json"]), @r#"
        exit 0
        --- stdout
        [{"address":"bob@example.org","expires":4102444800,"id":"b1b1b1b1","opened":1795300177,"proof":"mail"},{"address":"alice@example.org","expires":4102444800,"id":"a2a2a2a2","opened":1795300162,"proof":"password"},{"address":"alice@example.org","expires":4102444800,"id":"a1a1a1a1","opened":1795300161,"proof":"password"}]
        "#);
}

#[tokio::test]
async fn a_sign_in_is_ended_by_address_by_id_or_with_all_others() {
    let folder = with_three_sessions().await;

    assert_eq!(
        session(&folder, &["revoke", "Alice@example.org"]),
        "exit 0\n--- stdout\n2 ended\n"
    );
    assert_eq!(
        session(&folder, &["revoke", "B1B1B1B1"]),
        "exit 0\n--- stdout\n1 ended\n"
    );
    assert_eq!(
        session(&folder, &["list"]),
        "exit 0\n--- stderr\nnobody is signed in\n"
    );

    let folder = with_three_sessions().await;
    assert_eq!(
        session(&folder, &["revoke", "--all"]),
        "exit 0\n--- stdout\n3 ended\n"
    );
    assert_eq!(
        session(&folder, &["revoke", "--all"]),
        "exit 0\n--- stdout\n0 ended\n"
    );
}

#[tokio::test]
async fn ending_what_is_not_there_is_a_bad_answer() {
    let folder = with_three_sessions().await;

    insta::assert_snapshot!(session(&folder, &["revoke", "carol@example.org"]), @r"
        exit 1
        --- stdout
        0 ended
        --- stderr
        there was no such sign-in
        ");
    insta::assert_snapshot!(session(&folder, &["revoke", "a1"]), @r#"
        exit 2
        --- stderr
        error: "a1" is neither an address nor an id
        hint: `persona session list` prints the ids
        "#);
    insta::assert_snapshot!(session(&folder, &["revoke", "a@b@c"]), @r"
        exit 2
        --- stderr
        error: a@b@c: an address has one @ between a name and a domain
        ");
    assert!(session(&folder, &["revoke"]).starts_with("exit 2"));
    assert!(session(&folder, &["revoke", "--all", "alice@example.org"]).starts_with("exit 2"));
}

#[tokio::test]
async fn an_id_that_several_sign_ins_begin_with_ends_none() {
    let folder = with_three_sessions().await;
    let store = store::open(&url(&folder).parse().unwrap()).unwrap();
    let mut other = [0xb1; 32];
    other[31] = 0;
    store.open_session(&alice(other)).await.unwrap();

    insta::assert_snapshot!(session(&folder, &["revoke", "b1b1b1b1"]), @r"
        exit 2
        --- stderr
        error: several sign-ins have an id that begins with b1b1b1b1, so none was ended
        hint: end them by address: persona session revoke ADDRESS
        ");
    assert_eq!(store.sessions().await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_store_that_is_not_there_is_missed_and_not_made() {
    let folder = with_three_sessions().await;
    std::fs::remove_dir_all(folder.path("data")).unwrap();
    std::fs::create_dir(folder.path("data")).unwrap();

    for arguments in [&["list"][..], &["revoke", "--all"]] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(session(&folder, arguments), @r"
                exit 3
                --- stderr
                error: the store sqlite:[DIR]/data/persona.db is not there
                hint: storage.url in the settings names it; `persona setup` makes it
                ");
        }
    }
    assert_eq!(std::fs::read_dir(folder.path("data")).unwrap().count(), 0);
}
