//! The door: connections in, with limits on how many, how slow and how long.
//!
//! One task for each connection, HTTP/1.1 only: a proxy stands in front of us. When it is time to
//! stop, no new connection is taken and those at work finish what they are doing.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt;

use super::client::Peer;
use crate::app::App;
use crate::journey::session;

/// Where connections come from.
#[derive(Debug)]
pub enum Listener {
    /// A network address.
    Tcp(TcpListener),
    /// A Unix socket.
    Unix(UnixListener),
}

/// Serves an installation until `stop` is done; then lets requests at work finish, but not for
/// longer than an answer may take.
pub async fn serve(app: Arc<App>, listener: Listener, stop: impl Future<Output = ()>) {
    let router = super::router(Arc::clone(&app));
    let places = Arc::new(Semaphore::new(CONNECTIONS_AT_ONCE));
    let graceful = GracefulShutdown::new();
    let purging = tokio::spawn(purge_now_and_then(app));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer, place)) => {
                converse(stream, peer, place, router.clone(), &graceful);
            }
            Err(error) => {
                // Out of file descriptors, most likely: waiting lets some become free.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    purging.abort();
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
    router: Router,
    graceful: &GracefulShutdown,
) {
    let router = router.map_request(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        request.map(Body::new)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_LIMIT)
        .max_headers(64)
        .max_buf_size(MAX_HEADER_OCTETS)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
        drop(place);
    });
}

async fn purge_now_and_then(app: Arc<App>) {
    loop {
        match session::purge(&app).await {
            Ok(0) => {}
            Ok(forgotten) => tracing::info!(forgotten, "what was over is forgotten"),
            Err(error) => tracing::warn!(%error, "what is over could not be forgotten"),
        }
        tokio::time::sleep(PURGE_INTERVAL).await;
    }
}

/// How many connections there may be at once.
const CONNECTIONS_AT_ONCE: usize = 2048;
/// How long the head of a request may take; also how long an idle connection is kept.
const HEADER_LIMIT: Duration = Duration::from_secs(20);
/// Octets of a request's head.
const MAX_HEADER_OCTETS: usize = 32 * 1024;
/// How long to wait when no connection can be taken.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long requests at work may take to finish when it is time to stop.
const STOP_LIMIT: Duration = Duration::from_secs(30);
/// How often to look for sessions that are over.
const PURGE_INTERVAL: Duration = Duration::from_secs(3600);
