//! `WebFinger`: programs find out which issuer speaks for an address (RFC 7033; OpenID Connect
//! Discovery §2).
//!
//! The answer depends on the domain alone: what stands before the `@` is repeated, and nobody is asked
//! about it. Whether a domain is ours is for whoever calls.

use serde_json::json;

use crate::email::Domain;
use crate::origin::Origin;

/// A question: about whom, and what of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    resource: Resource,
    /// The resource, as it was written.
    subject: String,
    /// The relations that are asked for; none means all of them.
    relations: Vec<String>,
}

/// Whom a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Somebody at this domain (`acct:`, RFC 7565; `mailto:`, RFC 6068).
    At(Domain),
    /// A web site.
    Site(Origin),
}

/// Who answers.
#[derive(Clone, Copy, Debug)]
pub struct Answerer<'a> {
    /// The issuer, an origin.
    pub issuer: &'a str,
    /// Whether brokers of Portier may come to it.
    pub takes_brokers: bool,
}

/// Says why a question cannot be answered (RFC 7033 §4.2: status 400).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuestionError {
    /// There is no `resource`, or there are several.
    #[error("the question has to have one parameter “resource”")]
    NoResource,
    /// It names nobody that could be asked about.
    #[error("the resource has to be acct:user@domain, mailto:user@domain or an issuer's address")]
    Resource,
    /// A parameter is too long or no UTF-8 text.
    #[error("the question is too long, or no text")]
    Unreadable,
}

impl Question {
    /// Reads a question from the query of its address (RFC 7033 §4.1).
    pub fn read(query: &str) -> Result<Self, QuestionError> {
        if query.len() > LONGEST {
            return Err(QuestionError::Unreadable);
        }
        // Here a plus is a plus, as in `alice+shop@example.org`, and not a form's white space.
        let query = query.replace('+', "%2B");
        let (mut resources, mut relations) = (Vec::new(), Vec::new());
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if value.contains(char::REPLACEMENT_CHARACTER) {
                return Err(QuestionError::Unreadable);
            }
            match name.as_ref() {
                "resource" => resources.push(value.into_owned()),
                "rel" => relations.push(value.into_owned()),
                _ => {}
            }
        }
        let (Some(subject), true) = (resources.pop(), resources.is_empty()) else {
            return Err(QuestionError::NoResource);
        };
        Ok(Self {
            resource: Resource::read(&subject).ok_or(QuestionError::Resource)?,
            subject,
            relations,
        })
    }

    /// Says whom it is about.
    pub const fn resource(&self) -> &Resource {
        &self.resource
    }

    /// Writes the answer (RFC 7033 §4.4): the relations that were asked for, as far as there are any.
    pub fn answer(&self, from: Answerer<'_>) -> String {
        let wanted =
            |rel: &str| self.relations.is_empty() || self.relations.iter().any(|r| r == rel);
        let links = links(from).filter(|rel| wanted(rel));
        let links: Vec<_> = links.map(|rel| link(rel, from.issuer)).collect();
        json!({ "subject": self.subject, "links": links }).to_string()
    }
}

/// Writes the answer that a web site gives from a file, whoever is asked about. It names nobody, since
/// a file cannot (RFC 7033 §4.4.1: the subject may be left out).
pub fn fixed_answer(from: Answerer<'_>) -> String {
    let links: Vec<_> = links(from).map(|rel| link(rel, from.issuer)).collect();
    json!({ "links": links }).to_string()
}

/// Finds which issuer an answer names, as a client that looks for one does: `None`, if it is no answer,
/// or names none.
pub fn issuer_in(answer: &[u8]) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_slice(answer).ok()?;
    let mut links = answer.get("links")?.as_array()?.iter();
    let link = links.find(|link| link.get("rel").is_some_and(|rel| rel == ISSUER))?;
    Some(link.get("href")?.as_str()?.to_owned())
}

fn links(from: Answerer<'_>) -> impl Iterator<Item = &'static str> {
    let broker = from.takes_brokers.then_some(PORTIER);
    std::iter::once(ISSUER).chain(broker)
}

fn link(relation: &str, issuer: &str) -> serde_json::Value {
    json!({ "rel": relation, "href": issuer })
}

impl Resource {
    fn read(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once(':')?;
        // Schemes do not distinguish small letters from capitals (RFC 3986 §3.1).
        match scheme.to_ascii_lowercase().as_str() {
            "acct" | "mailto" => {
                let (user, domain) = rest.rsplit_once('@')?;
                let domain = Domain::parse(domain).ok()?;
                (!user.is_empty()).then_some(Self::At(domain))
            }
            "https" | "http" => {
                let origin = text.strip_suffix('/').unwrap_or(text);
                Origin::parse(origin).ok().map(Self::Site)
            }
            _ => None,
        }
    }
}

/// The relation of an `OpenID` issuer (OpenID Connect Discovery §2).
pub const ISSUER: &str = "http://openid.net/specs/connect/1.0/issuer";
/// The relation of whoever answers Portier's brokers.
pub const PORTIER: &str = "https://portier.io/specs/auth/1.0/idp";
/// Characters of a query: an address has at most 254, and a relation is a short URL.
const LONGEST: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    const US: Answerer<'_> = Answerer {
        issuer: "https://id.example.org",
        takes_brokers: false,
    };

    fn domain_in(query: &str) -> String {
        match Question::read(query).unwrap().resource() {
            Resource::At(domain) => domain.to_string(),
            Resource::Site(origin) => origin.to_string(),
        }
    }

    #[test]
    fn whom_a_question_is_about_is_read_as_clients_write_it() {
        for (query, expected) in [
            ("resource=acct:alice@example.org", "example.org"),
            ("resource=acct%3Aalice%40example.org", "example.org"),
            ("resource=mailto:alice@Example.ORG", "example.org"),
            (
                "resource=ACCT:alice%40b%C3%BCro.example",
                "xn--bro-hoa.example",
            ),
            ("resource=acct:alice%2540home@example.org", "example.org"),
            (
                "resource=acct:a+b@example.org&rel=x&rel=y&other=1",
                "example.org",
            ),
            (
                "resource=https%3A%2F%2Fid.example.org%2F",
                "https://id.example.org",
            ),
            (
                "resource=https://id.example.org:8443",
                "https://id.example.org:8443",
            ),
        ] {
            assert_eq!(domain_in(query), expected, "{query}");
        }
    }

    #[test]
    fn what_names_nobody_is_no_question() {
        use QuestionError::{NoResource, Resource, Unreadable};
        let long = format!("resource=acct:{}@example.org", "a".repeat(2048));
        for (query, expected) in [
            ("", NoResource),
            ("rel=x", NoResource),
            (
                "resource=acct:a@example.org&resource=acct:b@example.org",
                NoResource,
            ),
            ("resource=", Resource),
            ("resource=alice@example.org", Resource),
            ("resource=acct:alice", Resource),
            ("resource=acct:@example.org", Resource),
            ("resource=acct:alice@", Resource),
            ("resource=acct:alice@exa%00mple.org", Resource),
            ("resource=acct:alice@example.org/x", Resource),
            ("resource=xmpp:alice@example.org", Resource),
            ("resource=https://id.example.org/alice", Resource),
            ("resource=acct:%FF@example.org", Unreadable),
            (long.as_str(), Unreadable),
        ] {
            assert_eq!(Question::read(query), Err(expected), "{query}");
        }
    }

    #[test]
    fn an_answer_repeats_the_question_and_names_the_issuer() {
        let question = Question::read("resource=acct:a+%22b%22@example.org").unwrap();

        let answer = question.answer(US);

        assert_eq!(
            answer,
            r#"{"links":[{"href":"https://id.example.org","rel":"http://openid.net/specs/connect/1.0/issuer"}],"subject":"acct:a+\"b\"@example.org"}"#
        );
        assert_eq!(issuer_in(answer.as_bytes()).as_deref(), Some(US.issuer));
    }

    #[test]
    fn only_what_was_asked_for_is_answered() {
        let ask = |rel: &str, takes_brokers| {
            let query = format!("resource=mailto:a@example.org{rel}");
            let from = Answerer {
                takes_brokers,
                ..US
            };
            let answer = Question::read(&query).unwrap().answer(from);
            let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
            let links = answer["links"].as_array().unwrap().clone();
            links
                .iter()
                .map(|l| l["rel"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let (issuer, portier) = (format!("&rel={ISSUER}"), format!("&rel={PORTIER}"));

        assert_eq!(ask("", false), [ISSUER]);
        assert_eq!(ask("", true), [ISSUER, PORTIER]);
        assert_eq!(ask(&issuer, true), [ISSUER]);
        assert_eq!(ask(&portier, true), [PORTIER]);
        assert_eq!(ask(&portier, false), [""; 0]);
        assert_eq!(ask("&rel=other", true), [""; 0]);
        assert_eq!(ask(&format!("{portier}{issuer}"), true), [ISSUER, PORTIER]);
    }

    #[test]
    fn the_answer_of_a_file_names_nobody() {
        let answer = fixed_answer(US);

        assert_eq!(
            answer,
            r#"{"links":[{"href":"https://id.example.org","rel":"http://openid.net/specs/connect/1.0/issuer"}]}"#
        );
        assert_eq!(issuer_in(answer.as_bytes()).as_deref(), Some(US.issuer));
    }

    #[test]
    fn what_names_no_issuer_has_none() {
        for answer in [
            "",
            "{}",
            "<html>",
            r#"{"links":{}}"#,
            r#"{"links":[{"rel":"x","href":"y"}]}"#,
        ] {
            assert_eq!(issuer_in(answer.as_bytes()), None, "{answer}");
        }
    }
}
