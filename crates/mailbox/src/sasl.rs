//! Puts a login and a password into the words of SASL: PLAIN (RFC 4616) and LOGIN.
//!
//! Pure: challenges go in, lines come out; [`crate::backend`] sends them. The rules of `mail.md` §8:
//! no authorization identity, standard base64 with padding on one line that is never wrapped, an
//! `AUTH` line below 2000 octets. LOGIN's prompts are not read: user name, then password.

use zeroize::Zeroizing;

/// A line ready to be sent, its CRLF included. Wiped when it is dropped.
pub(crate) type Line = Zeroizing<Vec<u8>>;

/// The mechanisms that carry a password which somebody typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mechanism {
    Plain,
    Login,
}

/// How much of the credentials the server has been given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sent {
    #[default]
    Nothing,
    UserName,
    All,
}

/// The command that begins a login, as the protocol writes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Command<'a> {
    /// What stands before the name of the mechanism: `AUTH`.
    pub(crate) words: &'a str,
    pub(crate) initial_response: InitialResponse,
}

/// Whether the credentials may stand in the command itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum InitialResponse {
    /// As long as the line does not grow too long.
    Allowed,
    /// The server asks for them.
    #[default]
    Forbidden,
}

/// One login under way.
pub(crate) struct Exchange {
    mechanism: Mechanism,
    sent: Sent,
    /// What answers the challenges still to come, the next one last.
    responses: Vec<(Sent, Line)>,
    secrets: Vec<Zeroizing<Vec<u8>>>,
}

impl Exchange {
    /// Begins a login: gives the line to send.
    pub(crate) fn begin(
        command: Command<'_>,
        mechanism: Mechanism,
        login: &str,
        password: &str,
    ) -> (Line, Self) {
        let beginning = match mechanism {
            Mechanism::Plain => begin_plain(command, login, password),
            Mechanism::Login => begin_login(command, login, password),
        };
        Self::by(mechanism, beginning, login, password)
    }

    /// Begins a login by lines that were written elsewhere.
    pub(crate) fn by(
        mechanism: Mechanism,
        (line, sent, responses): Beginning,
        login: &str,
        password: &str,
    ) -> (Line, Self) {
        let responded = responses.iter().map(|(_, line)| line.trim_ascii_end());
        let secrets = [password.as_bytes(), login.as_bytes()];
        let secrets = telling(responded.chain(secrets));
        let exchange = Self {
            mechanism,
            sent,
            secrets: secrets.map(|secret| secret.to_vec().into()).collect(),
            responses,
        };
        (line, exchange)
    }

    /// Gives what must not be seen in a log if the server repeats it, as it was and as it was sent.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &[u8]> {
        self.secrets.iter().map(|secret| secret.as_slice())
    }

    /// Answers a challenge (334). Nothing means that it must not be answered, but cancelled.
    pub(crate) fn respond(&mut self, challenge: &[u8]) -> Option<Line> {
        if self.mechanism == Mechanism::Plain && !challenge.trim_ascii().is_empty() {
            return None;
        }
        let (sent, line) = self.responses.pop()?;
        self.sent = sent;
        Some(line)
    }

    /// Says how much the server knows by now.
    pub(crate) const fn sent(&self) -> Sent {
        self.sent
    }
}

/// Gives those that are long enough to tell something, and so to be taken out of a server's words.
pub(crate) fn telling<'a>(
    secrets: impl IntoIterator<Item = &'a [u8]>,
) -> impl Iterator<Item = &'a [u8]> {
    secrets.into_iter().filter(|secret| secret.len() >= TELLING)
}

/// Writes a line that ends in the response of PLAIN.
pub(crate) fn plain_line(begin: &[u8], login: &str, password: &str, end: &[u8]) -> Line {
    base64_line(begin, &plain_message(login, password), end)
}

/// Reads the name of a mechanism, in upper case (RFC 4422 §3.1): letters, digits, hyphen and
/// underscore, at most 20.
pub(crate) fn mechanism_name(word: &[u8]) -> Option<String> {
    let fits = |b: &u8| b.is_ascii_alphanumeric() || b"-_".contains(b);
    if word.is_empty() || word.len() > 20 || !word.iter().all(fits) {
        return None;
    }
    str::from_utf8(word).ok().map(str::to_ascii_uppercase)
}

/// A whole login's line, how much it tells, and what answers the challenges.
pub(crate) type Beginning = (Line, Sent, Vec<(Sent, Line)>);

fn begin_plain(command: Command<'_>, login: &str, password: &str) -> Beginning {
    let message = plain_message(login, password);
    let name = format!("{} PLAIN", command.words);
    let whole = base64_line(format!("{name} ").as_bytes(), &message, CRLF);
    // Kept in both cases: a server may ignore the initial response and ask with an empty 334
    // (RFC 4954 §4).
    let responses = vec![(Sent::All, base64_line(b"", &message, CRLF))];
    let allowed = command.initial_response == InitialResponse::Allowed;
    if allowed && whole.len() < AUTH_LINE_LIMIT {
        (whole, Sent::All, responses)
    } else {
        (bare(&name), Sent::Nothing, responses)
    }
}

fn begin_login(command: Command<'_>, login: &str, password: &str) -> Beginning {
    let responses = vec![
        (Sent::All, base64_line(b"", password.as_bytes(), CRLF)),
        (Sent::UserName, base64_line(b"", login.as_bytes(), CRLF)),
    ];
    let name = format!("{} LOGIN", command.words);
    (bare(&name), Sent::Nothing, responses)
}

fn bare(command: &str) -> Line {
    Line::new(format!("{command}\r\n").into_bytes())
}

/// RFC 4616 §2, without an authorization identity.
fn plain_message(login: &str, password: &str) -> Zeroizing<Vec<u8>> {
    let mut message = Zeroizing::new(Vec::with_capacity(login.len() + password.len() + 2));
    message.push(0);
    message.extend_from_slice(login.as_bytes());
    message.push(0);
    message.extend_from_slice(password.as_bytes());
    message
}

/// Makes a line of a prefix and the base64 of a message, in one buffer that is never moved.
fn base64_line(prefix: &[u8], message: &[u8], end: &[u8]) -> Line {
    let length = prefix.len() + message.len().div_ceil(3) * 4 + end.len();
    let mut line = Line::new(Vec::with_capacity(length));
    line.extend_from_slice(prefix);
    for group in message.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|at| group.get(at).copied().unwrap_or_default());
        let sixes = [a >> 2, a << 4 | b >> 4, b << 2 | c >> 6, c];
        for (at, six) in sixes.into_iter().enumerate() {
            // Only the length of the message decides here, and the line shows that anyway.
            let known = at <= group.len();
            line.push(if known { character(six & 0x3f) } else { b'=' });
        }
    }
    line.extend_from_slice(end);
    line
}

/// Gives the base64 character (RFC 4648 §4) of six bits by arithmetic alone, so that neither a branch
/// nor a table tells through the processor's caches what the password was.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "for 0..=63 the sum is one of the 64 ASCII characters of the alphabet"
)]
fn character(six: u8) -> u8 {
    let six = i16::from(six);
    let mut character = six + i16::from(b'A');
    character += ((25 - six) >> 8) & 0x06;
    character -= ((51 - six) >> 8) & 0x4b;
    character -= ((61 - six) >> 8) & 0x0f;
    character += ((62 - six) >> 8) & 0x03;
    character as u8
}

const CRLF: &[u8] = b"\r\n";

/// Shorter passwords are parts of common words: hiding them would show more than it hides.
const TELLING: usize = 4;

/// Postfix cuts lines at 2048 octets (`mail.md` §4).
const AUTH_LINE_LIMIT: usize = 2000;

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;
    use proptest::prelude::*;
    use protocol::email::EmailAddress;
    use protocol::secret::Secret;

    use super::*;
    use crate::login::{Login, LoginForm};
    use crate::password::Password;

    const AUTH: Command<'_> = Command {
        words: "AUTH",
        initial_response: InitialResponse::Allowed,
    };

    fn text(line: Option<Line>) -> String {
        String::from_utf8(line.unwrap().to_vec()).unwrap()
    }

    #[test]
    fn plain_goes_out_in_one_line() {
        let (line, exchange) = Exchange::begin(AUTH, Mechanism::Plain, "alice@example.test", "...");

        assert_eq!(
            text(Some(line)),
            "AUTH PLAIN AGFsaWNlQGV4YW1wbGUudGVzdAAuLi4=\r\n"
        );
        assert_eq!(exchange.sent(), Sent::All);
    }

    #[test]
    fn an_ignored_initial_response_is_sent_once_more() {
        let (_, mut exchange) = Exchange::begin(AUTH, Mechanism::Plain, "a", "b");

        assert_eq!(text(exchange.respond(b"")), "AGEAYg==\r\n");
        assert!(exchange.respond(b"").is_none());
    }

    #[test]
    fn plain_does_not_answer_a_challenge_with_text() {
        let (_, mut exchange) = Exchange::begin(AUTH, Mechanism::Plain, "a", "b");

        assert!(exchange.respond(b"VXNlcm5hbWU6").is_none());
    }

    #[test]
    fn a_long_response_waits_for_the_challenge() {
        let (line, mut exchange) = Exchange::begin(AUTH, Mechanism::Plain, "a", &"x".repeat(1500));

        assert_eq!(text(Some(line)), "AUTH PLAIN\r\n");
        assert_eq!(exchange.sent(), Sent::Nothing);
        assert_eq!(text(exchange.respond(b"")).len(), 2006);
        assert_eq!(exchange.sent(), Sent::All);
        assert!(exchange.respond(b"").is_none());
    }

    #[test]
    fn a_response_that_may_not_come_first_waits_for_the_challenge() {
        let command = Command {
            words: "p3 AUTHENTICATE",
            initial_response: InitialResponse::Forbidden,
        };

        let (line, mut exchange) = Exchange::begin(command, Mechanism::Plain, "a", "b");

        assert_eq!(text(Some(line)), "p3 AUTHENTICATE PLAIN\r\n");
        assert_eq!(exchange.sent(), Sent::Nothing);
        assert_eq!(text(exchange.respond(b"")), "AGEAYg==\r\n");
        assert_eq!(exchange.sent(), Sent::All);
    }

    #[test]
    fn login_gives_the_user_name_and_then_the_password_whatever_it_is_asked() {
        let (line, mut exchange) = Exchange::begin(AUTH, Mechanism::Login, "alice", "wrong");

        assert_eq!(text(Some(line)), "AUTH LOGIN\r\n");
        assert_eq!(exchange.sent(), Sent::Nothing);
        assert_eq!(text(exchange.respond(b"UGFzc3dvcmQ6")), "YWxpY2U=\r\n");
        assert_eq!(exchange.sent(), Sent::UserName);
        assert_eq!(text(exchange.respond(b"")), "d3Jvbmc=\r\n");
        assert_eq!(exchange.sent(), Sent::All);
        assert!(exchange.respond(b"VXNlcm5hbWU6").is_none());
    }

    proptest! {
        #[test]
        fn base64_is_what_an_independent_encoder_makes(message: Vec<u8>) {
            let expected = format!("X {}\r\n", BASE64.encode(&message));

            prop_assert_eq!(text(Some(base64_line(b"X ", &message, CRLF))), expected);
        }

        #[test]
        fn a_line_has_one_crlf_at_its_end_and_no_other_control(
            local in "[a-zA-Z0-9_+'&=-]{1,64}",
            typed in "\\PC{1,300}",
            mechanism in prop_oneof![Just(Mechanism::Plain), Just(Mechanism::Login)],
        ) {
            let address = EmailAddress::parse(&format!("{local}@example.org")).unwrap();
            let login = Login::for_address(&address, LoginForm::Address, None).unwrap();
            let Ok(password) = Password::prepare(Secret::new(typed)) else { return Ok(()) };

            let (first, mut exchange) =
                Exchange::begin(AUTH, mechanism, login.as_str(), password.expose());
            let mut lines = vec![first];
            lines.extend(std::iter::from_fn(|| exchange.respond(b"")));

            for line in lines {
                let inner = line.strip_suffix(b"\r\n").unwrap();
                prop_assert!(inner.iter().all(|b| b.is_ascii_graphic() || *b == b' '));
                prop_assert!(line.len() < AUTH_LINE_LIMIT);
            }
        }

        #[test]
        fn the_wire_says_exactly_login_and_password(
            typed in "[^\\p{Cc}]{1,200}",
        ) {
            let Ok(password) = Password::prepare(Secret::new(typed)) else { return Ok(()) };
            let (line, _) = Exchange::begin(AUTH, Mechanism::Plain, "alice", password.expose());
            let encoded = line.strip_prefix(b"AUTH PLAIN ").unwrap().strip_suffix(b"\r\n").unwrap();

            let decoded = BASE64.decode(encoded).unwrap();
            let parts: Vec<&[u8]> = decoded.split(|&b| b == 0).collect();

            prop_assert_eq!(parts, [&b""[..], b"alice", password.expose().as_bytes()]);
        }
    }
}
