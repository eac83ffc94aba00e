//! Oversized, truncated, doubled or wrongly typed input gets a 4xx with a sentence and changes
//! nothing.

use std::time::Duration;

use testkit::http::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use testkit::world::{ALICE, ISSUER, PASSWORD, World};

async fn send(world: &World, path: &str, kind: &str, body: &[u8]) -> testkit::http::Answer {
    let headers = [
        ("origin", ISSUER),
        ("content-type", kind),
        ("accept", "application/json"),
    ];
    Client::new()
        .request("POST", &world.url(path), &headers, body)
        .await
        .unwrap()
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_a_sentence() {
    let world = World::open().await;
    let form = "application/x-www-form-urlencoded";
    let json = "application/json";
    let huge = vec![b'a'; 40_000];

    for path in [
        "/persona/auth/login/",
        "/persona/auth/certificate/",
        "/persona/auth/logout/",
    ] {
        for (kind, body, statuses) in [
            (json, b"{".to_vec(), [400, 400]),
            (json, b"null".to_vec(), [400, 400]),
            (json, b"[]".to_vec(), [400, 400]),
            (
                json,
                b"{\"email\":1,\"password\":2,\"csrf\":3}".to_vec(),
                [400, 400],
            ),
            (json, b"\xff\xfe".to_vec(), [400, 400]),
            (json, vec![b'['; 20_000], [400, 400]),
            (json, huge.clone(), [413, 400]),
            (form, huge.clone(), [413, 413]),
            (
                form,
                b"email=a&email=b&password=a&password=b&csrf=1&csrf=2".to_vec(),
                [400, 400],
            ),
            ("text/plain", b"email=a".to_vec(), [415, 415]),
            ("multipart/form-data", b"email=a".to_vec(), [415, 415]),
        ] {
            let answer = send(&world, path, kind, &body).await;

            assert!(
                statuses.contains(&answer.status),
                "{path} {kind}: {answer:?}"
            );
            let json = answer.json().unwrap();
            let sentence = json["detail"].as_str().or(json["reason"].as_str()).unwrap();
            assert!(sentence.len() > 10, "{path} {kind}: {sentence}");
        }
    }
    assert!(world.mail.sessions().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_not_repeated() {
    let world = World::open().await;
    let body = br#"{"email":"alice@example.org","password":918273645,"csrf":"x"}"#;

    let answer = send(&world, "/persona/auth/login/", "application/json", body).await;

    assert_eq!(answer.status, 400);
    assert!(!answer.text().contains("918273645"));
}

#[tokio::test]
async fn an_unknown_address_or_method_is_an_error_with_a_sentence() {
    let world = World::open().await;
    let browser = world.browser();

    let page = browser.get("/persona/nothing").await;
    let json = browser
        .get_with("/persona/nothing", &[("accept", "application/json")])
        .await;
    let method = browser.get("/persona/auth/certificate/").await;

    assert_eq!((page.status, json.status, method.status), (404, 404, 405));
    assert!(page.text().contains("<h1"));
    assert_eq!(json.json().unwrap()["error"], "not-found");
    assert_eq!(method.json().unwrap()["error"], "method-not-allowed");
}

#[tokio::test]
async fn there_are_no_test_only_routes() {
    let world = World::open().await;

    for path in [
        "/test",
        "/debug",
        "/persona/test",
        "/persona/auth/test",
        "/metrics",
        "/health/live",
        "/persona/debug",
    ] {
        assert_eq!(world.browser().get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn there_is_no_magic_address_or_password() {
    let world = World::open().await;

    for (email, password) in [
        ("test@example.org", "test"),
        ("admin@example.org", "admin"),
        ("alice@example.org", "password"),
        ("demo@example.org", "demo"),
        ("", ""),
        ("test@mockmyid.com", "x"),
    ] {
        let answer = world.browser().log_in(email, password).await;
        assert!(
            [400, 401].contains(&answer.status),
            "{email}: {}",
            answer.status
        );
    }
}

#[tokio::test]
async fn a_request_that_never_ends_is_ended() {
    let world = World::open().await;
    let mut stream = TcpStream::connect(world.address()).await.unwrap();
    stream
        .write_all(b"GET /persona/auth/ping HTTP/1.1\r\nHost: id.exam")
        .await
        .unwrap();
    let mut answer = Vec::new();

    let ended =
        tokio::time::timeout(Duration::from_secs(40), stream.read_to_end(&mut answer)).await;

    assert!(ended.is_ok(), "the connection was kept open");
    assert!(!String::from_utf8_lossy(&answer).contains("200 OK"));
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let world = World::open().await;
    let mut stream = TcpStream::connect(world.address()).await.unwrap();
    let line = format!("X-Filler: {}\r\n", "y".repeat(8000));
    stream
        .write_all(b"GET /persona/auth/ping HTTP/1.1\r\nHost: id.example.org\r\n")
        .await
        .unwrap();
    for _ in 0..12 {
        if stream.write_all(line.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer).await);

    assert!(!String::from_utf8_lossy(&answer).contains("200 OK"));
}

#[tokio::test]
async fn a_silent_mail_server_does_not_keep_a_request_for_ever() {
    // The limits are settings of the code, not of the operator: 22 s for a check, 30 s for an answer.
    let world = World::open().await;
    world.mail.feel(testkit::smtp::Mood::Silent);

    let answer = world.browser().log_in(ALICE, PASSWORD).await;

    assert_eq!(answer.status, 503);
}

#[tokio::test]
async fn a_reader_that_does_not_read_is_given_up() {
    let world = World::open().await;
    let mut stream = TcpStream::connect(world.address()).await.unwrap();
    let request = b"GET /persona/include.js HTTP/1.1\r\nHost: id.example.org\r\n\r\n";

    // Without an end, if answers could be written to nobody without an end.
    let asking = async { while stream.write_all(request).await.is_ok() {} };
    let ended = tokio::time::timeout(Duration::from_secs(60), asking).await;

    assert!(ended.is_ok(), "the connection was kept open");
}
