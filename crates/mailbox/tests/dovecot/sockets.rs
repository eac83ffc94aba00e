//! Where the socket is, or is not.

use std::fs;

use testkit::dovecot::{DovecotServer, First};

use super::*;

#[tokio::test]
async fn a_socket_that_nobody_listens_on_takes_no_connection() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let left = folder.path().join("left");
    drop(std::os::unix::net::UnixListener::bind(&left).unwrap());
    for (socket, why) in [
        (missing, "No such file or directory (os error 2)"),
        (file, "Connection refused (os error 111)"),
        (left, "Connection refused (os error 111)"),
    ] {
        let url = format!("dovecot:{}", socket.display());
        let check = open(&url, &patient());

        let expected = Unavailable::RefusedConnection {
            server: url,
            why: why.to_owned(),
        };
        assert_eq!(ask(check.as_ref()).await, Err(expected.clone()));
        assert_eq!(check.probe().await, Err(expected));
    }
}

#[tokio::test]
async fn a_service_that_restarts_is_asked_again() {
    let people = [(ALICE, "correct horse")];
    let server = DovecotServer::start(&people, First::Server).unwrap();
    let url = format!("dovecot:{}", server.socket().display());
    let check = open(&url, &patient());
    assert_eq!(word(&ask(check.as_ref()).await), "opens");

    server.stop().await;

    assert_eq!(word(&ask(check.as_ref()).await), "refused-connection");
}

#[tokio::test]
async fn a_probe_shows_what_is_offered_and_asks_nothing() {
    let (server, url) = scripted(shakes(HANDSHAKE)).await;
    let check = open(&url, &patient());

    let probe = check.probe().await.unwrap();

    assert_eq!(probe.mechanisms, ["PLAIN", "LOGIN"]);
    assert!(!probe.tls);
    assert_eq!(probe.greeting_host, "Dovecot's auth service, protocol 1.2");
    assert_eq!(check.describe(), url);
    let sessions = server.sessions().await.unwrap();
    assert!(!said(&sessions[0]).contains("AUTH"));
}
