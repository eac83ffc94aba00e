//! Hosts of mail providers that take no mailbox password from a mail program, which is what we are.
//!
//! Known by the names of their mail servers, which their customers' domains point to. Only providers
//! for whom it is a rule are named; whoever is not named is asked.

/// Says, in a sentence, why the provider to whom a mail host belongs cannot be asked about passwords;
/// `None` for everybody else.
pub(super) fn of(host: &str) -> Option<String> {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let provider = PROVIDERS.iter().find(|provider| {
        provider.hosts.iter().any(|known| {
            host.strip_suffix(known)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    });
    provider.map(|provider| {
        format!(
            "{host} is a mail server of {}, which {}; no password of theirs can be checked",
            provider.name, provider.takes
        )
    })
}

struct Provider {
    name: &'static str,
    takes: &'static str,
    /// The ends of its hosts' names.
    hosts: &'static [&'static str],
}

const PROVIDERS: [Provider; 7] = [
    Provider {
        name: "Google",
        takes: "takes no account passwords from mail programs, only OAuth and app passwords",
        hosts: &["google.com", "googlemail.com", "gmail.com"],
    },
    Provider {
        name: "Microsoft 365",
        takes: "takes no account passwords from mail programs, only OAuth",
        hosts: &[
            "outlook.com",
            "office365.com",
            "office.com",
            "mx.microsoft",
            "hotmail.com",
        ],
    },
    Provider {
        name: "Yahoo",
        takes: "takes no account passwords from mail programs, only OAuth and app passwords",
        hosts: &["yahoodns.net", "yahoo.com", "aol.com"],
    },
    Provider {
        name: "Apple iCloud",
        takes: "takes only app passwords from mail programs",
        hosts: &["icloud.com", "mail.me.com"],
    },
    Provider {
        name: "Fastmail",
        takes: "takes only app passwords from mail programs",
        hosts: &["messagingengine.com", "fastmail.com"],
    },
    Provider {
        name: "Proton",
        takes: "lets no mail program in without its own bridge",
        hosts: &["protonmail.ch", "proton.me", "protonmail.com"],
    },
    Provider {
        name: "Tuta",
        takes: "lets no mail program in",
        hosts: &["tutanota.de", "tutanota.com", "tuta.com"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_known_by_their_hosts() {
        for (host, name) in [
            ("aspmx.l.google.com", "Google"),
            ("ALT1.ASPMX.L.GOOGLE.COM.", "Google"),
            ("smtp.gmail.com", "Google"),
            ("example-org.mail.protection.outlook.com", "Microsoft 365"),
            ("example-org.k-v1.mx.microsoft", "Microsoft 365"),
            ("smtp.office365.com", "Microsoft 365"),
            ("mta5.am0.yahoodns.net", "Yahoo"),
            ("mx01.mail.icloud.com", "Apple iCloud"),
            ("in1-smtp.messagingengine.com", "Fastmail"),
            ("mailsec.protonmail.ch", "Proton"),
            ("mail.tutanota.de", "Tuta"),
        ] {
            let sentence = of(host).unwrap();
            assert!(sentence.contains(name), "{sentence}");
        }
    }

    #[test]
    fn others_are_not_taken_for_them() {
        for host in [
            "mail.example.org",
            "notgoogle.com",
            "google.com.example.org",
            "mx.example.microsoft",
            "",
        ] {
            assert_eq!(of(host), None, "{host}");
        }
    }
}
