//! How Dovecot's auth service is asked about a password: the line `AUTH` (`mail.md` §2.3).
//!
//! Pure. What somebody typed goes into the base64 of `resp=` and nowhere else, so no TAB or LF of it
//! can reach the line; `resp=` stands last, because Dovecot hangs up on whatever stands behind it.

use crate::check::Question;
use crate::client::canonical;
use crate::sasl::{Line, plain_line};

/// Writes the question with this number, of the connection with that number.
///
/// `no-penalty`: the failures of everybody would be counted against one address, and slow down
/// everybody; whoever calls us limits attempts before we are asked. `rip` is for Dovecot's log, and
/// for what reads it.
pub(super) fn question(question: Question<'_>, id: u32, connection: u32) -> Line {
    let client = question
        .client
        .map_or_else(String::new, |client| format!("rip={}\t", canonical(client)));
    let head = format!(
        "AUTH\t{id}\tPLAIN\tservice=persona\tsecured\tno-penalty\t\
         session=persona-{connection}-{id}\t{client}resp="
    );
    plain_line(
        head.as_bytes(),
        question.login.as_str(),
        question.password.expose(),
        b"\n",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::email::EmailAddress;
    use protocol::secret::Secret;

    use super::*;
    use crate::login::{Login, LoginForm};
    use crate::password::Password;

    fn line(address: &str, typed: &str, client: Option<&str>) -> Option<String> {
        let address = EmailAddress::parse(address).ok()?;
        let login = Login::for_address(&address, LoginForm::Address, None).ok()?;
        let password = Password::prepare(Secret::new(typed.to_owned())).ok()?;
        let asked = Question {
            login: &login,
            password: &password,
            client: client.map(|client| client.parse().unwrap()),
        };
        Some(String::from_utf8(question(asked, 3, 77).to_vec()).unwrap())
    }

    #[test]
    fn a_question_is_one_line_with_the_password_last() {
        for (client, told) in [
            (None, ""),
            (Some("203.0.113.7"), "rip=203.0.113.7\t"),
            (Some("2001:db8::7"), "rip=2001:db8::7\t"),
            (Some("::ffff:203.0.113.7"), "rip=203.0.113.7\t"),
        ] {
            assert_eq!(
                line("alice@example.test", "...", client).unwrap(),
                format!(
                    "AUTH\t3\tPLAIN\tservice=persona\tsecured\tno-penalty\t\
                     session=persona-77-3\t{told}resp=AGFsaWNlQGV4YW1wbGUudGVzdAAuLi4=\n"
                )
            );
        }
    }

    proptest! {
        #[test]
        fn nothing_that_was_typed_changes_the_form_of_a_question(
            local in "[a-zA-Z0-9_+'&=-]{1,64}",
            typed in "\\PC{1,300}",
        ) {
            let address = format!("{local}@example.org");
            let Some(line) = line(&address, &typed, Some("203.0.113.7")) else { return Ok(()) };

            let inner = line.strip_suffix('\n').unwrap();
            prop_assert_eq!(inner.matches('\t').count(), 8);
            prop_assert!(inner.bytes().all(|b| b.is_ascii_graphic() || b == b'\t'));
            prop_assert!(inner.rsplit('\t').next().unwrap().starts_with("resp="));
            prop_assert!(line.len() < 8192);
        }
    }
}
