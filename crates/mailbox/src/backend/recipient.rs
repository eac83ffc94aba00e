//! Asks whoever takes letters whether there is a mailbox: LMTP (RFC 2033) or SMTP (RFC 5321).
//!
//! A letter is begun and none is sent: MAIL from nobody, RCPT, QUIT, which throws away what was begun
//! (RFC 5321 §4.1.1.10). Some refusals speak for themselves. Others may as well be about us, or about
//! everybody; whether they are, the answer about postmaster tells, whose mailbox every domain has
//! (RFC 5321 §4.5.1). Deliberately absent: VRFY, which servers are told not to answer, and pipelining.

mod classify;

use std::path::PathBuf;

use self::classify::{Heard, is_taken};
use crate::approach::{Approach, begin_locally, check_name};
use crate::check::{OpenError, Options};
use crate::dialogue::Dialogue;
use crate::future::BoxFuture;
use crate::reply::{Reader, Reply};
use crate::standing::{MailboxStanding, Person, Standing};
use crate::unavailable::Unavailable;
use crate::url::ServerUrl;

/// Somebody who takes letters.
#[derive(Debug)]
pub(super) struct Recipient {
    way: Way,
}

#[derive(Debug)]
enum Way {
    Network(Approach),
    Socket(PathBuf, Options),
}

impl Recipient {
    pub(super) fn at_server(url: &ServerUrl, options: &Options) -> Result<Self, OpenError> {
        let way = Way::Network(Approach::open(url, options)?);
        Ok(Self { way })
    }

    pub(super) fn at_socket(path: PathBuf, options: &Options) -> Result<Self, OpenError> {
        check_name(options)?;
        let way = Way::Socket(path, options.clone());
        Ok(Self { way })
    }

    async fn ask(&self, person: &Person) -> Result<Standing, Unavailable> {
        let mut dialogue = match &self.way {
            Way::Network(approach) => approach.begin(None).await?.0,
            Way::Socket(path, options) => begin_locally(path, options).await?,
        };
        let standing = inquire(&mut dialogue, person).await;
        dialogue.leave(b"QUIT\r\n").await;
        standing
    }
}

async fn inquire(
    dialogue: &mut Dialogue<Reader>,
    person: &Person,
) -> Result<Standing, Unavailable> {
    dialogue.say(b"MAIL FROM:<>\r\n").await?;
    let reply = hear(dialogue, "its answer to MAIL", person).await?;
    classify::sender(&reply)?;
    let reply = recipient(dialogue, person.recipient(), person).await?;
    let (absence, why) = match classify::recipient(&reply)? {
        Heard::Decided(standing) => return Ok(standing),
        Heard::Depends(absence) => (absence, reply.said()),
    };
    // Who refuses postmaster as well refuses everybody, or us.
    let postmaster = format!("postmaster@{}", person.domain());
    let reply = recipient(dialogue, &postmaster, person).await?;
    if is_taken(&reply)? {
        return Ok(Standing::Gone(absence));
    }
    Ok(Standing::Unknown {
        why: format!("{why}, and to postmaster {}", reply.said()),
    })
}

async fn recipient(
    dialogue: &mut Dialogue<Reader>,
    address: &str,
    person: &Person,
) -> Result<Reply, Unavailable> {
    let line = format!("RCPT TO:<{address}>\r\n");
    dialogue.say(line.as_bytes()).await?;
    hear(dialogue, "its answer to RCPT", person).await
}

/// Hears a reply. Servers like to repeat the address, which must not be in a log.
async fn hear(
    dialogue: &mut Dialogue<Reader>,
    before: &'static str,
    person: &Person,
) -> Result<Reply, Unavailable> {
    let mut reply = dialogue.hear(before).await?;
    // A second reply behind this one makes both worthless.
    dialogue.nothing_more().await?;
    reply.hide(person.recipient().as_bytes());
    Ok(reply)
}

impl MailboxStanding for Recipient {
    fn standing<'a>(&'a self, person: &'a Person) -> BoxFuture<'a, Result<Standing, Unavailable>> {
        Box::pin(self.ask(person))
    }

    fn describe(&self) -> String {
        match &self.way {
            Way::Network(approach) => approach.describe(),
            Way::Socket(path, _) => format!("lmtp:{}", path.display()),
        }
    }
}
