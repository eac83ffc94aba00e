//! Proof is a type: who may say that somebody has opened a mailbox.

use super::super::finding::{Findings, Rule};
use super::super::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "proof",
    says: "a `ProvenEmail` is made in two journeys and nowhere else",
    check,
};

fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    for source in tree.sources() {
        if PLACES.contains(&source.path.as_str()) {
            continue;
        }
        for token in source.tokens.iter().filter(|token| token.is(CONSTRUCTOR)) {
            let what = format!("says `{CONSTRUCTOR}`: only the login and session journeys may");
            findings.add(&source.path, token.line, what);
        }
    }
    findings
}

const CONSTRUCTOR: &str = "the_mailbox_was_opened";

/// Where it is defined, and the two journeys: the mail server said yes, or a live session did.
const PLACES: [&str; 3] = [
    "crates/protocol/src/email.rs",
    "crates/server/src/journey/login.rs",
    "crates/server/src/journey/session.rs",
];

#[cfg(test)]
mod tests {
    use super::super::super::tree::planted;
    use super::*;

    #[test]
    fn a_proof_from_nowhere_is_caught() {
        let call = "fn f() { ProvenEmail::the_mailbox_was_opened(address) }";
        let test = format!("#[cfg(test)] mod tests {{ {call} }}");
        let (_folder, tree) = planted::tree(&[
            ("crates/server/src/journey/login.rs", call),
            ("crates/server/src/journey/session.rs", call),
            ("crates/server/src/journey/provision.rs", call),
            ("crates/protocol/src/browserid/certificate.rs", &test),
            (
                "crates/persona/src/demo.rs",
                "use protocol::email::ProvenEmail as P;\nfn f() { P::the_mailbox_was_opened(a) }",
            ),
        ]);

        let found = check(&tree).shown();

        assert_eq!(
            found,
            [
                "crates/persona/src/demo.rs:2: says `the_mailbox_was_opened`: \
                 only the login and session journeys may",
                "crates/server/src/journey/provision.rs:1: says `the_mailbox_was_opened`: \
                 only the login and session journeys may",
            ]
        );
    }
}
