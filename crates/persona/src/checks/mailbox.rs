//! The mail server of a domain: is it there, is it who it should be, can it be asked?

use std::net::{IpAddr, Ipv6Addr};

use mailbox::{MailboxUrl, Options, Probe, TlsRequired, Unavailable};
use server::settings::DomainSettings;

use super::Finding;

/// Connects, looks, and leaves. No credentials are sent.
pub(crate) async fn check(domain: &DomainSettings, options: &Options) -> Finding {
    let backend = match mailbox::open(&domain.mailbox, options) {
        Ok(backend) => backend,
        Err(error) => {
            return failed(domain, "misconfigured", error.to_string()).mend(format!(
                "correct the mailbox of [[domain]] {} in the settings",
                domain.name
            ));
        }
    };
    match backend.probe().await {
        Ok(probe) => Finding::ok(
            "mailbox-answers",
            domain.name.as_str(),
            format!("{} answers {}", backend.describe(), what_it_offers(&probe)),
        ),
        Err(trouble) => {
            failed(domain, trouble.reason(), trouble.to_string()).mend(remedy(domain, &trouble))
        }
    }
}

fn failed(domain: &DomainSettings, reason: &str, seen: String) -> Finding {
    Finding::fail(&format!("mailbox-{reason}"), domain.name.as_str(), seen).because(format!(
        "nobody at {} can sign in",
        domain.name.to_unicode()
    ))
}

fn what_it_offers(probe: &Probe) -> String {
    let encryption = if probe.tls {
        "encrypted, with a valid certificate"
    } else {
        "in clear text, on this machine"
    };
    format!("{encryption}, and takes {}", probe.mechanisms.join(", "))
}

fn remedy(domain: &DomainSettings, trouble: &Unavailable) -> String {
    let url = &domain.mailbox;
    let (host, port) = (url.host(), url.port());
    match trouble {
        Unavailable::Unresolved { .. } => format!("getent hosts {host}"),
        Unavailable::RefusedConnection { .. }
        | Unavailable::Timeout { .. }
        | Unavailable::Closed { .. } => format!("nc -vz {host} {port}"),
        Unavailable::Temporary { .. } | Unavailable::Blocked { .. } => {
            "look into the mail server's log for this machine's address".to_owned()
        }
        Unavailable::TlsRequired(TlsRequired::NotOffered) => {
            format!(
                "mailbox = \"smtps://{}\", or switch STARTTLS on at the mail server",
                in_brackets(&host)
            )
        }
        Unavailable::TlsRequired(TlsRequired::Refused { .. } | TlsRequired::Demanded { .. })
        | Unavailable::TlsBroken { .. }
        | Unavailable::Certificate { .. } => openssl(url),
        Unavailable::NoLogin
        | Unavailable::NoMechanism { .. }
        | Unavailable::MechanismRefused { .. } => {
            "switch on AUTH PLAIN at the mail server, or name its port for submitting mail"
                .to_owned()
        }
        Unavailable::Misconfigured { .. } | Unavailable::Gibberish { .. } => {
            format!("see what answers there: nc {host} {port}")
        }
    }
}

/// Writes the command that shows the certificate as we would see it.
fn openssl(url: &MailboxUrl) -> String {
    let written = url.to_string();
    let (place, query) = written.split_once('?').unwrap_or((&written, ""));
    let setting = |key: &str| query.split('&').find_map(|pair| pair.strip_prefix(key));
    let named = setting("server_name=").map(|name| name.trim_matches(['[', ']']).to_owned());
    let name = named.unwrap_or_else(|| url.host());
    let (host, port) = (in_brackets(&url.host()), url.port());
    let verify = if name.parse::<IpAddr>().is_ok() {
        format!("-verify_ip {name}")
    } else {
        format!("-servername {name} -verify_hostname {name}")
    };
    // A path with characters that are escaped in the URL is left to the operator.
    let file = setting("ca=").filter(|file| !file.contains(['%', '\'']));
    let file = file.map_or_else(String::new, |file| format!(" -CAfile '{file}'"));
    let start = if place.starts_with("smtp:") {
        " -starttls smtp"
    } else {
        ""
    };
    format!("openssl s_client -connect {host}:{port} {verify}{file}{start}")
}

/// Writes a host as URLs and `openssl` have it: the colons of an IPv6 address are its own.
fn in_brackets(host: &str) -> String {
    match host.parse::<Ipv6Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_looks_where_we_look_for_the_name_that_we_want() {
        for (url, command) in [
            (
                "smtps://mail.example.org",
                "-connect mail.example.org:465 -servername mail.example.org -verify_hostname mail.example.org",
            ),
            (
                "smtp://10.0.0.1?server_name=mail.example.org",
                "-connect 10.0.0.1:587 -servername mail.example.org -verify_hostname mail.example.org -starttls smtp",
            ),
            (
                "smtps://[2001:db8::1]:4650?ca=/etc/ssl/ours.pem",
                "-connect [2001:db8::1]:4650 -verify_ip 2001:db8::1 -CAfile '/etc/ssl/ours.pem'",
            ),
            (
                "smtps://mail.example.org?ca=/a%20b.pem&server_name=[2001:db8::2]",
                "-connect mail.example.org:465 -verify_ip 2001:db8::2",
            ),
        ] {
            let url = MailboxUrl::parse(url).unwrap();

            assert_eq!(openssl(&url), format!("openssl s_client {command}"));
        }
    }
}
