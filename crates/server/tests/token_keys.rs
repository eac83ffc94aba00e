//! The keys of tokens on disk: which are there, which sign, and what is not taken for one.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use protocol::email::EmailAddress;
use protocol::jose::PublicKey;
use protocol::jose::token::{KeySet, TokenAlgorithm, UncheckedJwt, sign};
use protocol::time::UnixSeconds;
use server::keyring::{Keyring, Problem};
use server::token_keys::{TokenKeys, TokenKeysError, keep_subject};
use tempfile::TempDir;

const MADE: UnixSeconds = UnixSeconds::from_seconds(1_795_300_000);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A directory with keys of its own, for each test. They are made once, since RSA takes its time.
struct Place {
    _folder: TempDir,
    directory: PathBuf,
}

struct Files {
    folder: TempDir,
    certificates: PublicKey,
}

static FILES: OnceLock<Files> = OnceLock::new();

fn originals() -> &'static Files {
    FILES.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let keys = folder.path();
        let keyring = Keyring::generate(keys, None).unwrap().into_keyring();
        TokenKeys::make_missing(&TokenKeys::directory_in(keys), None, MADE).unwrap();
        let certificates = keyring.public_key().clone();
        Files {
            folder,
            certificates,
        }
    })
}

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let directory = folder.path().join("oidc");
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, Permissions::from_mode(0o700)).unwrap();
        for entry in fs::read_dir(originals().folder.path().join("oidc")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), directory.join(entry.file_name())).unwrap();
        }
        Self {
            _folder: folder,
            directory,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    fn load(&self) -> Result<TokenKeys, TokenKeysError> {
        TokenKeys::load(&self.directory, &originals().certificates)
    }

    fn trouble(&self) -> String {
        let error = self.load().unwrap_err();
        let directory = format!("{}/", self.directory.display());
        format!("{error}; {}", error.remedy()).replace(&directory, "")
    }
}

const RS256: &str = "rs256-20261121T222640Z.pem";
const ES256: &str = "es256-20261121T222640Z.pem";
const SUBJECT: &str = "subject.key";

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

fn names(paths: &[PathBuf]) -> BTreeSet<&str> {
    paths
        .iter()
        .filter_map(|path| path.file_name()?.to_str())
        .collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn a_new_directory_has_a_key_for_each_algorithm_and_one_for_names() {
    let folder = TempDir::new().unwrap();
    let directory = folder.path().join("keys/oidc");
    let planned = TokenKeys::all_files(&directory, MADE);

    let made = TokenKeys::make_missing(&directory, None, MADE).unwrap();

    assert_eq!(made, planned);
    assert_eq!(made, TokenKeys::files(&directory).unwrap());
    assert_eq!(
        names(&made),
        BTreeSet::from([RS256, ES256, "eddsa-20261121T222640Z.pem", SUBJECT])
    );
    assert_eq!(mode(&directory), 0o700);
    assert!(made.iter().all(|path| mode(path) == 0o600));
    assert!(TokenKeys::findings(&directory).is_empty());
    let again = TokenKeys::make_missing(&directory, None, MADE.plus(DAY)).unwrap();
    assert_eq!(again, Vec::<PathBuf>::new());
}

#[test]
fn what_a_key_signs_is_verified_under_the_published_set() {
    let place = Place::new();
    let keys = place.load().unwrap();
    let set = KeySet::read(keys.key_set(MADE).as_bytes()).unwrap();

    for algorithm in TokenAlgorithm::ALL {
        let key = keys.signing(algorithm, MADE).unwrap();
        let token = sign("JWT", &serde_json::json!({"sub": "somebody"}), key).unwrap();

        let token = UncheckedJwt::read(&token).unwrap();

        assert_eq!(set.verify(&token).unwrap()["sub"], "somebody");
    }
}

#[test]
fn the_published_set_has_public_halves_with_their_names() {
    let place = Place::new();
    let keys = place.load().unwrap();

    let set: serde_json::Value = serde_json::from_str(&keys.key_set(MADE)).unwrap();

    let members: Vec<String> = set["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| {
            let names: Vec<_> = key.as_object().unwrap().keys().cloned().collect();
            format!("{} {} {}", key["alg"], key["use"], names.join(" "))
        })
        .collect();
    assert_eq!(
        members,
        [
            r#""RS256" "sig" alg e kid kty n use"#,
            r#""ES256" "sig" alg crv kid kty use x y"#,
            r#""EdDSA" "sig" alg crv kid kty use x"#,
        ]
    );
}

#[test]
fn a_new_key_is_published_before_it_signs_and_the_old_one_after() {
    let place = Place::new();
    let now = MADE.plus(DAY * 100);
    let old = place.load().unwrap();
    let old = old
        .signing(TokenAlgorithm::Es256, now)
        .unwrap()
        .id()
        .to_owned();

    let rotated = TokenKeys::rotate(&place.directory, TokenAlgorithm::Es256, now).unwrap();

    assert_eq!(rotated.begins, Some(now.plus(DAY)));
    assert_eq!(rotated.ends, Some(now.plus(DAY * 8)));
    let keys = place.load().unwrap();
    let signs_old = |now| keys.signing(TokenAlgorithm::Es256, now).unwrap().id() == old;
    let published = |now| keys.published(now).len();
    let before = now.plus(DAY).minus(Duration::from_secs(1));
    assert_eq!((signs_old(now), published(now)), (true, 4));
    assert_eq!((signs_old(before), published(before)), (true, 4));
    assert_eq!(
        (signs_old(now.plus(DAY)), published(now.plus(DAY))),
        (false, 4)
    );
    assert_eq!(
        published(now.plus(DAY * 8).minus(Duration::from_secs(1))),
        4
    );
    assert_eq!(published(now.plus(DAY * 8)), 3);
    assert!(signs_old(MADE));
}

#[test]
fn a_retired_key_is_removed_when_it_is_no_longer_published() {
    let place = Place::new();
    let now = MADE.plus(DAY * 100);
    TokenKeys::rotate(&place.directory, TokenAlgorithm::Es256, now).unwrap();
    let remove = |now| TokenKeys::remove_retired(&place.directory, now).unwrap();

    assert_eq!(
        remove(now.plus(DAY * 8).minus(Duration::from_secs(1))),
        Vec::<PathBuf>::new()
    );
    assert_eq!(remove(now.plus(DAY * 8)), [place.file(ES256)]);
    assert!(place.load().is_ok());
}

#[test]
fn a_second_rotation_waits_for_the_first() {
    let place = Place::new();
    let rotate = |now| TokenKeys::rotate(&place.directory, TokenAlgorithm::EdDsa, now);
    rotate(MADE).unwrap();

    let too_early = rotate(MADE.plus(DAY)).unwrap_err();

    assert!(
        matches!(too_early, TokenKeysError::Waits { .. }),
        "{too_early}"
    );
    // The first was made in the second of the key before it, and so has the name of the next.
    assert!(rotate(MADE.plus(DAY + Duration::from_secs(1))).is_ok());
}

#[test]
fn a_key_from_the_future_is_not_hidden_by_another() {
    let place = Place::new();

    let error = TokenKeys::rotate(&place.directory, TokenAlgorithm::Es256, MADE.minus(DAY));

    let error = error.unwrap_err();
    assert!(
        matches!(error, TokenKeysError::FromTheFuture { .. }),
        "{error}"
    );
    assert_eq!(TokenKeys::files(&place.directory).unwrap().len(), 4);
}

#[test]
fn a_name_follows_from_the_key_and_the_address_alone() {
    let (one, other) = (Place::new(), Place::new());
    let now = MADE.plus(DAY * 100);
    for algorithm in TokenAlgorithm::ALL.into_iter().skip(1) {
        TokenKeys::rotate(&other.directory, algorithm, now).unwrap();
    }
    let (one, other) = (one.load().unwrap(), other.load().unwrap());
    let alice = address("alice@example.org");

    assert_eq!(one.subject(&alice), other.subject(&alice));
    assert_eq!(one.subject(&alice).len(), 43);
    assert_eq!(
        one.subject(&alice),
        one.subject(&address("Alice@EXAMPLE.org"))
    );
    assert_eq!(
        one.pairwise("site.example", &alice),
        other.pairwise("site.example", &address("ALICE@example.org"))
    );
}

#[test]
fn another_address_another_sector_and_another_key_have_another_name() {
    let (place, other) = (Place::new(), Place::new());
    fs::write(other.file(SUBJECT), "A".repeat(43)).unwrap();
    let (keys, other) = (place.load().unwrap(), other.load().unwrap());
    let alice = address("alice@example.org");
    let bob = address("bob@example.org");

    let names = BTreeSet::from([
        keys.subject(&alice),
        keys.subject(&bob),
        keys.pairwise("site.example", &alice),
        keys.pairwise("site.example", &bob),
        keys.pairwise("other.example", &alice),
        keys.pairwise("", &alice),
        other.subject(&alice),
        other.pairwise("site.example", &alice),
    ]);

    assert_eq!(names.len(), 8);
}

#[test]
fn a_known_key_gives_known_names() {
    let place = Place::new();
    fs::write(place.file(SUBJECT), format!("{}\n", "A".repeat(43))).unwrap();
    let keys = place.load().unwrap();
    let alice = address("alice@example.org");

    // HMAC-SHA256 under 32 zeros; another answer would make everybody somebody new.
    assert_eq!(
        keys.subject(&alice),
        "z7yg5qnobjAGcMx_2nQP4ObfUWuGGXg7BoZMtRkrjuI"
    );
    assert_eq!(
        keys.pairwise("site.example", &alice),
        "xO4F7FN3O33PVt1UpP98NsraVRqDKQTeVNNS_UjJTZY"
    );
}

#[test]
fn a_link_in_the_place_of_a_key_is_not_followed() {
    for name in [RS256, SUBJECT] {
        let place = Place::new();
        let elsewhere = place.file("elsewhere");
        fs::rename(place.file(name), &elsewhere).unwrap();
        symlink(&elsewhere, place.file(name)).unwrap();

        assert_eq!(
            place.trouble(),
            format!(
                "{name} is no plain file, and links are not followed; put the file itself in the place of {name}"
            )
        );
    }
}

#[test]
fn a_link_is_not_written_through() {
    let folder = TempDir::new().unwrap();
    let directory = folder.path().join("oidc");
    fs::create_dir(&directory).unwrap();
    let victim = folder.path().join("victim");
    symlink(&victim, directory.join(ES256)).unwrap();
    symlink(&victim, directory.join(SUBJECT)).unwrap();

    TokenKeys::make_missing(&directory, None, MADE).unwrap();

    assert!(!victim.exists());
    let loaded = TokenKeys::load(&directory, &originals().certificates);
    assert!(matches!(loaded, Err(TokenKeysError::NotAFile { .. })));
}

#[test]
fn a_link_that_is_removed_does_not_take_its_target_along() {
    let place = Place::new();
    let victim = place.file("victim");
    fs::write(&victim, "something else").unwrap();
    symlink(&victim, place.file("es256-20200101T000000Z.pem")).unwrap();

    let removed = TokenKeys::remove_retired(&place.directory, MADE.plus(DAY * 9)).unwrap();

    assert_eq!(removed, [place.file("es256-20200101T000000Z.pem")]);
    assert_eq!(fs::read_to_string(victim).unwrap(), "something else");
}

#[test]
fn the_key_of_certificates_signs_no_token() {
    let place = Place::new();
    let certificates = Keyring::file_in(originals().folder.path());
    fs::copy(certificates, place.file("rs256-20200101T000000Z.pem")).unwrap();

    assert_eq!(
        place.trouble(),
        "rs256-20200101T000000Z.pem is the key that signs certificates, which must not sign tokens; rm 'rs256-20200101T000000Z.pem', then persona setup"
    );
}

#[test]
fn a_key_of_names_of_another_length_is_refused() {
    for text in [
        "",
        "\n",
        &"A".repeat(42),
        &"A".repeat(44),
        &"A".repeat(86),
        &"é".repeat(43),
        &format!("{}=", "A".repeat(43)),
        &format!("{}\n{}", "A".repeat(20), "A".repeat(23)),
    ] {
        let place = Place::new();
        fs::write(place.file(SUBJECT), text).unwrap();

        let error = place.load().unwrap_err();

        assert!(
            matches!(error, TokenKeysError::UnfitSubject { .. }),
            "{text:?}: {error}"
        );
    }
}

#[test]
fn what_is_no_key_for_its_name_is_refused() {
    let from = Place::new();
    let read = |name: &str| fs::read_to_string(from.file(name)).unwrap();
    for text in [
        String::new(),
        "no key".to_owned(),
        read(RS256),
        read(SUBJECT),
        read(ES256).replace("PRIVATE KEY", "EC PRIVATE KEY"),
        read(ES256).replace("-----END PRIVATE KEY-----", ""),
    ] {
        let place = Place::new();
        fs::write(place.file(ES256), &text).unwrap();

        assert_eq!(
            place.trouble(),
            format!(
                "{ES256} holds no private key for ES256 (PKCS #8, without passphrase); go back to a backup of it, or move {ES256} away and run `persona setup`"
            )
        );
    }
}

#[test]
fn a_lost_key_of_names_is_not_made_anew() {
    let place = Place::new();
    fs::remove_file(place.file(SUBJECT)).unwrap();

    let made = TokenKeys::make_missing(&place.directory, None, MADE);
    let rotated = TokenKeys::rotate(&place.directory, TokenAlgorithm::Es256, MADE.plus(DAY));

    assert!(matches!(made, Err(TokenKeysError::NoSubject { .. })));
    assert!(matches!(rotated, Err(TokenKeysError::NoSubject { .. })));
    assert!(matches!(
        place.load(),
        Err(TokenKeysError::NoSubject { .. })
    ));
    assert_eq!(TokenKeys::files(&place.directory).unwrap().len(), 3);
}

#[test]
fn without_any_key_there_is_nothing_to_rotate() {
    let folder = TempDir::new().unwrap();
    let directory = folder.path().join("oidc");

    let rotated = TokenKeys::rotate(&directory, TokenAlgorithm::Es256, MADE);
    let loaded = TokenKeys::load(&directory, &originals().certificates);

    assert!(matches!(rotated, Err(TokenKeysError::NoKeys { .. })));
    assert!(matches!(loaded, Err(TokenKeysError::NoKeys { .. })));
    assert!(!directory.exists());
}

#[test]
fn whoever_else_may_read_or_change_a_key_is_found() {
    for (name, mode, problem) in [
        (RS256, 0o604, Problem::OthersMayRead { mode: 0o604 }),
        (RS256, 0o602, Problem::OthersMayWrite { mode: 0o602 }),
        (RS256, 0o620, Problem::GroupMayWrite { mode: 0o620 }),
        (RS256, 0o640, Problem::GroupMayRead { mode: 0o640 }),
        (SUBJECT, 0o640, Problem::GroupMayRead { mode: 0o640 }),
        (SUBJECT, 0o604, Problem::OthersMayRead { mode: 0o604 }),
    ] {
        let place = Place::new();
        fs::set_permissions(place.file(name), Permissions::from_mode(mode)).unwrap();

        let findings = TokenKeys::findings(&place.directory);

        let seen: Vec<_> = findings
            .iter()
            .map(|found| (&found.path, found.problem))
            .collect();
        assert_eq!(seen, [(&place.file(name), problem)]);
    }
}

#[test]
fn the_group_of_the_directory_may_read_what_is_in_it() {
    let place = Place::new();
    fs::set_permissions(&place.directory, Permissions::from_mode(0o750)).unwrap();
    for file in TokenKeys::files(&place.directory).unwrap() {
        fs::set_permissions(file, Permissions::from_mode(0o640)).unwrap();
    }

    assert_eq!(TokenKeys::findings(&place.directory), Vec::new());

    let rotated = TokenKeys::rotate(&place.directory, TokenAlgorithm::EdDsa, MADE.plus(DAY));
    assert_eq!(mode(&rotated.unwrap().path), 0o640);
}

#[test]
fn the_key_of_names_goes_along_to_a_new_directory_and_replaces_none() {
    let (from, folder) = (Place::new(), TempDir::new().unwrap());
    let to = folder.path();
    let text = fs::read_to_string(from.file(SUBJECT)).unwrap();

    let kept = keep_subject(&from.directory, to, None).unwrap();

    assert_eq!(kept, Some(to.join(SUBJECT)));
    assert_eq!(fs::read_to_string(to.join(SUBJECT)).unwrap(), text);
    fs::write(to.join(SUBJECT), "another").unwrap();
    keep_subject(&from.directory, to, None).unwrap();
    assert_eq!(fs::read_to_string(to.join(SUBJECT)).unwrap(), "another");
    assert!(
        keep_subject(&folder.path().join("nowhere"), to, None)
            .unwrap()
            .is_none()
    );
}
