//! Names that are nobody's mail domain, whatever a resolver says about them.

use protocol::email::Domain;

/// Is this a name that nobody can have in the public DNS? It is not asked about.
///
/// A name without a dot is completed differently on each machine. The others are set aside: RFC 2606,
/// RFC 6761, RFC 6762 (`local`), RFC 7686 (`onion`), RFC 9476 (`alt`), RFC 3172 (`arpa`), ICANN's
/// `internal`. Not `test`, which RFC 6761 §6.2 wants to be looked up like any other.
pub(super) fn is_nobodys(domain: &Domain) -> bool {
    let name = domain.as_str();
    let is_within = |outer: &&str| {
        let rest = name.strip_suffix(*outer);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    !name.contains('.') || SET_ASIDE.iter().any(is_within)
}

const SET_ASIDE: &[&str] = &[
    "localhost",
    "invalid",
    "example",
    "example.com",
    "example.net",
    "example.org",
    "local",
    "onion",
    "alt",
    "arpa",
    "internal",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_nobody_can_have_are_known() {
        for (name, expected) in [
            ("localhost", true),
            ("mail", true),
            ("de", true),
            ("a.localhost", true),
            ("LOCALHOST", true),
            ("customer.example", true),
            ("example.org", true),
            ("deep.below.example.org", true),
            ("xexample.org", false),
            ("example.org.customer.test", false),
            ("printer.local", true),
            ("local.customer.test", false),
            ("7.2.0.192.in-addr.arpa", true),
            ("hidden.onion", true),
            ("db.internal", true),
            ("nothing.invalid", true),
            ("customer.test", false),
            ("kunde.de", false),
            ("xn--mller-kva.de", false),
        ] {
            assert_eq!(is_nobodys(&name.parse().unwrap()), expected, "{name}");
        }
    }

    #[test]
    fn an_address_of_the_network_is_no_domain_at_all() {
        for text in [
            "192.0.2.1",
            "[192.0.2.1]",
            "2001:db8::1",
            "[IPv6:2001:db8::1]",
            "0x7f000001",
            "",
            ".",
        ] {
            let domain = text.parse::<Domain>();
            assert!(domain.is_err_and(|_| true), "{text}");
        }
    }
}
