//! The foreign code, installed once for each content of its lock file.
//!
//! Nothing that an npm package brings is run on installation but one script: the library under the
//! verifier puts its parts together by it, and its own hook for that fails on a node of today
//! (`browserid.md` §9.2).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use e2e::servers::packages::workspace;

/// Gives the folder in which npm has put `browserid-local-verify`.
pub(crate) fn for_node() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let files = ["package-lock.json", "package.json", ".npmrc"];
        once("node", &files, |folder| {
            let mut npm = Command::new("npm");
            succeed(npm.args(["ci", "--omit=optional"]).current_dir(folder));
            let mut assemble = Command::new("node");
            let script = "node_modules/browserid-crypto/scripts/package.js";
            succeed(assemble.arg(script).current_dir(folder));
        })
    })
}

/// Gives the folder in which pip has put `PyBrowserID`.
pub(crate) fn for_python() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        once(
            "python",
            &["requirements.txt", "constraints.txt"],
            |folder| {
                let mut pip = Command::new("python3");
                pip.args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--require-hashes",
                    "--no-deps",
                ])
                .args(["--target", ".", "-r", "requirements.txt"])
                // What builds the one package that comes as source is held to a version as well.
                .env("PIP_CONSTRAINT", "constraints.txt")
                .current_dir(folder);
                succeed(&mut pip);
            },
        )
    })
}

/// Copies the lists of what is wanted into a new folder and installs by them, unless the folder is
/// there with these very lists. The last copy is written when all is done.
fn once(name: &str, lists: &[&str], install: impl FnOnce(&Path)) -> PathBuf {
    let wanted = workspace().join("e2e/peers");
    let folder = workspace().join("target/peers").join(name);
    let done = folder.join("installed");
    let lists = lists
        .iter()
        .map(|list| (list, fs::read(wanted.join(list)).unwrap()));
    let lists: Vec<_> = lists.collect();
    let contents: Vec<u8> = lists.iter().flat_map(|(_, text)| text.clone()).collect();
    if fs::read(&done).is_ok_and(|installed| installed == contents) {
        return folder;
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    for (list, text) in &lists {
        fs::write(folder.join(list), text).unwrap();
    }
    install(&folder);
    fs::write(&done, &contents).unwrap();
    folder
}

fn succeed(command: &mut Command) {
    let hint = "(node, npm and pip are Debian's nodejs, npm and python3-pip)";
    let output = command.output().expect(hint);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} {hint}: {complaint}");
}
