use proptest::prelude::*;

use super::*;

#[test]
fn good_urls_are_read_and_printed_in_full() {
    for (written, printed) in [
        ("smtps://mail.example.org", "smtps://mail.example.org:465"),
        ("smtp://mail.example.org", "smtp://mail.example.org:587"),
        (
            "SMTPS://Mail.Example.ORG:465",
            "smtps://mail.example.org:465",
        ),
        (
            "smtp://mail.example.org:2525",
            "smtp://mail.example.org:2525",
        ),
        ("imap://mail.example.org", "imap://mail.example.org:143"),
        ("IMAPS://mail.example.org", "imaps://mail.example.org:993"),
        (
            "imaps://mail?client=id&server_name=imap.example.org",
            "imaps://mail:993?server_name=imap.example.org&client=id",
        ),
        ("smtp://192.0.2.7", "smtp://192.0.2.7:587"),
        ("smtps://[2001:DB8::1]", "smtps://[2001:db8::1]:465"),
        ("smtps://[::1]:10465", "smtps://[::1]:10465"),
        ("smtp://localhost:2525", "smtp://localhost:2525"),
        (
            "smtps://bücher.example",
            "smtps://xn--bcher-kva.example:465",
        ),
        (
            "smtps://mail?ca=/etc/persona/ca.pem&server_name=Mail.Example.org",
            "smtps://mail:465?ca=/etc/persona/ca.pem&server_name=mail.example.org",
        ),
        (
            "smtps://mail?server_name=[::1]&ca=/a%20b+c%26d",
            "smtps://mail:465?ca=/a%20b+c%26d&server_name=[::1]",
        ),
        (
            "smtps://mail?client=xclient",
            "smtps://mail:465?client=xclient",
        ),
        (
            "smtp://mail?client=proxy&ca=/x",
            "smtp://mail:587?ca=/x&client=proxy",
        ),
    ] {
        assert_eq!(
            ServerUrl::parse(written).unwrap().to_string(),
            printed,
            "{written}"
        );
    }
}

#[test]
fn what_is_not_understood_is_refused_with_a_way_out() {
    for &(written, sentence) in NOT_UNDERSTOOD {
        assert_eq!(
            ServerUrl::parse(written).unwrap_err().to_string(),
            sentence,
            "{written}"
        );
    }
}

#[test]
fn odd_hosts_are_refused() {
    for host in [
        "[::1",
        "::1]",
        "[::1]x",
        "[fe80::1%eth0]",
        "[127.0.0.1]",
        "mail example.org",
        "mail\n",
        "127.0.0.1.",
        "0x7f.1",
        "2130706433",
        "127.1",
        "mail_server.example.org",
        "-mail.example",
        "mail..example",
        "a:b:c",
    ] {
        assert!(
            ServerUrl::parse(&format!("smtps://{host}")).is_err(),
            "{host:?}"
        );
    }
}

#[test]
fn clear_text_is_for_this_machine_alone_and_only_without_certificate_settings() {
    for (url, allowed) in [
        ("smtp://127.0.0.1:25", true),
        ("smtp://127.8.8.8", true),
        ("smtp://[::1]", true),
        ("smtp://localhost", true),
        ("smtp://mail.localhost", true),
        ("smtps://localhost", false),
        ("smtp://localhost?ca=/x.pem", false),
        ("smtp://localhost?server_name=mail.example.org", false),
        ("smtp://mail.example.org", false),
        ("smtp://localhost.example.org", false),
        ("smtp://notlocalhost", false),
        ("smtp://10.0.0.1", false),
        ("smtp://0.0.0.0", false),
        ("smtp://[::]", false),
        ("smtp://[::ffff:127.0.0.1]", false),
        ("imap://localhost", true),
        ("imap://localhost?client=id", true),
        ("imap://localhost?ca=/x.pem", false),
        ("imap://mail.example.org", false),
        ("imaps://localhost", false),
    ] {
        assert_eq!(
            ServerUrl::parse(url).unwrap().allows_clear_text(),
            allowed,
            "{url}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in "\\PC{0,80}") {
        drop(ServerUrl::parse(&text));
    }

    #[test]
    fn what_is_printed_is_read_as_the_same(
        scheme in "(smtp|imap)s?",
        host in "[a-z]{1,10}(\\.[a-z]{2,5})?|\\[::[0-9a-f]{1,4}\\]|10\\.0\\.0\\.[1-9]",
        port in 1_u16..,
        ca in proptest::option::of("[ -~é]{1,30}"),
    ) {
        let mut url = ServerUrl::parse(&format!("{scheme}://{host}:{port}")).unwrap();
        url.ca = ca.map(PathBuf::from);

        prop_assert_eq!(ServerUrl::parse(&url.to_string()), Ok(url));
    }
}

const NOT_UNDERSTOOD: &[(&str, &str)] = &[
    (
        "",
        r#""" is not a mailbox URL: expected smtps://HOST or imaps://HOST, for example"#,
    ),
    (
        "mail.example.org",
        r#""mail.example.org" is not a mailbox URL: expected smtps://HOST or imaps://HOST, for example"#,
    ),
    (
        "pop3://mail.example.org",
        "mail servers are asked over smtps://, smtp://, imaps:// or imap://, not pop3://",
    ),
    (
        "dovecot:/run/dovecot/auth-client",
        "mail servers are asked over smtps://, smtp://, imaps:// or imap://, not dovecot://",
    ),
    (
        "smtps://alice:secret@mail.example.org",
        "a mailbox URL holds no user name or password: remove everything up to the @",
    ),
    (
        "smtps://mail.example.org/",
        r#"a mailbox URL ends after host and port: remove "/""#,
    ),
    (
        "smtps://mail.example.org/x",
        r#"a mailbox URL ends after host and port: remove "/x""#,
    ),
    (
        "smtps://mail.example.org#x",
        r##"a mailbox URL ends after host and port: remove "#""##,
    ),
    (
        "smtps://mail?ca=x#y",
        r##"a mailbox URL ends after host and port: remove "#""##,
    ),
    (
        "smtps://",
        r#""" is no host: expected a name, an IPv4 address, or an IPv6 address in [ ]"#,
    ),
    (
        "smtps://::1",
        r#""::1" is no host: expected a name, an IPv4 address, or an IPv6 address in [ ]"#,
    ),
    (
        "smtps://mail:0",
        "what stands behind the colon is no port: expected a number from 1 to 65535",
    ),
    (
        "smtps://mail:",
        "what stands behind the colon is no port: expected a number from 1 to 65535",
    ),
    (
        "smtps://mail:+25",
        "what stands behind the colon is no port: expected a number from 1 to 65535",
    ),
    (
        "smtps://mail:65536",
        "what stands behind the colon is no port: expected a number from 1 to 65535",
    ),
    (
        "smtps://mail?verify=no",
        r#""verify" is no setting of a mailbox URL: known are ca=FILE, server_name=NAME and client=WAY"#,
    ),
    (
        "smtps://mail?",
        r#""" is no setting of a mailbox URL: known are ca=FILE, server_name=NAME and client=WAY"#,
    ),
    (
        "smtps://mail?ca=a&ca=b",
        "ca is given twice: keep one of them",
    ),
    (
        "smtps://mail?server_name=a&server_name=a",
        "server_name is given twice: keep one of them",
    ),
    (
        "smtps://mail?ca=",
        "ca needs a value: the path of a PEM file",
    ),
    (
        "smtps://mail?ca=%zz",
        "ca needs a value: the path of a PEM file",
    ),
    (
        "imaps://mail?client=xclient",
        "client needs a value: id or proxy",
    ),
    (
        "smtps://mail?server_name",
        "server_name needs a value: the host name in the mail server's certificate",
    ),
    (
        "smtps://mail?client=id",
        "client needs a value: xclient or proxy",
    ),
    (
        "smtps://mail?client",
        "client needs a value: xclient or proxy",
    ),
    (
        "smtps://mail?client=proxy&client=proxy",
        "client is given twice: keep one of them",
    ),
];
