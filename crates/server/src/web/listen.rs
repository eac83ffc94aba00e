//! The door: connections in, with limits on how many, how slow and how long.
//!
//! One task for each connection, HTTP/1.1 only: a proxy stands in front of us. When it is time to
//! stop, no new connection is taken and those at work finish what they are doing.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tower::ServiceExt;

use super::client::Peer;
use super::current::Current;
use super::impatient::Impatient;
use super::rounds;
use crate::clock;

/// Where connections come from.
#[derive(Debug)]
pub enum Listener {
    /// A network address.
    Tcp(TcpListener),
    /// A Unix socket.
    Unix(UnixListener),
}

/// Serves one installation, those of all [`Issuers`](crate::Issuers), or whichever are the [`Current`]
/// ones, until `stop` is done; then lets requests at work finish, but not for longer than an answer may
/// take.
pub async fn serve(
    current: impl Into<Current>,
    listener: Listener,
    stop: impl Future<Output = ()>,
) {
    let current: Current = current.into();
    let places = Arc::new(Semaphore::new(connections_at_once()));
    let graceful = GracefulShutdown::new();
    let mut beside = JoinSet::new();
    beside.spawn(rounds::purge(current.clone()));
    beside.spawn(rounds::sweep(current.clone()));
    beside.spawn(rounds::tell(current.clone()));
    let mut warned = None;
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer, place)) => {
                converse(stream, peer, place, current.clone(), &graceful);
            }
            Err(error) => {
                // Out of file descriptors, most likely: waiting lets some become free.
                if warned.is_none_or(|last: Instant| last.elapsed() > WARN_PAUSE) {
                    tracing::warn!(%error, "connections cannot be taken");
                    warned = Some(clock::stopwatch());
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    beside.abort_all();
    if tokio::time::timeout(STOP_LIMIT, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests were still at work when the time to stop was over");
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

type Accepted = (Box<dyn Stream>, Peer, OwnedSemaphorePermit);

async fn accept(listener: &Listener, places: &Arc<Semaphore>) -> io::Result<Accepted> {
    let place = Arc::clone(places)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    match listener {
        Listener::Tcp(listener) => {
            let (stream, address) = listener.accept().await?;
            stream.set_nodelay(true)?;
            Ok((Box::new(stream), Peer::Address(address.ip()), place))
        }
        Listener::Unix(listener) => {
            let (stream, _) = listener.accept().await?;
            Ok((Box::new(stream), Peer::Socket, place))
        }
    }
}

fn converse(
    stream: Box<dyn Stream>,
    peer: Peer,
    place: OwnedSemaphorePermit,
    current: Current,
    graceful: &GracefulShutdown,
) {
    let answer = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        current.router().oneshot(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_LIMIT)
        .max_headers(64)
        .max_buf_size(MAX_HEADER_OCTETS)
        .serve_connection(TokioIo::new(Impatient::new(stream, WRITE_LIMIT)), answer);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
        drop(place);
    });
}

/// How many connections there may be at once: as many as the system lets us open files, less what
/// the store and the questions to other servers need.
fn connections_at_once() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let soft = files.and_then(|columns| columns.split_whitespace().next()?.parse::<usize>().ok());
    soft.map_or(CONNECTIONS_AT_MOST, |soft| {
        soft.saturating_sub(FILES_KEPT_BACK)
    })
    .clamp(CONNECTIONS_AT_LEAST, CONNECTIONS_AT_MOST)
}

/// Connections that are enough for a node, whatever the system would allow.
const CONNECTIONS_AT_MOST: usize = 2048;
/// Connections without which there is no serving.
const CONNECTIONS_AT_LEAST: usize = 16;
/// Open files for everything else: 256 connections to other domains' hosts and 64 look-ups of their
/// names, the store, mail servers, the relay, listening.
const FILES_KEPT_BACK: usize = 512;
/// How long a written answer may wait for somebody to read it.
const WRITE_LIMIT: Duration = Duration::from_secs(30);
/// How long the head of a request may take; also how long an idle connection is kept.
const HEADER_LIMIT: Duration = Duration::from_secs(20);
/// Octets of a request's head.
const MAX_HEADER_OCTETS: usize = 32 * 1024;
/// How long to wait when no connection can be taken.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long to keep quiet about connections that cannot be taken, once it was said.
const WARN_PAUSE: Duration = Duration::from_secs(60);
/// How long requests at work may take to finish when it is time to stop.
const STOP_LIMIT: Duration = Duration::from_secs(30);
