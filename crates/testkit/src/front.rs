//! The web server in front of a server under test: it speaks TLS outside and passes on what it hears.
//!
//! It counts who comes, so that a test can state whom nobody asked. Called by tests in which one
//! installation asks another.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::certificates::Identity;

/// A running front; it stops when it is dropped, and so do its connections.
#[derive(Debug)]
pub struct TlsFront {
    address: SocketAddr,
    visits: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl TlsFront {
    /// Starts a front on 127.0.0.1 that shows `identity` and passes on to `behind`.
    pub async fn start(identity: &Identity, behind: SocketAddr) -> io::Result<Self> {
        let acceptor = TlsAcceptor::from(identity.server_config()?);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let visits = Arc::new(AtomicUsize::new(0));
        let accepting = tokio::spawn(accept(listener, acceptor, behind, Arc::clone(&visits)));
        Ok(Self {
            address,
            visits,
            accepting,
        })
    }

    /// Gives the address that the front listens at.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Counts the connections that have come so far.
    pub fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    behind: SocketAddr,
    visits: Arc<AtomicUsize>,
) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        visits.fetch_add(1, Ordering::SeqCst);
        let acceptor = acceptor.clone();
        // What ends a connection is the client's to notice.
        connections.spawn(async move { drop(carry(acceptor, stream, behind).await) });
    }
}

async fn carry(acceptor: TlsAcceptor, stream: TcpStream, behind: SocketAddr) -> io::Result<()> {
    let mut outside = acceptor.accept(stream).await?;
    let mut inside = TcpStream::connect(behind).await?;
    tokio::io::copy_bidirectional(&mut outside, &mut inside).await?;
    Ok(())
}
