//! The mail server of a domain: is it there, is it who it should be, can it be asked?

use mailbox::{Options, Probe, TlsRequired, Unavailable};
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
            format!("mailbox = \"smtps://{host}\", or switch STARTTLS on at the mail server")
        }
        Unavailable::TlsRequired(TlsRequired::Refused { .. } | TlsRequired::Demanded { .. })
        | Unavailable::TlsBroken { .. }
        | Unavailable::Certificate { .. } => {
            let start = if url.to_string().starts_with("smtps:") {
                ""
            } else {
                " -starttls smtp"
            };
            format!("openssl s_client -connect {host}:{port} -verify_hostname {host}{start}")
        }
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
