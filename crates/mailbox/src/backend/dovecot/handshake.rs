//! How a conversation with Dovecot's auth service begins (`mail.md` §2.3).
//!
//! Each side names its version, and the server its mechanisms, up to `DONE`. Dovecot 2.3 speaks at
//! once and Dovecot 2.4 waits for us, so ours is said without waiting, which suits both. The major
//! version must be 1; minor versions add words, and unknown words are passed over. Pure.

use crate::escape::escape;
use crate::unavailable::{Gibberish, Unavailable};

use super::lines::fields;

/// What the server has said of itself so far.
#[derive(Debug, Default)]
pub(super) struct Handshake {
    version: Option<String>,
    mechanisms: Vec<String>,
    lines: usize,
}

/// A server that has introduced itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Greeted {
    /// The version of its protocol, as `1.2`.
    pub(super) version: String,
    /// The mechanisms on offer, in upper case. PLAIN is one of them.
    pub(super) mechanisms: Vec<String>,
}

/// Gives what we say at the beginning of a connection, by a number that tells it from our others.
pub(super) fn introduction(number: u32) -> Vec<u8> {
    format!("VERSION\t1\t2\nCPID\t{number}\n").into_bytes()
}

impl Handshake {
    /// Takes the next line; gives what came of it behind the last one.
    pub(super) fn take(&mut self, line: &[u8]) -> Result<Option<Greeted>, Unavailable> {
        self.lines += 1;
        if self.lines > LINE_COUNT_LIMIT {
            return Err(Gibberish("its handshake has more than 100 lines").into());
        }
        let fields = fields(line)?;
        let mut words = fields.iter().map(|field| field.name.as_slice());
        let (word, argument) = (words.next().unwrap_or_default(), words.next());
        match (word, &self.version) {
            (b"VERSION", None) => {
                let minor = words.next().unwrap_or_default();
                let version = version(argument.unwrap_or_default(), minor)?;
                self.version = Some(version);
                Ok(None)
            }
            (_, None) => Err(Gibberish("its handshake does not begin with its version").into()),
            (b"VERSION", Some(_)) => Err(Gibberish("it names its version twice").into()),
            (b"MECH", Some(_)) => {
                let name = argument.and_then(|name| str::from_utf8(name).ok());
                self.mechanisms.extend(name.map(str::to_ascii_uppercase));
                Ok(None)
            }
            (b"DONE", Some(version)) => Ok(Some(Greeted {
                version: version.clone(),
                mechanisms: with_plain(std::mem::take(&mut self.mechanisms))?,
            })),
            _ => Ok(None),
        }
    }
}

fn version(major: &[u8], minor: &[u8]) -> Result<String, Unavailable> {
    let version = format!("{}.{}", escape(major), escape(minor));
    if major == b"1" {
        return Ok(version);
    }
    Err(Unavailable::Misconfigured {
        what: "version 1 of the protocol of its auth service",
        said: format!("VERSION {version}"),
    })
}

fn with_plain(mechanisms: Vec<String>) -> Result<Vec<String>, Unavailable> {
    if mechanisms.iter().any(|name| name == "PLAIN") {
        Ok(mechanisms)
    } else if mechanisms.is_empty() {
        Err(Unavailable::NoLogin)
    } else {
        let offered = escape(mechanisms.join(" ").as_bytes());
        Err(Unavailable::NoMechanism { offered })
    }
}

const LINE_COUNT_LIMIT: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn shake(lines: &[&str]) -> Result<Option<Greeted>, Unavailable> {
        let mut handshake = Handshake::default();
        let mut last = None;
        for line in lines {
            last = handshake.take(line.as_bytes())?;
        }
        Ok(last)
    }

    fn reason(lines: &[&str]) -> &'static str {
        shake(lines).unwrap_err().reason()
    }

    #[test]
    fn the_handshake_of_dovecot_2_3_is_understood() {
        let greeted = shake(&[
            "VERSION\t1\t2",
            "MECH\tPLAIN\tplaintext",
            "MECH\tSCRAM-SHA-256\tmutual-auth",
            "SPID\t12533",
            "CUID\t39",
            "COOKIE\t00112233445566778899aabbccddeeff",
            "DONE",
        ]);

        assert_eq!(
            greeted,
            Ok(Some(Greeted {
                version: "1.2".to_owned(),
                mechanisms: vec!["PLAIN".to_owned(), "SCRAM-SHA-256".to_owned()],
            }))
        );
    }

    #[test]
    fn other_minor_versions_and_unknown_words_are_passed_over() {
        for minor in ["0", "1", "3", "4", "17"] {
            let version = format!("VERSION\t1\t{minor}");
            let lines = [
                version.as_str(),
                "NEWS\tx\ty=z",
                "mech",
                "MECH\tplain",
                "DONE\tx",
            ];

            assert_eq!(
                shake(&lines).unwrap().unwrap().mechanisms,
                ["PLAIN"],
                "{minor}"
            );
        }
    }

    #[test]
    fn another_major_version_is_not_spoken() {
        for version in [
            "VERSION\t2\t0",
            "VERSION\t0\t9",
            "VERSION\t11",
            "VERSION",
            "VERSION\t+1",
        ] {
            assert_eq!(reason(&[version]), "misconfigured", "{version:?}");
        }
        assert_eq!(
            shake(&["VERSION\t2\t0"]).unwrap_err().to_string(),
            "the mail server refused version 1 of the protocol of its auth service, which says \
             nothing about the password: VERSION 2.0"
        );
    }

    #[test]
    fn what_does_not_begin_with_a_version_is_another_protocol() {
        for line in [
            "220 mail ESMTP",
            "* OK Dovecot ready.",
            "",
            "MECH\tPLAIN",
            "DONE",
        ] {
            assert_eq!(reason(&[line]), "gibberish", "{line:?}");
        }
        assert_eq!(reason(&["VERSION\t1\t2", "VERSION\t1\t2"]), "gibberish");
    }

    #[test]
    fn a_server_without_plain_is_not_asked() {
        assert_eq!(
            shake(&["VERSION\t1\t2", "MECH\tCRAM-MD5", "MECH\tXPLAIN", "DONE"]),
            Err(Unavailable::NoMechanism {
                offered: "CRAM-MD5 XPLAIN".to_owned()
            })
        );
        assert_eq!(shake(&["VERSION\t1\t2", "DONE"]), Err(Unavailable::NoLogin));
    }

    #[test]
    fn a_handshake_without_end_is_gibberish() {
        let mut lines = vec!["VERSION\t1\t2"];
        lines.extend(["MECH\tPLAIN"; 100]);

        assert_eq!(reason(&lines), "gibberish");
    }
}
