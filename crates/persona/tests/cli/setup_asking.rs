//! `persona setup` at a terminal: it asks for what is missing, and offers what was so before.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::program::Folder;
use crate::setup::own_group;

#[test]
fn it_asks_for_what_is_missing() {
    let folder = Folder::new();
    let mut terminal = Terminal::run(set_up(&folder, &[]));

    terminal.answer("Mail domains to vouch for:", "exa mple..org");
    terminal.answer("Mail domains to vouch for:", "example.org example.net");
    terminal.answer(
        "Mail server of example.org [smtps://mail.example.org]:",
        "smtps://mx.example.org",
    );
    terminal.answer(
        "Mail server of example.net [smtps://mx.example.org:465]:",
        "",
    );
    terminal.answer(
        "Web origin where people sign in [https://id.example.org]:",
        "https://login.example.org",
    );

    let (status, said) = terminal.end();
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("mple..org: not a domain name"), "{said}");
    let settings = folder.read("secrets/persona.toml");
    for line in [
        "issuer = \"https://login.example.org\"",
        "name = \"example.org\"",
        "name = \"example.net\"",
        "mailbox = \"smtps://mx.example.org:465\"",
    ] {
        assert!(settings.contains(line), "{settings}");
    }
}

#[test]
fn what_the_flags_say_is_not_asked() {
    let folder = Folder::new();
    let flags = ["-w", "https://www.example.org", "-i", "https://example.org"];
    let mut terminal = Terminal::run(set_up(&folder, &flags));

    terminal.answer("Mail server of example.org [smtps://mail.example.org]:", "");

    let (status, said) = terminal.end();
    assert_eq!(status, Some(0), "{said}");
    assert!(
        said.contains("the domain is example.org, that of --website"),
        "{said}"
    );
}

#[test]
fn the_former_answers_are_offered_when_all_is_redone() {
    let folder = Folder::new();
    let first = [
        "-d",
        "example.org",
        "-m",
        "smtp://127.0.0.1:2525",
        "-i",
        "https://login.example.org",
    ];
    let told = folder.told(&set_up(&folder, &first).output().unwrap());
    assert!(told.starts_with("exit 0"), "{told}");
    let former = folder.read("secrets/persona.toml");
    let mut terminal = Terminal::run(set_up(&folder, &["--restart"]));

    terminal.answer("Mail domains to vouch for [example.org]:", "");
    terminal.answer("Mail server of example.org [smtp://127.0.0.1:2525]:", "");
    terminal.answer(
        "Web origin where people sign in [https://login.example.org]:",
        "",
    );

    let (status, said) = terminal.end();
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(folder.read("secrets/persona.toml"), former);
}

#[test]
fn an_installation_that_is_there_is_not_asked_about() {
    let folder = Folder::new();
    let first = ["-d", "example.org", "-m", "smtps://mail.example.org"];
    let told = folder.told(&set_up(&folder, &first).output().unwrap());
    assert!(told.starts_with("exit 0"), "{told}");

    let (status, said) = Terminal::run(set_up(&folder, &[])).end();

    assert_eq!(status, Some(0), "{said}");
    assert!(!said.contains("Mail"), "{said}");
}

#[test]
#[should_panic(expected = "nothing more in 10ms")]
fn a_program_that_asks_for_something_else_is_not_waited_for_without_end() {
    let mut terminal = Terminal::run(Command::new("cat"));
    terminal.patience = Duration::from_millis(10);

    terminal.answer("Anything:", "");
}

/// A program at a terminal of its own. It is stopped when nobody listens any more.
struct Terminal {
    child: Child,
    /// What is typed goes there.
    keyboard: File,
    /// What the program says comes from there, as long as it runs.
    screen: Receiver<String>,
    /// How long it may say nothing.
    patience: Duration,
    said: String,
    /// What of that came after the last that was waited for.
    unread: String,
}

impl Terminal {
    fn run(mut command: Command) -> Self {
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&screen).unwrap();
        unlockpt(&screen).unwrap();
        let name = ptsname(&screen, Vec::new()).unwrap();
        let line = OpenOptions::new()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap())
            .unwrap();
        let child = command
            .stdin(line.try_clone().unwrap())
            .stdout(line.try_clone().unwrap())
            .stderr(Stdio::from(line))
            .spawn()
            .unwrap();
        let keyboard = File::from(screen);
        Self {
            child,
            screen: listen(keyboard.try_clone().unwrap()),
            keyboard,
            patience: PATIENCE,
            said: String::new(),
            unread: String::new(),
        }
    }

    /// Waits for a question and types the answer, which the terminal shows on the same line.
    fn answer(&mut self, question: &str, text: &str) {
        let question = format!("{question} ");
        self.hear_until(&question);
        self.keyboard
            .write_all(format!("{text}\n").as_bytes())
            .unwrap();
        self.hear_until(&format!("{text}\n"));
    }

    fn hear_until(&mut self, words: &str) {
        loop {
            if let Some((_, rest)) = self.unread.split_once(words) {
                self.unread = rest.to_owned();
                return;
            }
            assert!(self.hear(), "no {words:?} in {:?}", self.said);
        }
    }

    /// Waits for more; false when the program has gone.
    fn hear(&mut self) -> bool {
        let text = match self.screen.recv_timeout(self.patience) {
            Ok(text) => text,
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => {
                panic!("nothing more in {:?} after {:?}", self.patience, self.said)
            }
        };
        self.said.push_str(&text);
        self.unread.push_str(&text);
        true
    }

    fn end(mut self) -> (Option<i32>, String) {
        while self.hear() {}
        let status = self.child.wait().unwrap();
        (status.code(), std::mem::take(&mut self.said))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Reads a terminal to its end, which is an error when its program has ended.
fn listen(mut screen: File) -> Receiver<String> {
    let (said, heard) = channel();
    std::thread::spawn(move || {
        let mut octets = [0; 4096];
        while let Ok(count @ 1..) = screen.read(&mut octets) {
            let text = String::from_utf8_lossy(&octets[..count]).replace('\r', "");
            if said.send(text).is_err() {
                return;
            }
        }
    });
    heard
}

fn set_up(folder: &Folder, more: &[&str]) -> Command {
    let group = own_group();
    let places = ["setup", "-s", "secrets", "--data", "data", "-g", &group];
    folder.command(
        [
            &places[..],
            &["--proxy", "nginx", "--resolver", "none"],
            more,
        ]
        .concat(),
    )
}

const PATIENCE: Duration = Duration::from_secs(60);
