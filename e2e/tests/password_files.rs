//! Files of passwords as the real `htpasswd` and `openssl passwd` write them, asked by `persona check`.

#![cfg(test)]

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use e2e::servers::folder::Folder;
use e2e::servers::packages;
use e2e::servers::persona::Persona;

#[test]
fn what_htpasswd_writes_opens_with_its_password_and_with_no_other() {
    let folder = Folder::make().unwrap();
    let users = folder.write("users", "").unwrap();
    let kinds = [
        ("bcrypt", "-B"),
        ("apr1", "-m"),
        ("sha1", "-s"),
        ("sha512", "-5"),
        ("sha256", "-2"),
    ];
    for (name, flag) in kinds {
        htpasswd(&users, flag, &address(name), &password_of(name));
    }

    each_opens_with_its_own_password_alone(&users, &kinds.map(|(name, _)| name));
}

#[test]
fn what_openssl_writes_opens_with_its_password_and_with_no_other() {
    let folder = Folder::make().unwrap();
    let kinds = [
        ("sha512", "-6"),
        ("sha256", "-5"),
        ("apr1", "-apr1"),
        ("md5", "-1"),
    ];
    let mut lines = String::new();
    for (name, flag) in kinds {
        let hashed = fed(
            Command::new("openssl").args(["passwd", flag, "-stdin"]),
            &[&password_of(name)],
        );
        let hash = String::from_utf8(hashed.stdout).unwrap();
        writeln!(lines, "{}:{}", address(name), hash.trim_end()).unwrap();
    }
    let users = folder.write("users", &lines).unwrap();

    each_opens_with_its_own_password_alone(&users, &kinds.map(|(name, _)| name));
}

/// No kept package computes traditional DES crypt: such a line is not called wrong, and can be asked about
/// with the program of `contrib`.
#[test]
fn a_file_of_htpasswd_d_is_asked_by_the_program_for_it() {
    let folder = Folder::make().unwrap();
    let users = folder.write("users", "").unwrap();
    let (alice, right) = (address("alice"), "8 signs.");
    htpasswd(&users, "-d", &alice, right);
    let text = fs::read_to_string(&users).unwrap();
    assert_eq!(text.trim_end().len(), alice.len() + 1 + 13, "{text}");
    let program = program_of_contrib(&folder, &users);

    let by_file = check(&format!("file:{}", users.display()), &[(&alice, right)]);
    let by_program = format!("command:{}", program.display());
    let opened = check(&by_program, &[(&alice, right)]);
    let refused = check(
        &by_program,
        &[(&alice, "8 sighs."), (&address("nobody"), right)],
    );

    let told = words(&by_file);
    assert!(line_of(&told, &alice).starts_with("FAIL"), "{told}");
    assert!(!told.contains(REFUSED), "{told}");
    assert!(line_of(&words(&opened), &alice).starts_with("ok"));
    let told = words(&refused);
    for asked in [&alice, &address("nobody")] {
        assert!(line_of(&told, asked).contains(REFUSED), "{told}");
    }
    for said in [by_file, opened, refused] {
        let told = words(&said);
        let hash = text.trim_end().split_once(':').unwrap().1;
        assert!(!told.contains(right) && !told.contains(hash), "{told}");
    }
}

#[test]
fn what_the_program_for_des_cannot_judge_is_neither_right_nor_wrong() {
    let folder = Folder::make().unwrap();
    let users = folder
        .write("users", "alice@example.test:$apr1$x$y\n")
        .unwrap();
    let program = program_of_contrib(&folder, &users);
    let ask = |lines: &[&str]| fed(&mut Command::new(&program), lines).status.code();
    let alice = address("alice");

    assert_eq!(ask(&[&alice, "x", ""]), Some(111), "another kind of hash");
    assert_eq!(ask(&[&alice, "x"]), Some(111), "a line is missing");
    assert_eq!(ask(&["", "x", ""]), Some(111), "no name");
    fs::write(&users, format!("{alice}:\n")).unwrap();
    assert_eq!(ask(&[&alice, "", ""]), Some(111), "an empty hash");
    fs::set_permissions(&users, Permissions::from_mode(0o666)).unwrap();
    assert_eq!(ask(&[&alice, "x", ""]), Some(111), "anybody may write it");
    fs::remove_file(&users).unwrap();
    assert_eq!(ask(&[&alice, "x", ""]), Some(111), "no file");
}

fn each_opens_with_its_own_password_alone(users: &Path, names: &[&str]) {
    let mailbox = format!("file:{}", users.display());
    let people: Vec<_> = names.iter().map(|n| (address(n), password_of(n))).collect();
    let wrong: Vec<_> = names.iter().map(|n| (address(n), "wrong".into())).collect();

    let opened = words(&check(&mailbox, &borrowed(&people)));
    let refused = words(&check(&mailbox, &borrowed(&wrong)));

    for name in names {
        let address = address(name);
        assert!(line_of(&opened, &address).starts_with("ok"), "{opened}");
        assert!(line_of(&refused, &address).contains(REFUSED), "{refused}");
    }
}

/// Sets an installation up that asks there, and checks these people.
fn check(mailbox: &str, people: &[(&str, &str)]) -> Output {
    let issuer = "http://id.localhost:{port}";
    let persona = Persona::running(issuer, &["example.test"], mailbox).unwrap();
    persona.check(people).unwrap()
}

/// Copies the program and tells it where its file is, as an operator does.
fn program_of_contrib(folder: &Folder, users: &Path) -> std::path::PathBuf {
    let original = packages::workspace().join("contrib/check-password/htpasswd-des");
    let text = fs::read_to_string(original).unwrap();
    let place = "'/etc/persona/des-users'";
    assert_eq!(text.matches(place).count(), 1);
    let text = text.replace(place, &format!("'{}'", users.display()));
    let program = folder.write("htpasswd-des", &text).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    program
}

fn htpasswd(users: &Path, flag: &str, address: &str, password: &str) {
    let mut command = Command::new("htpasswd");
    command.args(["-i", flag]).arg(users).arg(address);
    let written = fed(&mut command, &[password]);
    assert!(written.status.success(), "{}", words(&written));
    fs::set_permissions(users, Permissions::from_mode(0o640)).unwrap();
}

/// Runs a program with these lines on its standard input.
fn fed(command: &mut Command, lines: &[&str]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("htpasswd is in Debian's apache2-utils, openssl and perl in their own");
    let mut input = child.stdin.take().unwrap();
    for line in lines {
        writeln!(input, "{line}").unwrap();
    }
    drop(input);
    child.wait_with_output().unwrap()
}

fn borrowed(people: &[(String, String)]) -> Vec<(&str, &str)> {
    let people = people.iter();
    people.map(|(a, p)| (a.as_str(), p.as_str())).collect()
}

/// Gives the line about the sign-in, which is the last one: whether the mailbox is there comes before.
fn line_of<'a>(told: &'a str, address: &str) -> &'a str {
    let about = |line: &&str| line.contains(&format!(" {address}: "));
    told.lines().rfind(about).unwrap_or_default()
}

fn address(name: &str) -> String {
    format!("{name}@example.test")
}

fn password_of(name: &str) -> String {
    format!("the päss word of {name}")
}

fn words(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    format!("{said}\n{complaint}")
}

const REFUSED: &str = "the mail server did not accept this address and password";
