//! nginx as Debian packages it, with the lines that `persona setup` prints and a site of its own.
//!
//! Each host has a server block of its own, with TLS as on a real machine. The lines are read off what
//! was printed and never written down here: an operator who copies them gets what the tests had.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Result, ensure};

use super::certificates::Certificates;
use super::folder::Folder;
use super::packages;
use super::ports::{Entrance, Ports};
use super::process::Process;
use crate::curl::Curl;

/// A running nginx. What it has to complain about is in `nginx.output` in the folder.
#[derive(Debug)]
pub struct Nginx {
    _process: Process,
    certificates: Certificates,
    port: u16,
    /// Everything that it reads and writes. Last, because it must outlive the server.
    folder: Folder,
}

impl Nginx {
    /// Starts nginx on loopback, with a server block for each host.
    pub fn start(blocks: &[ServerBlock]) -> Result<Self> {
        let hosts: Vec<&str> = blocks.iter().map(|block| block.host.as_str()).collect();
        Door::make(&hosts)?.open(blocks)
    }

    /// Makes a client that finds every host here, and trusts this server's certificate alone.
    pub fn client(&self) -> Curl {
        let jar = self.folder.join("cookies");
        Curl::new(&self.certificates.authority, self.port, &jar)
    }
}

/// The port and the certificate of an nginx that does not run yet.
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
    pub fn open(self, blocks: &[ServerBlock]) -> Result<Nginx> {
        let program = packages::nginx()?;
        let Self {
            certificates,
            port,
            folder,
        } = self;
        folder.subfolder("site/.well-known", None)?;
        folder.write(&format!("site{OWN_PAGE}"), OWN_TEXT)?;
        let settings = folder.write("nginx.conf", &settings(blocks, port))?;

        let mut command = Command::new(program);
        command.arg("-p").arg(folder.path()).arg("-c").arg(settings);
        let mut process = Process::start("nginx", &command, folder.path())?;
        process.wait_for_ports(&[([127, 0, 0, 1], port).into()])?;
        Ok(Nginx {
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

/// What an operator writes into the server block of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerBlock {
    /// The host.
    pub host: String,
    /// The lines, as they were printed.
    pub lines: String,
}

/// Reads what `persona setup` printed as an operator does: a paragraph that names `https` hosts, and
/// under it the lines that belong into the server block of each.
pub fn server_blocks(printed: &str) -> Result<Vec<ServerBlock>> {
    let mut blocks: Vec<ServerBlock> = Vec::new();
    let mut named = Vec::new();
    for paragraph in printed.split("\n\n") {
        if paragraph.trim_start().starts_with("location ") {
            blocks.extend(named.drain(..).map(|host| ServerBlock {
                host,
                lines: paragraph.to_owned(),
            }));
        } else {
            named = hosts(paragraph);
        }
    }
    ensure!(!blocks.is_empty(), "no lines for nginx in:\n{printed}");
    Ok(blocks)
}

impl ServerBlock {
    /// Passes everything that is asked of a host to a server on this machine.
    pub fn passing(host: &str, address: SocketAddr) -> Self {
        let lines = format!(
            "location / {{\nproxy_pass http://{address};\nproxy_set_header Host $host;\n}}"
        );
        Self {
            host: host.to_owned(),
            lines,
        }
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
        .map(|host| host.trim_end_matches(':').to_owned())
        .collect()
}

fn settings(blocks: &[ServerBlock], port: u16) -> String {
    let server = |block: &ServerBlock| {
        let ServerBlock { host, lines } = block;
        format!("server {{\nlisten 127.0.0.1:{port} ssl;\nserver_name {host};\n{lines}\n}}\n")
    };
    let servers: String = blocks.iter().map(server).collect();
    let nobody = format!("server {{\nlisten 127.0.0.1:{port} ssl default_server;\n}}\n");
    format!("{GENERAL}http {{\n{SITE}{nobody}{servers}}}\n")
}

/// A name under `/.well-known/` that the web server keeps for itself, at every host.
pub const OWN_PAGE: &str = "/.well-known/security.txt";
/// What is to be read there.
pub const OWN_TEXT: &str = "Contact: mailto:the-web-server@example.test\n";

/// Paths are relative to the test's folder. The user counts only if root starts the server.
const GENERAL: &str = "daemon off;
user www-data;
worker_processes 1;
pid nginx.pid;
lock_file nginx.lock;
error_log stderr;
events {
}
";

/// What an operator has already: certificates, and a site.
const SITE: &str = "access_log off;
client_body_temp_path body;
proxy_temp_path proxy;
fastcgi_temp_path fastcgi;
uwsgi_temp_path uwsgi;
scgi_temp_path scgi;
default_type text/plain;
ssl_certificate server.pem;
ssl_certificate_key server.key;
root site;
";
