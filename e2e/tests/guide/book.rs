//! The guide for sites, and what is cut out of it.

use anyhow::{Result, ensure};
use e2e::book::Page;

/// The guide's text.
pub(crate) struct Book(Page);

impl Book {
    /// Opens the guide.
    pub(crate) fn open() -> Result<Self> {
        Page::open("sites.md").map(Self)
    }

    /// Gives the whole.
    pub(crate) fn text(&self) -> &str {
        self.0.text()
    }

    /// Gives all blocks that have a name behind their language.
    pub(crate) fn blocks(&self) -> Vec<Block<'_>> {
        let blocks = self.0.blocks().into_iter();
        let blocks = blocks.map(|block| Block {
            name: block.name,
            is_sign_in: block.kind == SIGN_IN,
            text: block.text,
        });
        blocks.collect()
    }

    /// Gives the text of this name. Where there are two, a sign-in comes last, as the guide says.
    pub(crate) fn file(&self, name: &str) -> Result<String> {
        let mut blocks = self.blocks();
        blocks.retain(|block| block.name == name);
        ensure!(!blocks.is_empty(), "the guide has no block {name}");
        blocks.sort_by_key(|block| block.is_sign_in);
        Ok(blocks.iter().map(|block| block.text).collect())
    }
}

/// A file of the guide, or a part of one.
pub(crate) struct Block<'a> {
    pub(crate) name: &'a str,
    /// Whether this is what a site that is there already pastes.
    pub(crate) is_sign_in: bool,
    pub(crate) text: &'a str,
}

/// Where the guide's example names lead in a test.
pub(crate) struct Names<'a> {
    /// In place of `https://id.example.org`.
    pub(crate) issuer: &'a str,
    /// In place of `https://shop.example`.
    pub(crate) site: &'a str,
    /// In place of 8080.
    pub(crate) port: u16,
}

impl Names<'_> {
    /// Puts them into one of the guide's texts.
    ///
    /// Browsers know that names under `localhost` are this machine, and look nobody up for them. Back
    /// ends do not, and are given the number.
    pub(crate) fn put_into(&self, text: &str) -> String {
        let port = self.issuer.rsplit(':').next().unwrap_or_default();
        let verifier = format!("http://127.0.0.1:{port}/persona/verify");
        text.replace("https://id.example.org/persona/verify", &verifier)
            .replace("https://id.example.org", self.issuer)
            .replace("https://shop.example", self.site)
            .replace("8080", &self.port.to_string())
    }
}

/// Stands behind the name of such a block.
const SIGN_IN: &str = "sign-in";
