//! Fetches from real servers on loopback that answer well, badly, slowly and without end.

use std::net::{IpAddr, SocketAddr};

use protocol::browserid::SupportDocument;
use testkit::certificates::{Authority as Ca, Identity, Quality};
use testkit::https::{HttpsServer, Reply};

use super::*;

const HOST: &str = "idp.example";
const DISABLED: &str = r#"{"disabled":true}"#;

/// A server for [`HOST`], and somebody who knows where it is.
struct Stage {
    server: HttpsServer,
    outbound: Outbound,
}

impl Stage {
    async fn open(reply: Reply) -> Self {
        let ca = Ca::new().unwrap();
        let identity = ca.issue(&[HOST], Quality::Good).unwrap();
        Self::with(&ca, &identity, reply).await
    }

    async fn with(ca: &Ca, identity: &Identity, reply: Reply) -> Self {
        let server = HttpsServer::start(identity, move |_| reply.clone());
        let server = server.await.unwrap();
        let outbound = outbound(ca, &[(HOST, server.address())]);
        Self { server, outbound }
    }

    async fn fetch(&self) -> Result<Fetched, FetchError> {
        self.outbound
            .document(&authority(HOST), &domain("example.org"), place())
            .await
    }
}

fn outbound(ca: &Ca, hosts: &[(&str, SocketAddr)]) -> Outbound {
    let hosts = hosts.iter().map(|(host, place)| (domain(host), *place));
    let settings = OutboundSettings {
        ca: Some(ca.pem_file().to_owned()),
        hosts: hosts.collect(),
    };
    Outbound::new(&settings, clock()).unwrap()
}

fn clock() -> Clock {
    Clock::by_hand(protocol::time::Timestamp::from_millis(1_795_300_000_000))
}

/// A place in no line.
fn place() -> Place {
    crate::queue::Queue::default().enter(&[]).unwrap()
}

fn authority(text: &str) -> Authority {
    Authority::parse(text).unwrap()
}

fn domain(text: &str) -> Domain {
    Domain::parse(text).unwrap()
}

/// What came of a fetch: the reason, whether it is a definite no, and what the operator is told.
async fn trouble(reply: Reply) -> (String, bool, String) {
    told(&Stage::open(reply).await.fetch().await.unwrap_err())
}

fn told(error: &FetchError) -> (String, bool, String) {
    (error.to_string(), error.is_definite(), error.cause())
}

#[tokio::test]
async fn a_document_is_asked_for_about_the_domain_and_no_more() {
    let headers = [
        "Content-Type: Application/JSON; charset=utf-8",
        "cache-control: max-age=7",
    ];
    let stage = Stage::open(Reply::new("200 OK", &headers, DISABLED)).await;

    let fetched = stage.fetch().await.unwrap();

    assert!(matches!(fetched.document, SupportDocument::Disabled));
    assert_eq!(fetched.max_age, Some(Duration::from_secs(7)));
    insta::assert_snapshot!(stage.server.asked().concat().replace('\r', ""), @r"
    GET /.well-known/browserid?domain=example.org HTTP/1.1
    host: idp.example
    accept: application/json
    user-agent: persona
    connection: close
    ");
}

#[tokio::test]
async fn a_redirect_is_a_no_and_is_not_followed() {
    for status in ["301 Go", "302 Go", "303 Go", "307 Go", "308 Go"] {
        let location = "location: https://idp.example/elsewhere";
        let stage = Stage::open(Reply::new(status, &[location], "")).await;

        let error = stage.fetch().await.unwrap_err();

        assert_eq!(
            error.to_string(),
            "idp.example is not a browserid primary - \
             redirection not supported for support documents"
        );
        assert!(error.is_definite(), "{status}");
        assert_eq!(stage.server.asked().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_status_says_no_or_that_the_host_is_in_trouble() {
    let mut definite = Vec::new();
    for status in [
        201, 204, 206, 400, 401, 403, 404, 408, 410, 418, 421, 425, 429, 451, 500, 502, 503, 504,
        599, 600, 999,
    ] {
        let json = ["content-type: application/json"];
        let reply = Reply::new(&format!("{status} Odd"), &json, DISABLED);

        let (reason, no, _) = trouble(reply).await;

        assert_eq!(
            reason,
            "idp.example is not a browserid primary - \
             non-200 response code to /.well-known/browserid"
        );
        definite.extend(no.then_some(status));
    }
    assert_eq!(
        definite,
        [201, 204, 206, 400, 401, 403, 404, 410, 418, 451, 600, 999]
    );
}

#[tokio::test]
async fn another_type_is_a_no() {
    let types: [&[&str]; 5] = [
        &[],
        &["content-type: text/html"],
        &["content-type: application/jso"],
        &["content-type: text/plain; application/json"],
        &["content-type:"],
    ];
    for headers in types {
        let (reason, no, _) = trouble(Reply::new("200 OK", headers, DISABLED)).await;

        assert_eq!(
            reason,
            "idp.example is not a browserid primary - \
             non \"application/json\" response to /.well-known/browserid"
        );
        assert!(no, "{headers:?}");
    }
}

#[tokio::test]
async fn json_that_is_no_document_may_be_an_issuer_in_trouble() {
    let mut reasons = Vec::new();
    for body in ["", "<html>", "[]", "null", r#"{"authority":"a/b"}"#, "{}"] {
        let (reason, no, _) = trouble(Reply::json(body)).await;

        assert!(!no, "{body}");
        reasons.push(reason);
    }
    insta::assert_snapshot!(reasons.join("\n"), @r"
    bad support document for 'idp.example': Error: declaration of support is malformed (invalid json)
    bad support document for 'idp.example': Error: declaration of support is malformed (invalid json)
    bad support document for 'idp.example': Error: support document must contain a json object
    bad support document for 'idp.example': Error: support document must contain a json object
    bad support document for 'idp.example': Error: the authority is not a valid hostname
    bad support document for 'idp.example': Error: support document missing required property: 'authentication'
    ");
}

#[tokio::test]
async fn three_megabytes_are_not_read() {
    let announced = Reply::json(&" ".repeat(3 * 1024 * 1024));
    let mut unannounced = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n".to_vec();
    unannounced.extend(vec![b' '; 3 * 1024 * 1024]);

    for reply in [announced, Reply::Octets(unannounced)] {
        let (reason, no, _) = trouble(reply).await;

        assert_eq!(
            reason,
            "bad support document for 'idp.example': Error: it is longer than 64 KiB"
        );
        assert!(!no);
    }
}

#[tokio::test]
async fn a_document_may_have_64_kib_and_not_an_octet_more() {
    let padded = |length: usize| {
        let padding = " ".repeat(length - DISABLED.len());
        Reply::json(&format!("{DISABLED}{padding}"))
    };

    assert!(Stage::open(padded(65_536)).await.fetch().await.is_ok());
    assert!(Stage::open(padded(65_537)).await.fetch().await.is_err());
}

#[tokio::test]
async fn a_length_that_lies_gives_no_document() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let with = |lengths: &str| {
        let text = format!("{head}{lengths}\r\n{DISABLED}");
        Reply::Octets(text.into_bytes())
    };

    let longer = trouble(with("content-length: 400\r\n")).await;
    let shorter = trouble(with("content-length: 5\r\n")).await;
    let two = trouble(with("content-length: 5\r\ncontent-length: 17\r\n")).await;
    let chunked = trouble(with("transfer-encoding: chunked\r\n")).await;

    let causes = [longer, shorter, two, chunked].map(|(_, no, cause)| {
        assert!(!no, "{cause}");
        cause
    });
    insta::assert_snapshot!(causes.join("\n"), @r"
    bad support document for 'idp.example': Error: it ended too early
    bad support document for 'idp.example': Error: declaration of support is malformed (invalid json)
    its answer is no HTTP: invalid content-length parsed
    bad support document for 'idp.example': Error: it ended too early
    ");
}

#[tokio::test]
async fn a_flood_of_header_fields_is_cut_off() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n".to_vec();
    let many = Reply::Endless(head.clone(), b"x: y\r\n".repeat(1000), Duration::ZERO);
    let long = Reply::Endless(
        [&head[..], b"x: "].concat(),
        vec![b'y'; 4096],
        Duration::ZERO,
    );
    let interim = Reply::Endless(
        Vec::new(),
        b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec(),
        Duration::ZERO,
    );
    let mut stage = Stage::open(interim).await;
    stage.outbound.limit = SHORT;

    let many = trouble(many).await;
    let long = trouble(long).await;
    let interim = told(&stage.fetch().await.unwrap_err());

    let causes = [many, long, interim].map(|(_, no, cause)| {
        assert!(!no, "{cause}");
        cause
    });
    insta::assert_snapshot!(causes.join("\n"), @r"
    its answer is no HTTP: message head is too large
    its answer is no HTTP: message head is too large
    timeout trying to load well-known for idp.example
    ");
}

#[tokio::test]
async fn whoever_is_slow_costs_the_time_limit_and_no_more() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n".to_vec();
    let drip = Reply::Endless(head, b" ".to_vec(), Duration::from_millis(5));
    let slow_head = Reply::Endless(Vec::new(), b"H".to_vec(), Duration::from_secs(3600));

    for reply in [drip, slow_head, Reply::Silence] {
        let mut stage = Stage::open(reply).await;
        stage.outbound.limit = SHORT;

        let error = stage.fetch().await.unwrap_err();

        assert_eq!(
            error.to_string(),
            "timeout trying to load well-known for idp.example"
        );
        assert!(!error.is_definite());
    }
}

#[tokio::test]
async fn a_certificate_that_does_not_verify_says_nothing_about_the_domain() {
    let ca = Ca::new().unwrap();
    let stranger = Ca::new().unwrap();
    let identities = [
        ca.issue(&["other.example"], Quality::Good),
        ca.issue(&["*.idp.example"], Quality::Good),
        ca.issue(&[HOST], Quality::Expired),
        ca.issue(&[HOST], Quality::NotYetValid),
        ca.issue(&[HOST], Quality::CommonNameOnly),
        ca.issue(&[HOST], Quality::ForClients),
        stranger.issue(&[HOST], Quality::Good),
        Identity::self_signed(&[HOST]),
    ];
    for identity in identities {
        let stage = Stage::with(&ca, &identity.unwrap(), Reply::json(DISABLED)).await;

        let error = stage.fetch().await.unwrap_err();

        assert_eq!(
            error.to_string(),
            "idp.example is not a browserid primary: it could not be asked"
        );
        assert!(!error.is_definite());
        assert!(error.cause().contains("certificate"), "{}", error.cause());
        assert!(stage.server.asked().is_empty(), "nothing was sent to it");
    }
}

#[tokio::test]
async fn whoever_speaks_no_tls_or_does_not_listen_is_not_absent() {
    let ca = Ca::new().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let outbound = outbound(&ca, &[(HOST, address)]);
    let (asked, about) = (authority(HOST), domain(HOST));
    let fetch = || outbound.document(&asked, &about, place());
    let hang_up = async {
        let (stream, _) = listener.accept().await.unwrap();
        stream.try_write(b"HTTP/1.1 404 No\r\n\r\n").unwrap();
    };

    let (plain, ()) = tokio::join!(fetch(), hang_up);
    drop(listener);
    let refused = fetch().await;

    assert!(!plain.unwrap_err().is_definite());
    let refused = refused.unwrap_err();
    assert!(!refused.is_definite());
    assert_eq!(
        refused.to_string(),
        "idp.example is not a browserid primary: it could not be asked"
    );
}

#[tokio::test]
async fn names_of_this_machine_are_not_dialled() {
    let ca = Ca::new().unwrap();
    let nobody_mapped = outbound(&ca, &[]);

    for name in ["localhost", "id.localhost"] {
        let error = nobody_mapped
            .document(&authority(name), &domain(name), place())
            .await
            .unwrap_err();

        assert_eq!(
            error.cause(),
            "its name leads to addresses that are not public"
        );
        assert!(!error.is_definite());
    }
}

#[tokio::test]
async fn a_port_is_dialled_only_where_the_settings_name_the_host() {
    let ca = Ca::new().unwrap();
    let identity = ca.issue(&[HOST], Quality::Good).unwrap();
    let stage = Stage::with(&ca, &identity, Reply::json(DISABLED)).await;
    let ask = async |name: &str| {
        let (authority, about) = (authority(name), domain(HOST));
        stage.outbound.document(&authority, &about, place()).await
    };

    let named = ask("idp.example:8443").await;
    let other = ask("other.example:8443").await;

    assert!(named.is_ok());
    assert!(
        stage
            .server
            .asked()
            .concat()
            .contains("host: idp.example:8443\r\n")
    );
    let other = other.unwrap_err();
    assert_eq!(
        other.cause(),
        "it is written with a port, and no outbound.hosts names it"
    );
    assert!(!other.is_definite());
}

#[tokio::test]
async fn a_stranger_s_names_do_not_make_us_connect_to_one_address_without_end() {
    let ca = Ca::new().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let outbound = outbound(&ca, &[(HOST, address)]);
    let connections = async |host: &str| {
        let mut connections = 0;
        for _ in 0..650 {
            let outcome = outbound.connect(&domain(host), &[address]).await;
            match outcome {
                Ok(_) => {
                    listener.accept().await.unwrap();
                    connections += 1;
                }
                Err(obstacle) => assert!(matches!(obstacle, Obstacle::Busy)),
            }
        }
        connections
    };

    assert_eq!(connections("stranger.example").await, 600);
    assert_eq!(connections("another.example").await, 0);
    assert_eq!(connections(HOST).await, 650, "the operator has named it");
}

#[test]
fn only_public_addresses_of_a_name_are_connected_to() {
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    let place = |text: &str| SocketAddr::new(ip(text), 443);

    let private = public(&[ip("10.0.0.1"), ip("::1"), ip("::ffff:1.1.1.1")]);
    let mixed = public(&[ip("127.0.0.1"), ip("1.1.1.1"), ip("fe80::1"), ip("1.1.1.1")]);
    let many = public(&[ip("1.1.1.1"), ip("1.1.1.2"), ip("1.1.1.3"), ip("1.1.1.4")]);

    assert!(matches!(private, Err(Obstacle::SpecialAddress)));
    assert_eq!(mixed.unwrap(), [place("1.1.1.1")]);
    assert_eq!(
        many.unwrap(),
        [place("1.1.1.1"), place("1.1.1.2"), place("1.1.1.3")]
    );
}

/// Long enough for an exchange on loopback that is not meant to end in time.
const SHORT: Duration = Duration::from_millis(300);
