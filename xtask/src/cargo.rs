//! What Cargo knows of the workspace: its members, and what they are really built from.
//!
//! The two are asked differently. `Cargo.lock` and `cargo metadata` also list what some feature that
//! nobody turned on would need; only `cargo tree` tells what is built.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::process;

/// A package of the workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) needs: Vec<Need>,
}

/// A package of others that this machine builds for us.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Built {
    pub(crate) name: String,
    pub(crate) version: String,
    /// An SPDX expression; empty where the package states none.
    pub(crate) licence: String,
}

/// A dependency as a manifest states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// In which table of the manifest a dependency stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Build,
    Dev,
}

/// Finds the workspace that this program was built from.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

/// Finds the crate that is no member of the workspace, because it is built with other flags.
pub(crate) fn fuzz(root: &Path) -> Option<PathBuf> {
    Some(root.join("fuzz")).filter(|folder| folder.join("Cargo.toml").exists())
}

/// Starts a Cargo command in the workspace.
pub(crate) fn cargo(words: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(words).current_dir(root());
    command
}

/// Reads the workspace's own packages; needs neither network nor lock file.
pub(crate) fn members(root: &Path) -> Result<Vec<Member>> {
    let metadata = metadata(root)?;
    let list = metadata.get("packages").and_then(Value::as_array);
    list.context("cargo metadata lists no packages")?
        .iter()
        .map(|member| read_member(member).context("cargo metadata has a package that is odd"))
        .collect()
}

/// Lists what this kind of machine builds for the workspace, tests included.
pub(crate) fn built(root: &Path) -> Result<BTreeSet<Built>> {
    let mut command = Command::new("cargo");
    command.args(["tree", "--quiet", "--workspace", "--locked", "--no-dedupe"]);
    command.args([
        "--edges",
        "normal,build,dev",
        "--prefix",
        "none",
        "--format",
        "{p}|{l}",
    ]);
    let text = process::capture(command.current_dir(root))?;
    Ok(text.lines().filter_map(read_built).collect())
}

fn metadata(root: &Path) -> Result<Value> {
    let mut command = Command::new("cargo");
    command.args(["metadata", "--quiet", "--no-deps", "--format-version", "1"]);
    let text = process::capture(command.current_dir(root))?;
    serde_json::from_str(&text).context("cargo metadata is no JSON")
}

fn read_member(member: &Value) -> Option<Member> {
    let needs = member.get("dependencies")?.as_array()?;
    Some(Member {
        name: member.get("name")?.as_str()?.to_owned(),
        needs: needs.iter().map(read_need).collect::<Option<_>>()?,
    })
}

/// Reads `name v1.2.3 (proc-macro)|MIT`; a package with a path is ours.
fn read_built(line: &str) -> Option<Built> {
    let (package, licence) = line.split_once('|')?;
    let (name, rest) = package.split_once(" v")?;
    let ours = rest.contains("(/");
    (!ours).then(|| Built {
        name: name.to_owned(),
        version: rest.split(' ').next().unwrap_or(rest).to_owned(),
        licence: licence.to_owned(),
    })
}

fn read_need(need: &Value) -> Option<Need> {
    let kind = match need.get("kind")?.as_str() {
        None => Kind::Normal,
        Some("build") => Kind::Build,
        Some(_) => Kind::Dev,
    };
    Some(Need {
        name: need.get("name")?.as_str()?.to_owned(),
        kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_read_with_the_kinds_of_its_needs() {
        let member = serde_json::json!({
            "name": "store",
            "dependencies": [
                {"name": "protocol", "kind": null},
                {"name": "cc", "kind": "build"},
                {"name": "testkit", "kind": "dev"},
            ],
        });

        let read = read_member(&member).unwrap();

        let kinds: Vec<Kind> = read.needs.iter().map(|need| need.kind).collect();
        assert_eq!(kinds, [Kind::Normal, Kind::Build, Kind::Dev]);
    }

    #[test]
    fn what_is_built_is_read_without_what_is_ours() {
        let derive = Built {
            name: "clap_derive".to_owned(),
            version: "4.6.7".to_owned(),
            licence: "MIT OR Apache-2.0".to_owned(),
        };

        assert_eq!(
            read_built("clap_derive v4.6.7 (proc-macro)|MIT OR Apache-2.0"),
            Some(derive)
        );
        assert_eq!(read_built("store v0.1.0 (/home/me/crates/store)|MIT"), None);
        assert_eq!(read_built(""), None);
    }

    #[test]
    fn the_workspace_lists_its_rooms() {
        let members = members(&root()).unwrap();

        for room in [
            "protocol", "mailbox", "store", "server", "persona", "testkit",
        ] {
            assert!(members.iter().any(|member| member.name == room), "{room}");
        }
    }
}
