//! Hosts of mail providers that take no mailbox password from a mail program, which is what we are.
//!
//! Known by the names of their mail servers, which their customers' domains point to. Only providers
//! for whom it is a rule are named; whoever is not named is asked. `docs/guide/cannot-work.md` is for people.

/// A provider, and what it says to a mail program that has somebody's password.
#[derive(Debug)]
pub(crate) struct Provider {
    name: &'static str,
    /// What opens a mailbox there.
    pub(crate) key: Key,
    takes: &'static str,
    /// The ends of its hosts' names.
    hosts: &'static [&'static str],
}

/// What opens a mailbox for a mail program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A password that the provider has made for one program, or the account's where somebody has allowed
    /// it. As a rule the account's is refused.
    Special,
    /// No password at all.
    None,
}

impl Provider {
    /// Finds the provider to whom a mail host belongs; `None` for everybody else.
    pub(crate) fn of(host: &str) -> Option<&'static Self> {
        let host = lower(host);
        PROVIDERS.iter().find(|provider| {
            provider.hosts.iter().any(|known| {
                host.strip_suffix(known)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            })
        })
    }

    /// Says whose a host of theirs is, and why it is of no use, as a part of a sentence.
    pub(crate) fn owns(&self, host: &str) -> String {
        format!(
            "{} is a mail server of {}, which {}",
            lower(host),
            self.name,
            self.takes
        )
    }
}

/// Says, in a sentence, why the provider to whom a mail host belongs cannot be asked about passwords;
/// `None` for everybody else.
pub(super) fn of(host: &str) -> Option<String> {
    Provider::of(host).map(|provider| provider.owns(host))
}

fn lower(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

const PROVIDERS: [Provider; 7] = [
    Provider {
        name: "Google",
        key: Key::Special,
        takes: "takes no account passwords from mail programs, only OAuth and app passwords",
        hosts: &["google.com", "googlemail.com", "gmail.com"],
    },
    Provider {
        name: "Microsoft",
        key: Key::Special,
        takes: "takes OAuth from mail programs, and account passwords only over SMTP, where an administrator \
                of Microsoft 365 still allows that",
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
        key: Key::Special,
        takes: "takes no account passwords from mail programs, only OAuth and app passwords",
        hosts: &["yahoodns.net", "yahoo.com", "aol.com"],
    },
    Provider {
        name: "Apple iCloud",
        key: Key::Special,
        takes: "takes only app passwords from mail programs",
        hosts: &["icloud.com", "mail.me.com"],
    },
    Provider {
        name: "Fastmail",
        key: Key::Special,
        takes: "takes only app passwords from mail programs",
        hosts: &["messagingengine.com", "fastmail.com"],
    },
    Provider {
        name: "Proton",
        key: Key::None,
        takes: "lets no mail program in without its own bridge",
        hosts: &["protonmail.ch", "proton.me", "protonmail.com"],
    },
    Provider {
        name: "Tuta",
        key: Key::None,
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
            ("example-org.mail.protection.outlook.com", "Microsoft"),
            ("example-org.k-v1.mx.microsoft", "Microsoft"),
            ("smtp.office365.com", "Microsoft"),
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
