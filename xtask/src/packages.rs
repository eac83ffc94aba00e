//! The Debian packages that the tests need: installed where we may, else named.
//!
//! Presence is told by the program or library itself, so that a machine which has it from elsewhere is
//! left alone. Only `cargo x test` calls this.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::{out, process};

/// A package, how to tell that what we want of it is there, and what for.
struct Need {
    package: &'static str,
    there: There,
    what_for: &'static str,
}

/// How to tell that a package need not be installed.
enum There {
    Program(&'static str),
    File(&'static str),
    /// By the name that programs ask for it with; the package's own name differs between releases.
    Library(&'static str),
    /// By a command that only succeeds when it is there.
    Answers(&'static [&'static str]),
}

/// Installs what is missing, when this is Debian or a child of it and we are root.
pub(crate) fn install() -> Result<()> {
    let missing = missing();
    if missing.is_empty() {
        out::line(&format!("    all {} packages are there", NEEDS.len()));
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|need| need.package).collect();
    if may_install() {
        install_all(&names)?;
    }
    refuse(&self::missing())
}

fn refuse(missing: &[&Need]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = missing
        .iter()
        .map(|need| format!("\n    {:<18} {}", need.package, need.what_for))
        .collect();
    let names: Vec<&str> = missing.iter().map(|need| need.package).collect();
    bail!(
        "these Debian packages are missing, and only root may install them:{}\n\
         hint: apt-get install --no-install-recommends {}\n\
         hint: `cargo x test --quick` does without them",
        list.concat(),
        names.join(" ")
    )
}

fn missing() -> Vec<&'static Need> {
    NEEDS.iter().filter(|need| !is_there(need)).collect()
}

fn is_there(need: &Need) -> bool {
    match need.there {
        There::Program(name) => process::find(name).is_some(),
        There::File(path) => Path::new(path).exists(),
        There::Library(name) => is_library(name),
        There::Answers(words) => answers(words),
    }
}

fn is_library(name: &str) -> bool {
    let Some(linker) = process::find("ldconfig") else {
        return false;
    };
    let list = process::capture(Command::new(linker).arg("-p"));
    list.is_ok_and(|list| list.lines().any(|line| line.trim_start().starts_with(name)))
}

fn answers(words: &[&str]) -> bool {
    words
        .split_first()
        .is_some_and(|(program, rest)| process::succeeds(Command::new(program).args(rest)))
}

fn may_install() -> bool {
    let debian = Path::new("/etc/debian_version").exists() && process::find("apt-get").is_some();
    let user = process::capture(Command::new("id").arg("-u"));
    debian && user.is_ok_and(|id| id.trim() == "0")
}

fn install_all(names: &[&str]) -> Result<()> {
    out::line(&format!("    installing {}", names.join(" ")));
    let services: Vec<&str> = SERVICES
        .iter()
        .filter(|(package, _)| names.contains(package))
        .map(|(_, service)| *service)
        .collect();
    let runs = Path::new("/run/systemd/system").exists();
    let held: &[&str] = if runs { &services } else { &[] };
    systemctl("mask", held)?;
    let installed = apt_install(names).or_else(|_| {
        // A new machine has no package lists yet, an old one has lists of files that are gone.
        process::run(Command::new("apt-get").arg("update"))?;
        apt_install(names)
    });
    systemctl("unmask", held)?;
    // Packages see to it that their services start with the machine, even where systemd does not run
    // at the moment.
    let disabled = systemctl("disable", &services);
    installed.and(disabled)
}

fn apt_install(names: &[&str]) -> Result<()> {
    let mut command = Command::new("apt-get");
    command
        .args(["install", "--yes", "--no-install-recommends"])
        .args(names)
        .env("DEBIAN_FRONTEND", "noninteractive")
        // The tests start their own mail servers: a package must not start one on port 25. Without
        // systemd, services are not started in runlevel 1.
        .env("RUNLEVEL", "1");
    process::run(&mut command)
}

fn systemctl(verb: &str, services: &[&str]) -> Result<()> {
    if services.is_empty() || process::find("systemctl").is_none() {
        return Ok(());
    }
    process::run(Command::new("systemctl").arg(verb).args(services))
}

/// Services that start as soon as their package is installed.
const SERVICES: &[(&str, &str)] = &[
    ("postfix", "postfix.service"),
    ("dovecot-core", "dovecot.service"),
    ("nginx", "nginx.service"),
    ("fail2ban", "fail2ban.service"),
    ("slapd", "slapd.service"),
    ("apache2", "apache2.service"),
    ("caddy", "caddy.service"),
];

const NEEDS: &[Need] = &[
    program("g++", "c++", "builds libFuzzer"),
    program("chromium", "chromium", "the browser"),
    program("chromium-driver", "chromedriver", "drives the browser"),
    Need {
        package: "postfix",
        there: There::File("/usr/lib/postfix/sbin/master"),
        what_for: "a real mail server",
    },
    program("dovecot-core", "dovecot", "passwords for Postfix"),
    Need {
        package: "dovecot-imapd",
        there: There::File("/usr/lib/dovecot/imap-login"),
        what_for: "a real IMAP server",
    },
    Need {
        package: "dovecot-lmtpd",
        there: There::File("/usr/lib/dovecot/lmtp"),
        what_for: "a real LMTP server",
    },
    Need {
        package: "dovecot-auth-lua",
        there: There::File("/usr/lib/dovecot/modules/auth/libauthdb_lua.so"),
        what_for: "mailboxes of Dovecot in every state",
    },
    program("bsdutils", "script", "a terminal to ask at"),
    program("dnsmasq-base", "dnsmasq", "a real DNS server"),
    Need {
        package: "slapd",
        there: There::File("/usr/sbin/slapd"),
        what_for: "a real directory",
    },
    program("nginx", "nginx", "a real web server in front of ours"),
    program("fail2ban", "fail2ban-regex", "reads our log lines"),
    program("apache2", "apache2", "another web server in front of ours"),
    Need {
        package: "libapache2-mod-auth-openidc",
        there: There::File("/usr/lib/apache2/modules/mod_auth_openidc.so"),
        what_for: "a site that signs people in by OpenID Connect",
    },
    program("apache2-utils", "htpasswd", "files of passwords"),
    program("perl", "perl", "passwords that htpasswd -d has hashed"),
    program("caddy", "caddy", "a third web server in front of ours"),
    program("curl", "curl", "asks these web servers, over TLS"),
    program("openssl", "openssl", "a second opinion on keys"),
    program(
        "openssh-client",
        "ssh-keygen",
        "keys as OpenSSH writes them",
    ),
    program("util-linux", "setpriv", "mail servers without privileges"),
    program("mount", "mount", "private folders for mail servers"),
    program("procps", "ps", "memory and time of processes"),
    program("iproute2", "ip", "private networks for mail servers"),
    library("libidn12", "libidn.so.12", "Exim"),
    library("libdb5.3", "libdb-5.3.so", "Exim"),
    library("libgnutls-dane0", "libgnutls-dane.so.0", "Exim"),
    library("libnsl2", "libnsl.so.2", "Exim"),
    library("libpcre2-8-0", "libpcre2-8.so.0", "Exim"),
    library(
        "libnss-wrapper",
        "libnss_wrapper.so",
        "Exim without a user of its own",
    ),
    program("nodejs", "node", "a verifier and a site that are not ours"),
    program("npm", "npm", "fetches them"),
    program("python3", "python3", "another verifier that is not ours"),
    Need {
        package: "python3-pip",
        there: There::Answers(&["python3", "-m", "pip", "--version"]),
        what_for: "fetches that verifier",
    },
    program("php-cli", "php", "an example of the guide for sites"),
    program("golang-go", "go", "an example of the guide for sites"),
];

const fn program(package: &'static str, name: &'static str, what_for: &'static str) -> Need {
    Need {
        package,
        there: There::Program(name),
        what_for,
    }
}

const fn library(package: &'static str, name: &'static str, what_for: &'static str) -> Need {
    Need {
        package,
        there: There::Library(name),
        what_for,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_seen_and_named_with_its_package() {
        let need = program("no-such-package", "no-such-program", "nothing");

        assert!(!is_there(&need));
        let error = refuse(&[&need]).unwrap_err().to_string();
        assert!(error.contains("no-such-package    nothing"), "{error}");
        assert!(
            error.contains("--no-install-recommends no-such-package"),
            "{error}"
        );
    }

    #[test]
    fn a_library_is_told_by_the_name_that_programs_ask_for() {
        assert!(!is_there(&library(
            "no-such-library",
            "libnowhere.so.7",
            "nothing"
        )));
        assert!(is_there(&library("libc6", "libc.so.6", "everything")));
    }

    #[test]
    fn what_is_part_of_something_is_told_by_its_answer() {
        assert!(answers(&["sh", "-c", "exit 0"]));
        assert!(!answers(&["sh", "-c", "exit 1"]));
        assert!(!answers(&["no-such-program-anywhere"]));
    }

    #[test]
    fn nothing_missing_is_no_trouble() {
        assert!(refuse(&[]).is_ok());
    }
}
