//! HTTPS servers for tests: what they answer is a function, and may be slow, endless or a lie.
//!
//! They play the hosts of other people's support documents (`browserid.md` §8.1 F12). One request a
//! connection, on loopback, on a port that the system chooses; every request is recorded. Called by
//! the tests of `server::outbound` and of discovery. Deliberately absent: keep-alive, and any check
//! of what is asked.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::certificates::Identity;

/// A running server; it and its connections end when it is dropped.
#[derive(Debug)]
pub struct HttpsServer {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    accepting: JoinHandle<()>,
}

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
        let asked = Arc::default();
        let accepting = tokio::spawn(accept(
            listener,
            acceptor,
            Arc::new(answer),
            Arc::clone(&asked),
        ));
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

    /// Tells the heads of all requests so far, in the order of their arrival.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.clone()
    }
}

impl Drop for HttpsServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    answer: Answer,
    asked: Arc<Mutex<Vec<String>>>,
) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let serving = serve(
            stream,
            acceptor.clone(),
            Arc::clone(&answer),
            Arc::clone(&asked),
        );
        // A client that leaves early is what many tests are about.
        connections.spawn(async { serving.await.ok() });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    answer: Answer,
    asked: Arc<Mutex<Vec<String>>>,
) -> io::Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < LARGEST_HEAD {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let reply = answer(&head);
    asked
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(head);
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

const LARGEST_HEAD: usize = 8 * 1024;
