//! One of the guide's back ends, running.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use e2e::servers::packages::workspace;
use e2e::servers::ports::{Entrance, Ports};
use e2e::servers::process::Process;
use tempfile::TempDir;

use crate::book::{Book, Names};

/// A language of the guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Node,
    Python,
    Php,
    Go,
    Rust,
}

/// A running back end and its files.
pub(crate) struct BackEnd {
    _process: Process,
    _folder: TempDir,
    /// The site's origin, as a browser reaches it.
    pub(crate) site: String,
}

impl BackEnd {
    /// Writes down what the guide says, and starts it as the guide says.
    pub(crate) fn start(language: Language, issuer: &str) -> Result<Self> {
        let port = Ports::choose()?.of(Entrance::Submission);
        let site = format!("http://shop2.localhost:{port}");
        let names = Names {
            issuer,
            site: &site,
            port,
        };
        let scratch = tempfile::Builder::new()
            .prefix("persona-guide-")
            .tempdir()?;
        let folder = language.folder(scratch.path());
        let run = write(language, &names, &folder)?;
        language.prepare(&folder)?;
        let mut command = Command::new("sh");
        command.args(["-c", r#"cd "$0" && exec $1"#]);
        command.arg(&folder).arg(run.trim());
        command.env("CARGO_TARGET_DIR", built());
        let mut process = Process::start(language.name(), &command, scratch.path())?;
        process
            .wait_for_ports(&[([127, 0, 0, 1], port).into()])
            .with_context(|| format!("started as `{}`; {}", run.trim(), language.package()))?;
        Ok(Self {
            _process: process,
            _folder: scratch,
            site,
        })
    }
}

impl Language {
    const fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Python => "python",
            Self::Php => "php",
            Self::Go => "go",
            Self::Rust => "rust",
        }
    }

    /// Says what to install where it does not start.
    const fn package(self) -> &'static str {
        match self {
            Self::Node => "node is in Debian's nodejs",
            Self::Python => "python3 is in Debian's python3",
            Self::Php => "php is in Debian's php-cli",
            Self::Go => "go is in Debian's golang-go",
            Self::Rust => "cargo comes with Rust",
        }
    }

    /// Gives the folder for its files. Cargo builds a package anew in each new place, so that this
    /// one has a place of its own.
    fn folder(self, scratch: &Path) -> PathBuf {
        match self {
            Self::Rust => workspace().join("target/guide/shop"),
            Self::Node | Self::Python | Self::Php | Self::Go => scratch.to_path_buf(),
        }
    }

    /// Builds what takes longer than a server may take to start.
    fn prepare(self, folder: &Path) -> Result<()> {
        let mut command = match self {
            Self::Node | Self::Python | Self::Php => return Ok(()),
            Self::Go => {
                let mut go = Command::new("go");
                go.args(["build", "-o", "built", "server.go"]);
                go
            }
            Self::Rust => {
                let lock = workspace().join("e2e/peers/site-Cargo.lock");
                fs::copy(lock, folder.join("Cargo.lock"))?;
                let mut cargo = Command::new("cargo");
                cargo.args(["build", "--locked"]);
                cargo.env("CARGO_TARGET_DIR", built());
                cargo
            }
        };
        let output = command.current_dir(folder).output();
        let output = output.with_context(|| format!("{command:?}: {}", self.package()))?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{command:?}: {complaint}");
        Ok(())
    }
}

/// Writes the pages and the files of a language, and gives the command that starts them.
fn write(language: Language, names: &Names<'_>, folder: &Path) -> Result<String> {
    let book = Book::open()?;
    let own = format!("{}/", language.name());
    let run = format!("{own}run");
    for block in book.blocks().iter().filter(|block| block.name != run) {
        let path = match block.name.strip_prefix(&own) {
            Some(path) => folder.join(path),
            None if PAGES.contains(&block.name) => folder.join(block.name),
            None => continue,
        };
        fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
        fs::write(path, names.put_into(&book.file(block.name)?))?;
    }
    Ok(names.put_into(&book.file(&run)?))
}

/// Where Cargo puts what it builds of the guide.
fn built() -> PathBuf {
    workspace().join("target/guide/target")
}

const PAGES: [&str; 2] = ["sign-in.html", "signed-in.html"];
