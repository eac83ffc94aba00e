//! The demo's mail server: a few mailboxes whose passwords are checked over real SMTP AUTH.
//!
//! It speaks the submission dialogue of RFC 5321 and RFC 4954 (`PLAIN`, RFC 4616, and `LOGIN`) as
//! far as checking a password goes, on a loopback address and only inside `persona demo`. Every
//! line, session and number of connections is bounded: other programs on this machine can reach it.
//!
//! Deliberately absent: taking mail, TLS (nothing leaves the machine), and any memory of guesses:
//! the issuer's own limits stand before it, as they do before every mail server.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use protocol::email::EmailAddress;
use protocol::secret::Secret;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use zeroize::Zeroizing;

/// An address and the password that opens it.
#[derive(Debug)]
pub(super) struct Mailbox {
    /// The address, which is also the user name.
    pub(super) address: EmailAddress,
    /// The password, made for this run alone.
    pub(super) password: Secret<String>,
}

/// Answers connections until the future is dropped, which ends every session with it.
pub(super) async fn serve(listener: TcpListener, mailboxes: Arc<[Mailbox]>) {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (room, mailboxes) = (Arc::clone(&room), Arc::clone(&mailboxes));
                    sessions.spawn(async move { answer(stream, &room, &mailboxes).await });
                }
                // Out of file descriptors, or a client that left at once: breathe, then go on.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            },
            Some(_) = sessions.join_next() => {}
        }
    }
}

async fn answer(stream: TcpStream, room: &Semaphore, mailboxes: &[Mailbox]) {
    let (input, output) = stream.into_split();
    let mut session = Session {
        input: BufReader::new(input),
        output,
        mailboxes,
        greeted: false,
        opened: false,
        faults: 0,
    };
    let talk = async {
        match room.try_acquire() {
            Ok(_permit) => session.run().await,
            Err(_) => session.say("421 4.7.0 Too many connections").await,
        }
    };
    // However a session ends, there is nobody to tell: the client sees the connection close.
    drop(timeout(SESSION_LIMIT, talk).await);
}

struct Session<'a> {
    input: BufReader<OwnedReadHalf>,
    output: OwnedWriteHalf,
    mailboxes: &'a [Mailbox],
    greeted: bool,
    opened: bool,
    faults: u32,
}

impl Session<'_> {
    async fn run(&mut self) -> io::Result<()> {
        self.say("220 mail.demo.localhost ESMTP persona demo")
            .await?;
        while let Some(line) = self.line().await? {
            let (verb, rest) = match line.split_once(' ') {
                Some((verb, rest)) => (verb, rest.trim_matches(' ')),
                None => (line.as_str(), ""),
            };
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" | "HELO" if rest.is_empty() => {
                    self.fault("501 5.5.4 Say who you are").await?;
                }
                "EHLO" => {
                    self.greeted = true;
                    self.say(GREETING).await?;
                }
                "HELO" => self.say("250 mail.demo.localhost").await?,
                "AUTH" => self.auth(rest).await?,
                "NOOP" | "RSET" => self.say("250 2.0.0 Ok").await?,
                "QUIT" => {
                    self.say("221 2.0.0 Bye").await?;
                    return Ok(());
                }
                "MAIL" | "RCPT" | "DATA" | "BDAT" => {
                    self.fault("550 5.7.1 This server checks passwords and takes no mail")
                        .await?;
                }
                _ => self.fault("500 5.5.1 No such command here").await?,
            }
            if self.faults >= MOST_FAULTS {
                self.say("421 4.7.0 Too many errors").await?;
                return Ok(());
            }
        }
        Ok(())
    }

    /// RFC 4954 §4: one mechanism, an optional first response, and no second success.
    async fn auth(&mut self, arguments: &str) -> io::Result<()> {
        let (mechanism, initial) = match arguments.split_once(' ') {
            Some((mechanism, initial)) => (mechanism, Some(initial)),
            None => (arguments, None),
        };
        if !self.greeted {
            return self.fault("503 5.5.1 Say EHLO first").await;
        }
        if self.opened {
            return self.fault("503 5.5.1 Already authenticated").await;
        }
        let login = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => self.plain(initial).await?,
            "LOGIN" => self.login(initial).await?,
            _ => return self.fault("504 5.5.4 Mechanism not offered").await,
        };
        let Some((name, password)) = login else {
            return self.fault("501 5.5.2 Cancelled, or not readable").await;
        };
        if self.opens(&name, &password) {
            self.opened = true;
            return self.say("235 2.7.0 Authentication succeeded").await;
        }
        self.fault("535 5.7.8 Authentication credentials invalid")
            .await
    }

    /// RFC 4616: nobody acts for another here, so a first part must repeat the second or be empty.
    async fn plain(&mut self, initial: Option<&str>) -> io::Result<Option<Credentials>> {
        let Some(response) = self.response("334 ", initial).await? else {
            return Ok(None);
        };
        let parts: Vec<&[u8]> = response.split(|byte| *byte == 0).collect();
        let [acting_for, name, password] = parts.as_slice() else {
            return Ok(None);
        };
        if !acting_for.is_empty() && acting_for != name {
            return Ok(None);
        }
        let credentials = (
            Zeroizing::new(name.to_vec()),
            Zeroizing::new(password.to_vec()),
        );
        Ok(Some(credentials))
    }

    async fn login(&mut self, initial: Option<&str>) -> io::Result<Option<Credentials>> {
        // The base64 of "Username:" and "Password:", which old clients wait for.
        let Some(name) = self.response("334 VXNlcm5hbWU6", initial).await? else {
            return Ok(None);
        };
        let password = self.response("334 UGFzc3dvcmQ6", None).await?;
        Ok(password.map(|password| (name, password)))
    }

    /// Takes what came with the command, or asks for it. `=` stands for an empty first response.
    async fn response(
        &mut self,
        challenge: &str,
        initial: Option<&str>,
    ) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let encoded = match initial {
            Some("=") => Zeroizing::new(String::new()),
            Some(text) => Zeroizing::new(text.to_owned()),
            None => {
                self.say(challenge).await?;
                match self.line().await? {
                    Some(line) => line,
                    None => return Ok(None),
                }
            }
        };
        // A lone `*` cancels the exchange; it is no base64 either.
        Ok(BASE64.decode(encoded.as_bytes()).ok().map(Zeroizing::new))
    }

    fn opens(&self, name: &[u8], password: &[u8]) -> bool {
        let address = str::from_utf8(name)
            .ok()
            .and_then(|name| EmailAddress::parse(name).ok());
        let Some(address) = address.map(|address| address.canonical()) else {
            return false;
        };
        self.mailboxes
            .iter()
            .filter(|mailbox| mailbox.address.canonical() == address)
            .any(|mailbox| same(mailbox.password.expose().as_bytes(), password))
    }

    /// Reads a command or response without its line end. `None`: nothing more will be read.
    async fn line(&mut self) -> io::Result<Option<Zeroizing<String>>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST_LINE));
        let mut bounded = (&mut self.input).take(LONGEST_LINE as u64);
        let reading = bounded.read_until(b'\n', &mut bytes);
        let Ok(read) = timeout(LINE_LIMIT, reading).await else {
            self.say("421 4.4.2 Waited too long").await?;
            return Ok(None);
        };
        if read? == 0 {
            return Ok(None);
        }
        // A bare LF, or a line that goes on beyond the limit: what follows cannot be trusted to
        // be a command, so the session ends here.
        let Some(text) = bytes.strip_suffix(b"\r\n") else {
            self.say("500 5.5.2 Line too long, or not ended by CR LF")
                .await?;
            return Ok(None);
        };
        let Ok(text) = str::from_utf8(text) else {
            self.say("500 5.5.2 Not UTF-8").await?;
            return Ok(None);
        };
        Ok(Some(Zeroizing::new(text.to_owned())))
    }

    async fn fault(&mut self, reply: &str) -> io::Result<()> {
        self.faults += 1;
        self.say(reply).await
    }

    async fn say(&mut self, reply: &str) -> io::Result<()> {
        let line = format!("{reply}\r\n");
        self.output.write_all(line.as_bytes()).await
    }
}

/// A user name and a password as they came over the wire.
type Credentials = (Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>);

/// Compares without stopping at the first difference.
fn same(ours: &[u8], theirs: &[u8]) -> bool {
    let differences = ours.iter().zip(theirs).fold(0, |all, (a, b)| all | (a ^ b));
    ours.len() == theirs.len() && differences == 0
}

const GREETING: &str = "250-mail.demo.localhost\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n\
                        250-ENHANCEDSTATUSCODES\r\n250 AUTH PLAIN LOGIN";
/// Octets of a line with its end: a name of 254 and a password of 1024 octets fit in base64.
const LONGEST_LINE: usize = 4096;
/// Connections at once; the next ones are told to come back.
const MOST_CONNECTIONS: usize = 32;
/// Refused passwords and misunderstood commands in a session.
const MOST_FAULTS: u32 = 5;
/// Time for one line.
const LINE_LIMIT: Duration = Duration::from_secs(30);
/// Time for a whole session.
const SESSION_LIMIT: Duration = Duration::from_secs(120);

#[cfg(test)]
mod tests;
