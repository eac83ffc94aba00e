//! nginx, Apache and Caddy as Debian packages them, with the lines that `persona setup` prints and a
//! site of their own.
//!
//! Each host has a section of its own, with TLS as on a real machine. The lines are read off what was
//! printed and never written down here: an operator who copies them gets what the tests had.

mod apache;
mod caddy;
mod nginx;

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use super::certificates::Certificates;
use super::folder::Folder;
use super::ports::{Entrance, Ports};
use super::process::Process;
use crate::curl::Curl;

/// A kind of web server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// nginx.
    Nginx,
    /// Apache 2.4.
    Apache,
    /// Caddy 2.
    Caddy,
}

/// A running web server. What it has to complain about is in its `.output` in the folder.
#[derive(Debug)]
pub struct WebServer {
    _process: Process,
    certificates: Certificates,
    port: u16,
    /// Everything that it reads and writes. Last, because it must outlive the server.
    folder: Folder,
}

impl Program {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Nginx, Self::Apache, Self::Caddy];

    /// Gives its name, as `persona setup --proxy` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Apache => "apache",
            Self::Caddy => "caddy",
        }
    }

    /// Starts it on loopback, with a section for each host.
    pub fn start(self, blocks: &[ServerBlock]) -> Result<WebServer> {
        let hosts: Vec<&str> = blocks.iter().map(|block| block.host.as_str()).collect();
        Door::make(&hosts)?.open_with(self, blocks)
    }

    fn command(self, folder: &Path, blocks: &[ServerBlock], port: u16) -> Result<Command> {
        match self {
            Self::Nginx => nginx::command(folder, blocks, port),
            Self::Apache => apache::command(folder, blocks, port),
            Self::Caddy => caddy::command(folder, blocks, port),
        }
    }
}

impl WebServer {
    /// Makes a client that finds every host here, and trusts this server's certificate alone.
    pub fn client(&self) -> Curl {
        let jar = self.folder.join("cookies");
        Curl::new(&self.certificates.authority, self.port, &jar)
    }

    /// Writes a file of the web server's own site, which is the same at every host.
    pub fn put(&self, name: &str, text: &str) -> Result<()> {
        self.folder.write(&format!("site/{name}"), text).map(drop)
    }
}

/// The port and the certificate of a web server that does not run yet.
///
/// The servers behind it may want to ask one another through it, and so must know both before.
#[derive(Debug)]
pub struct Door {
    certificates: Certificates,
    port: u16,
    folder: Folder,
}

impl Door {
    /// Chooses a port, and makes an authority and a certificate for these hosts.
    pub fn make(hosts: &[&str]) -> Result<Self> {
        let folder = Folder::make()?;
        Ok(Self {
            certificates: Certificates::make(&folder, hosts)?,
            port: Ports::choose()?.of(Entrance::Submissions),
            folder,
        })
    }

    /// Starts nginx there, with a server block for each host. A host without one is no site.
    pub fn open(self, blocks: &[ServerBlock]) -> Result<WebServer> {
        self.open_with(Program::Nginx, blocks)
    }

    fn open_with(self, program: Program, blocks: &[ServerBlock]) -> Result<WebServer> {
        let Self {
            certificates,
            port,
            folder,
        } = self;
        folder.subfolder("site/.well-known", None)?;
        folder.write(&format!("site{OWN_PAGE}"), OWN_TEXT)?;
        let command = program.command(folder.path(), blocks, port)?;
        let mut process = Process::start(program.name(), &command, folder.path())?;
        process.wait_for_ports(&[([127, 0, 0, 1], port).into()])?;
        Ok(WebServer {
            _process: process,
            certificates,
            port,
            folder,
        })
    }

    /// Makes a client that finds every host here, and trusts this authority alone.
    pub fn client(&self) -> Curl {
        let jar = self.folder.join("cookies");
        Curl::new(&self.certificates.authority, self.port, &jar)
    }

    /// Writes the settings with which an installation finds these hosts here, and believes them.
    pub fn outbound(&self, hosts: &[&str]) -> String {
        let port = self.port;
        let places = hosts
            .iter()
            .map(|host| format!("{host:?} = \"127.0.0.1:{port}\""));
        let places: Vec<String> = places.collect();
        format!(
            "\n[outbound]\nca = \"{}\"\nhosts = {{ {} }}\n",
            self.certificates.authority.display(),
            places.join(", ")
        )
    }

    /// Gives the flags with which a browser finds every host here, and believes it.
    pub fn browser_flags(&self) -> Result<Vec<String>> {
        let port = self.port;
        let hash = self.certificates.public_key_hash()?;
        Ok(vec![
            format!("--host-resolver-rules=MAP *:443 127.0.0.1:{port}"),
            format!("--ignore-certificate-errors-spki-list={hash}"),
        ])
    }
}

/// What an operator writes into the section of a host: nginx's server block, Apache's virtual host,
/// Caddy's site block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerBlock {
    /// The host.
    pub host: String,
    /// The lines, as they were printed.
    pub lines: String,
}

/// Reads what `persona setup` printed as an operator does: a paragraph that names `https` hosts, and
/// under it the lines that belong into the section of each.
pub fn server_blocks(printed: &str) -> Result<Vec<ServerBlock>> {
    let mut blocks: Vec<ServerBlock> = Vec::new();
    let mut named = Vec::new();
    for paragraph in printed.split("\n\n") {
        let first = paragraph.trim_start();
        if OPENERS.iter().any(|opener| first.starts_with(opener)) {
            blocks.extend(named.drain(..).map(|host| ServerBlock {
                host,
                lines: paragraph.to_owned(),
            }));
        } else {
            named = hosts(paragraph);
        }
    }
    ensure!(
        !blocks.is_empty(),
        "no lines for a web server in:\n{printed}"
    );
    Ok(blocks)
}

impl ServerBlock {
    /// Passes everything that is asked of a host to a server on this machine, by nginx.
    pub fn passing(host: &str, address: SocketAddr) -> Self {
        let lines = format!(
            "location / {{\nproxy_pass http://{address};\nproxy_set_header Host $host;\n}}"
        );
        Self {
            host: host.to_owned(),
            lines,
        }
    }

    /// Adds lines that the host's own site has, below those that were printed.
    #[must_use]
    pub fn with(mut self, own: &str) -> Self {
        self.lines.push('\n');
        self.lines.push_str(own);
        self
    }

    /// A host that hangs up on everybody.
    pub fn silent(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            lines: "return 444;".to_owned(),
        }
    }

    /// A host at which the web server has nothing but its own site.
    pub fn plain(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            lines: String::new(),
        }
    }
}

fn hosts(prose: &str) -> Vec<String> {
    let origins = prose.split_whitespace();
    origins
        .filter_map(|word| word.strip_prefix("https://"))
        .map(|host| host.trim_end_matches([':', ',']).to_owned())
        .collect()
}

/// A name under `/.well-known/` that the web server keeps for itself, at every host.
pub const OWN_PAGE: &str = "/.well-known/security.txt";
/// What is to be read there.
pub const OWN_TEXT: &str = "Contact: mailto:the-web-server@example.test\n";

/// How the lines of a web server begin.
const OPENERS: [&str; 5] = [
    "location ",
    "<LocationMatch ",
    "AliasMatch ",
    "@persona ",
    "handle ",
];
