//! Pages of the guide, and the blocks that tests cut out of them.
//!
//! A block has a name behind its language: mostly the file that it is, and then perhaps further words that
//! tell it from others of that name.

use std::fs;

use anyhow::{Context as _, Result};

use crate::servers::packages::workspace;

/// The text of a page.
#[derive(Debug)]
pub struct Page(String);

impl Page {
    /// Opens a page of the guide, such as `sites.md`.
    pub fn open(name: &str) -> Result<Self> {
        let path = workspace().join("docs/guide").join(name);
        let text = fs::read_to_string(&path);
        Ok(Self(text.with_context(|| path.display().to_string())?))
    }

    /// Gives the whole.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Gives all blocks that have a name behind their language.
    pub fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = self.all_blocks();
        blocks.retain(|block| !block.name.is_empty());
        blocks
    }

    /// Gives all blocks, also those without a name.
    pub fn all_blocks(&self) -> Vec<Block<'_>> {
        let parts: Vec<&str> = self.0.split("```").collect();
        let fenced = parts.iter().skip(1).step_by(2);
        let read = fenced.filter_map(|block| {
            let (head, text) = block.split_once('\n')?;
            let (language, title) = head.split_once(' ').unwrap_or((head, ""));
            let (name, kind) = title.split_once(' ').unwrap_or((title, ""));
            Some(Block {
                language,
                name,
                kind,
                text,
            })
        });
        read.collect()
    }

    /// Gives the text of the one block of this name and kind.
    pub fn block(&self, name: &str, kind: &str) -> Result<&str> {
        let mut blocks = self.blocks().into_iter();
        let found = blocks.find(|block| block.name == name && block.kind == kind);
        let found = found.with_context(|| format!("the page has no block {name} {kind}"));
        Ok(found?.text)
    }
}

/// A part of a page between two fences.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// What stands first behind the fence.
    pub language: &'a str,
    /// What stands behind the language: mostly a file's name.
    pub name: &'a str,
    /// What stands behind that, which is mostly nothing.
    pub kind: &'a str,
    /// What is between the fences.
    pub text: &'a str,
}
