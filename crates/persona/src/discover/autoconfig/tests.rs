//! Documents as mail hosts write them, and as somebody would write them who means us harm.

use super::*;

const EVERYTHING: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="example.org">
    <domain>example.org</domain>
    <displayName>Example Mail</displayName>
    <incomingServer type="pop3">
      <hostname>pop.example.org</hostname><port>995</port><socketType>SSL</socketType>
    </incomingServer>
    <incomingServer type="imap">
      <hostname>imap.example.org</hostname>
      <port>143</port>
      <socketType>STARTTLS</socketType>
      <username>%EMAILADDRESS%</username>
      <authentication>OAuth2</authentication>
      <authentication>password-cleartext</authentication>
    </incomingServer>
    <incomingServer type="imap">
      <hostname>imap.%EMAILDOMAIN%</hostname><port>993</port><socketType>SSL</socketType>
    </incomingServer>
    <outgoingServer type="smtp">
      <hostname>smtp.example.org</hostname>
      <port> 587 </port>
      <socketType>STARTTLS</socketType>
      <username>%EMAILLOCALPART%</username>
      <authentication>plain</authentication>
    </outgoingServer>
  </emailProvider>
  <webMail><loginPage url="https://webmail.example.org/"/></webMail>
</clientConfig>"#;

fn domain() -> Domain {
    Domain::parse("example.org").unwrap()
}

/// What is read, in short.
fn told_of(document: &str) -> Vec<String> {
    let entries = read(document.as_bytes(), &domain()).unwrap();
    let short = entries.into_iter().map(|entry| match entry {
        Entry::PassedOver(why) => why,
        Entry::Server(server) => format!(
            "{}://{}:{} {:?}",
            server.service.scheme(),
            server.host,
            server.port,
            server.login
        ),
    });
    short.collect()
}

fn refused(document: &str) -> String {
    read(document.as_bytes(), &domain()).unwrap_err()
}

/// A document with one server, an SMTP server on port 465 but for what `elements` says.
fn with(elements: &str) -> String {
    format!(
        "<clientConfig><emailProvider><outgoingServer type='smtp'>{elements}\
         <hostname>mail.example.org</hostname><port>465</port><socketType>SSL</socketType>\
         </outgoingServer></emailProvider></clientConfig>"
    )
}

#[test]
fn smtp_comes_before_imap_and_encryption_from_the_start_before_starttls() {
    assert_eq!(
        told_of(EVERYTHING),
        [
            "smtp://smtp.example.org:587 LocalPart",
            "imaps://imap.example.org:993 Address",
            "imap://imap.example.org:143 Address",
        ]
    );
}

#[test]
fn what_cannot_be_used_is_passed_over_and_told() {
    for (elements, why) in [
        ("<port>0</port>", "its port is no number from 1 to 65535"),
        (
            "<port>65536</port>",
            "its port is no number from 1 to 65535",
        ),
        ("<port>465x</port>", "its port is no number from 1 to 65535"),
        ("<port/>", "its port is no number from 1 to 65535"),
        (
            "<socketType>plain</socketType>",
            "it is not encrypted, but plain",
        ),
        ("<hostname>a b</hostname>", "a b is no host name"),
        (
            "<hostname>mail.example.org?server_name=evil.example</hostname>",
            "mail.example.org?server_name=evil.example is no host name",
        ),
        ("<hostname><b>x</b></hostname>", " is no host name"),
        (
            "<authentication>OAuth2</authentication><authentication>GSSAPI</authentication>",
            "it takes no passwords, only OAuth2, GSSAPI",
        ),
        (
            "<username>u&#27;[2J1007</username>",
            "it is no autoconfig document",
        ),
        (
            "<username>u1007</username>",
            "people log in there as u1007, which cannot be computed",
        ),
    ] {
        let read = read(with(elements).as_bytes(), &domain());
        let told = read.map(|entries| format!("{entries:?}"));
        let told = told.unwrap_or_else(|why| why);
        assert!(told.contains(why), "{elements}: {told}");
        assert!(!told.contains("Server("), "{elements}: {told}");
    }
    let empty =
        "<clientConfig><emailProvider><incomingServer type='imap'/></emailProvider></clientConfig>";
    assert_eq!(
        told_of(empty),
        ["its imap server is passed over: it has no socketType"]
    );
}

#[test]
fn other_documents_are_no_autoconfig() {
    for document in [
        "",
        "not found",
        "<!doctype html><html><body>Welcome</body></html>",
        "<html/>",
        "<clientConfig>",
        "<clientConfig/><clientConfig/>",
        "{\"clientConfig\":{}}",
    ] {
        let why = refused(document);
        assert!(why.starts_with("it is no autoconfig document"), "{why}");
    }
    assert!(read(b"\xff\xfe<\0c\0", &domain()).is_err());
    assert!(told_of("\u{feff}<clientConfig/>").is_empty());
}

#[test]
fn there_are_no_entities_to_unfold_and_none_from_elsewhere() {
    let bomb = "<!DOCTYPE c [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>\
         <!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]><clientConfig>&c;</clientConfig>";
    let file = "<!DOCTYPE c [<!ENTITY f SYSTEM 'file:///etc/passwd'>]>\
         <clientConfig>&f;</clientConfig>";

    for document in [bomb, file] {
        assert!(refused(document).contains("DTD"), "{}", refused(document));
    }
    assert!(refused("<clientConfig>&unknown;</clientConfig>").contains("unknown"));
}

#[test]
fn more_elements_than_any_document_needs_are_refused() {
    let many = format!("<clientConfig>{}</clientConfig>", "<a/>".repeat(5_000));
    let deep = format!(
        "{}{}",
        "<clientConfig>".repeat(4_000),
        "</clientConfig>".repeat(4_000)
    );

    for document in [many, deep] {
        assert!(
            refused(&document).contains("limit"),
            "{}",
            refused(&document)
        );
    }
    let more = "<incomingServer type='imap'/>".repeat(50);
    let servers = with("").replace("</emailProvider>", &format!("{more}</emailProvider>"));
    assert_eq!(told_of(&servers).len(), MOST_SERVERS);
}

#[test]
fn the_document_is_asked_for_at_the_domains_own_names() {
    let places = places(&domain()).into_iter();
    let urls: Vec<String> = places
        .map(|(host, target)| format!("https://{host}{target}"))
        .collect();

    assert_eq!(
        urls,
        [
            "https://autoconfig.example.org/mail/config-v1.1.xml\
             ?emailaddress=postmaster%40example.org",
            "https://example.org/.well-known/autoconfig/mail/config-v1.1.xml\
             ?emailaddress=postmaster%40example.org",
        ]
    );
}
