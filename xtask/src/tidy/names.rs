//! Which names a Rust file speaks: the paths of its `use` items and of its expressions.

use super::tokens::Token;

/// A path as it is written: `crate::web::Page` or `axum::Router`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) parts: Vec<String>,
    /// What a `use` item calls it here, where it does.
    pub(crate) known_as: Option<String>,
    /// How many inline modules (`mod x { … }`) stand around it.
    pub(crate) depth: usize,
    pub(crate) line: usize,
}

impl Name {
    pub(crate) fn head(&self) -> &str {
        self.parts.first().map_or("", String::as_str)
    }
}

/// Lists every path with `::` in it and every `use` item, group members one by one.
pub(crate) fn read(tokens: &[Token]) -> Vec<Name> {
    let mut reader = Reader {
        tokens,
        at: 0,
        braces: Vec::new(),
        names: Vec::new(),
    };
    while reader.at < tokens.len() {
        reader.step();
    }
    reader.names
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    /// For each open brace: does it belong to an inline module?
    braces: Vec<bool>,
    names: Vec<Name>,
}

impl Reader<'_> {
    fn step(&mut self) {
        let text = self.text(0).to_owned();
        match text.as_str() {
            "{" => {
                let module =
                    self.at >= 2 && self.tokens.get(self.at - 2).is_some_and(|t| t.is("mod"));
                self.braces.push(module);
                self.at += 1;
            }
            "}" => {
                self.braces.pop();
                self.at += 1;
            }
            "use" => {
                self.at += 1;
                self.use_tree(&[]);
            }
            "extern" if self.text(1) == "crate" => {
                self.at += 2;
                self.use_tree(&[]);
            }
            _ if self.is_word(0) && self.text(1) == "::" => self.path(),
            _ => self.at += 1,
        }
    }

    /// Reads `a::b::c` in an expression, type or attribute.
    fn path(&mut self) {
        let mut parts = vec![self.text(0).to_owned()];
        let line = self.line();
        self.at += 1;
        while self.text(0) == "::" && self.is_word(1) {
            parts.push(self.text(1).to_owned());
            self.at += 2;
        }
        // `a::<T>` ends the path: what follows is read as paths of its own.
        if self.text(0) == "::" {
            self.at += 1;
        }
        self.push(parts, None, line);
    }

    /// Reads one branch of a `use` item below `above`.
    fn use_tree(&mut self, above: &[String]) {
        let mut parts = above.to_vec();
        let line = self.line();
        loop {
            match self.text(0) {
                "{" => return self.use_group(&parts),
                "::" => self.at += 1,
                "as" => {
                    let known_as = self.text(1).to_owned();
                    self.at += 2;
                    return self.push(parts, Some(known_as), line);
                }
                _ if self.is_word(0) || self.text(0) == "*" => {
                    parts.push(self.text(0).to_owned());
                    self.at += 1;
                }
                _ => {
                    let known_as = parts.last().cloned();
                    return self.push(parts, known_as, line);
                }
            }
        }
    }

    fn use_group(&mut self, above: &[String]) {
        self.at += 1;
        while self.at < self.tokens.len() {
            match self.text(0) {
                "}" => {
                    self.at += 1;
                    return;
                }
                "," => self.at += 1,
                "self" => {
                    self.at += 1;
                    let line = self.line();
                    self.push(above.to_vec(), above.last().cloned(), line);
                }
                _ => {
                    let before = self.at;
                    self.use_tree(above);
                    // A file that does not parse must not hold us here for ever.
                    self.at = self.at.max(before + 1);
                }
            }
        }
    }

    fn push(&mut self, parts: Vec<String>, known_as: Option<String>, line: usize) {
        if !parts.is_empty() {
            let depth = self.braces.iter().filter(|module| **module).count();
            self.names.push(Name {
                parts,
                known_as,
                depth,
                line,
            });
        }
    }

    fn text(&self, ahead: usize) -> &str {
        let token = self.tokens.get(self.at + ahead);
        token.map_or("", |token| token.text.as_str())
    }

    fn line(&self) -> usize {
        self.tokens.get(self.at).map_or(0, |token| token.line)
    }

    fn is_word(&self, ahead: usize) -> bool {
        let token = self.tokens.get(self.at + ahead);
        token.is_some_and(Token::is_word)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens;
    use super::*;

    fn names(text: &str) -> Vec<String> {
        read(&tokens::read(text))
            .into_iter()
            .map(|name| name.parts.join("::"))
            .collect()
    }

    #[test]
    fn use_items_are_unfolded() {
        for (text, expected) in [
            ("use axum;", vec!["axum"]),
            ("pub use crate::a::B as C;", vec!["crate::a::B"]),
            (
                "use crate::{a, b::{self, C}, d::*};",
                vec!["crate::a", "crate::b", "crate::b::C", "crate::d::*"],
            ),
            ("use {axum::Router, http};", vec!["axum::Router", "http"]),
            ("extern crate axum;", vec!["axum"]),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
    }

    #[test]
    fn paths_are_found_wherever_they_stand() {
        for (text, expected) in [
            (
                "#[derive(thiserror::Error)] struct S;",
                vec!["thiserror::Error"],
            ),
            (
                "fn f(x: Vec<axum::Body>) -> http::Status { crate::a::b() }",
                vec!["axum::Body", "http::Status", "crate::a::b"],
            ),
            ("x.collect::<Vec<super::A>>()", vec!["collect", "super::A"]),
            ("a.b.c", vec![]),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
    }

    #[test]
    fn inline_modules_are_counted() {
        let found = read(&tokens::read(
            "mod a { use super::B; } use super::C; fn f() { super::d() }",
        ));

        let depths: Vec<_> = found.iter().map(|name| name.depth).collect();
        assert_eq!(depths, [1, 0, 0]);
    }
}
