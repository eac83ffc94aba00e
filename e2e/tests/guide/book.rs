//! The guide, and what is cut out of it.

use std::fs;

use anyhow::{Context, Result};
use e2e::servers::packages::workspace;

/// The guide's text.
pub(crate) struct Book(String);

impl Book {
    /// Opens the guide.
    pub(crate) fn open() -> Result<Self> {
        let path = workspace().join("docs/guide/sites.md");
        let text = fs::read_to_string(&path);
        Ok(Self(text.with_context(|| path.display().to_string())?))
    }

    /// Gives the whole.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// Gives all blocks that have a name behind their language, as `(name, text)`.
    pub(crate) fn blocks(&self) -> Vec<(&str, &str)> {
        let parts: Vec<&str> = self.0.split("```").collect();
        let fenced = parts.iter().skip(1).step_by(2);
        let named = fenced.filter_map(|block| {
            let (info, text) = block.split_once('\n')?;
            let (_, name) = info.split_once(' ')?;
            Some((name, text))
        });
        named.collect()
    }

    /// Gives the block of this name.
    pub(crate) fn block(&self, name: &str) -> Result<&str> {
        let mut blocks = self.blocks().into_iter();
        let found = blocks.find(|(known, _)| *known == name);
        let (_, text) = found.with_context(|| format!("the guide has no block {name}"))?;
        Ok(text)
    }
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
