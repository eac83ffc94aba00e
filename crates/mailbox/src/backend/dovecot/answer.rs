//! What Dovecot's auth service answers, and what that means: the auth socket's rows of `mail.md` §3.
//!
//! Pure: a line goes in, a conclusion comes out. Only [`verdict`] can say [`Verdict::Opens`], only
//! for an `OK` about exactly the login that was asked about, without a word that takes it back.

use crate::check::{Refusal, Verdict};
use crate::escape::{escape, hide};
use crate::unavailable::{Gibberish, Unavailable};

use super::lines::{Field, fields};

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// Which question it is about.
    pub(super) id: u32,
    word: Word,
    fields: Vec<Field>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Ok,
    Fail,
    Continue,
}

impl Answer {
    /// Reads a line. A word that later versions may have added is no answer, and no error.
    pub(super) fn read(line: &[u8]) -> Result<Option<Self>, Gibberish> {
        let mut fields = fields(line)?;
        let mut head = fields.drain(..fields.len().min(2));
        let word = match head.next().map(|field| field.name).as_deref() {
            Some(b"OK") => Word::Ok,
            Some(b"FAIL") => Word::Fail,
            Some(b"CONT") => Word::Continue,
            _ => return Ok(None),
        };
        let id = head
            .next()
            .and_then(|field| number(&field))
            .ok_or(Gibberish("an answer does not say what it answers"))?;
        drop(head);
        Ok(Some(Self { id, word, fields }))
    }

    /// Keeps what we sent out of the words that may be logged.
    pub(super) fn hide(&mut self, secret: &[u8]) {
        for field in &mut self.fields {
            if field.name != b"user" {
                field.value.iter_mut().for_each(|value| hide(value, secret));
            }
        }
    }

    fn has(&self, name: &str) -> bool {
        self.fields
            .iter()
            .any(|field| field.name == name.as_bytes())
    }

    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter(|field| field.name == name.as_bytes())
            .map(|field| field.value.as_deref().unwrap_or_default())
    }

    /// Says why a login was refused, in the words of `code=` or in those of Dovecot 2.2.
    fn code(&self) -> String {
        let old = |(word, code): &(&str, &str)| self.has(word).then(|| (*code).to_owned());
        let new = self.values("code").next().map(escape);
        new.or_else(|| OLD_WORDS.iter().find_map(old))
            .unwrap_or_default()
    }

    fn reason(&self) -> String {
        escape(self.values("reason").next().unwrap_or_default())
    }

    fn said(&self, code: &str) -> String {
        let words = ["FAIL", code, &self.reason()];
        let words = words.into_iter().filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join(" ")
    }
}

/// Concludes from the answer to a question about `login`.
pub(super) fn verdict(answer: &Answer, login: &str) -> Result<Verdict, Unavailable> {
    match answer.word {
        Word::Ok => accepted(answer, login),
        Word::Fail => failed(answer),
        Word::Continue => Err(Unavailable::Challenged),
    }
}

/// An `OK` says that the password was right. For whom, and for what, the fields behind it say.
fn accepted(answer: &Answer, login: &str) -> Result<Verdict, Unavailable> {
    if answer.has("proxy") {
        // The real server has not been asked yet, and Dovecot may have checked nothing.
        return Err(Unavailable::Misconfigured {
            what: "to judge the login itself (another server is to judge it)",
            said: "OK proxy".to_owned(),
        });
    }
    let mut users = answer.values("user");
    let user = users
        .next()
        .ok_or(Gibberish("it accepted a login and did not say whose"))?;
    if users.next().is_some() {
        return Err(Gibberish("it accepted a login for two users").into());
    }
    let refusal = |code: &str, text: &str| {
        let reason = answer.reason();
        let text = if reason.is_empty() { text } else { &reason };
        Ok(refused(code, text))
    };
    if answer.has("auth_user") {
        // A master user's password opens every mailbox; it is proof of none (`mail.md` §9 rule 7).
        refusal("auth_user", "the password is a master user's")
    } else if answer.has("anonymous") {
        refusal("anonymous", "the login is anonymous")
    } else if answer.has("nologin") {
        refusal("nologin", "the user may not log in")
    } else if !user.eq_ignore_ascii_case(login.as_bytes()) {
        refusal("other_user", "the password was taken for another user's")
    } else {
        Ok(Verdict::Opens)
    }
}

fn failed(answer: &Answer) -> Result<Verdict, Unavailable> {
    let code = answer.code();
    match code.as_str() {
        "temp_fail" => Err(Unavailable::Temporary {
            said: answer.said(&code),
        }),
        "" => Ok(refused("FAIL", &answer.reason())),
        "user_disabled" | "pass_expired" | "authz_fail" => Ok(refused(&code, &answer.reason())),
        // `invalid_base64`, and what later versions may say: no judgement on a password.
        _ => Err(Unavailable::Misconfigured {
            what: "the login",
            said: answer.said(&code),
        }),
    }
}

fn refused(code: &str, text: &str) -> Verdict {
    Verdict::Refused(Refusal {
        code: code.to_owned(),
        enhanced: None,
        text: text.to_owned(),
    })
}

fn number(field: &Field) -> Option<u32> {
    let digits = field.name.iter().all(u8::is_ascii_digit) && field.value.is_none();
    let text = str::from_utf8(&field.name).ok()?;
    digits.then(|| text.parse().ok())?
}

/// How Dovecot 2.2 said what `code=` says since then; the graver one first.
const OLD_WORDS: [(&str, &str); 4] = [
    ("temp", "temp_fail"),
    ("authz", "authz_fail"),
    ("user_disabled", "user_disabled"),
    ("pass_expired", "pass_expired"),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::lines::Lines;
    use super::*;
    use crate::damage::{Damage, TIMES};

    const ALICE: &str = "alice@example.test";

    fn conclude(line: &str) -> Result<Verdict, Unavailable> {
        verdict(&read(line), ALICE)
    }

    fn read(line: &str) -> Answer {
        Answer::read(line.as_bytes()).unwrap().unwrap()
    }

    fn word(answer: &Result<Verdict, Unavailable>) -> String {
        match answer {
            Ok(Verdict::Opens) => "opens".to_owned(),
            Ok(Verdict::Refused(refusal)) => format!("refused: {}", refusal.code),
            Err(unavailable) => unavailable.reason().to_owned(),
        }
    }

    #[test]
    fn answers_are_classified_as_the_table_says() {
        for (line, expected) in [
            ("OK\t1\tuser=alice@example.test\t", "opens"),
            (
                "OK\t1\tuser=alice@example.test\t\toriginal_user=ALICE@example.test",
                "opens",
            ),
            ("OK\t1\tuser=Alice@Example.test", "opens"),
            ("FAIL\t1\tuser=alice@example.test", "refused: FAIL"),
            ("FAIL\t1", "refused: FAIL"),
            (
                "FAIL\t1\tuser=a\tcode=user_disabled",
                "refused: user_disabled",
            ),
            (
                "FAIL\t1\tuser=a\tcode=pass_expired\treason=Password expired",
                "refused: pass_expired",
            ),
            (
                "FAIL\t1\tuser=a\tcode=authz_fail\tauth_user=x",
                "refused: authz_fail",
            ),
            ("FAIL\t1\tuser=a\tcode=temp_fail", "temporary"),
            (
                "FAIL\t1\tcode=invalid_base64\treason=Invalid base64 data",
                "misconfigured",
            ),
            ("FAIL\t1\tcode=of_a_later_version", "misconfigured"),
            ("FAIL\t1\tuser=a\tuser_disabled", "refused: user_disabled"),
            ("FAIL\t1\tuser=a\tpass_expired", "refused: pass_expired"),
            ("FAIL\t1\tuser=a\tauthz", "refused: authz_fail"),
            ("FAIL\t1\tuser=a\ttemp", "temporary"),
            ("FAIL\t1\tuser=a\ttemp\tuser_disabled", "temporary"),
            ("CONT\t1\t", "gibberish"),
            ("CONT\t1\tVXNlcm5hbWU6", "gibberish"),
        ] {
            assert_eq!(word(&conclude(line)), expected, "{line:?}");
        }
    }

    #[test]
    fn an_ok_opens_only_what_was_asked_about_and_only_without_a_but() {
        for (behind, expected) in [
            (
                "user=alice@example.test\tnologin\treason=Account_suspended",
                "refused: nologin",
            ),
            ("user=alice@example.test\tnologin=y", "refused: nologin"),
            (
                "user=alice@example.test\tauth_user=mailadmin",
                "refused: auth_user",
            ),
            (
                "user=alice@example.test\toriginal_user=x\tauth_user=",
                "refused: auth_user",
            ),
            ("user=alice@example.test\tanonymous", "refused: anonymous"),
            (
                "user=alice@example.test\tproxy\thost=b\tpass=x",
                "misconfigured",
            ),
            ("user=alice@example.test\tproxy=y\tnologin", "misconfigured"),
            ("user=bob@example.test", "refused: other_user"),
            ("user=alice", "refused: other_user"),
            ("user=alice@example.test.", "refused: other_user"),
            ("user=alice@example.tesT\x01t", "refused: other_user"),
            ("user=", "refused: other_user"),
            ("user", "refused: other_user"),
            ("", "gibberish"),
            ("original_user=alice@example.test", "gibberish"),
            (
                "user=alice@example.test\tuser=alice@example.test",
                "gibberish",
            ),
            (
                "user=bob@example.test\tuser=alice@example.test",
                "gibberish",
            ),
        ] {
            assert_eq!(
                word(&conclude(&format!("OK\t1\t{behind}"))),
                expected,
                "{behind:?}"
            );
        }
    }

    #[test]
    fn a_refusal_keeps_what_the_log_needs() {
        let line = "OK\t1\tuser=alice@example.test\tnologin\treason=<b>\x01n\x1b";
        assert_eq!(conclude(line), Ok(refused("nologin", r"<b>\n\x1b")));

        let line = "FAIL\t1\tuser=a\tcode=temp_fail\treason=no table";
        let trouble = conclude(line).unwrap_err().to_string();
        assert_eq!(
            trouble,
            "the mail server cannot answer now, it said: FAIL temp_fail no table"
        );
    }

    #[test]
    fn what_we_sent_is_not_kept() {
        let mut answer = read("FAIL\t1\tuser=a\treason=alice@example.test has not got hunter2");
        answer.hide(b"hunter2");
        answer.hide(ALICE.as_bytes());

        assert_eq!(
            verdict(&answer, ALICE),
            Ok(refused("FAIL", "[*] has not got [*]"))
        );
    }

    #[test]
    fn an_answer_says_which_question_it_is_about() {
        assert_eq!(read("OK\t4294967295\tuser=a").id, u32::MAX);
        for wrong in [
            "OK",
            "OK\t",
            "OK\tx",
            "FAIL\t-1",
            "FAIL\t+1",
            "OK\t4294967296",
            "OK\t1=1",
        ] {
            assert!(Answer::read(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
        for unknown in ["", "NEWS\t1", "ok\t1", "OKAY\t1", "NOTFOUND"] {
            assert_eq!(Answer::read(unknown.as_bytes()), Ok(None), "{unknown:?}");
        }
    }

    /// Whatever is done to what Dovecot says, only an OK about alice, without a but, says yes.
    #[test]
    fn no_damage_to_a_conversation_makes_a_yes_or_stops_the_reader() {
        const RECORDED: [&[u8]; 6] = [
            b"VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t12533\nCUID\t39\nDONE\n",
            b"OK\t1\tuser=bob@example.test\t\toriginal_user=BOB@example.test\n",
            b"OK\t2\tuser=alice@example.test\tnologin\treason=Account_suspended\n",
            b"OK\t3\tuser=alice@example.test\t\toriginal_user=admin\tauth_user=admin\n",
            b"FAIL\t4\tuser=alice@example.test\tcode=temp_fail\n",
            b"FAIL\t5\tcode=invalid_base64\treason=Invalid base64\x01n\nCONT\t6\t\n",
        ];
        let mut damage = Damage::new();
        for _ in 0..TIMES {
            let octets = damage.of(&RECORDED);
            for line in damage.hear::<Lines>(&octets) {
                let Ok(Some(answer)) = Answer::read(&line) else {
                    continue;
                };
                if verdict(&answer, ALICE) == Ok(Verdict::Opens) {
                    let text = String::from_utf8_lossy(&line);
                    let fields: Vec<&str> = text.trim_start_matches('\t').split('\t').collect();
                    assert!(fields[0].starts_with("OK"), "{text:?}");
                    let is_alice =
                        |field: &&str| field.eq_ignore_ascii_case("user=alice@example.test");
                    assert!(fields.iter().any(is_alice), "{text:?}");
                    let is_but = |field: &&str| ["nologin", "auth_user=admin"].contains(field);
                    assert!(!fields.iter().any(is_but), "{text:?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn only_an_ok_about_the_login_itself_opens(line: Vec<u8>) {
            if let Ok(Some(answer)) = Answer::read(&line) {
                prop_assert_ne!(verdict(&answer, ALICE), Ok(Verdict::Opens));
            }
        }

        #[test]
        fn no_field_makes_a_failure_open(
            fields in prop::collection::vec("[a-z_]{1,12}(=[ -~]{0,12})?", 0..6),
        ) {
            let line = format!("FAIL\t7\tuser={ALICE}\t{}", fields.join("\t"));
            prop_assert_ne!(conclude(&line), Ok(Verdict::Opens));
        }

        #[test]
        fn whatever_stands_beside_it_a_but_takes_an_ok_back(
            fields in prop::collection::vec("[a-z_]{1,12}(=[ -~]{0,12})?", 0..6),
            but in prop_oneof![
                Just("nologin"), Just("proxy"), Just("auth_user=x"), Just("anonymous"),
            ],
            at in 0_usize..7,
        ) {
            let mut all = fields;
            all.insert(at.min(all.len()), but.to_owned());
            all.push(format!("user={ALICE}"));

            let line = format!("OK\t7\t{}", all.join("\t"));

            prop_assert_ne!(conclude(&line), Ok(Verdict::Opens));
        }
    }
}
