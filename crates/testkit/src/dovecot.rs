//! Dovecot's auth service for tests: it knows some mailboxes and tells the truth about them.
//!
//! After `mail.md` §2.3: a socket in a temporary folder, and the handshakes of both kinds of Dovecot.
//! Called by the contract of `mailbox`. What a hostile one says is written with the scripts of
//! [`crate::smtp`], which speak any protocol. Deliberately absent: everything but PLAIN.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::BASE64;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

/// A running auth service; it and all its connections stop when it is dropped.
#[derive(Debug)]
pub struct DovecotServer {
    accepting: JoinHandle<()>,
    socket: PathBuf,
    // Deletes the folder when the server goes.
    _folder: TempDir,
}

/// Who speaks first on a new connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// The server, as Dovecot 2.3 does.
    Server,
    /// The client, as Dovecot 2.4 wants it.
    Client,
}

impl DovecotServer {
    /// Starts a service that knows these logins and their passwords.
    pub fn start(people: &[(&str, &str)], first: First) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let socket = folder.path().join("auth-client");
        let listener = UnixListener::bind(&socket)?;
        let own = |(login, password): &(&str, &str)| ((*login).to_owned(), (*password).to_owned());
        let people: Arc<[_]> = people.iter().map(own).collect();
        Ok(Self {
            accepting: tokio::spawn(accept(listener, people, first)),
            socket,
            _folder: folder,
        })
    }

    /// Gives the path of its socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Stops: when this is done, nobody answers any more.
    pub async fn stop(mut self) {
        self.accepting.abort();
        // The connections are dropped with the task; that it was cancelled is no news.
        drop((&mut self.accepting).await);
    }
}

impl Drop for DovecotServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

type People = Arc<[(String, String)]>;

async fn accept(listener: UnixListener, people: People, first: First) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, Arc::clone(&people), first));
    }
}

async fn serve(stream: UnixStream, people: People, first: First) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    if first == First::Server {
        writer.write_all(HANDSHAKE).await?;
    }
    introduced(&mut lines).await?;
    if first == First::Client {
        writer.write_all(HANDSHAKE).await?;
    }
    while let Some(line) = lines.next_line().await? {
        answer(&line, &people, &mut writer).await?;
    }
    Ok(())
}

/// Hears a client out until it has said who it is.
async fn introduced(lines: &mut Lines<BufReader<OwnedReadHalf>>) -> io::Result<()> {
    for expected in ["VERSION\t1\t", "CPID\t"] {
        let line = lines.next_line().await?.unwrap_or_default();
        if !line.starts_with(expected) {
            return Err(wrong());
        }
    }
    Ok(())
}

async fn answer(line: &str, people: &People, writer: &mut OwnedWriteHalf) -> io::Result<()> {
    let fields: Vec<&str> = line.split('\t').collect();
    let ["AUTH", id, "PLAIN", .., response] = fields.as_slice() else {
        return Err(wrong());
    };
    let response = response.strip_prefix("resp=").ok_or_else(wrong)?;
    let message = BASE64.decode(response.as_bytes()).map_err(|_| wrong())?;
    let message = String::from_utf8(message).map_err(|_| wrong())?;
    let mut parts = message.split('\0');
    let (Some(""), Some(login), Some(password)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(wrong());
    };
    let right = people
        .iter()
        .any(|(name, secret)| name == login && secret == password);
    let word = if right { "OK" } else { "FAIL" };
    let answer = format!("{word}\t{id}\tuser={login}\t\n");
    writer.write_all(answer.as_bytes()).await
}

fn wrong() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

const HANDSHAKE: &[u8] = b"VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\n\
    MECH\tSCRAM-SHA-256\tmutual-auth\nSPID\t12533\nCUID\t39\n\
    COOKIE\t00112233445566778899aabbccddeeff\nDONE\n";
