//! Scripts: what a server does, one act after the other, whatever the client says.

use std::io;
use std::time::Duration;

use super::conversation::{Conversation, Ended};

/// One thing that a scripted server does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Sends octets, all at once.
    Say(Vec<u8>),
    /// Sends octets one at a time, with a pause before each.
    Drip(Vec<u8>, Duration),
    /// Sends the same octets again and again until the client leaves.
    SayForEver(Vec<u8>),
    /// Waits for one line of the client.
    Hear,
    /// Waits for so many octets of the client, whatever they are.
    HearOctets(usize),
    /// Waits for one message of a client that speaks LDAP.
    HearMessage,
    /// Answers every line of the client with these octets, until it leaves.
    AlwaysAnswer(Vec<u8>),
    /// Encrypts the connection.
    Handshake,
    /// Closes the connection.
    Close,
}

/// Sends octets, all at once.
pub fn say(octets: impl AsRef<[u8]>) -> Act {
    Act::Say(octets.as_ref().to_vec())
}

/// Waits for one line of the client.
pub const fn hear() -> Act {
    Act::Hear
}

/// Waits for one message of a client that speaks LDAP.
pub const fn hear_message() -> Act {
    Act::HearMessage
}

/// Encrypts the connection.
pub const fn handshake() -> Act {
    Act::Handshake
}

/// Closes the connection.
pub const fn close() -> Act {
    Act::Close
}

pub(super) async fn perform(acts: &[Act], conversation: &mut Conversation) -> io::Result<Ended> {
    for act in acts {
        match act {
            Act::Say(octets) => conversation.say(octets).await?,
            Act::Drip(octets, pause) => {
                for octet in octets {
                    tokio::time::sleep(*pause).await;
                    conversation.say(&[*octet]).await?;
                }
            }
            Act::SayForEver(octets) => loop {
                conversation.say(octets).await?;
            },
            Act::Hear => drop(conversation.hear().await?),
            Act::HearOctets(count) => conversation.hear_octets(*count).await?,
            Act::HearMessage => conversation.hear_message().await?,
            Act::AlwaysAnswer(octets) => loop {
                conversation.hear().await?;
                conversation.say(octets).await?;
            },
            Act::Handshake => conversation.handshake().await?,
            Act::Close => return Ok(Ended::HungUp),
        }
    }
    Ok(Ended::Listening)
}
