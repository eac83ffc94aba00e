//! Proof is a type: who may say that somebody has opened a mailbox.

use super::super::finding::{Findings, Rule};
use super::super::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "proof",
    says: "a `ProvenEmail` is made in four journeys, and a `ClaimedEmail` in one, and nowhere else",
    check,
};

/// A way to state that an address is proven, and where it may be stated.
struct Constructor {
    name: &'static str,
    says: &'static str,
    places: &'static [&'static str],
}

fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    for source in tree.sources() {
        for Constructor { name, says, places } in CONSTRUCTORS {
            if source.path == DEFINITION || places.contains(&source.path.as_str()) {
                continue;
            }
            for token in source.tokens.iter().filter(|token| token.is(name)) {
                findings.add(
                    &source.path,
                    token.line,
                    format!("says `{name}`: only {says}"),
                );
            }
        }
    }
    findings
}

const DEFINITION: &str = "crates/protocol/src/email.rs";

/// The mail server said yes, or a live session did, or a grant that was given in one; or what was mailed
/// has come back. And what may be
/// claimed by such a proof.
const CONSTRUCTORS: [Constructor; 3] = [
    Constructor {
        name: "the_mailbox_was_opened",
        says: "the journeys of logins, sessions and grants may",
        places: &[
            "crates/server/src/journey/login.rs",
            "crates/server/src/journey/oidc/grant.rs",
            "crates/server/src/journey/session.rs",
        ],
    },
    Constructor {
        name: "the_mailed_code_came_back",
        says: "the journey of the mailed code may",
        places: &["crates/server/src/journey/mailed_code.rs"],
    },
    Constructor {
        name: "the_settings_allow",
        says: "the journey of claims may",
        places: &["crates/server/src/journey/claim.rs"],
    },
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
                 only the journeys of logins, sessions and grants may",
                "crates/server/src/journey/provision.rs:1: says `the_mailbox_was_opened`: \
                 only the journeys of logins, sessions and grants may",
            ]
        );
    }

    #[test]
    fn nobody_else_decides_who_may_claim_an_address() {
        let call = "fn f() { ClaimedEmail::the_settings_allow(who, address) }";
        let (_folder, tree) = planted::tree(&[
            ("crates/server/src/journey/claim.rs", call),
            ("crates/server/src/journey/session.rs", call),
        ]);

        let found = check(&tree).shown();

        assert_eq!(
            found,
            [
                "crates/server/src/journey/session.rs:1: says `the_settings_allow`: \
              only the journey of claims may"
            ]
        );
    }

    #[test]
    fn a_mailed_code_proves_nothing_elsewhere() {
        let call = "fn f() { ProvenEmail::the_mailed_code_came_back(address) }";
        let (_folder, tree) = planted::tree(&[
            ("crates/server/src/journey/mailed_code.rs", call),
            ("crates/server/src/journey/login.rs", call),
        ]);

        let found = check(&tree).shown();

        assert_eq!(
            found,
            [
                "crates/server/src/journey/login.rs:1: says `the_mailed_code_came_back`: \
                 only the journey of the mailed code may"
            ]
        );
    }
}
