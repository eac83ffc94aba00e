//! Dialogues with the demo's mail server over a real socket.

use super::*;

/// Runs a server with two mailboxes, sends `said` at once and gives all that it answers.
async fn dialogue(said: &[u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mailboxes = [
        ("alice@demo.localhost", "one"),
        ("jörg@demo.localhost", "zwei"),
    ];
    let mailboxes = mailboxes.map(|(address, password)| Mailbox {
        address: EmailAddress::parse(address).unwrap(),
        password: Secret::new(password.to_owned()),
    });
    let server = tokio::spawn(serve(listener, Arc::from(mailboxes)));

    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(said).await.unwrap();
    client.shutdown().await.unwrap();
    let mut heard = String::new();
    client.read_to_string(&mut heard).await.unwrap();

    server.abort();
    heard
}

/// Gives the reply codes of a dialogue, without the greeting and the answer to EHLO.
async fn codes(said: &str) -> Vec<String> {
    let heard = dialogue(format!("EHLO test.localhost\r\n{said}").as_bytes()).await;
    let code = |line: &str| line.chars().take(3).collect();
    heard.lines().skip(6).map(code).collect()
}

fn plain(text: &str) -> String {
    format!("AUTH PLAIN {}\r\n", BASE64.encode(text.as_bytes()))
}

#[tokio::test]
async fn it_greets_and_says_what_it_can() {
    let heard = dialogue(b"EHLO test.localhost\r\nNOOP\r\nQUIT\r\n").await;

    assert_eq!(
        heard,
        "220 mail.demo.localhost ESMTP persona demo\r\n250-mail.demo.localhost\r\n\
         250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n250 AUTH PLAIN LOGIN\r\n\
         250 2.0.0 Ok\r\n221 2.0.0 Bye\r\n"
    );
}

#[tokio::test]
async fn the_right_password_opens_its_own_mailbox_only() {
    for (credentials, code) in [
        ("\0alice@demo.localhost\0one", "235"),
        ("\0ALICE@Demo.localhost\0one", "235"),
        ("alice@demo.localhost\0alice@demo.localhost\0one", "235"),
        ("\0jörg@demo.localhost\0zwei", "235"),
        ("\0alice@demo.localhost\0zwei", "535"),
        ("\0alice@demo.localhost\0one ", "535"),
        ("\0alice@demo.localhost\0on", "535"),
        ("\0alice@demo.localhost\0", "535"),
        ("\0nobody@demo.localhost\0one", "535"),
        ("\0alice@other.localhost\0one", "535"),
        ("\0alice\0one", "535"),
        ("bob@demo.localhost\0alice@demo.localhost\0one", "501"),
        ("\0alice@demo.localhost\0one\0x", "501"),
        ("alice@demo.localhost\0one", "501"),
    ] {
        assert_eq!(codes(&plain(credentials)).await, [code], "{credentials:?}");
    }
}

#[tokio::test]
async fn login_and_delayed_responses_are_understood() {
    let name = BASE64.encode(b"alice@demo.localhost");
    let response = BASE64.encode(b"\0alice@demo.localhost\0one");

    for (said, expected) in [
        (
            format!("AUTH LOGIN\r\n{name}\r\nb25l\r\n"),
            &["334", "334", "235"][..],
        ),
        (format!("auth login {name}\r\nb25l\r\n"), &["334", "235"]),
        (format!("AUTH LOGIN {name}\r\nbm8=\r\n"), &["334", "535"]),
        (format!("AUTH PLAIN\r\n{response}\r\n"), &["334", "235"]),
        ("AUTH PLAIN\r\n*\r\n".to_owned(), &["334", "501"]),
        ("AUTH PLAIN =\r\n".to_owned(), &["501"]),
        ("AUTH PLAIN !!!\r\n".to_owned(), &["501"]),
        ("AUTH CRAM-MD5\r\n".to_owned(), &["504"]),
        (
            plain("\0alice@demo.localhost\0one").repeat(2),
            &["235", "503"],
        ),
        ("MAIL FROM:<a@demo.localhost>\r\n".to_owned(), &["550"]),
        ("STARTTLS\r\n".to_owned(), &["500"]),
    ] {
        assert_eq!(codes(&said).await, expected, "{said:?}");
    }
}

#[tokio::test]
async fn nothing_is_checked_before_ehlo() {
    let heard = dialogue(plain("\0alice@demo.localhost\0one").as_bytes()).await;

    assert!(
        heard.ends_with("\r\n503 5.5.1 Say EHLO first\r\n"),
        "{heard}"
    );
}

#[tokio::test]
async fn odd_lines_and_many_faults_end_the_session() {
    for (said, expected) in [
        ("NOOP\nNOOP\r\n".to_owned(), &["500"][..]),
        (format!("NOOP {}\r\nNOOP\r\n", "x".repeat(5000)), &["500"]),
        (
            "X\r\n".repeat(9),
            &["500", "500", "500", "500", "500", "421"],
        ),
    ] {
        assert_eq!(codes(&said).await, expected);
    }
    let heard = dialogue(b"NOOP \xFF\r\nNOOP\r\n").await;
    assert!(heard.ends_with("\r\n500 5.5.2 Not UTF-8\r\n"), "{heard}");
}

#[tokio::test]
async fn more_connections_than_there_is_room_for_are_told_to_come_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(listener, Arc::from([])));
    let mut greeted = Vec::new();
    for _ in 0..MOST_CONNECTIONS {
        let mut client = BufReader::new(TcpStream::connect(address).await.unwrap());
        let mut line = String::new();
        client.read_line(&mut line).await.unwrap();
        assert!(line.starts_with("220 "), "{line}");
        greeted.push(client);
    }

    let mut late = TcpStream::connect(address).await.unwrap();
    let mut heard = String::new();
    late.read_to_string(&mut heard).await.unwrap();

    assert_eq!(heard, "421 4.7.0 Too many connections\r\n");
    server.abort();
}
