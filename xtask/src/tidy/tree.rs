//! The files of a workspace as the rules see them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::tokens::{self, Token};

/// A workspace on disk: the real one, or one that a test has planted.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) root: PathBuf,
    /// The text files, by path.
    pub(crate) files: Vec<File>,
}

/// A text file of the workspace.
#[derive(Debug)]
pub(crate) struct File {
    /// From the root, with `/` between the parts.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A Rust file, read for what it names outside tests.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: String,
    /// The crate that it belongs to, by the name of its folder.
    pub(crate) room: String,
    /// Where it stands in its crate: `["web", "pages"]`; the crate's root has none.
    pub(crate) module: Vec<String>,
    pub(crate) tokens: Vec<Token>,
}

impl File {
    /// Tells what kind of file this is by its ending.
    pub(crate) fn ends(&self, ending: &str) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|e| e == ending)
    }
}

impl Tree {
    /// Reads all text files below `root`, but for what is built, fetched or hidden.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut tree = Self {
            root: root.to_path_buf(),
            files: Vec::new(),
        };
        tree.read_folder(root)?;
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(tree)
    }

    /// Gives a file by its path.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Gives the Rust files under the crates' `src` folders, without their tests.
    pub(crate) fn sources(&self) -> Vec<Source> {
        let mut sources = Vec::new();
        let mut test_files = Vec::new();
        for file in &self.files {
            let Some((room, module)) = place(&file.path) else {
                continue;
            };
            let code = tokens::without_tests(&tokens::read(&file.text));
            for name in code.test_modules {
                let mut path = module.clone();
                path.push(name);
                test_files.push((room.clone(), path));
            }
            sources.push(Source {
                path: file.path.clone(),
                room,
                module,
                tokens: code.tokens,
            });
        }
        let of_tests = |source: &Source| {
            test_files
                .iter()
                .any(|(room, path)| source.room == *room && source.module.starts_with(path))
        };
        sources.retain(|source| !of_tests(source));
        sources
    }

    fn read_folder(&mut self, folder: &Path) -> Result<()> {
        let entries =
            fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type()?;
            if kind.is_dir() && !LEFT_OUT.contains(&name.as_str()) {
                self.read_folder(&entry.path())?;
            } else if kind.is_file() {
                self.read_file(&entry.path())?;
            }
        }
        Ok(())
    }

    fn read_file(&mut self, path: &Path) -> Result<()> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        // Pictures, keys and test vectors are no text.
        if let Ok(text) = String::from_utf8(bytes) {
            let path = path.strip_prefix(&self.root)?.to_string_lossy();
            let path = path.replace('\\', "/");
            self.files.push(File { path, text });
        }
        Ok(())
    }
}

/// Finds a file's crate and module: `crates/server/src/web/mod.rs` is `server`, `["web"]`.
fn place(path: &str) -> Option<(String, Vec<String>)> {
    let inside = path.strip_prefix("crates/").unwrap_or(path);
    let (room, file) = inside.split_once("/src/")?;
    let file = file.strip_suffix(".rs")?;
    if room.contains('/') || file.starts_with("bin/") {
        return None;
    }
    let mut module: Vec<String> = file.split('/').map(str::to_owned).collect();
    let last = module.last().map(String::as_str);
    if last == Some("mod") || (module.len() == 1 && matches!(last, Some("lib" | "main"))) {
        module.pop();
    }
    Some((room.to_owned(), module))
}

/// Built, fetched, or Git's own.
const LEFT_OUT: [&str; 3] = [".git", "node_modules", "target"];

#[cfg(test)]
pub(crate) mod planted {
    //! Small workspaces that break a rule on purpose.

    use super::*;

    /// Writes the files into a new folder and reads them as a workspace.
    pub(crate) fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Tree) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let tree = Tree::read(folder.path()).unwrap();
        (folder, tree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_placed_in_their_modules() {
        for (path, room, module) in [
            ("crates/server/src/lib.rs", "server", &[] as &[&str]),
            ("crates/server/src/web/mod.rs", "server", &["web"]),
            (
                "crates/server/src/web/pages.rs",
                "server",
                &["web", "pages"],
            ),
            ("xtask/src/main.rs", "xtask", &[]),
        ] {
            let (found_room, found_module) = place(path).unwrap();

            assert_eq!(
                (found_room.as_str(), found_module.as_slice()),
                (
                    room,
                    module
                        .iter()
                        .map(|part| (*part).to_owned())
                        .collect::<Vec<_>>()
                        .as_slice()
                )
            );
        }
        assert_eq!(place("crates/server/tests/a.rs"), None);
        assert_eq!(place("README.md"), None);
    }

    #[test]
    fn tests_in_files_of_their_own_are_no_sources() {
        let (_folder, tree) = planted::tree(&[
            ("crates/a/src/lib.rs", "mod b; #[cfg(test)] mod tests;"),
            ("crates/a/src/b.rs", ""),
            ("crates/a/src/tests.rs", "use axum::Router;"),
            ("target/x.rs", ""),
        ]);

        let paths: Vec<_> = tree.sources().into_iter().map(|s| s.path).collect();

        assert_eq!(paths, ["crates/a/src/b.rs", "crates/a/src/lib.rs"]);
    }
}
