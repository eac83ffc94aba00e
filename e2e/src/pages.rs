//! Other people's servers: each request is a value, and a function gives the answer.
//!
//! Sites, issuers and brokers that are not ours are written with this; nginx stands in front of them,
//! so that each has a name and TLS. Called by the end-to-end tests. Deliberately absent: everything
//! that a server of one test does not need, such as a second request on one connection.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, spawn_blocking};
use url::form_urlencoded;

/// A running server. It stops when it is dropped.
pub struct Pages {
    address: SocketAddr,
    requests: Requests,
    accepting: JoinHandle<()>,
}

/// Answers requests, each in a thread of its own.
pub type Answering = Arc<dyn Fn(&Request) -> Reply + Send + Sync>;

/// Answers each of these paths with its page, and with header fields of the test's choice.
pub fn fixed(pages: Vec<(&'static str, Reply)>) -> Answering {
    Arc::new(move |request| {
        let mut pages = pages.iter();
        let page = pages.find(|(path, _)| *path == request.path);
        page.map_or_else(Reply::not_found, |(_, reply)| reply.clone())
    })
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The path, without a query.
    pub path: String,
    /// The query, without its question mark.
    pub query: String,
    /// The header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    status: u16,
    fields: Vec<(String, String)>,
    body: String,
}

/// All requests so far.
type Requests = Arc<Mutex<Vec<Request>>>;

impl Pages {
    /// Listens on a free port of loopback.
    pub async fn serve(answering: Answering) -> Result<Self> {
        Self::serve_knowing(|_| answering).await
    }

    /// Listens on a free port of loopback, which some of the answers name.
    pub async fn serve_knowing(answering: impl FnOnce(u16) -> Answering) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let answering = answering(address.port());
        let requests = Requests::default();
        let accepting = tokio::spawn(accept(listener, answering, Arc::clone(&requests)));
        Ok(Self {
            address,
            requests,
            accepting,
        })
    }

    /// Gives the address that it listens on.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives the address of a page, where no web server stands in front, under a name of this machine.
    pub fn at(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.address.port())
    }

    /// Gives all requests so far.
    pub fn requests(&self) -> Vec<Request> {
        let requests = self.requests.lock();
        requests.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counts the requests for a path so far.
    pub fn asked_for(&self, path: &str) -> usize {
        let requests = self.requests();
        requests.iter().filter(|one| one.path == path).count()
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pages({})", self.address)
    }
}

impl Request {
    /// Gives a header field by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.headers.iter();
        let (_, value) = fields.find(|(known, _)| known == name)?;
        Some(value)
    }

    /// Gives the value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let cookies = self.header("cookie")?.split("; ");
        let mut pairs = cookies.filter_map(|cookie| cookie.split_once('='));
        let (_, value) = pairs.find(|(known, _)| *known == name)?;
        Some(value)
    }

    /// Gives a field of the form in the body, or nothing.
    pub fn field(&self, name: &str) -> String {
        named(&self.body, name)
    }

    /// Gives a parameter of the query, or nothing.
    pub fn parameter(&self, name: &str) -> String {
        named(&self.query, name)
    }

    fn read(head: &str, body: String) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let method = words.next()?.to_owned();
        let target = words.next()?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let fields = lines.filter_map(|line| line.split_once(':'));
        Some(Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: fields
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
                .collect(),
            body,
        })
    }
}

impl Reply {
    /// A page.
    pub fn html(body: impl Into<String>) -> Self {
        Self::of("text/html; charset=utf-8", body)
    }

    /// A JSON document.
    pub fn json(value: &serde_json::Value) -> Self {
        Self::of("application/json", value.to_string())
    }

    /// An answer of another type.
    pub fn of(kind: &str, body: impl Into<String>) -> Self {
        Self {
            status: 200,
            fields: vec![("Content-Type".to_owned(), kind.to_owned())],
            body: body.into(),
        }
    }

    /// Nothing of that name.
    pub fn not_found() -> Self {
        Self::html("nothing here").status(404)
    }

    /// Gives it another status.
    #[must_use]
    pub const fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Adds a header field.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let Self {
            status,
            fields,
            body,
        } = self;
        let mut lines = vec![format!("HTTP/1.1 {status} .")];
        lines.extend(
            fields
                .iter()
                .map(|(name, value)| format!("{name}: {value}")),
        );
        lines.push(format!("Content-Length: {}", body.len()));
        lines.push("Connection: close\r\n\r\n".to_owned());
        (lines.join("\r\n") + body).into_bytes()
    }
}

async fn accept(listener: TcpListener, answering: Answering, requests: Requests) {
    while let Ok((stream, _)) = listener.accept().await {
        let exchange = exchange(stream, Arc::clone(&answering), Arc::clone(&requests));
        tokio::spawn(exchange);
    }
}

async fn exchange(mut stream: TcpStream, answering: Answering, requests: Requests) -> Result<()> {
    let mut bytes = Vec::new();
    let request = loop {
        if let Some(request) = complete(&bytes) {
            break request;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    };
    let seen = request.clone();
    requests
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(seen);
    let reply = spawn_blocking(move || answering(&request)).await;
    let reply = reply.context("the answer was not finished")?;
    Ok(stream.write_all(&reply.bytes()).await?)
}

/// Reads a request as soon as all of it is there.
fn complete(bytes: &[u8]) -> Option<Request> {
    let end = bytes.windows(4).position(|octets| octets == b"\r\n\r\n")?;
    let (head, rest) = bytes.split_at_checked(end)?;
    let head = String::from_utf8_lossy(head);
    let body = rest.get(4..)?;
    let request = Request::read(&head, String::from_utf8_lossy(body).into_owned())?;
    let length = request.header("content-length").unwrap_or("0");
    (body.len() >= length.parse().ok()?).then_some(request)
}

fn named(pairs: &str, name: &str) -> String {
    let mut pairs = form_urlencoded::parse(pairs.as_bytes());
    let found = pairs.find(|(known, _)| known == name);
    found.map_or_else(String::new, |(_, value)| value.into_owned())
}
