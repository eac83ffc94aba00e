//! Search filters (RFC 4515), with places for the parts of an address.
//!
//! A filter is read once, when the settings are, and travels as a tree (RFC 4511 §4.5.1.7). What
//! somebody typed is put into a leaf of that tree as it is: there is no text in which `*` or `)(` could
//! mean anything, so no address can change the question. Called by [`crate::url`] and
//! [`crate::backend`].

mod parse;

use std::fmt;

use super::ber::{TRUE, Writer};
use super::template::{Names, Piece, TemplateError};

/// A search filter that tells people apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Filter(Node);

/// Says why a text is no filter that can be used here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// It does not follow RFC 4515.
    #[error("the filter is not written as RFC 4515 has it: {0} is expected before {1:?}")]
    Form(&'static str, String),
    /// Brackets in brackets in brackets, or a text without end.
    #[error(
        "the filter is too deep or too long: at most 16 brackets in each other, 4000 characters"
    )]
    Size,
    /// A brace that begins or ends no placeholder, or a filter that is the same for all.
    #[error("{0}; a brace that means itself is written \\7b or \\7d")]
    Template(#[from] TemplateError),
    /// There is a way to be found that does not go by who is asked for.
    #[error(
        "{0:?} also finds others than who is asked for: each part behind | needs {{address}} or \
         {{local}}, compared by =, and a * right beside it takes in longer names"
    )]
    Wide(String),
    /// A placeholder where it would find everybody else.
    #[error("a placeholder behind ! would find everybody else: {0:?}")]
    Negated(String),
    /// No attribute's name.
    #[error("{0:?} is no attribute's name")]
    Attribute(String),
}

/// A filter's tree (RFC 4511 §4.5.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Node {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Compare(String, Comparison, Value),
    Present(String),
    Parts {
        attribute: String,
        initial: Option<Value>,
        between: Vec<Value>,
        last: Option<Value>,
    },
    Rule {
        attribute: Option<String>,
        of_name: bool,
        rule: Option<String>,
        value: Value,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Comparison {
    Equal,
    AtLeast,
    AtMost,
    Approximate,
}

/// What an attribute is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Value(Vec<Piece>);

impl Filter {
    /// Reads a filter that stands in the settings. Without a placeholder it narrows `otherwise` down.
    pub(crate) fn parse(text: &str, otherwise: &Self) -> Result<Self, FilterError> {
        let node = parse::whole(text)?;
        if node.tells_apart(Piece::tells_people_apart) {
            return Ok(Self(node));
        }
        if node.has(Piece::tells_people_apart) {
            return Err(FilterError::Wide(text.to_owned()));
        }
        if node.has(Piece::is_placeholder) {
            return Err(TemplateError::SameForAll(text.to_owned()).into());
        }
        Ok(Self(Node::All(vec![node, otherwise.0.clone()])))
    }

    /// Makes the filter that finds an address in one of these attributes, separated by commas.
    pub(crate) fn of_attributes(list: &str) -> Result<Self, FilterError> {
        let node = |name: &str| -> Result<Node, FilterError> {
            parse::check_attribute(name)?;
            let value = Value(vec![Piece::Address]);
            Ok(Node::Compare(name.to_owned(), Comparison::Equal, value))
        };
        let mut nodes = list.split(',').map(node).collect::<Result<Vec<_>, _>>()?;
        match nodes.pop() {
            Some(last) if nodes.is_empty() => Ok(Self(last)),
            last => {
                nodes.extend(last);
                Ok(Self(Node::Any(nodes)))
            }
        }
    }

    /// Finds the same people, if their accounts are closed: disabled in Active Directory
    /// (`ACCOUNTDISABLE`, bit 2, by the rule that compares bits) or in 389 Directory Server, or locked
    /// for ever by a password policy (draft-behera-ldap-password-policy §5.3.3).
    pub(crate) fn of_closed_accounts(&self) -> Self {
        let value = |text: &str| Value(vec![Piece::Octets(text.into())]);
        let equals = |name: &str, text| Node::Compare(name.into(), Comparison::Equal, value(text));
        let closed = vec![
            Node::Rule {
                attribute: Some("userAccountControl".into()),
                of_name: false,
                rule: Some("1.2.840.113556.1.4.803".into()),
                value: value("2"),
            },
            equals("nsAccountLock", "TRUE"),
            equals("pwdAccountLockedTime", "000001010000Z"),
        ];
        Self(Node::All(vec![self.0.clone(), Node::Any(closed)]))
    }

    /// Says whether people of two domains are told apart by it.
    pub(crate) fn tells_domains_apart(&self) -> bool {
        self.0.tells_apart(Piece::tells_domains_apart)
    }

    /// Writes the question about one person.
    pub(crate) fn write(&self, names: Names<'_>, writer: &mut Writer) {
        self.0.write(names, writer);
    }
}

impl Node {
    /// Does everybody who fits this fit it by a value with such a piece in it? Whoever fits one part
    /// behind `|` fits the whole, so that each of them has to ask for it.
    fn tells_apart(&self, piece: fn(&Piece) -> bool) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().any(|node| node.tells_apart(piece)),
            Self::Any(nodes) => nodes.iter().all(|node| node.tells_apart(piece)),
            Self::Compare(_, Comparison::Equal, _) | Self::Rule { .. } => self.has(piece),
            Self::Parts {
                initial,
                between,
                last,
                ..
            } => {
                let initial = initial.iter().filter(|value| value.ends_as_written());
                let last = last.iter().filter(|value| value.begins_as_written());
                let between = between.iter();
                let between = between.filter(|v| v.begins_as_written() && v.ends_as_written());
                let mut values = initial.chain(between).chain(last);
                values.any(|value| value.0.iter().any(piece))
            }
            Self::Compare(..) | Self::Not(_) | Self::Present(_) => false,
        }
    }

    fn has(&self, wanted: fn(&Piece) -> bool) -> bool {
        let value_has = |value: &Value| value.0.iter().any(wanted);
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().any(|node| node.has(wanted)),
            Self::Not(node) => node.has(wanted),
            Self::Present(_) => false,
            Self::Compare(_, _, value) | Self::Rule { value, .. } => value_has(value),
            Self::Parts {
                initial,
                between,
                last,
                ..
            } => initial.iter().chain(between).chain(last).any(value_has),
        }
    }

    /// RFC 4511 §4.5.1: each choice has its tag.
    fn write(&self, names: Names<'_>, writer: &mut Writer) {
        match self {
            Self::All(nodes) => writer.put_all(0xa0, |w| write_all(nodes, names, w)),
            Self::Any(nodes) => writer.put_all(0xa1, |w| write_all(nodes, names, w)),
            Self::Not(node) => writer.put_all(0xa2, |w| node.write(names, w)),
            Self::Compare(attribute, comparison, value) => {
                writer.put_all(comparison.tag(), |w| {
                    w.put(super::ber::OCTETS, attribute.as_bytes());
                    w.put(super::ber::OCTETS, &value.filled(names));
                });
            }
            Self::Present(attribute) => writer.put(0x87, attribute.as_bytes()),
            Self::Parts {
                attribute,
                initial,
                between,
                last,
            } => writer.put_all(0xa4, |w| {
                w.put(super::ber::OCTETS, attribute.as_bytes());
                w.put_all(super::ber::SEQUENCE, |w| {
                    let initial = initial.iter().map(|value| (0x80, value));
                    let between = between.iter().map(|value| (0x81, value));
                    let last = last.iter().map(|value| (0x82, value));
                    for (tag, value) in initial.chain(between).chain(last) {
                        w.put(tag, &value.filled(names));
                    }
                });
            }),
            Self::Rule {
                attribute,
                of_name,
                rule,
                value,
            } => writer.put_all(0xa9, |w| {
                let rule = rule.iter().map(|rule| (0x81, rule));
                let attribute = attribute.iter().map(|name| (0x82, name));
                for (tag, text) in rule.chain(attribute) {
                    w.put(tag, text.as_bytes());
                }
                w.put(0x83, &value.filled(names));
                if *of_name {
                    w.put(0x84, TRUE);
                }
            }),
        }
    }
}

fn write_all(nodes: &[Node], names: Names<'_>, writer: &mut Writer) {
    for node in nodes {
        node.write(names, writer);
    }
}

impl Comparison {
    const fn tag(self) -> u8 {
        match self {
            Self::Equal => 0xa3,
            Self::AtLeast => 0xa5,
            Self::AtMost => 0xa6,
            Self::Approximate => 0xa8,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
            Self::Approximate => "~=",
        }
    }
}

impl Value {
    /// Is there something of the operator's before the first thing that is filled in?
    fn begins_as_written(&self) -> bool {
        self.0.first().is_some_and(|piece| !piece.is_placeholder())
    }

    fn ends_as_written(&self) -> bool {
        self.0.last().is_some_and(|piece| !piece.is_placeholder())
    }

    fn filled(&self, names: Names<'_>) -> Vec<u8> {
        let pieces = self.0.iter().map(|piece| piece.filled(names));
        pieces.collect::<Vec<_>>().concat()
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = |f: &mut fmt::Formatter<'_>, sign: &str, nodes: &[Self]| {
            write!(f, "({sign}")?;
            nodes.iter().try_for_each(|node| write!(f, "{node}"))?;
            f.write_str(")")
        };
        match self {
            Self::All(nodes) => group(f, "&", nodes),
            Self::Any(nodes) => group(f, "|", nodes),
            Self::Not(node) => write!(f, "(!{node})"),
            Self::Compare(attribute, comparison, value) => {
                write!(f, "({attribute}{}{value})", comparison.as_str())
            }
            Self::Present(attribute) => write!(f, "({attribute}=*)"),
            Self::Parts {
                attribute,
                initial,
                between,
                last,
            } => {
                write!(f, "({attribute}=")?;
                initial.iter().try_for_each(|value| write!(f, "{value}"))?;
                f.write_str("*")?;
                between.iter().try_for_each(|value| write!(f, "{value}*"))?;
                last.iter().try_for_each(|value| write!(f, "{value}"))?;
                f.write_str(")")
            }
            Self::Rule {
                attribute,
                of_name,
                rule,
                value,
            } => {
                write!(f, "({}", attribute.as_deref().unwrap_or_default())?;
                if *of_name {
                    f.write_str(":dn")?;
                }
                rule.iter().try_for_each(|rule| write!(f, ":{rule}"))?;
                write!(f, ":={value})")
            }
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.0 {
            match piece {
                Piece::Address => f.write_str("{address}")?,
                Piece::Local => f.write_str("{local}")?,
                Piece::Domain => f.write_str("{domain}")?,
                Piece::Octets(octets) => octets.iter().try_for_each(|&octet| {
                    if octet.is_ascii_graphic() && !b"()*\\{}".contains(&octet) || octet == b' ' {
                        write!(f, "{}", char::from(octet))
                    } else {
                        write!(f, "\\{octet:02x}")
                    }
                })?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
