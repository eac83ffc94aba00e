//! `persona key`: which keys sign, and how others take their place.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::program::{Folder, mode};
use crate::setup::set_up;

/// Sets up, as if it had been done on a day of 2019.
fn installation() -> Folder {
    let folder = Folder::new();
    let domain = ["-d", "example.org", "-m", "smtps://mail.example.org"];
    set_up(&folder, &domain);
    for name in ["rs256", "es256", "eddsa"] {
        let [file] = files(&folder, name).try_into().unwrap();
        fs::rename(&file, old(&folder, name, "20190401")).unwrap();
    }
    folder
}

fn old(folder: &Folder, name: &str, date: &str) -> PathBuf {
    folder.path(&format!("secrets/keys/oidc/{name}-{date}T120000Z.pem"))
}

fn files(folder: &Folder, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.path("secrets/keys/oidc")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with(prefix)
        })
        .collect()
}

fn key(folder: &Folder, arguments: &[&str]) -> String {
    let told = folder.run(&[&["key", "--config", "secrets/persona.toml"], arguments].concat());
    without_minutes(&told)
}

/// Leaves out the times that are counted from now.
fn without_minutes(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(place) = rest.find(" 20") {
        let (before, after) = rest.split_at(place + 1);
        shown.push_str(before);
        let (time, after) = after.split_at(after.len().min("2026-01-02 03:04".len()));
        let is_time =
            time.as_bytes().get(4) == Some(&b'-') && time.as_bytes().get(13) == Some(&b':');
        shown.push_str(if is_time { "[MINUTE]" } else { time });
        rest = after;
    }
    shown + rest
}

#[test]
fn the_keys_are_listed_with_what_they_do() {
    let folder = installation();
    fs::copy(
        old(&folder, "es256", "20190401"),
        old(&folder, "es256", "20180401"),
    )
    .unwrap();
    fs::copy(
        old(&folder, "es256", "20190401"),
        old(&folder, "es256", "20990401"),
    )
    .unwrap();

    insta::assert_snapshot!(key(&folder, &["list"]), @r"
        exit 0
        --- stdout
        RS256  signs certificates                [DIR]/secrets/keys/browserid.pem
        RS256  signs                             [DIR]/secrets/keys/oidc/rs256-20190401T120000Z.pem
        ES256  no longer published               [DIR]/secrets/keys/oidc/es256-20180401T120000Z.pem
        ES256  signs                             [DIR]/secrets/keys/oidc/es256-20190401T120000Z.pem
        ES256  signs from [MINUTE] UTC   [DIR]/secrets/keys/oidc/es256-20990401T120000Z.pem
        EdDSA  signs                             [DIR]/secrets/keys/oidc/eddsa-20190401T120000Z.pem
        ");
}

#[test]
fn scripts_get_the_keys_with_their_names() {
    let folder = installation();
    key(&folder, &["rotate", "--algorithm", "es256"]);

    let told = key(&folder, &["list", "--json"]);
    let (_, list) = told.split_once("--- stdout\n").unwrap();
    let list: serde_json::Value = serde_json::from_str(list).unwrap();

    let shown: Vec<String> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|key| {
            let text = |name: &str| key[name].as_str().unwrap_or("-").to_owned();
            let times = [&key["made"], &key["begins"]].map(serde_json::Value::is_i64);
            let id = text("id").len();
            let (usage, algorithm, state) = (text("use"), text("algorithm"), text("state"));
            format!("{usage} {algorithm} {state} {times:?} {id}")
        })
        .collect();
    assert_eq!(
        shown,
        [
            "certificates RS256 signs [false, false] 1",
            "tokens RS256 signs [true, false] 43",
            "tokens ES256 signs [true, false] 43",
            "tokens ES256 waits [true, true] 43",
            "tokens EdDSA signs [true, false] 43",
        ]
    );
}

#[test]
fn new_keys_wait_a_day_and_are_not_replaced_in_between() {
    let folder = installation();
    let subject = folder.read("secrets/keys/oidc/subject.key");

    insta::assert_snapshot!(key(&folder, &["rotate"]), @r"
        exit 0
        --- stdout
        wrote  [DIR]/secrets/keys/oidc/rs256-[TIME].pem  signs from [MINUTE]; the key before it is published until [MINUTE] (UTC)
        wrote  [DIR]/secrets/keys/oidc/es256-[TIME].pem  signs from [MINUTE]; the key before it is published until [MINUTE] (UTC)
        wrote  [DIR]/secrets/keys/oidc/eddsa-[TIME].pem  signs from [MINUTE]; the key before it is published until [MINUTE] (UTC)
        --- stderr
        to let a server that runs publish them before they sign, today: systemctl reload persona
        ");
    insta::assert_snapshot!(key(&folder, &["list"]), @r"
        exit 0
        --- stdout
        RS256  signs certificates                [DIR]/secrets/keys/browserid.pem
        RS256  signs                             [DIR]/secrets/keys/oidc/rs256-20190401T120000Z.pem
        RS256  signs from [MINUTE] UTC   [DIR]/secrets/keys/oidc/rs256-[TIME].pem
        ES256  signs                             [DIR]/secrets/keys/oidc/es256-20190401T120000Z.pem
        ES256  signs from [MINUTE] UTC   [DIR]/secrets/keys/oidc/es256-[TIME].pem
        EdDSA  signs                             [DIR]/secrets/keys/oidc/eddsa-20190401T120000Z.pem
        EdDSA  signs from [MINUTE] UTC   [DIR]/secrets/keys/oidc/eddsa-[TIME].pem
        ");
    insta::assert_snapshot!(key(&folder, &["rotate", "--algorithm", "eddsa"]), @r"
        exit 1
        --- stderr
        [DIR]/secrets/keys/oidc/eddsa-[TIME].pem is new and waits to sign, so no newer one was made; it begins at [MINUTE], UTC
        hint: wait until then; if strangers may know that key, remove [DIR]/secrets/keys/oidc/eddsa-[TIME].pem and ask again
        ");
    for path in files(&folder, "") {
        assert_eq!(mode(&path), 0o640, "{}", path.display());
    }
    assert_eq!(files(&folder, "").len(), 7);
    assert_eq!(folder.read("secrets/keys/oidc/subject.key"), subject);
}

#[test]
fn no_key_is_made_where_one_of_them_cannot_be() {
    let folder = installation();
    key(&folder, &["rotate", "--algorithm", "eddsa"]);

    let told = key(&folder, &["rotate"]);

    assert!(told.starts_with("exit 1\n--- stderr\n"), "{told}");
    assert_eq!(files(&folder, "").len(), 5);
}

#[test]
fn keys_that_no_site_needs_are_removed_and_no_others() {
    let folder = installation();
    for (name, date) in [
        ("rs256", "20180401"),
        ("rs256", "20170401"),
        ("eddsa", "20180401"),
    ] {
        fs::copy(old(&folder, name, "20190401"), old(&folder, name, date)).unwrap();
    }
    folder.write("secrets/keys/oidc/notes", "mine");

    let told = key(&folder, &["rotate", "--algorithm", "es256"]);

    let removed: Vec<_> = told
        .lines()
        .filter(|line| line.starts_with("removed"))
        .collect();
    assert_eq!(removed.len(), 3, "{told}");
    for (name, date, is_there) in [
        ("rs256", "20170401", false),
        ("rs256", "20180401", false),
        ("rs256", "20190401", true),
        ("eddsa", "20180401", false),
        ("eddsa", "20190401", true),
        ("es256", "20190401", true),
    ] {
        assert_eq!(old(&folder, name, date).exists(), is_there, "{name} {date}");
    }
    assert_eq!(folder.read("secrets/keys/oidc/notes"), "mine");
}

#[test]
fn where_a_key_is_lost_nothing_is_made_in_its_place() {
    let folder = installation();
    fs::remove_file(folder.path("secrets/keys/oidc/subject.key")).unwrap();

    insta::assert_snapshot!(key(&folder, &["rotate"]), @r"
        exit 3
        --- stderr
        error: [DIR]/secrets/keys/oidc/subject.key is missing, and sites know everybody by names that follow from it
        hint: go back to a backup of it; if there is none, move the other files of [DIR]/secrets/keys/oidc away and run `persona setup`: every site will take everybody for somebody new
        ");
    let again = set_up(&folder, &[]);
    assert!(again.starts_with("exit 3"), "{again}");
    assert!(again.contains("subject.key is missing"), "{again}");
    assert_eq!(files(&folder, "").len(), 3);
}

#[test]
fn the_names_of_people_outlive_a_restart_of_the_setup() {
    let folder = installation();
    let subject = folder.read("secrets/keys/oidc/subject.key");

    let told = set_up(&folder, &["--restart"]);

    assert!(told.starts_with("exit 0"), "{told}");
    assert_eq!(folder.read("secrets/keys/oidc/subject.key"), subject);
    assert_eq!(mode(&folder.path("secrets/keys/oidc/subject.key")), 0o640);
    assert!(!old(&folder, "rs256", "20190401").exists());
}

#[test]
fn a_server_makes_the_keys_that_an_older_setup_did_not() {
    let folder = installation();
    fs::remove_dir_all(folder.path("secrets/keys/oidc")).unwrap();
    let config = [
        "--config",
        "secrets/persona.toml",
        "--listen",
        "127.0.0.1:0",
    ];

    folder.serve(&config).stop("TERM");

    let mut modes: Vec<u32> = files(&folder, "").iter().map(|path| mode(path)).collect();
    modes.push(mode(&folder.path("secrets/keys/oidc")));
    assert_eq!(modes, [0o640, 0o640, 0o640, 0o640, 0o750]);
}

#[test]
fn a_server_that_has_no_keys_for_tokens_says_so_and_does_the_rest() {
    let folder = installation();
    let file = old(&folder, "rs256", "20190401");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&file, "no key").unwrap();
    let config = [
        "--config",
        "secrets/persona.toml",
        "--listen",
        "127.0.0.1:0",
    ];

    let (status, log) = folder.serve(&config).stop("TERM");

    assert_eq!(status, Some(0));
    let said = log.lines().filter(|line| line.contains("OpenID Connect"));
    let said: Vec<_> = said.collect();
    assert_eq!(said.len(), 1, "{log}");
    assert!(said[0].contains("rs256-20190401T120000Z.pem"), "{log}");
    assert!(said[0].contains("go back to a backup of it"), "{log}");
}
