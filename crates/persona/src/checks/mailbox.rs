//! The mail server of a domain: is it there, is it who it should be, can it be asked?

use std::net::{IpAddr, Ipv6Addr};

use mailbox::{
    CommandUrl, DovecotUrl, LdapUrl, MailboxUrl, Options, Probe, ServerUrl, TlsRequired,
    Unavailable,
};
use server::open_backend;
use server::settings::DomainSettings;

use super::{Finding, whereabouts};

/// Connects, looks, and leaves. No credentials are sent.
pub(crate) async fn check(domain: &DomainSettings, options: &Options) -> Vec<Finding> {
    let backend = match open_backend(domain, options) {
        Ok(backend) => backend,
        Err(error) => {
            let mend = format!(
                "correct the mailbox of [[domain]] {} in the settings",
                domain.name
            );
            return vec![failed(domain, "misconfigured", error.to_string()).mend(mend)];
        }
    };
    let provider = whereabouts::of_a_provider(domain);
    if let Some(hopeless) = provider.as_ref().filter(|finding| finding.failed()) {
        return vec![hopeless.clone()];
    }
    let answer = match backend.probe().await {
        Ok(probe) => Finding::ok(
            "mailbox-answers",
            domain.name.as_str(),
            format!(
                "{} {}",
                backend.describe(),
                what_it_offers(&domain.mailbox, &probe)
            ),
        ),
        Err(trouble) => {
            let finding = failed(domain, trouble.reason(), trouble.to_string());
            with_way_out(finding, &domain.mailbox, &trouble)
        }
    };
    let remarks = backend.remarks().await.into_iter().map(|remark| {
        let code = format!("mailbox-{}", remark.reason);
        Finding::warn(&code, domain.name.as_str(), remark.seen)
            .because("it works, and should not stay like this")
            .mend(remark.mend)
    });
    std::iter::once(answer)
        .chain(provider)
        .chain(remarks)
        .collect()
}

/// Adds to a finding what the operator can do about the mail server's trouble.
pub(super) fn with_way_out(finding: Finding, url: &MailboxUrl, trouble: &Unavailable) -> Finding {
    let way_out = match url {
        MailboxUrl::Server(url) => way_out(url, trouble),
        MailboxUrl::Dovecot(url) => dovecot_way_out(url, trouble),
        MailboxUrl::File(url) => WayOut::Look(format!("ls -lL {}", url.path().display())),
        MailboxUrl::Command(url) => WayOut::Look(by_hand(url)),
        MailboxUrl::Ldap(url) => ldap_way_out(url, trouble),
    };
    match way_out {
        WayOut::Mend(mend) => finding.mend(mend),
        WayOut::Look(look) => finding.look(look),
    }
}

fn failed(domain: &DomainSettings, reason: &str, seen: String) -> Finding {
    Finding::fail(&format!("mailbox-{reason}"), domain.name.as_str(), seen).because(format!(
        "nobody at {} can sign in",
        domain.name.to_unicode()
    ))
}

/// Says what a backend showed of itself.
pub(super) fn what_it_offers(url: &MailboxUrl, probe: &Probe) -> String {
    let encryption = if probe.tls {
        "encrypted, with a valid certificate"
    } else {
        "in clear text, on this machine"
    };
    let mechanisms = probe.mechanisms.join(", ");
    match url {
        MailboxUrl::Server(_) | MailboxUrl::Dovecot(_) | MailboxUrl::Ldap(_) => {
            format!("answers {encryption}, and takes {mechanisms}")
        }
        MailboxUrl::File(_) => format!("has passwords: {mechanisms}"),
        MailboxUrl::Command(_) => "can be run; it was not run".to_owned(),
    }
}

/// Writes the command that asks a program as we would.
fn by_hand(url: &CommandUrl) -> String {
    format!(
        "printf '%s\\n' ADDRESS PASSWORD 192.0.2.1 | env -i {}; echo $?",
        url.path().display()
    )
}

/// What the operator can do.
#[derive(Debug, PartialEq, Eq)]
enum WayOut {
    /// This is what is wrong.
    Mend(String),
    /// What is wrong is to be seen there.
    Look(String),
}

fn way_out(url: &ServerUrl, trouble: &Unavailable) -> WayOut {
    let (host, port) = (in_brackets(&url.host()), url.port());
    if let Some(other) = other_scheme(url, trouble) {
        return WayOut::Mend(other);
    }
    match trouble {
        Unavailable::Unresolved { .. } => WayOut::Look(format!("getent hosts {}", url.host())),
        Unavailable::RefusedConnection { .. }
        | Unavailable::Timeout { .. }
        | Unavailable::Closed { .. }
        | Unavailable::Referred { .. }
        | Unavailable::Misconfigured { .. }
        | Unavailable::Challenged
        | Unavailable::Gibberish { .. } => WayOut::Look(what_answers(url)),
        Unavailable::Temporary { .. } | Unavailable::Blocked { .. } => {
            WayOut::Look("the mail server's log, for this machine's address".to_owned())
        }
        Unavailable::TlsRequired(TlsRequired::NotOffered) => WayOut::Mend(format!(
            "mailbox = \"{}://{host}\", or switch STARTTLS on at the mail server",
            Words::of(url).encrypted
        )),
        Unavailable::TlsRequired(TlsRequired::Refused { .. } | TlsRequired::Demanded { .. })
        | Unavailable::TlsBroken { .. }
        | Unavailable::Certificate { .. } => WayOut::Look(openssl(url)),
        // Not of a server on the network.
        Unavailable::Busy
        | Unavailable::UnaskableName { .. }
        | Unavailable::PasswordFile { .. }
        | Unavailable::PasswordEntry { .. }
        | Unavailable::Program { .. } => WayOut::Look("persona's log".to_owned()),
        Unavailable::NoLogin
        | Unavailable::LoginDisabled
        | Unavailable::NoMechanism { .. }
        | Unavailable::MechanismRefused { .. } => WayOut::Mend(format!(
            "switch on AUTH PLAIN at the mail server, or name its port for {} mail instead of {port}",
            Words::of(url).purpose
        )),
    }
}

fn dovecot_way_out(url: &DovecotUrl, trouble: &Unavailable) -> WayOut {
    match (trouble, url.file()) {
        (Unavailable::RefusedConnection { why, .. }, Some(socket))
            if why.starts_with("Permission denied") =>
        {
            WayOut::Look(format!(
                "ls -l {}: the user of this program needs to write there, by user, group and mode of \
                 this unix_listener in Dovecot's service auth",
                socket.display()
            ))
        }
        // Dovecot leaves the file behind when it stops.
        (Unavailable::RefusedConnection { .. }, Some(socket)) => WayOut::Look(format!(
            "systemctl status dovecot, and doveconf -n, which has to have {} as a unix_listener of \
             service auth: nobody listens there",
            socket.display()
        )),
        (Unavailable::NoLogin | Unavailable::NoMechanism { .. }, _) => {
            WayOut::Mend("auth_mechanisms = plain login, in Dovecot's settings".to_owned())
        }
        _ => WayOut::Look("doveadm log errors, and the lines of auth in Dovecot's log".to_owned()),
    }
}

fn ldap_way_out(url: &LdapUrl, trouble: &Unavailable) -> WayOut {
    let (host, port) = (in_brackets(&url.host()), url.port());
    let scheme = if url.is_secure() { "ldaps" } else { "ldap" };
    if let Unavailable::Unresolved { .. } = trouble {
        return WayOut::Look(format!("getent hosts {}", url.host()));
    }
    if let Unavailable::TlsRequired(TlsRequired::Refused { .. }) = trouble {
        return WayOut::Mend(format!(
            "give the directory a certificate (OpenLDAP: olcTLSCertificateFile), or ask its port \
             that is encrypted from the start: ldaps://{host}"
        ));
    }
    if let Unavailable::TlsRequired(_) = trouble {
        return WayOut::Mend(
            "name the authority of the directory's certificate in the URL, with ca=FILE behind the \
             fourth question mark: then StartTLS is used towards this machine too"
                .to_owned(),
        );
    }
    if let Unavailable::Misconfigured { .. } = trouble {
        return WayOut::Look(format!(
            "ldapwhoami -x -H {scheme}://{host}:{port} -D BIND_DN -W, with the bind_dn of the settings"
        ));
    }
    WayOut::Look(format!(
        "ldapsearch -x -H {scheme}://{host}:{port} -s base -b '' supportedExtension"
    ))
}

/// How a protocol's servers are spoken of.
struct Words {
    encrypted: &'static str,
    in_clear: &'static str,
    /// The port of the encrypted scheme.
    port: u16,
    /// What people use it for.
    purpose: &'static str,
}

impl Words {
    fn of(url: &ServerUrl) -> &'static Self {
        if url.takes_letters() { &SMTP } else { &IMAP }
    }
}

/// Recognizes a server that is asked in clear text and waits for TLS, or the other way round.
fn other_scheme(url: &ServerUrl, trouble: &Unavailable) -> Option<String> {
    let (host, port) = (in_brackets(&url.host()), url.port());
    let words = Words::of(url);
    if let Unavailable::Timeout { before } | Unavailable::Closed { before } = trouble
        && !is_secure(url)
        && port == words.port
        && *before == "its greeting"
    {
        return Some(format!(
            "port {port} speaks TLS from the start: try {}://{host}:{port}",
            words.encrypted
        ));
    }
    // What comes is not even the beginning of a TLS record.
    if let Unavailable::TlsBroken { why } = trouble
        && is_secure(url)
        && why.contains("InvalidContentType")
    {
        return Some(format!(
            "port {port} does not begin with TLS: try {}://{host}:{port}",
            words.in_clear
        ));
    }
    None
}

fn is_secure(url: &ServerUrl) -> bool {
    let scheme = Words::of(url).encrypted;
    url.to_string().starts_with(&format!("{scheme}:"))
}

/// Writes the command that shows who is there.
fn what_answers(url: &ServerUrl) -> String {
    if is_secure(url) {
        openssl(url)
    } else {
        format!("nc -v {} {}", url.host(), url.port())
    }
}

/// Writes the command that shows the certificate as we would see it.
fn openssl(url: &ServerUrl) -> String {
    let written = url.to_string();
    let (_, query) = written.split_once('?').unwrap_or_default();
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
    let start = if is_secure(url) {
        String::new()
    } else {
        format!(" -starttls {}", Words::of(url).in_clear)
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

const SMTP: Words = Words {
    encrypted: "smtps",
    in_clear: "smtp",
    port: 465,
    purpose: "submitting",
};
const IMAP: Words = Words {
    encrypted: "imaps",
    in_clear: "imap",
    port: 993,
    purpose: "reading",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_socket_needs_is_said() {
        let Ok(MailboxUrl::Dovecot(url)) = MailboxUrl::parse("dovecot:/run/dovecot/auth-client")
        else {
            panic!("it is one");
        };
        let refused = Unavailable::RefusedConnection {
            server: url.to_string(),
            why: "Permission denied (os error 13)".to_owned(),
        };

        let expected = "ls -l /run/dovecot/auth-client: the user of this program needs to write \
                        there, by user, group and mode of this unix_listener in Dovecot's service auth";
        assert_eq!(
            dovecot_way_out(&url, &refused),
            WayOut::Look(expected.to_owned())
        );
        for why in [
            "Connection refused (os error 111)",
            "No such file or directory (os error 2)",
        ] {
            let server = url.to_string();
            let why = why.to_owned();
            let gone = Unavailable::RefusedConnection { server, why };
            let way_out = dovecot_way_out(&url, &gone);
            assert!(
                matches!(&way_out, WayOut::Look(look) if look.starts_with("systemctl status dovecot"))
            );
        }
        assert_eq!(
            dovecot_way_out(&url, &Unavailable::NoLogin),
            WayOut::Mend("auth_mechanisms = plain login, in Dovecot's settings".to_owned())
        );
    }

    #[test]
    fn a_port_that_wants_the_other_scheme_is_recognized() {
        let way_out =
            |url: &str, trouble: Unavailable| way_out(&ServerUrl::parse(url).unwrap(), &trouble);
        let no_greeting = || Unavailable::Timeout {
            before: "its greeting",
        };
        let clear = Unavailable::TlsBroken {
            why: "received corrupt message of type InvalidContentType".to_owned(),
        };

        assert_eq!(
            way_out("smtp://mail.example.org:465", no_greeting()),
            WayOut::Mend(
                "port 465 speaks TLS from the start: try smtps://mail.example.org:465".to_owned()
            )
        );
        assert_eq!(
            way_out("imap://mail.example.org:993", no_greeting()),
            WayOut::Mend(
                "port 993 speaks TLS from the start: try imaps://mail.example.org:993".to_owned()
            )
        );
        assert_eq!(
            way_out("imaps://mail.example.org:143", clear.clone()),
            WayOut::Mend(
                "port 143 does not begin with TLS: try imap://mail.example.org:143".to_owned()
            )
        );
        assert_eq!(
            way_out("smtp://mail.example.org", no_greeting()),
            WayOut::Look("nc -v mail.example.org 587".to_owned())
        );
        assert_eq!(
            way_out("smtps://mail.example.org:587", clear),
            WayOut::Mend(
                "port 587 does not begin with TLS: try smtp://mail.example.org:587".to_owned()
            )
        );
    }

    #[test]
    fn the_advice_is_in_the_words_of_the_protocol() {
        let way_out =
            |url: &str, trouble: Unavailable| way_out(&ServerUrl::parse(url).unwrap(), &trouble);
        let hidden = || Unavailable::TlsRequired(TlsRequired::NotOffered);

        for (url, tls, login) in [
            (
                "smtp://mail.example.org",
                "mailbox = \"smtps://mail.example.org\", or switch STARTTLS on at the mail server",
                "switch on AUTH PLAIN at the mail server, or name its port for submitting mail \
                 instead of 587",
            ),
            (
                "imap://mail.example.org",
                "mailbox = \"imaps://mail.example.org\", or switch STARTTLS on at the mail server",
                "switch on AUTH PLAIN at the mail server, or name its port for reading mail \
                 instead of 143",
            ),
        ] {
            assert_eq!(way_out(url, hidden()), WayOut::Mend(tls.to_owned()));
            assert_eq!(
                way_out(url, Unavailable::LoginDisabled),
                WayOut::Mend(login.to_owned())
            );
        }
    }

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
                "imap://mail.example.org?client=id",
                "-connect mail.example.org:143 -servername mail.example.org -verify_hostname mail.example.org -starttls imap",
            ),
            (
                "imaps://mail.example.org",
                "-connect mail.example.org:993 -servername mail.example.org -verify_hostname mail.example.org",
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
            let url = ServerUrl::parse(url).unwrap();

            assert_eq!(openssl(&url), format!("openssl s_client {command}"));
        }
    }
}
