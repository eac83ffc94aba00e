//! Settings for Apache, with the modules that its lines ask for and those that a site of its own has,
//! and the bans that Debian's own settings have.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::ServerBlock;
use crate::servers::packages;

pub(super) fn command(folder: &Path, blocks: &[ServerBlock], port: u16) -> Result<Command> {
    let file = folder.join("apache.conf");
    std::fs::write(&file, settings(folder, blocks, port))?;
    let mut command = Command::new(packages::apache()?);
    command.args(["-D", "FOREGROUND", "-f"]).arg(file);
    Ok(command)
}

fn settings(folder: &Path, blocks: &[ServerBlock], port: u16) -> String {
    let load = |name: &&str| format!("LoadModule {name}_module {FOLDER}/mod_{name}.so\n");
    let modules: String = MODULES.iter().map(load).collect();
    let host = |block: &ServerBlock| {
        let ServerBlock { host, lines } = block;
        format!(
            "<VirtualHost 127.0.0.1:{port}>\nServerName {host}\nSSLEngine on\n{lines}\n</VirtualHost>\n"
        )
    };
    let hosts: String = blocks.iter().map(host).collect();
    let folder = folder.display();
    format!(
        "ServerRoot \"{folder}\"\nListen 127.0.0.1:{port}\n{modules}{GENERAL}\
         SSLCertificateFile server.pem\nSSLCertificateKeyFile server.key\n\
         DocumentRoot \"{folder}/site\"\n\
         <Directory \"{folder}/site\">\nAllowOverride All\nRequire all granted\n</Directory>\n\
         {hosts}"
    )
}

const FOLDER: &str = "/usr/lib/apache2/modules";

const MODULES: [&str; 10] = [
    "mpm_event",
    "authz_core",
    "alias",
    "dir",
    "headers",
    "proxy",
    "proxy_http",
    "reqtimeout",
    "rewrite",
    "ssl",
];

/// The user counts only if root starts the server.
const GENERAL: &str = "ServerName localhost
DefaultRuntimeDir .
PidFile apache.pid
ErrorLog /dev/stderr
User www-data
Group www-data
<Directory />
Options FollowSymLinks
AllowOverride None
Require all denied
</Directory>
<FilesMatch \"^\\.ht\">
Require all denied
</FilesMatch>
";
