//! The group whose members may read what is written: a name, resolved as a group and never as a
//! user.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use crate::out::Failure;

/// A group of this machine.
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) id: u32,
}

/// Finds the group that was asked for. For root who asks for none, the program's own, or else the web
/// server's.
pub(crate) fn resolve(name: Option<&str>) -> Result<Option<Group>, Failure> {
    let known = |name: &str| {
        find(name).map(|id| Group {
            name: name.to_owned(),
            id,
        })
    };
    if let Some(name) = name {
        let group = known(name).ok_or_else(|| {
            Failure::wrong_use(format!(
                "--group: there is no group {name:?} on this machine"
            ))
            .hint(format!("make it: groupadd --system {name}"))
        })?;
        return Ok(Some(group));
    }
    // Only root can give a file to a group that it is not a member of.
    let root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    Ok(if root { usual(known) } else { None })
}

fn usual(known: impl Fn(&str) -> Option<Group>) -> Option<Group> {
    USUAL.into_iter().find_map(known)
}

/// Finds the group that may read a file already; none if only its owner may.
pub(crate) fn of_readers(file: &Path) -> Option<u32> {
    let metadata = fs::metadata(file).ok()?;
    (metadata.mode() & 0o040 != 0).then(|| metadata.gid())
}

/// Is this root, who can start a program as anybody?
pub(crate) fn we_are_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Finds the name of a group.
pub(crate) fn name_of(id: u32) -> Option<String> {
    name_in(&entries("group", &id.to_string())?, id)
}

/// Is there a user of this name?
pub(crate) fn is_user(name: &str) -> bool {
    entries("passwd", name).is_some_and(|text| id_in(&text, name).is_some())
}

fn find(name: &str) -> Option<u32> {
    // A name that begins with a hyphen is an option to getent, and no group's name.
    if name.is_empty() || name.starts_with('-') || name.contains([':', '\n']) {
        return None;
    }
    id_in(&entries("group", name)?, name)
}

/// Asks the system's databases (LDAP and others included), and the file where that cannot be done.
fn entries(database: &str, key: &str) -> Option<String> {
    match Command::new("getent").args([database, key]).output() {
        Ok(answer) => Some(String::from_utf8_lossy(&answer.stdout).into_owned()),
        Err(_) => fs::read_to_string(format!("/etc/{database}")).ok(),
    }
}

/// Reads lines of group(5) or passwd(5). A number that getent was asked for does not match by name.
fn id_in(text: &str, name: &str) -> Option<u32> {
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let matches = fields.next() == Some(name);
        let id = fields.nth(1)?;
        matches.then(|| id.parse().ok())?
    })
}

fn name_in(text: &str, id: u32) -> Option<String> {
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let matches = fields.nth(1)?.parse() == Ok(id);
        matches.then(|| name.to_owned())
    })
}

const USUAL: [&str; 4] = ["persona", "www-data", "wwwrun", "www"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_found_by_its_whole_name() {
        let file = "root:x:0:\nwww-data:x:33:\n# nothing\nwww:x:8080:alice,bob\n";

        assert_eq!(id_in(file, "www"), Some(8080));
        assert_eq!(id_in(file, "www-data"), Some(33));
        assert_eq!(id_in(file, "33"), None);
        assert_eq!(id_in(file, "ww"), None);
        assert_eq!(name_in(file, 8080).as_deref(), Some("www"));
        assert_eq!(name_in(file, 80), None);
    }

    #[test]
    fn the_programs_own_group_comes_before_the_web_servers() {
        let chosen = |file: &str| {
            let known = |name: &str| {
                id_in(file, name).map(|id| Group {
                    name: name.to_owned(),
                    id,
                })
            };
            usual(known).map(|group| group.id)
        };

        assert_eq!(
            chosen("www:x:80:\nwww-data:x:33:\npersona:x:990:\n"),
            Some(990)
        );
        assert_eq!(chosen("www:x:80:\nwww-data:x:33:\n"), Some(33));
        assert_eq!(chosen("root:x:0:\n"), None);
    }

    #[test]
    fn what_is_no_name_is_no_group() {
        for name in ["", "-s", "root:x", "no such group"] {
            assert_eq!(find(name), None, "{name:?}");
        }
    }
}
