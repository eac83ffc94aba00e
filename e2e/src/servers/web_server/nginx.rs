//! Settings for nginx.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::ServerBlock;
use crate::servers::packages;

pub(super) fn command(folder: &Path, blocks: &[ServerBlock], port: u16) -> Result<Command> {
    let file = folder.join("nginx.conf");
    std::fs::write(&file, settings(blocks, port))?;
    let mut command = Command::new(packages::nginx()?);
    command.arg("-p").arg(folder).arg("-c").arg(file);
    Ok(command)
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
