//! A small reader of Rust text: words and signs, without comments, strings and tests.
//!
//! The rules ask who names what. For that a lexer is enough, and it never lags behind the language
//! as a parser would. It knows strings of all kinds, nested comments, and what `#[cfg(test)]` and
//! `#[test]` cover; it knows nothing of types and macros.

/// A word or a sign of a Rust file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

impl Token {
    pub(crate) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    pub(crate) fn is_word(&self) -> bool {
        self.text.starts_with(is_word_start)
    }
}

/// What a file says outside its tests.
#[derive(Debug, Default)]
pub(crate) struct Code {
    pub(crate) tokens: Vec<Token>,
    /// Modules in files of their own that only tests have: `#[cfg(test)] mod tests;`.
    pub(crate) test_modules: Vec<String>,
}

/// Splits Rust text into words and signs. A string or number becomes one token that is no word.
pub(crate) fn read(text: &str) -> Vec<Token> {
    let mut reader = Reader {
        rest: text,
        line: 1,
        tokens: Vec::new(),
    };
    while reader.step() {}
    reader.tokens
}

/// Leaves out all that only tests see.
pub(crate) fn without_tests(tokens: &[Token]) -> Code {
    let mut code = Code::default();
    let mut at = 0;
    while at < tokens.len() {
        let rest = tokens.get(at..).unwrap_or_default();
        let (attribute, length) = attribute(rest);
        if length == 0 {
            code.tokens.extend(rest.first().cloned());
            at += 1;
        } else if is_for_tests(attribute) {
            if rest.get(1).is_some_and(|sign| sign.is("!")) {
                return code;
            }
            let item = rest.get(length..).unwrap_or_default();
            let item_length = item_length(item);
            code.test_modules.extend(module_in_own_file(item));
            at += length + item_length;
        } else {
            code.tokens
                .extend(rest.get(..length).unwrap_or_default().iter().cloned());
            at += length;
        }
    }
    code
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    tokens: Vec<Token>,
}

impl Reader<'_> {
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else {
            return false;
        };
        let rest = self.rest;
        let (length, keep) = if first.is_whitespace() {
            (first.len_utf8(), false)
        } else if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), false)
        } else if rest.starts_with("/*") {
            (comment_length(rest), false)
        } else if let Some(length) = string_length(rest) {
            (length, true)
        } else if first == '\'' {
            (quote_length(rest), true)
        } else if is_word_start(first) {
            (word_length(rest), true)
        } else if first.is_ascii_digit() {
            (number_length(rest), true)
        } else if rest.starts_with("::") {
            (2, true)
        } else {
            (first.len_utf8(), true)
        };
        self.take(length, keep);
        true
    }

    fn take(&mut self, length: usize, keep: bool) {
        let (text, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        if keep {
            // A raw name (`r#type`) is the name.
            let name = text
                .strip_prefix("r#")
                .filter(|n| n.starts_with(is_word_start));
            self.tokens.push(Token {
                text: name.unwrap_or(text).to_owned(),
                line: self.line,
            });
        }
        self.line += text.matches('\n').count();
        self.rest = rest;
    }
}

fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word_length(text: &str) -> usize {
    let raw = text.strip_prefix("r#").map_or(0, |_| "r#".len());
    let name = text.get(raw..).unwrap_or_default();
    raw + name.find(|c| !is_word(c)).unwrap_or(name.len())
}

fn number_length(text: &str) -> usize {
    text.find(|c| !is_word(c)).unwrap_or(text.len())
}

/// Comments nest in Rust.
fn comment_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// Measures `"…"`, `b"…"`, `c"…"`, `r"…"`, `r#"…"#` and their mixtures.
fn string_length(text: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r", ""].into_iter().find(|prefix| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| rest.trim_start_matches('#').starts_with('"'))
    })?;
    let rest = text.get(prefix.len()..)?;
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let open = prefix.len() + hashes + 1;
    let body = text.get(open..)?;
    if prefix.ends_with('r') {
        let close = format!("\"{}", "#".repeat(hashes));
        let length = body.find(&close).map_or(body.len(), |at| at + close.len());
        return Some(open + length);
    }
    (hashes == 0).then(|| open + quoted_length(body, '"'))
}

/// Measures a character literal (`'x'`, `'\n'`) or a lifetime (`'a`).
fn quote_length(text: &str) -> usize {
    let body = text.get(1..).unwrap_or_default();
    let mut chars = body.chars();
    let (first, second) = (chars.next(), chars.next());
    if first == Some('\\') || second == Some('\'') {
        return 1 + quoted_length(body, '\'');
    }
    1 + body.find(|c| !is_word(c)).unwrap_or(body.len())
}

/// Measures up to and with the closing quote; a backslash covers what follows it.
fn quoted_length(body: &str, quote: char) -> usize {
    let mut covered = false;
    for (at, c) in body.char_indices() {
        if covered {
            covered = false;
        } else if c == '\\' {
            covered = true;
        } else if c == quote {
            return at + c.len_utf8();
        }
    }
    body.len()
}

/// Gives the words of the attribute that `tokens` begin with, and how many tokens it takes.
fn attribute(tokens: &[Token]) -> (&[Token], usize) {
    let hash = tokens.first().is_some_and(|sign| sign.is("#"));
    let bang = usize::from(tokens.get(1).is_some_and(|sign| sign.is("!")));
    let open = 1 + bang;
    if !hash || !tokens.get(open).is_some_and(|sign| sign.is("[")) {
        return (&[], 0);
    }
    let inside = tokens.get(open..).unwrap_or_default();
    let length = bracket_length(inside);
    let words = inside.get(1..length.saturating_sub(1)).unwrap_or_default();
    (words, open + length)
}

/// Is this `test`, `tokio::test`, `cfg(test)` or `cfg(all(test, …))`?
fn is_for_tests(attribute: &[Token]) -> bool {
    let text: String = attribute.iter().map(|token| token.text.as_str()).collect();
    let path = text.split('(').next().unwrap_or_default();
    path == "test"
        || path.ends_with("::test")
        || text == "cfg(test)"
        || text.starts_with("cfg(all(test,")
}

/// Counts the tokens of an item with its further attributes, up to its `;` or closing `}`.
fn item_length(tokens: &[Token]) -> usize {
    let mut at = 0;
    while let Some(rest) = tokens.get(at..).filter(|rest| !rest.is_empty()) {
        let sign = rest.first().map_or("", |token| token.text.as_str());
        match sign {
            ";" => return at + 1,
            "{" => return at + bracket_length(rest),
            "(" | "[" => at += bracket_length(rest),
            _ => at += 1,
        }
    }
    tokens.len()
}

/// Counts the tokens from an opening bracket to the one that closes it.
fn bracket_length(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

fn module_in_own_file(item: &[Token]) -> Option<String> {
    let at = item.iter().position(|token| token.is("mod"))?;
    let name = item.get(at + 1)?;
    item.get(at + 2)
        .is_some_and(|sign| sign.is(";"))
        .then(|| name.text.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        let code = without_tests(&read(text));
        let words: Vec<_> = code.tokens.into_iter().map(|token| token.text).collect();
        words.join(" ")
    }

    #[test]
    fn comments_and_strings_are_no_code() {
        for (text, expected) in [
            ("a // axum\nb", "a b"),
            ("a /* x /* axum */ y */ b", "a b"),
            ("/// axum::Router\nfn f() {}", "fn f ( ) { }"),
            ("f(\"axum \\\" // \")", "f ( \"axum \\\" // \" )"),
            ("f(r#\"a\"b\"#, c)", "f ( r#\"a\"b\"# , c )"),
            ("f(b'\\'', 'x', br\"\\\")", "f ( b '\\'' , 'x' , br\"\\\" )"),
            ("fn f<'a>(x: &'a str)", "fn f < 'a > ( x : & 'a str )"),
            ("r#type::x", "type :: x"),
            ("0x1f_u8 + 1.5", "0x1f_u8 + 1 . 5"),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn what_only_tests_see_is_left_out() {
        for (text, expected) in [
            ("a #[cfg(test)] mod tests { use axum; } b", "a b"),
            ("a #[test] fn f(x: [u8; 3]) { g(); } b", "a b"),
            ("a #[tokio::test(flavor = \"x\")] async fn f() {} b", "a b"),
            ("a #[cfg(test)] #[derive(X)] struct S { x: u8 } b", "a b"),
            ("a #[cfg(test)] use x::{y, z}; b", "a ; b"),
            ("a #[cfg(not(test))] b", "a # [ cfg ( not ( test ) ) ] b"),
            ("#![cfg(test)] use axum;", ""),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn test_modules_in_their_own_files_are_told() {
        let code = without_tests(&read("mod a; #[cfg(test)] mod tests; mod b;"));

        assert_eq!(code.test_modules, ["tests"]);
    }

    #[test]
    fn lines_are_counted_through_strings_and_comments() {
        let tokens = read("/* \n\n */ a \"x\ny\" b");

        let lines: Vec<_> = tokens.iter().map(|token| token.line).collect();
        assert_eq!(lines, [3, 3, 4]);
    }
}
