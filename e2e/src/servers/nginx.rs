//! nginx as Debian packages it, with the lines that `persona setup` prints and a site of its own.
//!
//! Each host has a server block of its own, with TLS as on a real machine. The lines are read off what
//! was printed and never written down here: an operator who copies them gets what the tests had.

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
        let program = packages::nginx()?;
        let folder = Folder::make()?;
        let hosts: Vec<&str> = blocks.iter().map(|block| block.host.as_str()).collect();
        let certificates = Certificates::make(&folder, &hosts)?;
        folder.subfolder("site/.well-known", None)?;
        folder.write(&format!("site{OWN_PAGE}"), OWN_TEXT)?;
        let port = Ports::choose()?.of(Entrance::Submissions);
        let settings = folder.write("nginx.conf", &settings(blocks, port))?;

        let mut command = Command::new(program);
        command.arg("-p").arg(folder.path()).arg("-c").arg(settings);
        let mut process = Process::start("nginx", &command, folder.path())?;
        process.wait_for_ports(&[([127, 0, 0, 1], port).into()])?;
        Ok(Self {
            _process: process,
            certificates,
            port,
            folder,
        })
    }

    /// Makes a client that finds every host here, and trusts this server's certificate alone.
    pub fn client(&self) -> Curl {
        let jar = self.folder.join("cookies");
        Curl::new(&self.certificates.authority, self.port, &jar)
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
    format!("{GENERAL}http {{\n{SITE}{servers}}}\n")
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
