//! The server's end of one connection, and the record of what came in.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// Everything that one client sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// What could be read on the way.
    pub clear: Vec<u8>,
    /// What came through TLS, decrypted.
    pub secure: Vec<u8>,
}

impl Session {
    /// Did the client begin to log in, in clear or encrypted?
    pub fn has_credentials(&self) -> bool {
        [&self.clear, &self.secure].into_iter().any(|sent| {
            let says = |word: &[u8]| {
                let mut places = sent.windows(word.len());
                places.any(|place| place.eq_ignore_ascii_case(word))
            };
            says(b"AUTH") || says(b" LOGIN ")
        })
    }

    /// Gives the lines that came through TLS, or in clear where there was none.
    pub fn lines(&self) -> Vec<String> {
        let sent = if self.secure.is_empty() {
            &self.clear
        } else {
            &self.secure
        };
        let text = String::from_utf8_lossy(sent);
        text.split_inclusive("\r\n").map(str::to_owned).collect()
    }
}

/// How a part of a conversation came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The client may still say something.
    Listening,
    /// The server has hung up.
    HungUp,
}

/// One connection, seen from the server.
pub(super) struct Conversation {
    wire: Option<Box<dyn Wire>>,
    config: Option<Arc<ServerConfig>>,
    secure: bool,
    session: Session,
}

pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

impl Conversation {
    pub(super) fn new(stream: TcpStream, config: Option<Arc<ServerConfig>>) -> Self {
        // Otherwise two small writes in a row wait for each other.
        stream.set_nodelay(true).ok();
        Self {
            wire: Some(Box::new(stream)),
            config,
            secure: false,
            session: Session::default(),
        }
    }

    /// Can this server encrypt, and has it not done so yet?
    pub(super) const fn can_encrypt(&self) -> bool {
        self.config.is_some() && !self.secure
    }

    pub(super) const fn is_secure(&self) -> bool {
        self.secure
    }

    pub(super) async fn say(&mut self, octets: &[u8]) -> io::Result<()> {
        let wire = self.wire()?;
        wire.write_all(octets).await?;
        wire.flush().await
    }

    /// Reads one line, its end included, and not an octet more: what follows may be a handshake.
    pub(super) async fn hear(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') {
            let octet = self.wire()?.read_u8().await?;
            line.push(octet);
            self.record(&[octet]);
        }
        Ok(line)
    }

    /// Reads so many octets and not one more.
    pub(super) async fn hear_octets(&mut self, count: usize) -> io::Result<()> {
        for _ in 0..count {
            let octet = self.wire()?.read_u8().await?;
            self.record(&[octet]);
        }
        Ok(())
    }

    /// Reads one element of BER and not an octet more: what follows may be a handshake.
    pub(super) async fn hear_message(&mut self) -> io::Result<()> {
        let message = read_element(self.wire()?.as_mut()).await?;
        self.record(&message);
        Ok(())
    }

    pub(super) async fn handshake(&mut self) -> io::Result<()> {
        let config = self.config.clone().ok_or_else(gone)?;
        let wire = self.wire.take().ok_or_else(gone)?;
        let wire = TlsAcceptor::from(config).accept(wire).await?;
        self.wire = Some(Box::new(wire));
        self.secure = true;
        Ok(())
    }

    /// Ends the conversation: unless the server hung up, hears the client out.
    pub(super) async fn end(mut self, ended: io::Result<Ended>) -> Session {
        let mut chunk = [0; 4096];
        let listening = matches!(ended, Ok(Ended::Listening));
        while listening && let Ok(wire) = self.wire() {
            match wire.read(&mut chunk).await {
                Ok(0) | Err(_) => break,
                Ok(count) => self.record(chunk.get(..count).unwrap_or_default()),
            }
        }
        self.session
    }

    fn record(&mut self, octets: &[u8]) {
        let record = if self.secure {
            &mut self.session.secure
        } else {
            &mut self.session.clear
        };
        record.extend_from_slice(octets);
    }

    fn wire(&mut self) -> io::Result<&mut Box<dyn Wire>> {
        self.wire.as_mut().ok_or_else(gone)
    }
}

/// Reads one element of BER and not an octet more.
pub(crate) async fn read_element(wire: &mut dyn Wire) -> io::Result<Vec<u8>> {
    let mut octets = vec![wire.read_u8().await?, wire.read_u8().await?];
    let mut length = usize::from(*octets.last().ok_or_else(gone)?);
    if length >= 0x80 {
        let mut longer = vec![0; length & 0x7f];
        wire.read_exact(&mut longer).await?;
        length = longer
            .iter()
            .fold(0, |sum, octet| sum << 8 | usize::from(*octet));
        octets.extend(longer);
    }
    let mut inside = vec![0; length];
    wire.read_exact(&mut inside).await?;
    octets.extend(inside);
    Ok(octets)
}

fn gone() -> io::Error {
    io::ErrorKind::NotConnected.into()
}
