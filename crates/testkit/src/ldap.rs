//! A directory for tests: it knows some people and tells the truth about them.
//!
//! RFC 4511 as far as a log-in needs it: bind, search, StartTLS, unbind. As a lax directory does, it
//! takes a bind without name or password for nobody's, and says yes. Called by the contract of
//! `mailbox`. What a hostile one says is written with the scripts of [`crate::smtp`], which speak any
//! protocol. Its BER is its own, so that a mistake of ours is not made twice.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::certificates::Identity;
use crate::smtp::{Encryption, Wire, read_element};

/// A running directory; it and all its connections stop when it is dropped.
#[derive(Debug)]
pub struct DirectoryServer {
    address: SocketAddr,
    come: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

/// Somebody in a directory.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The distinguished name.
    pub name: String,
    /// The values of `mail`.
    pub mail: Vec<String>,
    /// The password.
    pub password: String,
    /// What marks the account as closed, as a filter asks for it: `nsAccountLock`, `TRUE`.
    pub mark: Option<(&'static str, &'static str)>,
}

impl Entry {
    /// Makes an entry under `dc=example`, named by `mail`.
    pub fn new(mail: &str, password: &str) -> Self {
        let value: String = mail
            .chars()
            .map(|c| match c {
                '+' | '\'' | '&' | '=' => format!("\\{:02x}", u32::from(c)),
                c => c.to_string(),
            })
            .collect();
        Self {
            name: format!("mail={value},dc=example"),
            mail: vec![mail.to_owned()],
            password: password.to_owned(),
            mark: None,
        }
    }

    fn is_marked(&self, name: &[u8], value: &[u8]) -> bool {
        self.mark
            .is_some_and(|mark| (mark.0.as_bytes(), mark.1.as_bytes()) == (name, value))
    }
}

impl DirectoryServer {
    /// Starts a directory on loopback.
    pub async fn start(entries: Vec<Entry>, encryption: Encryption) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let come = Arc::default();
        let accepting = tokio::spawn(accept(
            listener,
            entries.into(),
            encryption,
            Arc::clone(&come),
        ));
        Ok(Self {
            address,
            come,
            accepting,
        })
    }

    /// Gives the address that it listens on.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Counts the connections that have been made.
    pub fn connections(&self) -> usize {
        self.come.load(Ordering::SeqCst)
    }

    /// Stops: when this is done, nobody answers any more.
    pub async fn stop(mut self) {
        self.accepting.abort();
        // The connections are dropped with the task; that it was cancelled is no news.
        drop((&mut self.accepting).await);
    }
}

impl Drop for DirectoryServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(
    listener: TcpListener,
    entries: Arc<[Entry]>,
    encryption: Encryption,
    come: Arc<AtomicUsize>,
) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        come.fetch_add(1, Ordering::SeqCst);
        connections.spawn(serve(stream, Arc::clone(&entries), encryption.clone()));
    }
}

async fn serve(stream: TcpStream, entries: Arc<[Entry]>, encryption: Encryption) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut wire: Box<dyn Wire> = Box::new(stream);
    let mut may_bind = matches!(encryption, Encryption::None);
    if let Encryption::Implicit(identity) = &encryption {
        wire = encrypted(wire, identity).await?;
        may_bind = true;
    }
    loop {
        let octets = read_element(wire.as_mut()).await?;
        let whole = parts(content(&octets)?)?;
        let [(_, id), (operation, inside), ..] = whole.as_slice() else {
            return Err(wrong());
        };
        let answers = match operation {
            0x60 if may_bind => vec![outcome(0x61, bind(inside, &entries)?)],
            0x60 => vec![outcome(0x61, CONFIDENTIALITY_REQUIRED)],
            0x63 => search(inside, &entries)?,
            0x77 => vec![outcome(0x78, 0)],
            _ => return Ok(()),
        };
        for answer in answers {
            let message = element(0x30, &[element(0x02, id), answer].concat());
            wire.write_all(&message).await?;
        }
        wire.flush().await?;
        if let (0x77, Encryption::StartTls(identity)) = (operation, &encryption) {
            wire = encrypted(wire, identity).await?;
            may_bind = true;
        }
    }
}

async fn encrypted(wire: Box<dyn Wire>, identity: &Arc<Identity>) -> io::Result<Box<dyn Wire>> {
    let acceptor = TlsAcceptor::from(identity.server_config()?);
    Ok(Box::new(acceptor.accept(wire).await?))
}

fn bind(request: &[u8], entries: &[Entry]) -> io::Result<u8> {
    let request = parts(request)?;
    let [(_, b"\x03"), (0x04, name), (0x80, password)] = request.as_slice() else {
        return Err(wrong());
    };
    let knows =
        |entry: &Entry| entry.name.as_bytes() == *name && entry.password.as_bytes() == *password;
    let right = name.is_empty() || password.is_empty() || entries.iter().any(knows);
    Ok(if right { 0 } else { INVALID_CREDENTIALS })
}

fn search(request: &[u8], entries: &[Entry]) -> io::Result<Vec<Vec<u8>>> {
    let request = parts(request)?;
    let filter = *request.get(6).ok_or_else(wrong)?;
    let mut answers = Vec::new();
    for entry in entries {
        if matches(filter, entry)? {
            let name = element(0x04, entry.name.as_bytes());
            answers.push(element(0x64, &[name, element(0x30, b"")].concat()));
        }
    }
    answers.push(outcome(0x65, 0));
    Ok(answers)
}

fn matches((choice, inside): (u8, &[u8]), entry: &Entry) -> io::Result<bool> {
    let mut found = Vec::new();
    match choice {
        0xa0 | 0xa1 => {
            for part in parts(inside)? {
                found.push(matches(part, entry)?);
            }
        }
        0xa3 => {
            let comparison = parts(inside)?;
            let (b"mail", value) = (match comparison.as_slice() {
                [(_, name), (_, value)] if entry.is_marked(name, value) => return Ok(true),
                [(_, name), (_, value)] => (*name, *value),
                _ => return Err(wrong()),
            }) else {
                return Ok(false);
            };
            let equal = |mail: &String| mail.as_bytes().eq_ignore_ascii_case(value);
            return Ok(entry.mail.iter().any(equal));
        }
        0x87 => return Ok(true),
        // A rule: the bits of Active Directory.
        0xa9 => {
            let rule = parts(inside)?;
            let [(0x81, _), (0x82, name), (0x83, value)] = rule.as_slice() else {
                return Err(wrong());
            };
            return Ok(entry.is_marked(name, value));
        }
        _ => return Err(wrong()),
    }
    Ok(match choice {
        0xa0 => found.iter().all(|found| *found),
        _ => found.contains(&true),
    })
}

fn outcome(operation: u8, code: u8) -> Vec<u8> {
    let inside = [
        element(0x0a, &[code]),
        element(0x04, b""),
        element(0x04, b""),
    ];
    element(operation, &inside.concat())
}

/// Writes an element of BER, its length in two octets always.
pub fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len())
        .unwrap_or(u16::MAX)
        .to_be_bytes();
    [&[tag, 0x82], &length[..], content].concat()
}

fn content(octets: &[u8]) -> io::Result<&[u8]> {
    match parts(octets)?.as_slice() {
        [(0x30, content)] => Ok(content),
        _ => Err(wrong()),
    }
}

fn parts(mut octets: &[u8]) -> io::Result<Vec<(u8, &[u8])>> {
    let mut parts = Vec::new();
    while let [tag, short, rest @ ..] = octets {
        let (length, rest) = match usize::from(*short) {
            short @ 0..0x80 => (short, rest),
            long => {
                let (digits, rest) = rest.split_at_checked(long & 0x7f).ok_or_else(wrong)?;
                let digits = digits.iter();
                let length = digits.fold(0, |sum, octet| sum << 8 | usize::from(*octet));
                (length, rest)
            }
        };
        let (content, rest) = rest.split_at_checked(length).ok_or_else(wrong)?;
        parts.push((*tag, content));
        octets = rest;
    }
    Ok(parts)
}

fn wrong() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

const CONFIDENTIALITY_REQUIRED: u8 = 13;
const INVALID_CREDENTIALS: u8 = 49;
