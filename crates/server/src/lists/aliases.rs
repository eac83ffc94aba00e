//! Alias files, as mail servers have them: which names lead to which.
//!
//! Two ways to write a line, which may be mixed (aliases(5) and virtual(5) of Postfix):
//!
//! ```text
//! info: alice, "bob", \carol          # the way of Unix: a colon, then commas
//! info@example.org  alice, bob        # Postfix's virtual tables: no colon, commas or white space
//! @example.org      alice             # the same, for all other names: a catch-all
//! ```
//!
//! A name without a domain is one of the domain whose file this is. A name with a domain is that
//! address and no other: lines and targets of other domains say nothing here, since what one domain
//! lists gives nobody an address of another. Capitals and composed letters are folded as in all addresses.
//! Commands, files and `:include:` are nobody's mailboxes; they are left out. Where a name is there
//! twice, the first line counts. What names lead to whom in the end is the journey's to decide.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::iter::Peekable;
use std::str::Chars;

use mailbox::{Login, LoginError, LoginForm};
use protocol::email::{Domain, EmailAddress};

use super::{Remark, Remarks, lines, shown};

/// What the alias file of a domain says.
#[derive(Clone, Debug)]
pub struct Aliases {
    names: HashMap<EmailAddress, Vec<Target>>,
    catch_all: Option<Vec<Target>>,
    is_whole: bool,
    remarks: Remarks,
}

/// Where a line leads. Always an address of the file's own domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To a name, which may be an alias itself.
    Name(EmailAddress),
    /// To a user, whatever else is said about the name: it had a `\` in front.
    User(EmailAddress),
}

impl Aliases {
    /// Reads the alias file of `domain`.
    pub fn read(octets: &[u8], domain: &Domain) -> Self {
        let mut aliases = Self {
            names: HashMap::new(),
            catch_all: None,
            is_whole: true,
            remarks: Remarks::default(),
        };
        let octets = lines::ended(octets, &mut aliases.remarks);
        let lines = lines::joined(octets, &mut aliases.remarks);
        // A line that was left out may have had a name that is now missing.
        aliases.is_whole = aliases.remarks.0.is_empty();
        for line in lines {
            let mut reading = Reading {
                domain,
                number: line.number,
                rest: line.text.chars().peekable(),
                remarks: &mut aliases.remarks,
            };
            let (said, targets) = reading.line();
            match said {
                Said::Name(name) => match aliases.names.entry(name) {
                    Entry::Vacant(place) => drop(place.insert(targets)),
                    Entry::Occupied(first) => {
                        let says = format!("{} is there already; the first counts", first.key());
                        aliases.remarks.add(line.number, says);
                    }
                },
                Said::Others if aliases.catch_all.is_none() => aliases.catch_all = Some(targets),
                Said::Others => aliases.remarks.add(
                    line.number,
                    "there is a catch-all already; the first counts".to_owned(),
                ),
                Said::Elsewhere => {}
                Said::Unclear => aliases.is_whole = false,
            }
        }
        aliases
    }

    /// Finds what is listed for a name of this domain; `None` if it is not in the file.
    pub fn targets(&self, name: &EmailAddress) -> Option<&[Target]> {
        self.names.get(name).map(Vec::as_slice)
    }

    /// Finds what is listed for all names that are not in the file.
    pub fn catch_all(&self) -> Option<&[Target]> {
        self.catch_all.as_deref()
    }

    /// Is every name of the file known? If not, a name that is not found may be listed all the same.
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// How many names are listed.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// What is odd about the file.
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks.0
    }
}

/// May an address stand in a list? None that has a character to which mail servers give a meaning of
/// their own: `*`, `%`, `!` and their kind never become part of anybody's name.
pub(crate) fn is_suitable(address: &EmailAddress) -> bool {
    let login = Login::for_address(address, LoginForm::Address, None);
    !matches!(login, Err(LoginError::Character(_)))
}

/// What the beginning of a line says that it is about.
enum Said {
    Name(EmailAddress),
    /// All names that are not listed.
    Others,
    /// Something of another domain.
    Elsewhere,
    /// It cannot be understood.
    Unclear,
}

/// One line, as it is read.
struct Reading<'a> {
    domain: &'a Domain,
    number: usize,
    rest: Peekable<Chars<'a>>,
    remarks: &'a mut Remarks,
}

/// A piece of a line without its quotes.
struct Word {
    text: String,
    /// Was any of it in quotes?
    quoted: bool,
    /// Did it begin with a `\`?
    escaped: bool,
}

/// The quotes of a line do not end.
struct OpenQuote;

impl Reading<'_> {
    fn line(&mut self) -> (Said, Vec<Target>) {
        let name = self.word(|c| c.is_whitespace() || c == ':');
        let Ok(name) = name else {
            self.remark("its quotes do not end; it is left out");
            return (Said::Unclear, Vec::new());
        };
        self.skip_white_space();
        if self.rest.next_if_eq(&':').is_some() {
            let targets = self.targets(|c| c == ',');
            return (self.name(&name.text), targets);
        }
        // In neither way of writing there is a colon further on.
        if self.rest.clone().any(|c| c == ':') {
            self.remark("its colon does not stand behind a name; it is left out");
            return (Said::Unclear, Vec::new());
        }
        let targets = self.targets(|c| c == ',' || c.is_whitespace());
        (self.name(&name.text), targets)
    }

    fn name(&mut self, text: &str) -> Said {
        if let Some(domain) = text.strip_prefix('@') {
            return match Domain::parse(domain) {
                Ok(domain) if domain == *self.domain => Said::Others,
                Ok(_) => Said::Elsewhere,
                Err(_) => self.unclear(text),
            };
        }
        // Postfix's virtual tables name their domains so, with any word behind.
        if Domain::parse(text).is_ok_and(|domain| domain == *self.domain) {
            return Said::Elsewhere;
        }
        let Some(address) = self.address(text) else {
            return self.unclear(text);
        };
        if address.domain() != self.domain {
            return Said::Elsewhere;
        }
        if !is_suitable(&address) {
            let domain = self.domain;
            self.remark(&format!(
                "{} has a character that means something to mail servers; it is left out \
                 (a catch-all is written @{domain})",
                shown(text)
            ));
            return Said::Elsewhere;
        }
        Said::Name(address)
    }

    fn unclear(&mut self, text: &str) -> Said {
        self.remark(&format!("{} is no address; it is left out", shown(text)));
        Said::Unclear
    }

    fn targets(&mut self, ends: impl Fn(char) -> bool) -> Vec<Target> {
        let mut targets = Vec::new();
        loop {
            while self
                .rest
                .next_if(|&c| ends(c) || c.is_whitespace())
                .is_some()
            {}
            if self.rest.peek().is_none() {
                return targets;
            }
            let Ok(word) = self.word(&ends) else {
                self.remark("its quotes do not end; it leads to nobody");
                return Vec::new();
            };
            let text = word.text.trim_end();
            // What stands behind a command or a word for the mail server may be its arguments.
            let takes_the_rest = text.starts_with('|') && !word.quoted
                || text.starts_with(':') && !text.starts_with(":include:");
            if takes_the_rest || text.starts_with(['|', '/', ':']) {
                let what = if takes_the_rest {
                    " with all behind it"
                } else {
                    ""
                };
                self.remark(&format!(
                    "{} is nobody's mailbox; it is left out{what}",
                    shown(text)
                ));
            } else {
                targets.extend(self.target(text, word.escaped));
            }
            if takes_the_rest {
                return targets;
            }
        }
    }

    fn target(&mut self, text: &str, escaped: bool) -> Option<Target> {
        let Some(address) = self.address(text) else {
            self.remark(&format!("{} is no address; it is left out", shown(text)));
            return None;
        };
        if address.domain() != self.domain {
            return None;
        }
        if !is_suitable(&address) {
            self.remark(&format!(
                "{} has a character that means something to mail servers; it is left out",
                shown(text)
            ));
            return None;
        }
        Some(if escaped {
            Target::User(address)
        } else {
            Target::Name(address)
        })
    }

    /// Reads an address, or a name of this domain.
    fn address(&self, text: &str) -> Option<EmailAddress> {
        let address = if text.contains('@') {
            EmailAddress::parse(text)
        } else {
            EmailAddress::parse(&format!("{text}@{}", self.domain))
        };
        address.ok().map(|address| address.canonical())
    }

    /// Takes the characters up to the first that `ends` the word outside quotes.
    fn word(&mut self, ends: impl Fn(char) -> bool) -> Result<Word, OpenQuote> {
        let mut word = Word {
            text: String::new(),
            quoted: false,
            escaped: self.rest.next_if_eq(&'\\').is_some(),
        };
        let mut within = false;
        while let Some(c) = self.rest.next_if(|&c| within || !ends(c)) {
            match c {
                '"' => {
                    within = !within;
                    word.quoted = true;
                }
                '\\' if within => word.text.extend(self.rest.next()),
                _ => word.text.push(c),
            }
        }
        if within { Err(OpenQuote) } else { Ok(word) }
    }

    fn skip_white_space(&mut self) {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
    }

    fn remark(&mut self, says: &str) {
        self.remarks.add(self.number, says.to_owned());
    }
}

#[cfg(test)]
mod tests;
