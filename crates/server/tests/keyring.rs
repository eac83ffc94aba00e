//! The key on disk, as OpenSSL and OpenSSH write it and as we make it.

#![cfg(test)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Barrier;
use std::thread;

use protocol::jose::PublicKey;
use server::keyring::{Finding, Generated, Keyring, KeyringError, Problem, Unfit};
use tempfile::TempDir;

#[test]
fn one_key_in_three_forms_is_one_key() {
    for form in FORMS {
        let place = Place::with(fixture(form));

        let keyring = Keyring::load(&place.keys).unwrap();

        assert_eq!(keyring.public_key().to_browserid()["n"], MODULUS, "{form}");
        assert_eq!(keyring.path(), place.key());
    }
}

#[test]
fn every_form_signs_what_its_public_half_verifies() {
    for form in FORMS {
        let place = Place::with(fixture(form));
        let keyring = Keyring::load(&place.keys).unwrap();

        let signature = keyring.signer().sign(b"a message").unwrap();

        let public_key = keyring.public_key();
        public_key.verify(b"a message", &signature).unwrap();
        assert!(public_key.verify(b"a massage", &signature).is_err());
    }
}

#[test]
fn white_space_around_a_key_does_not_matter() {
    for form in FORMS {
        let text = fixture(form).replace('\n', " \t\r\n");
        let place = Place::with(format!("\n{text}\n \n\t\r\n"));

        let keyring = Keyring::load(&place.keys).unwrap();

        assert_eq!(keyring.public_key().to_browserid()["n"], MODULUS, "{form}");
    }
}

#[test]
fn what_is_no_key_for_us_is_refused_with_its_reason() {
    for (name, reason) in [
        ("rsa-1024.pkcs8.pem", Unfit::Size(1024)),
        ("rsa-1024.pkcs1.pem", Unfit::Size(1024)),
        ("rsa-1024.openssh.pem", Unfit::Size(1024)),
        ("rsa-3072.pkcs8.pem", Unfit::Size(3072)),
        ("ec-p256.pkcs8.pem", Unfit::NotRsa),
        ("ec-p256.sec1.pem", Unfit::NotRsa),
        ("ed25519.openssh.pem", Unfit::NotRsa),
        ("rsa-2048.pkcs8-encrypted.pem", Unfit::Locked),
        ("rsa-2048.pkcs1-encrypted.pem", Unfit::Locked),
        ("rsa-2048.openssh-encrypted.pem", Unfit::LockedByOpenSsh),
        ("rsa-2048.public.pem", Unfit::NoPrivateKey),
    ] {
        let place = Place::with(fixture(name));

        assert_eq!(place.unfit(), reason, "{name}");
    }
}

#[test]
fn a_damaged_key_is_never_loaded() {
    for (form, lines_beside_the_key) in FORMS.into_iter().zip([0, 0, 1]) {
        let whole = fixture(form);
        let lines: Vec<_> = whole.lines().collect();
        let mut loaded = 0;

        // Each line of the content once changed: every part of the key has its turn.
        for number in 1..lines.len() - 1 {
            let mut lines = lines.clone();
            let changed: String = lines[number].chars().rev().collect();
            lines[number] = &changed;
            let place = Place::with(lines.join("\n"));
            loaded += usize::from(Keyring::load(&place.keys).is_ok());
        }

        assert!(loaded <= lines_beside_the_key, "{form}: {loaded}");
    }
}

#[test]
fn texts_that_are_no_key_are_refused() {
    for text in ["", "hello", "\0\u{1}\u{2}", "-----BEGIN PRIVATE KEY-----"] {
        assert_eq!(Place::with(text).unfit(), Unfit::NoPrivateKey, "{text:?}");
    }
    let place = Place::with([0xff, 0xfe]);
    assert_eq!(place.unfit(), Unfit::NoPrivateKey);
}

#[test]
fn a_refusal_names_the_file_and_the_way_out() {
    let place = Place::with(fixture("rsa-2048.openssh-encrypted.pem"));

    let refusal = Keyring::load(&place.keys).unwrap_err();

    assert_eq!(
        refusal.to_string(),
        format!(
            "the key {} is locked with a passphrase; take that off with: \
             ssh-keygen -p -N '' -f browserid.pem",
            place.key().display()
        )
    );
}

#[test]
fn without_a_key_the_refusal_says_who_makes_one() {
    let place = Place::new();

    let refusal = Keyring::load(&place.keys).unwrap_err();

    assert_eq!(
        refusal.to_string(),
        format!(
            "there is no key {}; `persona setup` makes one",
            place.key().display()
        )
    );
}

#[test]
fn a_new_key_is_loaded_again() {
    let place = Place::new();

    let new = Keyring::generate(&place.keys, None).unwrap();

    let Generated::New(new) = new else {
        panic!("{new:?}")
    };
    let loaded = Keyring::load(&place.keys).unwrap();
    assert_eq!(loaded.public_key(), new.public_key());
    assert!(place.text().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(place.text().ends_with("\n-----END PRIVATE KEY-----\n"));
}

#[test]
fn a_new_key_is_for_its_owner_alone() {
    let place = Place::new();

    Keyring::generate(&place.keys, None).unwrap();

    assert_eq!(mode(&place.keys), 0o700);
    assert_eq!(mode(&place.key()), 0o600);
    assert_eq!(Keyring::findings(&place.keys), []);
}

#[test]
fn a_new_key_may_be_read_by_the_group_that_was_named() {
    let place = Place::new();
    let group = place.group_to_give_to();

    Keyring::generate(&place.keys, Some(group)).unwrap();

    assert_eq!(mode(&place.keys), 0o750);
    assert_eq!(mode(&place.key()), 0o640);
    assert_eq!(fs::metadata(&place.keys).unwrap().gid(), group);
    assert_eq!(fs::metadata(place.key()).unwrap().gid(), group);
    assert_eq!(Keyring::findings(&place.keys), []);
}

#[test]
fn the_modes_are_the_same_when_the_user_hides_nothing() {
    for fact in [
        "a_new_key_is_for_its_owner_alone",
        "a_new_key_may_be_read_by_the_group_that_was_named",
    ] {
        let output = Command::new("/bin/sh")
            .args(["-c", "umask 0000 && exec \"$0\" --exact \"$1\""])
            .arg(std::env::current_exe().unwrap())
            .arg(fact)
            .output()
            .unwrap();

        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("test result: ok. 1 passed"), "{said}");
    }
}

#[test]
fn a_key_is_never_overwritten() {
    for old in [
        fixture("rsa-2048.openssh.pem"),
        fixture("rsa-1024.pkcs8.pem"),
        String::new(),
    ] {
        let place = Place::with(&old);
        fs::set_permissions(place.key(), Permissions::from_mode(0o604)).unwrap();

        let outcome = Keyring::generate(&place.keys, None);

        assert!(!matches!(outcome, Ok(Generated::New(_))));
        assert_eq!(place.text(), old);
        assert_eq!(mode(&place.key()), 0o604);
        assert_eq!(place.files(), ["browserid.pem"]);
    }
}

#[test]
fn a_good_key_is_kept() {
    let place = Place::with(fixture("rsa-2048.pkcs1.pem"));

    let outcome = Keyring::generate(&place.keys, None).unwrap();

    let Generated::Kept(kept) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(kept.public_key().to_browserid()["n"], MODULUS);
}

#[test]
fn a_link_to_nowhere_is_not_followed_to_make_a_key_there() {
    let place = Place::with("");
    fs::remove_file(place.key()).unwrap();
    let elsewhere = place.directory.path().join("elsewhere");
    std::os::unix::fs::symlink(&elsewhere, place.key()).unwrap();

    let outcome = Keyring::generate(&place.keys, None);

    assert!(matches!(outcome, Err(KeyringError::NoKey { .. })));
    assert!(!elsewhere.exists());
}

#[test]
fn many_at_once_make_one_key() {
    let place = Place::new();
    let start = Barrier::new(6);

    let made: Vec<Generated> = thread::scope(|scope| {
        let make = || {
            start.wait();
            Keyring::generate(&place.keys, None).unwrap()
        };
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(make)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });

    let new = made.iter().filter(|one| matches!(one, Generated::New(_)));
    assert_eq!(new.count(), 1);
    let keys: Vec<PublicKey> = made
        .into_iter()
        .map(|one| one.into_keyring().public_key().clone())
        .collect();
    assert!(keys.iter().all(|key| *key == keys[0]));
    assert_eq!(place.files(), ["browserid.pem"]);
}

#[test]
fn the_key_itself_is_in_no_debug_output() {
    let place = Place::with(fixture("rsa-2048.pkcs8.pem"));

    let shown = format!("{:?}", Keyring::load(&place.keys).unwrap());

    assert!(shown.len() < 300, "{shown}");
    for line in place.text().lines().skip(1) {
        assert!(!shown.contains(line));
    }
}

#[test]
fn modes_that_let_others_in_are_found() {
    let place = Place::with(fixture("rsa-2048.pkcs8.pem"));
    let read = |mode| Some((place.key(), Problem::OthersMayRead { mode }));
    let changed = |path: &Path, mode| Some((path.to_owned(), Problem::OthersMayWrite { mode }));
    let shared = |path: &Path, mode| Some((path.to_owned(), Problem::GroupMayWrite { mode }));
    for (keys, key, found) in [
        (0o700, 0o600, None),
        (0o750, 0o640, None),
        (0o755, 0o400, None),
        (0o755, 0o644, read(0o644)),
        (0o700, 0o602, changed(&place.key(), 0o602)),
        (0o700, 0o660, shared(&place.key(), 0o660)),
        (0o777, 0o600, changed(&place.keys, 0o777)),
        (0o770, 0o600, shared(&place.keys, 0o770)),
    ] {
        fs::set_permissions(&place.keys, Permissions::from_mode(keys)).unwrap();
        fs::set_permissions(place.key(), Permissions::from_mode(key)).unwrap();

        let findings: Vec<_> = found
            .into_iter()
            .map(|(path, problem)| Finding { path, problem })
            .collect();
        assert_eq!(Keyring::findings(&place.keys), findings);
    }
}

#[test]
fn a_key_of_somebody_else_is_found_and_said_in_a_line() {
    let place = Place::with(fixture("rsa-2048.pkcs8.pem"));
    fs::set_permissions(place.key(), Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(&place.keys, Permissions::from_mode(0o700)).unwrap();
    let owner = fs::metadata(&place.keys).unwrap().uid();
    // Only root can make this situation; for others the key is their own, and nothing is found.
    let given = chown(place.key(), Some(54321), None).is_ok();

    let findings = Keyring::findings(&place.keys);

    let said: Vec<_> = findings
        .iter()
        .map(|finding| (finding.to_string(), finding.remedy()))
        .collect();
    let key = place.key().display().to_string();
    let expected = (
        format!("{key} belongs to user 54321, and its directory to {owner}"),
        format!("chown {owner} '{key}'"),
    );
    assert_eq!(said, Vec::from_iter(given.then_some(expected)));
}

#[test]
fn what_is_not_there_is_no_finding() {
    assert_eq!(Keyring::findings(&Place::new().keys), []);
}

/// A directory for keys that is not there yet, in a directory that goes with it.
struct Place {
    directory: TempDir,
    keys: PathBuf,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let keys = directory.path().join("keys");
        Self { directory, keys }
    }

    fn with(text: impl AsRef<[u8]>) -> Self {
        let place = Self::new();
        fs::create_dir(&place.keys).unwrap();
        fs::write(place.key(), text).unwrap();
        place
    }

    fn key(&self) -> PathBuf {
        self.keys.join("browserid.pem")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.key()).unwrap()
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.keys).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    fn unfit(&self) -> Unfit {
        let outcome = Keyring::load(&self.keys);
        let Err(KeyringError::Unfit { unfit, .. }) = outcome else {
            panic!("{outcome:?}")
        };
        unfit
    }

    /// Root gives to any group, others only to one of their own.
    fn group_to_give_to(&self) -> u32 {
        let us = fs::metadata(self.directory.path()).unwrap();
        if us.uid() == 0 { 54321 } else { us.gid() }
    }
}

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/keys");
    fs::read_to_string(path.join(name)).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

const FORMS: [&str; 3] = [
    "rsa-2048.pkcs8.pem",
    "rsa-2048.pkcs1.pem",
    "rsa-2048.openssh.pem",
];

/// The modulus of that key in decimal, as OpenSSL and a calculator say.
const MODULUS: &str = "209028776912132210977619697575077049120504533998411561591561167294314861219709677029727749\
    818561261620725709366216026078311844170596072991489676241056816402750393273931777408282197\
    678035806440949321206846876700523025185579154274657460947786497220315249458958793242233713\
    828970846200703433117849113590681495768312216802380601404177636922620260269145523920960150\
    189268639911289756063180632892352552249298987116075111750816547899374788752885439530314637\
    753414559843467135682641595119635853113492290229113477868719887910098383063758788113551313\
    44351664889615206476455164878136172947494814691626228650058257479841196941441";
