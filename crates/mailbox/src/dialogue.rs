//! One conversation with a mail server: say a line, hear a reply, in clear or encrypted.
//!
//! Three rules make it safe to decide logins by (`mail.md` §7): one time limit for the whole, not one
//! per read; nothing may have arrived before a line is said, because an answer that came before its
//! question was not made for it; and nothing that was read in clear survives the step to TLS.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, timeout, timeout_at};

use crate::tls::{SecureStream, Tls, trouble};
use crate::unavailable::{Gibberish, Unavailable};

/// A connection to a mail server, and how long it may still take. What is heard is put together by
/// the protocol's `L`.
pub(crate) struct Dialogue<L> {
    stream: Stream,
    listener: L,
    deadline: Instant,
}

/// Takes what arrives and gives whole messages of one protocol, within its limits.
pub(crate) trait Listener: Default {
    /// What can be heard.
    type Message;

    /// Takes octets that arrived.
    fn take(&mut self, octets: &[u8]) -> Result<(), Gibberish>;

    /// Gives the next complete message, or nothing as long as its end has not arrived.
    fn message(&mut self) -> Result<Option<Self::Message>, Gibberish>;

    /// Forgets all that was heard; what it amounts to still counts.
    fn forget(self) -> Self;

    /// Is there nothing that was received and not yet given out?
    fn is_empty(&self) -> bool;
}

enum Stream {
    Clear(TcpStream),
    Local(UnixStream),
    Secure(Box<SecureStream>),
}

impl<L: Listener> Dialogue<L> {
    /// Begins in clear.
    pub(crate) fn new(stream: TcpStream, deadline: Instant) -> Self {
        Self {
            stream: Stream::Clear(stream),
            listener: L::default(),
            deadline,
        }
    }

    /// Begins on a socket of this machine.
    pub(crate) fn local(stream: UnixStream, deadline: Instant) -> Self {
        Self {
            stream: Stream::Local(stream),
            listener: L::default(),
            deadline,
        }
    }

    /// Waits for the next complete message.
    pub(crate) async fn hear(&mut self, before: &'static str) -> Result<L::Message, Unavailable> {
        let mut chunk = [0; CHUNK];
        loop {
            if let Some(message) = self.listener.message()? {
                return Ok(message);
            }
            let count = timeout_at(self.deadline, self.stream.io().read(&mut chunk))
                .await
                .map_err(|_| Unavailable::Timeout { before })?
                .map_err(|error| trouble(&error, before))?;
            let octets = chunk.get(..count).unwrap_or_default();
            if octets.is_empty() {
                return Err(Unavailable::Closed { before });
            }
            self.listener.take(octets)?;
        }
    }

    /// Says a line, which ends in CRLF, provided that the server has not answered it already.
    pub(crate) async fn say(&mut self, line: &[u8]) -> Result<(), Unavailable> {
        self.nothing_more().await?;
        self.say_unasked(line).await
    }

    /// Says a line at the beginning of a protocol in which both sides may speak first. It asks nothing.
    pub(crate) async fn say_unasked(&mut self, line: &[u8]) -> Result<(), Unavailable> {
        let before = "it had taken a command";
        timeout_at(self.deadline, self.stream.send(line))
            .await
            .map_err(|_| Unavailable::Timeout { before })?
            .map_err(|error| trouble(&error, before))
    }

    /// Gives what has arrived behind the last message, if it is a whole one.
    pub(crate) fn arrived(&mut self) -> Result<Option<L::Message>, Unavailable> {
        Ok(self.listener.message()?)
    }

    /// Makes sure that nothing has arrived which belongs to no question of ours.
    pub(crate) async fn nothing_more(&mut self) -> Result<(), Unavailable> {
        if !self.listener.is_empty() || self.stream.has_arrivals().await {
            return Err(UNASKED.into());
        }
        Ok(())
    }

    /// Says whether another question can be put on a connection that was kept: the other side has
    /// neither left nor said anything. It looks at once, also where nobody has looked for long.
    pub(crate) fn is_quiet(&self) -> bool {
        let mut octet = [MaybeUninit::uninit()];
        let looked = match &self.stream {
            Stream::Clear(stream) => socket2::SockRef::from(stream).peek(&mut octet),
            Stream::Local(stream) => socket2::SockRef::from(stream).peek(&mut octet),
            // What has arrived encrypted may be the encryption's own; it is not waited for to know.
            Stream::Secure(stream) => socket2::SockRef::from(stream.get_ref().0).peek(&mut octet),
        };
        let nothing = looked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        nothing && self.listener.is_empty()
    }

    /// Begins the time anew, for a question on a connection that was kept.
    pub(crate) const fn extend_to(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    /// Begins encrypted.
    pub(crate) async fn new_secure(
        stream: TcpStream,
        tls: &Tls,
        deadline: Instant,
    ) -> Result<Self, Unavailable> {
        let before = "the end of the TLS handshake";
        let stream = timeout_at(deadline, tls.handshake(stream))
            .await
            .map_err(|_| Unavailable::Timeout { before })??;
        let stream = Stream::Secure(Box::new(stream));
        stream.acknowledge_at_once();
        Ok(Self {
            stream,
            listener: L::default(),
            deadline,
        })
    }

    /// Goes on encrypted. Nothing of what was heard in clear may be left over, and none of it counts.
    pub(crate) async fn secure(mut self, tls: &Tls) -> Result<Self, Unavailable> {
        self.nothing_more().await?;
        let Stream::Clear(stream) = self.stream else {
            let why = "it is encrypted already".to_owned();
            return Err(Unavailable::TlsBroken { why });
        };
        let secured = Self::new_secure(stream, tls, self.deadline).await?;
        Ok(Self {
            listener: self.listener.forget(),
            ..secured
        })
    }

    /// Says good-bye without waiting for an answer, within a time that nobody notices.
    pub(crate) async fn leave(mut self, last_words: &[u8]) {
        let leaving = async {
            self.stream.io().write_all(last_words).await?;
            self.stream.io().shutdown().await
        };
        // The verdict stands, whatever becomes of the good-bye.
        drop(timeout(FAREWELL, leaving).await);
    }

    /// Is what is said here hidden from the network?
    pub(crate) const fn is_secure(&self) -> bool {
        matches!(self.stream, Stream::Secure(_))
    }
}

impl Stream {
    fn io(&mut self) -> &mut dyn Io {
        match self {
            Self::Clear(stream) => stream,
            Self::Local(stream) => stream,
            Self::Secure(stream) => stream.as_mut(),
        }
    }

    async fn send(&mut self, line: &[u8]) -> io::Result<()> {
        self.io().write_all(line).await?;
        self.io().flush().await?;
        self.acknowledge_at_once();
        Ok(())
    }

    /// Looks once whether something can be read, without waiting.
    async fn has_arrivals(&mut self) -> bool {
        let mut octet = [0];
        poll_fn(|context| {
            let mut buffer = ReadBuf::new(&mut octet);
            let polled = Pin::new(self.io()).poll_read(context, &mut buffer);
            // An end or an error is no arrival: the next reading tells what it is.
            Poll::Ready(matches!(polled, Poll::Ready(Ok(()))) && !buffer.filled().is_empty())
        })
        .await
    }

    /// Asks the kernel to acknowledge what arrives at once. With Nagle's algorithm on the other side
    /// a delayed acknowledgement costs 40 ms a login (`mail.md` §1 fact 10); the kernel forgets the
    /// wish after a while, so it is repeated.
    fn acknowledge_at_once(&self) {
        let socket = match self {
            Self::Clear(stream) => stream,
            Self::Local(_) => return,
            Self::Secure(stream) => stream.get_ref().0,
        };
        #[cfg(target_os = "linux")]
        socket2::SockRef::from(socket).set_tcp_quickack(true).ok();
        #[cfg(not(target_os = "linux"))]
        let _: &TcpStream = socket;
    }
}

/// All kinds of connection, for reading and writing.
trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

const UNASKED: Gibberish = Gibberish("it answered before it was asked");
const CHUNK: usize = 4096;
const FAREWELL: Duration = Duration::from_millis(200);
