//! What the guide asks a site to paste is short.

use anyhow::Result;

use crate::book::Book;

#[test]
fn each_sign_in_of_the_guide_is_twenty_lines_at_most() -> Result<()> {
    let book = Book::open()?;
    let mut sign_ins = book.blocks();
    sign_ins.retain(|block| block.is_sign_in);

    let places: Vec<&str> = sign_ins
        .iter()
        .filter_map(|block| block.name.split('/').next())
        .collect();
    assert_eq!(places, PLACES);
    for block in sign_ins {
        let lines = block.text.lines().count();
        let width = block.text.lines().map(|line| line.chars().count()).max();
        assert!(lines <= MAX_LINES, "{}: {lines} lines", block.name);
        assert!(width <= Some(MAX_WIDTH), "{}: {width:?} wide", block.name);
    }
    Ok(())
}

const PLACES: [&str; 6] = ["sign-in.html", "node", "python", "php", "go", "rust"];
const MAX_LINES: usize = 20;
const MAX_WIDTH: usize = 110;
