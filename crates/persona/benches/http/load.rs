//! The load: a request as bytes, sent again and again over a few connections.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::node::{EMAIL, HOST, Node};

/// A request, written out, and the status that it must be answered with.
#[derive(Debug)]
pub(crate) struct Request {
    bytes: Vec<u8>,
}

impl Request {
    /// Asks for a certificate with a live session.
    pub(crate) fn certificate(node: &Node) -> Self {
        let body = format!("{{\"email\":\"{EMAIL}\",\"publicKey\":{}}}", node.user_key);
        let head = format!(
            "POST /persona/auth/certificate/ HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://{HOST}\r\n\
             Sec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\n\
             Cookie: __Host-persona={}\r\nContent-Length: {}\r\n\r\n",
            node.token,
            body.len()
        );
        Self {
            bytes: (head + &body).into_bytes(),
        }
    }

    /// Asks for the support document.
    pub(crate) fn support(_: &Node) -> Self {
        let text = format!("GET /.well-known/browserid HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
        Self {
            bytes: text.into_bytes(),
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
        }
    }
}

/// Sends `request` over several connections for `length`; says how many answers came.
pub(crate) async fn send(address: SocketAddr, request: &Request, length: Duration) -> u64 {
    let count = std::sync::Arc::new(AtomicU64::new(0));
    let end = Instant::now() + length;
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let (bytes, count) = (request.bytes.clone(), std::sync::Arc::clone(&count));
        tasks.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            stream.set_nodelay(true).expect("no delay");
            let mut buffer = Vec::with_capacity(8192);
            while Instant::now() < end {
                stream.write_all(&bytes).await.expect("a request is taken");
                read_answer(&mut stream, &mut buffer).await;
                count.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    for task in tasks {
        task.await.expect("a connection that lasts");
    }
    count.load(Ordering::Relaxed)
}

/// Reads one answer to its end and insists that it is a success.
async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) {
    buffer.clear();
    loop {
        let read = stream.read_buf(buffer).await.expect("an answer");
        assert!(read > 0, "the server closed the connection");
        let Some(head) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let text = String::from_utf8_lossy(buffer.get(..head).unwrap_or_default()).to_lowercase();
        assert!(text.starts_with("http/1.1 200"), "not a success: {text}");
        let length: usize = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|value| value.trim().parse().ok())
            .expect("a length");
        if buffer.len() >= head + 4 + length {
            return;
        }
    }
}

/// How many connections ask at once.
const CONNECTIONS: usize = 8;
