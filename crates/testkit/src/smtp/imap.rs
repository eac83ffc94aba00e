//! The honest server's mailboxes, as they are asked for over IMAP (RFC 3501): up to the login.

use std::io;

use super::conversation::{Conversation, Ended};
use super::honest::{Mailboxes, challenge, decode};
use super::mood::Mood;

/// Serves one client, with these capabilities besides those of encryption.
pub(super) async fn serve(
    mailboxes: &Mailboxes,
    capabilities: &str,
    mood: Mood,
    conversation: &mut Conversation,
) -> io::Result<Ended> {
    if !mailboxes.welcomes(mood, conversation).await? {
        return Ok(Ended::Listening);
    }
    let offered = |conversation: &Conversation| {
        let starttls = conversation.can_encrypt() && mood != Mood::Hiding;
        let words = ["IMAP4rev1", if starttls { "STARTTLS" } else { "" }];
        let words = if mailboxes.takes_logins(conversation) || mood == Mood::Hiding {
            [words[0], words[1], capabilities]
        } else {
            [words[0], words[1], "LOGINDISABLED"]
        };
        words.join(" ")
    };
    let greeting = format!(
        "* OK [CAPABILITY {}] mail.example.test ready\r\n",
        offered(conversation)
    );
    conversation.say(greeting.as_bytes()).await?;
    loop {
        let line = conversation.hear().await?;
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        let done = format!("{tag} OK done\r\n");
        let answer = match verb {
            "CAPABILITY" => format!("* CAPABILITY {}\r\n{done}", offered(conversation)),
            "ID" => format!("* ID NIL\r\n{done}"),
            "STARTTLS" if conversation.can_encrypt() => {
                conversation.say(done.as_bytes()).await?;
                conversation.handshake().await?;
                continue;
            }
            "AUTHENTICATE" | "LOGIN" if mailboxes.takes_logins(conversation) => {
                let opens = if verb == "LOGIN" {
                    let strings = hear_strings(rest, conversation).await?;
                    matches!(&strings[..], [login, password] if mailboxes.opens(login, password))
                } else {
                    let message = match rest.split_once(' ') {
                        Some((_, initial)) => decode(initial.as_bytes()),
                        None => challenge(b"+ \r\n", conversation).await?,
                    };
                    rest.starts_with("PLAIN") && mailboxes.opens_by_plain(&message)
                };
                match (mood, opens) {
                    (Mood::Dropping, _) => return Ok(Ended::HungUp),
                    (Mood::Forgetful, _) => format!("{tag} NO [UNAVAILABLE] not just now\r\n"),
                    (_, true) => format!("* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK Logged in\r\n"),
                    (_, false) => format!("{tag} NO [AUTHENTICATIONFAILED] no\r\n"),
                }
            }
            "AUTHENTICATE" | "LOGIN" => format!("{tag} NO [PRIVACYREQUIRED] TLS first\r\n"),
            "LOGOUT" => {
                let farewell = format!("* BYE\r\n{done}");
                conversation.say(farewell.as_bytes()).await?;
                return Ok(Ended::Listening);
            }
            _ => format!("{tag} BAD not here\r\n"),
        };
        conversation.say(answer.as_bytes()).await?;
    }
}

/// Hears the strings of a command, asking for those that are literals (RFC 3501 §4.3). None of them
/// has a line end in it.
async fn hear_strings(
    arguments: &str,
    conversation: &mut Conversation,
) -> io::Result<Vec<Vec<u8>>> {
    let mut strings = Vec::new();
    let mut rest = arguments.as_bytes().to_vec();
    while !rest.is_empty() {
        let length = if rest.first() == Some(&b'"') {
            let inside = rest.get(1..).unwrap_or_default();
            let end = inside
                .iter()
                .position(|&b| b == b'"')
                .unwrap_or(inside.len());
            strings.push(inside.get(..end).unwrap_or_default().to_vec());
            end + 2
        } else {
            let digits = String::from_utf8_lossy(&rest);
            let digits = digits.trim_start_matches('{').trim_end_matches('}');
            let length = digits.parse().map_err(io::Error::other)?;
            conversation.say(b"+ \r\n").await?;
            rest = conversation.hear().await?;
            rest.truncate(rest.len() - 2);
            strings.push(rest.get(..length).unwrap_or_default().to_vec());
            length
        };
        // One space stands before the next one.
        rest = rest.get(length + 1..).unwrap_or_default().to_vec();
    }
    Ok(strings)
}
