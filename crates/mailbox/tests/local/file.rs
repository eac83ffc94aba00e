//! What a password file says while it is there, changes, is being written, or is none.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;
use std::time::Duration;

use mailbox::PasswordCheck;
use tempfile::TempDir;
use tokio::time::Instant;

use super::{answer, open};

/// bcrypt of `correct horse` at cost 4, by htpasswd.
const RIGHT: &str = "$2y$04$7DlpcBiaxEtxDKlxH47Q.Ow7vKBuKytUtrYVtuQzET93wkegJBJtm";
/// bcrypt of `battery staple` at cost 4, by htpasswd.
const OTHER: &str = "$2y$04$lkGC/SMS/E3FT7dudDKJgeH5/jXdZdM2tIqt8JIJfuEOlQ1CX1kn6";

/// A folder with a password file, and the backend that reads it.
struct Users {
    _folder: TempDir,
    path: PathBuf,
    check: Arc<dyn PasswordCheck>,
}

impl Users {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let check = open(&format!("file:{}", path.display()));
        Self {
            _folder: folder,
            path,
            check,
        }
    }

    async fn answer(&self, local: &str, typed: &str) -> String {
        answer(&*self.check, local, typed).await
    }
}

#[tokio::test]
async fn a_change_counts_at_the_next_question() {
    let users = Users::new(&format!("alice:{RIGHT}\n"));
    assert_eq!(users.answer("alice", "correct horse").await, "opens");
    let modified = fs::metadata(&users.path).unwrap().modified().unwrap();

    // In place, as long as before, and with the old time: as somebody might do who restores a copy.
    fs::write(&users.path, format!("alice:{OTHER}\n")).unwrap();
    let file = File::options().write(true).open(&users.path).unwrap();
    file.set_modified(modified).unwrap();
    assert_eq!(
        users.answer("alice", "correct horse").await,
        "refused: password-mismatch"
    );
    assert_eq!(users.answer("alice", "battery staple").await, "opens");

    // As another file under the name of the old, without her.
    let new = users.path.with_extension("new");
    fs::write(&new, format!("bob:{RIGHT}\n")).unwrap();
    fs::rename(&new, &users.path).unwrap();
    assert_eq!(
        users.answer("alice", "battery staple").await,
        "refused: user-unknown"
    );
    assert_eq!(users.answer("bob", "correct horse").await, "opens");
}

#[tokio::test]
async fn a_file_that_is_gone_cannot_tell_and_what_it_said_is_forgotten() {
    let users = Users::new(&format!("alice:{RIGHT}\n"));
    assert_eq!(users.answer("alice", "correct horse").await, "opens");

    fs::remove_file(&users.path).unwrap();

    assert_eq!(
        users.answer("alice", "correct horse").await,
        "cannot tell: password-file"
    );
    assert_eq!(
        users.answer("alice", "x").await,
        "cannot tell: password-file"
    );
    assert_eq!(
        users.answer("nobody", "x").await,
        "cannot tell: password-file"
    );
    fs::write(&users.path, format!("alice:{OTHER}\n")).unwrap();
    assert_eq!(users.answer("alice", "battery staple").await, "opens");
}

#[tokio::test]
async fn what_is_no_password_file_cannot_tell() {
    let users = Users::new("");
    let endless = "x".repeat(16 * 1024 * 1024);
    let binary: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
    for (what, content) in [
        ("empty", b"".as_slice()),
        ("comments alone", b"# nobody yet\n\n"),
        ("an endless line", endless.as_bytes()),
        ("binary", &binary),
    ] {
        fs::write(&users.path, content).unwrap();
        assert_eq!(
            users.answer("alice", "x").await,
            "cannot tell: password-file",
            "{what}"
        );
        assert!(users.check.probe().await.is_err(), "{what}");
    }
    File::create(&users.path)
        .unwrap()
        .set_len(17 * 1024 * 1024)
        .unwrap();
    assert_eq!(
        users.answer("alice", "x").await,
        "cannot tell: password-file",
        "too large"
    );
    fs::remove_file(&users.path).unwrap();
    fs::create_dir(&users.path).unwrap();
    assert_eq!(
        users.answer("alice", "x").await,
        "cannot tell: password-file",
        "a folder"
    );
    fs::remove_dir(&users.path).unwrap();
    let made = process::Command::new("mkfifo")
        .arg(&users.path)
        .status()
        .unwrap();
    assert!(made.success());
    assert_eq!(
        users.answer("alice", "x").await,
        "cannot tell: password-file",
        "a pipe"
    );
    let endless = open("file:/dev/zero");
    assert_eq!(
        answer(&*endless, "alice", "x").await,
        "cannot tell: password-file"
    );
}

#[tokio::test]
async fn an_entry_that_cannot_be_used_is_that_users_trouble_alone() {
    let users = Users::new(&format!(
        "alice:{RIGHT}\ndes:L9i/b4Tok7ldo\ncut:$2y$04$7Dlpc\nlocked:!{RIGHT}\n"
    ));

    for (local, expected) in [
        ("alice", "opens"),
        ("des", "cannot tell: password-file"),
        ("cut", "cannot tell: password-file"),
        ("locked", "refused: user-disabled"),
        ("nobody", "refused: user-unknown"),
    ] {
        assert_eq!(
            users.answer(local, "correct horse").await,
            expected,
            "{local}"
        );
    }
}

#[tokio::test]
async fn answers_to_many_at_once_are_not_mixed_up() {
    let users = Users::new(&format!("alice:{RIGHT}\nbob:{OTHER}\n"));
    let asked = (0..100).map(|number| {
        let check = Arc::clone(&users.check);
        tokio::spawn(async move {
            let (local, typed, expected) = match number % 4 {
                0 => ("alice", "correct horse", "opens"),
                1 => ("alice", "battery staple", "refused: password-mismatch"),
                2 => ("bob", "battery staple", "opens"),
                _ => ("carol", "correct horse", "refused: user-unknown"),
            };
            (answer(&*check, local, typed).await, expected)
        })
    });

    let mut answered = 0;
    for asked in asked.collect::<Vec<_>>() {
        let (answer, expected) = asked.await.unwrap();
        if answer != "cannot tell: busy" {
            assert_eq!(answer, expected);
            answered += 1;
        }
    }
    assert!(
        answered >= 17,
        "one processor does one and lets sixteen wait"
    );
}

#[tokio::test]
async fn a_stranger_costs_as_much_as_a_wrong_password() {
    // Cost 9: some thirty milliseconds, where looking somebody up takes a few microseconds.
    let costly = RIGHT.replace("$04$", "$09$");
    let users = Users::new(&format!("alice:{costly}\nbob:{costly}\nlocked:!\n"));
    let mut least = [Duration::MAX; 3];

    for _ in 0..5 {
        for (least, local) in least.iter_mut().zip(["alice", "nobody", "locked"]) {
            let begun = Instant::now();
            assert!(users.answer(local, "x").await.starts_with("refused"));
            *least = begun.elapsed().min(*least);
        }
    }

    let [wrong, stranger, locked] = least;
    assert!(stranger > wrong / 3, "{stranger:?} {wrong:?}");
    assert!(locked > wrong / 3, "{locked:?} {wrong:?}");
}

#[tokio::test]
async fn open_modes_and_odd_lines_are_remarked_without_a_word_of_the_hashes() {
    let users = Users::new(&format!("alice:{RIGHT}\nbob:hunter2\n"));
    let seen = async |mode| {
        fs::set_permissions(&users.path, Permissions::from_mode(mode)).unwrap();
        let remarks = users.check.remarks().await.into_iter();
        remarks
            .map(|remark| (remark.reason, remark.seen))
            .collect::<Vec<_>>()
    };
    let path: &Path = &users.path;

    let line = (
        "line",
        format!(
            "{}: line 2 is traditional DES crypt or plain text, and neither is read: set this password \
             again, for instance with htpasswd -B",
            path.display()
        ),
    );
    let mode = |what: &str| ("mode", format!("{} can be {what}", path.display()));
    assert_eq!(seen(0o640).await, std::slice::from_ref(&line));
    assert_eq!(
        seen(0o644).await,
        [mode("read by everybody on this machine"), line.clone()]
    );
    assert_eq!(
        seen(0o660).await,
        [mode("changed by others than its owner"), line.clone()]
    );
    let shown = format!("{:?}", users.check);
    assert!(
        !shown.contains("7Dlpc") && !shown.contains("hunter2"),
        "{shown}"
    );
    assert_eq!(
        users.check.probe().await.unwrap().mechanisms,
        ["bcrypt (1)"]
    );
}
