//! Settings for Caddy, which gets its certificate from a file and asks nobody for one.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::ServerBlock;
use crate::servers::packages;

pub(super) fn command(folder: &Path, blocks: &[ServerBlock], port: u16) -> Result<Command> {
    let file = folder.join("Caddyfile");
    std::fs::write(&file, settings(folder, blocks, port))?;
    let mut command = Command::new(packages::caddy()?);
    command
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(file)
        // What it keeps for itself stays in the folder.
        .env("HOME", folder)
        .env("XDG_DATA_HOME", folder)
        .env("XDG_CONFIG_HOME", folder);
    Ok(command)
}

fn settings(folder: &Path, blocks: &[ServerBlock], port: u16) -> String {
    let folder = folder.display();
    let host = |block: &ServerBlock| {
        let ServerBlock { host, lines } = block;
        format!(
            "https://{host}:{port} {{\nbind 127.0.0.1\n\
             tls {folder}/server.pem {folder}/server.key\n\
             root * {folder}/site\n{lines}\nfile_server\n}}\n"
        )
    };
    let hosts: String = blocks.iter().map(host).collect();
    format!("{GENERAL}{hosts}")
}

const GENERAL: &str = "{
admin off
auto_https off
servers {
protocols h1 h2
}
}
";
