use proptest::prelude::*;

use super::*;
use crate::url::MailboxUrl;

fn parse(text: &str) -> Result<LdapUrl, UrlError> {
    LdapUrl::parse(text).map(Option::unwrap)
}

fn quest(text: &str) -> (String, Scope, String) {
    let Quest {
        base,
        scope,
        filter,
        ..
    } = parse(text).unwrap().quest.unwrap();
    (base, scope, filter.to_string())
}

#[test]
fn a_directory_has_a_host_and_the_ports_of_ldap() {
    for (text, described, secure, clear) in [
        (
            "ldap://ldap.example",
            "ldap://ldap.example:389",
            false,
            false,
        ),
        (
            "LDAPS://ldap.example",
            "ldaps://ldap.example:636",
            true,
            false,
        ),
        ("ldaps://[::1]:6360/", "ldaps://[::1]:6360", true, false),
        (
            "ldap://127.0.0.1:3890",
            "ldap://127.0.0.1:3890",
            false,
            true,
        ),
        ("ldap://localhost/dc=x", "ldap://localhost:389", false, true),
        (
            "ldap://localhost?ca=/a",
            "ldap://localhost:389",
            false,
            false,
        ),
        (
            "ldap://127.0.0.1/dc=x????server_name=a.b",
            "ldap://127.0.0.1:389",
            false,
            false,
        ),
    ] {
        let url = parse(text).unwrap();
        assert_eq!(url.describe(), described);
        assert_eq!(
            (url.is_secure(), url.is_in_clear()),
            (secure, clear),
            "{text}"
        );
    }
}

#[test]
fn what_is_looked_for_stands_behind_the_host() {
    for (text, base, scope, filter) in [
        (
            "ldap://h/dc=x,dc=y",
            "dc=x,dc=y",
            Scope::Sub,
            "(mail={address})",
        ),
        (
            "ldap://h/dc=x?uid?one",
            "dc=x",
            Scope::One,
            "(uid={address})",
        ),
        ("ldap://h/?mail", "", Scope::Sub, "(mail={address})"),
        ("ldap://h/??base", "", Scope::Base, "(mail={address})"),
        (
            "ldap://h/dc=x?mail,mailAlternateAddress",
            "dc=x",
            Scope::Sub,
            "(|(mail={address})(mailAlternateAddress={address}))",
        ),
        (
            "ldap://h/dc=x???(objectClass=person)",
            "dc=x",
            Scope::Sub,
            "(&(objectClass=person)(mail={address}))",
        ),
        (
            "ldap://h/dc=x?uid?sub?(objectClass=person)",
            "dc=x",
            Scope::Sub,
            "(&(objectClass=person)(uid={address}))",
        ),
        (
            "ldap://h/ou=a%20b%3Fc???(%26(uid={local})(o={domain}))?ca=/a",
            "ou=a b?c",
            Scope::Sub,
            "(&(uid={local})(o={domain}))",
        ),
        (
            "ldap://h/dc=x???(|(mail={address})(proxyAddresses=smtp:{address}))",
            "dc=x",
            Scope::Sub,
            "(|(mail={address})(proxyAddresses=smtp:{address}))",
        ),
    ] {
        assert_eq!(
            quest(text),
            (base.to_owned(), scope, filter.to_owned()),
            "{text}"
        );
    }
    for text in [
        "ldap://h",
        "ldap://h/",
        "ldap://h/????ca=/a",
        "ldap://h?ca=/a",
    ] {
        assert_eq!(parse(text).unwrap().quest, None, "{text}");
    }
}

#[test]
fn settings_stand_where_extensions_do_or_where_they_always_do() {
    for text in [
        "ldaps://h/dc=x????ca=/a%2Cb.pem,server_name=ldap.example",
        "ldaps://h?ca=/a,b.pem&server_name=ldap.example",
        "ldaps://h/????server_name=ldap.example,ca=/a%2cb.pem",
    ] {
        let url = parse(text).unwrap();
        assert_eq!(url.ca(), Some(Path::new("/a,b.pem")), "{text}");
        assert_eq!(url.certificate_name().to_string(), "ldap.example");
    }
}

#[test]
fn what_is_not_understood_is_refused() {
    for (text, sentence) in [
        (
            "ldap://user@h/dc=x",
            "a mailbox URL holds no user name or password: remove everything up to the @",
        ),
        (
            "ldap:///dc=x",
            "\"\" is no host: expected a name, an IPv4 address, or an IPv6 address in [ ]",
        ),
        (
            "ldap://h:0/dc=x",
            "what stands behind the colon is no port: expected a number from 1 to 65535",
        ),
        (
            "ldap://h/dc=x#a",
            "a mailbox URL ends after host and port: remove \"#\"",
        ),
        ("ldap://h/dc=x?ca=/a", "\"ca=/a\" is no attribute's name"),
        (
            "ldap://h/dc=x??all",
            "\"all\" is no depth of a search: known are base, one and sub",
        ),
        (
            "ldap://h/dc=x???(mail=",
            "the filter is not written as RFC 4515 has it: ) is expected before \"\"",
        ),
        (
            "ldap://h/dc=x?mail??(uid={local})",
            "a filter with placeholders asks everything itself: leave out the attributes \"mail\" in \
             front of it",
        ),
        (
            "ldap://h/dc=x????x-tls=no",
            "\"x-tls\" is no setting of a mailbox URL: known are ca=FILE, server_name=NAME \
             and client=WAY",
        ),
        (
            "ldap://h/dc=x????ca=/a,ca=/b",
            "ca is given twice: keep one of them",
        ),
        (
            "ldap://h/dc=%zz",
            "a % in a URL is followed by two hexadecimal digits: write %25 for the sign itself",
        ),
        (
            "ldap://h/dc=x???(mail={user})",
            "\"{user}\" is no placeholder: known are {address}, {local} and {domain}; a brace that \
             means itself is written \\7b or \\7d",
        ),
    ] {
        assert_eq!(parse(text).unwrap_err().to_string(), sentence, "{text}");
    }
}

#[test]
fn other_schemes_are_others() {
    assert_eq!(LdapUrl::parse("smtps://h").unwrap(), None);
    assert_eq!(LdapUrl::parse("h").unwrap(), None);
    assert!(matches!(
        MailboxUrl::parse("ldaps://h/dc=x"),
        Ok(MailboxUrl::Ldap(_))
    ));
    assert!(matches!(
        MailboxUrl::parse("smtps://h"),
        Ok(MailboxUrl::Server(_))
    ));
}

proptest! {
    #[test]
    fn a_printed_url_is_read_as_the_same(
        scheme in "ldaps?", port in 1_u16.., base in "[ -~é]{0,30}", attributes in "([a-z]{1,5}(,uid)?)?",
        scope in "(sub|one|base)?", filter in prop_oneof![
            Just(""), Just("(a=b%3f\\2a)"), Just("(%26(objectClass=*)(!(x=1)))"),
        ],
        settings in prop_oneof![Just(""), Just("ca=/a%2cb%25"), Just("server_name=x.y,ca=/z%3F")],
    ) {
        let base = base.replace(['%', '?', '#', '\\'], "");
        let text =
            format!("{scheme}://h.example:{port}/{base}?{attributes}?{scope}?{filter}?{settings}");
        let url = parse(&text).unwrap();

        prop_assert_eq!(parse(&url.to_string()).unwrap(), url, "{}", text);
    }

    #[test]
    fn nothing_panics(text in "ldaps?://[a-z0-9:/?=,()&{}%\\[\\]\\\\*é#@-]{0,60}") {
        if let Ok(Some(url)) = LdapUrl::parse(&text) {
            prop_assert_eq!(LdapUrl::parse(&url.to_string()), Ok(Some(url)));
        }
    }
}
