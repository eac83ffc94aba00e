//! Pages of other people's sites, served on this machine to the browser under test.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A running server of fixed pages; any `*.localhost` name leads to it.
pub(crate) struct Pages {
    port: u16,
    requests: Requests,
    accepting: JoinHandle<()>,
}

/// One page: its path, further header fields (each with its line end), and its HTML. `PORT` in the
/// HTML stands for the server's port.
pub(crate) type Page = (&'static str, &'static str, String);

/// The heads of all requests so far.
type Requests = Arc<Mutex<Vec<String>>>;

impl Pages {
    /// Serves pages on a free port.
    pub(crate) async fn serve(pages: Vec<Page>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let requests = Requests::default();
        let accepting = tokio::spawn(accept(listener, Arc::from(pages), Arc::clone(&requests)));
        Ok(Self {
            port,
            requests,
            accepting,
        })
    }

    /// Gives the address of a page under a host name.
    pub(crate) fn at(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }

    /// Gives the head of the first request for a path, once there was one.
    pub(crate) fn request(&self, path: &str) -> Option<String> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let start = format!("GET {path} ");
        requests
            .iter()
            .find(|head| head.starts_with(&start))
            .cloned()
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, pages: Arc<[Page]>, requests: Requests) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, Arc::clone(&pages), Arc::clone(&requests)));
    }
}

async fn answer(mut stream: TcpStream, pages: Arc<[Page]>, requests: Requests) -> Result<()> {
    let port = stream.local_addr()?.port().to_string();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).context("no path")?.to_owned();
    requests
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(head);
    let page = pages.iter().find(|(at, ..)| *at == path);
    let (status, fields, html) = match page {
        Some((_, fields, html)) => ("200 OK", *fields, html.replace("PORT", &port)),
        None => ("404 Not Found", "", String::new()),
    };
    let length = html.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\n\
         {fields}Connection: close\r\n\r\n{html}"
    );
    stream.write_all(answer.as_bytes()).await?;
    Ok(())
}
