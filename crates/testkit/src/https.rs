//! HTTPS servers for tests: what they answer is a function, and may be slow, endless or a lie.
//!
//! They play the hosts of other people's support documents (`browserid.md` §8.1 F12), and sites that are
//! told of log-outs. One request a connection, on loopback, on a port that the system chooses; every
//! request is recorded. Called by the tests of `server::outbound`, of discovery and of log-outs. Deliberately absent: keep-alive, and any check
//! of what is asked.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::certificates::Identity;

/// A running server; it and its connections end when it is dropped.
#[derive(Debug)]
pub struct HttpsServer {
    address: SocketAddr,
    asked: Requests,
    accepting: JoinHandle<()>,
}

type Requests = watch::Sender<Vec<String>>;

/// What a server does when it has read the head of a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Says these octets and closes.
    Octets(Vec<u8>),
    /// Says the first octets once, and then the others again and again with a pause between, until
    /// the client leaves.
    Endless(Vec<u8>, Vec<u8>, Duration),
    /// Says nothing until the client leaves.
    Silence,
}

type Answer = Arc<dyn Fn(&str) -> Reply + Send + Sync>;

impl Reply {
    /// Answers with a status such as `200 OK`, header lines such as `cache-control: no-store`, and a
    /// body whose length is given.
    pub fn new(status: &str, headers: &[&str], body: &str) -> Self {
        let mut text = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len());
        for header in headers {
            text.push_str(header);
            text.push_str("\r\n");
        }
        text.push_str("\r\n");
        text.push_str(body);
        Self::Octets(text.into_bytes())
    }

    /// Answers with 200 and JSON.
    pub fn json(body: &str) -> Self {
        Self::new("200 OK", &["content-type: application/json"], body)
    }
}

impl HttpsServer {
    /// Starts a server that shows `identity` and answers each request by its head.
    pub async fn start(
        identity: &Identity,
        answer: impl Fn(&str) -> Reply + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let acceptor = TlsAcceptor::from(identity.server_config()?);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let asked = Requests::default();
        let accepting = tokio::spawn(accept(listener, acceptor, Arc::new(answer), asked.clone()));
        Ok(Self {
            address,
            asked,
            accepting,
        })
    }

    /// Tells where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Tells all requests so far, each with its head and its body, in the order of their arrival.
    pub fn asked(&self) -> Vec<String> {
        self.asked.borrow().clone()
    }

    /// Waits until so many requests have arrived, and tells them; fewer, if they do not come.
    pub async fn arrived(&self, least: usize) -> Vec<String> {
        let mut asked = self.asked.subscribe();
        let arriving = asked.wait_for(|asked| asked.len() >= least);
        drop(timeout(PATIENCE, arriving).await);
        self.asked()
    }
}

impl Drop for HttpsServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, answer: Answer, asked: Requests) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let serving = serve(stream, acceptor.clone(), Arc::clone(&answer), asked.clone());
        // A client that leaves early is what many tests are about.
        connections.spawn(async { serving.await.ok() });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    answer: Answer,
    asked: Requests,
) -> io::Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < LARGEST_HEAD {
        head.push(stream.read_u8().await?);
    }
    let mut request = String::from_utf8_lossy(&head).into_owned();
    let mut body = vec![0; length(&request)];
    stream.read_exact(&mut body).await?;
    request.push_str(&String::from_utf8_lossy(&body));
    let reply = answer(&request);
    asked.send_modify(|asked| asked.push(request));
    match reply {
        Reply::Octets(octets) => {
            stream.write_all(&octets).await?;
            stream.shutdown().await
        }
        Reply::Endless(first, again, pause) => {
            stream.write_all(&first).await?;
            loop {
                stream.write_all(&again).await?;
                stream.flush().await?;
                tokio::time::sleep(pause).await;
            }
        }
        Reply::Silence => {
            stream.read_u8().await?;
            Ok(())
        }
    }
}

/// Reads how long the body is that follows this head.
fn length(head: &str) -> usize {
    let mut lines = head.lines();
    let length = lines.find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.and_then(|text| text.parse().ok()).unwrap_or(0);
    length.min(LARGEST_BODY)
}

/// How long to wait for a request that has to come.
const PATIENCE: Duration = Duration::from_secs(30);
const LARGEST_BODY: usize = 64 * 1024;
const LARGEST_HEAD: usize = 8 * 1024;
