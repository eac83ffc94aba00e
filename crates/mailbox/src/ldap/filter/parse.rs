//! Reads the text of a filter (RFC 4515 §3) as the operator wrote it.

use super::{Comparison, FilterError, Node, Piece, Value};

/// Reads a whole text as one filter.
pub(super) fn whole(text: &str) -> Result<Node, FilterError> {
    if text.len() > MOST_OCTETS {
        return Err(FilterError::Size);
    }
    let mut rest = text;
    let node = bracketed(&mut rest, 0)?;
    if rest.is_empty() {
        return Ok(node);
    }
    Err(expected("the end", rest))
}

/// Makes sure that this can be the name of an attribute, with options (RFC 4512 §2.5).
pub(super) fn check_attribute(name: &str) -> Result<(), FilterError> {
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-.;".contains(&b);
    if begins && name.bytes().all(fits) {
        return Ok(());
    }
    Err(FilterError::Attribute(name.to_owned()))
}

fn bracketed(rest: &mut &str, depth: usize) -> Result<Node, FilterError> {
    if depth >= DEEPEST {
        return Err(FilterError::Size);
    }
    take("(", rest)?;
    let node = if take("&", rest).is_ok() {
        Node::All(list(rest, depth)?)
    } else if take("|", rest).is_ok() {
        Node::Any(list(rest, depth)?)
    } else if take("!", rest).is_ok() {
        let node = bracketed(rest, depth + 1)?;
        if node.has(Piece::is_placeholder) {
            return Err(FilterError::Negated(node.to_string()));
        }
        Node::Not(Box::new(node))
    } else {
        item(rest)?
    };
    take(")", rest)?;
    Ok(node)
}

fn list(rest: &mut &str, depth: usize) -> Result<Vec<Node>, FilterError> {
    let mut nodes = vec![bracketed(rest, depth + 1)?];
    while rest.starts_with('(') {
        nodes.push(bracketed(rest, depth + 1)?);
    }
    Ok(nodes)
}

fn item(rest: &mut &str) -> Result<Node, FilterError> {
    let end = rest.find(['=', '(', ')']).unwrap_or(rest.len());
    let (left, right) = rest.split_at_checked(end).unwrap_or((rest, ""));
    *rest = right;
    take("=", rest)?;
    if let Some(left) = left.strip_suffix(':') {
        return rule(left, rest);
    }
    for comparison in [
        Comparison::AtLeast,
        Comparison::AtMost,
        Comparison::Approximate,
    ] {
        let sign = comparison.as_str().trim_end_matches('=');
        if let Some(attribute) = left.strip_suffix(sign) {
            check_attribute(attribute)?;
            let value = one_value(rest)?;
            return Ok(Node::Compare(attribute.to_owned(), comparison, value));
        }
    }
    check_attribute(left)?;
    starred(left.to_owned(), rest)
}

/// Reads what is behind `=`: a value, values with stars between them, or a star alone.
fn starred(attribute: String, rest: &mut &str) -> Result<Node, FilterError> {
    let first = value(rest)?;
    if take("*", rest).is_err() {
        return Ok(Node::Compare(attribute, Comparison::Equal, first));
    }
    let mut values = vec![value(rest)?];
    while take("*", rest).is_ok() {
        values.push(value(rest)?);
    }
    let some = |value: Value| (!value.0.is_empty()).then_some(value);
    let (initial, last) = (some(first), values.pop().and_then(some));
    if values.iter().any(|value| value.0.is_empty()) {
        return Err(expected("a text between two stars", rest));
    }
    if values.is_empty() && initial.is_none() && last.is_none() {
        return Ok(Node::Present(attribute));
    }
    Ok(Node::Parts {
        attribute,
        initial,
        between: values,
        last,
    })
}

/// Reads an extensible match, of which `left` is what stands before `:=`.
fn rule(left: &str, rest: &mut &str) -> Result<Node, FilterError> {
    let mut parts = left.split(':');
    let attribute = parts.next().filter(|name| !name.is_empty());
    let mut parts = parts.peekable();
    let of_name = parts
        .next_if(|part| part.eq_ignore_ascii_case("dn"))
        .is_some();
    let rule = parts.next();
    if parts.next().is_some() || (attribute.is_none() && rule.is_none()) {
        return Err(expected("ATTRIBUTE:RULE", left));
    }
    attribute.map_or(Ok(()), check_attribute)?;
    rule.map_or(Ok(()), check_attribute)?;
    Ok(Node::Rule {
        attribute: attribute.map(str::to_owned),
        of_name,
        rule: rule.map(str::to_owned),
        value: one_value(rest)?,
    })
}

/// Reads a value in which no star may be.
fn one_value(rest: &mut &str) -> Result<Value, FilterError> {
    let value = value(rest)?;
    if rest.starts_with('*') {
        return Err(expected("\\2a for a star", rest));
    }
    Ok(value)
}

/// Reads up to the next star or closing bracket.
fn value(rest: &mut &str) -> Result<Value, FilterError> {
    let mut pieces = Vec::new();
    let mut octets = Vec::new();
    loop {
        let end = rest.find(['*', '(', ')', '\\', '{', '}', '\0']);
        let (plain, behind) = rest
            .split_at_checked(end.unwrap_or(rest.len()))
            .unwrap_or((rest, ""));
        octets.extend_from_slice(plain.as_bytes());
        *rest = behind;
        if take("\\", rest).is_ok() {
            let digits = rest.split_at_checked(2);
            let code = digits.filter(|(digits, _)| digits.bytes().all(|b| b.is_ascii_hexdigit()));
            let (digits, behind) =
                code.ok_or_else(|| expected("two hexadecimal digits behind \\", rest))?;
            octets.extend(u8::from_str_radix(digits, 16));
            *rest = behind;
        } else if rest.starts_with(['{', '}']) {
            let (piece, behind) = Piece::placeholder(rest)?;
            push(&mut pieces, &mut octets);
            pieces.push(piece);
            *rest = behind;
        } else if rest.starts_with(['(', '\0']) {
            return Err(expected("\\28 for a bracket", rest));
        } else {
            push(&mut pieces, &mut octets);
            return Ok(Value(pieces));
        }
    }
}

fn push(pieces: &mut Vec<Piece>, octets: &mut Vec<u8>) {
    if !octets.is_empty() {
        pieces.push(Piece::Octets(std::mem::take(octets)));
    }
}

fn take(sign: &'static str, rest: &mut &str) -> Result<(), FilterError> {
    *rest = rest
        .strip_prefix(sign)
        .ok_or_else(|| expected(sign, rest))?;
    Ok(())
}

fn expected(what: &'static str, rest: &str) -> FilterError {
    FilterError::Form(what, rest.chars().take(20).collect())
}

const DEEPEST: usize = 16;
const MOST_OCTETS: usize = 4000;
