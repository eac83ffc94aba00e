//! The support documents as others get them: the issuer's own, with the key that signs, and the way
//! from each domain to the issuer (`browserid.md` §1.2-1.4).

use protocol::browserid::{Authority, Chain, SupportDocument};
use protocol::email::Domain;
use protocol::jose::PublicKey;
use server::outbound::Seen;

use super::trouble::{header, no_answer};
use super::{Outside, WELL_KNOWN};
use crate::checks::Finding;

impl Outside<'_> {
    /// Looks whether others find the key that signs at the issuer's own name.
    pub(super) async fn own_document(
        &self,
        signing: Option<&PublicKey>,
    ) -> (Finding, Option<Vec<PublicKey>>) {
        let host = self.issuer.clone();
        let subject = subject(&host);
        let document = match self.document(&host, host.host()).await {
            Ok(document) => document,
            Err(finding) => return (*finding, None),
        };
        let SupportDocument::Idp { keys, .. } = document else {
            let finding = Finding::fail("outside-authority", subject, "it names no key")
                .because("no site can verify what is signed here")
                .mend(format!("at {host}: {}", self.pass(WELL_KNOWN)));
            return (finding, None);
        };
        let finding = match signing {
            Some(key) if !keys.contains(key) => Finding::fail(
                "outside-key",
                subject,
                "its key is not the one that signs here",
            )
            .because("no site accepts what is signed now")
            .mend(
                "if it is a file, write it anew: persona setup --docroot DIR --restart; else see that \
                 the web server asks this installation, and restart it",
            ),
            Some(_) => Finding::ok("outside-document", subject, "others find the key that signs"),
            None => Finding::ok("outside-document", subject, "others find a key"),
        };
        (finding, Some(keys))
    }

    /// Follows the way from a domain as every verifier does, and looks whether it ends here.
    pub(super) async fn delegation(&self, domain: &Domain) -> Finding {
        let own = Authority::of(domain);
        let fail = |code: &str, seen: String| {
            Finding::fail(code, subject(&own), seen)
                .because(format!(
                    "sites do not take our word for addresses at {domain}"
                ))
                .mend(format!("at {domain}: {}", self.pass(WELL_KNOWN)))
        };
        let mut chain = Chain::begin(domain);
        loop {
            if *chain.host() == self.issuer {
                let seen = format!("others find that {} speaks for it", self.issuer);
                return Finding::ok("outside-delegation", subject(&own), seen);
            }
            let document = match self.document(chain.host(), domain).await {
                Ok(document) => document,
                Err(finding) => return *finding,
            };
            match document {
                SupportDocument::Disabled => {
                    let seen = format!("{} says that nobody speaks for it", chain.host());
                    return fail("outside-disabled", seen);
                }
                SupportDocument::Idp { .. } => {
                    let seen = format!(
                        "{} has keys of its own and does not name {}",
                        chain.host(),
                        self.issuer
                    );
                    return fail("outside-authority", seen);
                }
                SupportDocument::Delegation { authority } => {
                    if let Err(error) = chain.follow(&authority) {
                        return fail("outside-circle", error.to_string());
                    }
                }
            }
        }
    }

    async fn document(
        &self,
        host: &Authority,
        about: &Domain,
    ) -> Result<SupportDocument, Box<Finding>> {
        let subject = subject(host);
        let path = format!("{WELL_KNOWN}?domain={about}");
        let seen = self.view.see(host, &path).await;
        let seen = seen.map_err(|error| no_answer(&subject, host.as_str(), &error))?;
        if seen.status != 200 {
            return Err(self
                .other_status(&subject, host.as_str(), WELL_KNOWN, &seen)
                .into());
        }
        read(&seen).map_err(|(code, what)| {
            let finding = Finding::fail(code, &subject, what)
                .because("no site reads it")
                .mend(format!(
                    "at {host}: {}; or, where it is a file: default_type application/json;",
                    self.pass(WELL_KNOWN)
                ));
            Box::new(finding)
        })
    }
}

/// Reads a document as others do, or gives the code of what is wrong with it and says what that is.
fn read(seen: &Seen) -> Result<SupportDocument, (&'static str, String)> {
    let kind = header(seen, "content-type").unwrap_or_else(|| "no content type".to_owned());
    let document = SupportDocument::parse(&seen.body);
    let is_json = kind.to_ascii_lowercase().starts_with("application/json");
    match document {
        Ok(document) if is_json => Ok(document),
        Ok(_) => {
            let what = format!("it is sent as {kind}, and only application/json is read");
            Err(("outside-type", what))
        }
        Err(_) if looks_like_a_program(&seen.body) => {
            let what = "the program that makes it is sent instead of being run".to_owned();
            Err(("outside-source", what))
        }
        Err(_) if !is_json => {
            let what = format!("something else is there, sent as {kind}");
            Err(("outside-type", what))
        }
        Err(error) => Err(("outside-malformed", error.to_string())),
    }
}

/// Does a text begin as programs of a web site do? An address in a document may contain any word.
fn looks_like_a_program(body: &[u8]) -> bool {
    let begin = body.trim_ascii_start();
    [&b"#!"[..], b"<?php", b"<?=", b"<%"]
        .iter()
        .any(|mark| begin.starts_with(mark))
}

fn subject(host: &Authority) -> String {
    format!("https://{host}{WELL_KNOWN}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_in_a_document_is_no_program() {
        for (body, is_program) in [
            ("#!/usr/bin/perl\nprint 1;", true),
            (" \n<?php echo 1;", true),
            ("<% response.write %>", true),
            ("{\"authority\":\"perl.example\"}", false),
            ("<!doctype html><p>#!/bin/sh", false),
            ("", false),
        ] {
            assert_eq!(looks_like_a_program(body.as_bytes()), is_program, "{body}");
        }
    }
}
