//! Mail servers for tests: one that is honest, with moods, and one that follows a script.
//!
//! The honest one speaks SMTP, or IMAP for those who ask over that; a script says what it says.
//! The scripts say, octet by octet, what a broken or hostile server says (`mail.md` §7). Everything
//! that a client sends is recorded, in clear and encrypted apart, so that a test can state what was
//! never sent. Loopback only, ports chosen by the system. Called by the dialogue tests of `mailbox`
//! and the journey tests of `server`. Deliberately absent: the delivery of letters.

mod conversation;
mod honest;
mod imap;
mod mood;
mod post;
mod script;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::certificates::Identity;

use conversation::Conversation;
pub use conversation::Session;
pub(crate) use conversation::{Wire, read_element};
use honest::Gone;
pub use honest::{Encryption, Mailboxes};
pub use mood::Mood;
pub use post::Letter;
use post::Tray;
pub use script::{Act, close, handshake, hear, hear_message, say};

/// A running mail server; it stops when it is dropped.
#[derive(Debug)]
pub struct SmtpServer {
    address: SocketAddr,
    mood: Arc<Mutex<Mood>>,
    gone: Gone,
    sessions: Sessions,
    tray: Tray,
    accepting: JoinHandle<()>,
}

/// Sessions that were begun and not yet asked for.
type Sessions = Arc<Mutex<Vec<JoinHandle<Session>>>>;

#[derive(Debug)]
enum Behaviour {
    Script(Vec<Act>),
    Honest(Mailboxes),
}

impl SmtpServer {
    /// Starts a server that does the same acts for everybody, on 127.0.0.1.
    ///
    /// Behind its last act it goes on listening until the client leaves.
    pub async fn scripted(acts: Vec<Act>, identity: Option<&Identity>) -> io::Result<Self> {
        let any_port = (Ipv4Addr::LOCALHOST, 0).into();
        Self::start(any_port, Behaviour::Script(acts), identity).await
    }

    /// Starts a server that knows mailboxes and tells the truth about them.
    pub async fn honest(ip: IpAddr, mailboxes: Mailboxes) -> io::Result<Self> {
        Self::honest_at((ip, 0).into(), mailboxes).await
    }

    /// Starts such a server at a port that was chosen; 0 is any.
    pub async fn honest_at(address: SocketAddr, mailboxes: Mailboxes) -> io::Result<Self> {
        let identity = mailboxes.identity();
        Self::start(address, Behaviour::Honest(mailboxes), identity.as_deref()).await
    }

    async fn start(
        address: SocketAddr,
        behaviour: Behaviour,
        identity: Option<&Identity>,
    ) -> io::Result<Self> {
        let config = identity.map(Identity::server_config).transpose()?;
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let mood = Arc::new(Mutex::new(Mood::Open));
        let gone = match &behaviour {
            Behaviour::Honest(mailboxes) => mailboxes.gone(),
            Behaviour::Script(_) => Gone::default(),
        };
        let sessions = Sessions::default();
        let tray = Tray::default();
        let accepting = tokio::spawn(accept(
            listener,
            Arc::new(behaviour),
            config,
            Arc::clone(&mood),
            Arc::clone(&sessions),
            Arc::clone(&tray),
        ));
        Ok(Self {
            address,
            mood,
            gone,
            sessions,
            tray,
            accepting,
        })
    }

    /// Gives the address that the server listens on.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes how an honest server treats the clients that come from now on.
    pub fn feel(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// Takes a mailbox away from an honest server: its password opens nothing, letters to it are refused.
    pub fn take_away(&self, address: &str) {
        self.gone().push(address.to_owned());
    }

    /// Gives a mailbox back that was taken away.
    pub fn give_back(&self, address: &str) {
        self.gone().retain(|gone| gone != address);
    }

    fn gone(&self) -> MutexGuard<'_, Vec<String>> {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops: when this is done, the port is closed.
    pub async fn stop(mut self) {
        self.accepting.abort();
        // The listener is dropped with its task; that the task was cancelled is no news.
        drop((&mut self.accepting).await);
    }

    /// Takes the letters that an honest server was given since this was last asked, oldest first.
    ///
    /// A letter is there before the server says that it has it.
    pub fn letters(&self) -> Vec<Letter> {
        post::empty(&self.tray)
    }

    /// Counts the clients that have come since [`SmtpServer::sessions`] was last asked.
    pub fn begun(&self) -> usize {
        self.sessions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// Waits until all clients have left, and tells what each of them sent.
    pub async fn sessions(&self) -> io::Result<Vec<Session>> {
        let begun =
            std::mem::take(&mut *self.sessions.lock().unwrap_or_else(PoisonError::into_inner));
        let mut ended = Vec::new();
        for session in begun {
            let session = timeout(LONGEST_SESSION, session).await?;
            ended.push(session.map_err(io::Error::other)?);
        }
        Ok(ended)
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(
    listener: TcpListener,
    behaviour: Arc<Behaviour>,
    config: Option<Arc<ServerConfig>>,
    mood: Arc<Mutex<Mood>>,
    sessions: Sessions,
    tray: Tray,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let behaviour = Arc::clone(&behaviour);
        let config = config.clone();
        let tray = Arc::clone(&tray);
        let mood = *mood.lock().unwrap_or_else(PoisonError::into_inner);
        let session = tokio::spawn(async move {
            let mut conversation = Conversation::new(stream, config);
            let ended = match behaviour.as_ref() {
                Behaviour::Script(acts) => script::perform(acts, &mut conversation).await,
                Behaviour::Honest(mailboxes) => match mailboxes.capabilities() {
                    Some(capabilities) => {
                        imap::serve(mailboxes, capabilities, mood, &mut conversation).await
                    }
                    None => mailboxes.serve(mood, &tray, &mut conversation).await,
                },
            };
            conversation.end(ended).await
        });
        sessions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(session);
    }
}

/// An address whose queue of connections is full, so that nobody who knocks gets an answer.
#[derive(Debug)]
pub struct FullListener {
    address: SocketAddr,
    _listener: TcpListener,
    _first_in_queue: TcpStream,
}

impl FullListener {
    /// Listens with the shortest queue and fills it.
    pub async fn start() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0))?;
        let listener = socket.listen(0)?;
        let address = listener.local_addr()?;
        Ok(Self {
            address,
            _listener: listener,
            _first_in_queue: TcpStream::connect(address).await?,
        })
    }

    /// Gives the address.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

/// A test that waits longer for a client to leave has found a client that does not.
const LONGEST_SESSION: Duration = Duration::from_secs(20);
