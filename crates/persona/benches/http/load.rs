//! The load: a request as bytes, sent again and again over a few connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bundles::AUDIENCE;
use crate::node::{EMAIL, HOST, Node};

/// A request, written out. It must be answered with a success.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    bytes: Vec<u8>,
    /// What the body must contain.
    answer: &'static str,
}

impl Request {
    /// Asks for a certificate with a live session, for a key object, that lasts for so many seconds.
    pub(crate) fn certificate(node: &Node, key: &str, seconds: usize) -> Self {
        let body =
            format!("{{\"email\":\"{EMAIL}\",\"publicKey\":{key},\"certDuration\":{seconds}}}");
        let head = format!(
            "POST /persona/auth/certificate/ HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://{HOST}\r\n\
             Sec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\n\
             Cookie: __Host-persona={}\r\nContent-Length: {}\r\n\r\n",
            node.token,
            body.len()
        );
        Self {
            bytes: (head + &body).into_bytes(),
            answer: ".",
        }
    }

    /// Asks whether a bundle is good, as sites do.
    pub(crate) fn verify(bundle: &str) -> Self {
        let body = format!("assertion={bundle}&audience={AUDIENCE}");
        let text = format!(
            "POST /persona/verify HTTP/1.1\r\nHost: {HOST}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Self {
            bytes: text.into_bytes(),
            answer: "\"status\":\"okay\"",
        }
    }

    /// Asks for the support document.
    pub(crate) fn support(_: &Node) -> Self {
        let text = format!("GET /.well-known/browserid HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
        Self {
            bytes: text.into_bytes(),
            answer: "public-key",
        }
    }

    /// Asks whether somebody is signed in.
    pub(crate) fn has_session(node: &Node) -> Self {
        let text = format!(
            "GET /persona/auth/has-session/?email={EMAIL} HTTP/1.1\r\nHost: {HOST}\r\n\
             Sec-Fetch-Site: same-origin\r\nCookie: __Host-persona={}\r\n\r\n",
            node.token
        );
        Self {
            bytes: text.into_bytes(),
            answer: "",
        }
    }
}

/// Sends `requests`, one after the other and from the start again, over several connections for
/// `length`; says how many answers came.
pub(crate) async fn send(
    address: SocketAddr,
    requests: &Arc<[Request]>,
    length: Duration,
) -> usize {
    let count = Arc::new(AtomicUsize::new(0));
    let end = Instant::now() + length;
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let (requests, count) = (Arc::clone(requests), Arc::clone(&count));
        tasks.push(tokio::spawn(async move {
            let mut stream = connect(address).await;
            let mut buffer = Vec::with_capacity(8192);
            while Instant::now() < end {
                let number = count.fetch_add(1, Ordering::Relaxed);
                let request = requests.get(number % requests.len()).expect("a request");
                exchange(&mut stream, request, &mut buffer).await;
            }
        }));
    }
    for task in tasks {
        task.await.expect("a connection that lasts");
    }
    count.load(Ordering::Relaxed)
}

/// Sends `request` once; gives the body of the answer.
pub(crate) async fn ask(address: SocketAddr, request: &Request) -> String {
    let mut stream = connect(address).await;
    let mut buffer = Vec::new();
    let body = exchange(&mut stream, request, &mut buffer).await;
    String::from_utf8(body.to_vec()).expect("a text")
}

async fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await.expect("a connection");
    stream.set_nodelay(true).expect("no delay");
    stream
}

/// Sends a request and reads the answer to its end; insists that it is a success. Gives its body.
async fn exchange<'a>(
    stream: &mut TcpStream,
    request: &Request,
    buffer: &'a mut Vec<u8>,
) -> &'a [u8] {
    stream
        .write_all(&request.bytes)
        .await
        .expect("a request is taken");
    buffer.clear();
    let (start, end) = loop {
        let read = stream.read_buf(buffer).await.expect("an answer");
        assert!(read > 0, "the server closed the connection");
        let Some(head) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let text = String::from_utf8_lossy(buffer.get(..head).unwrap_or_default()).to_lowercase();
        let length: usize = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|value| value.trim().parse().ok())
            .expect("a length");
        let (start, end) = (head + 4, head + 4 + length);
        if buffer.len() >= end {
            let body = String::from_utf8_lossy(buffer.get(start..end).unwrap_or_default());
            let good = text.starts_with("http/1.1 200") && body.contains(request.answer);
            assert!(good, "not a success: {text}\n\n{body}");
            break (start, end);
        }
    };
    buffer.get(start..end).unwrap_or_default()
}

/// How many connections ask at once.
const CONNECTIONS: usize = 8;
