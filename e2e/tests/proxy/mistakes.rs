//! The mistakes that a page about a web server lists, with what `persona check` says about each.

use e2e::book::Page;

/// A row of a page's table of lines that do not go with ours.
#[derive(Debug)]
pub(crate) struct Mistake {
    /// In whose section the lines are.
    pub(crate) host: String,
    /// The lines.
    pub(crate) lines: String,
    /// What `persona check` calls it.
    pub(crate) code: String,
}

/// Reads the table of a page whose rows are a host, lines and a code.
pub(crate) fn of(page: &Page) -> Vec<Mistake> {
    let rows = page.text().lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| {
        let cells = row.trim_matches('|').split(" | ");
        let cells = cells.map(|cell| cell.trim().trim_matches('`').to_owned());
        cells.collect::<Vec<_>>()
    });
    let rows = cells.filter_map(|cells| <[String; 3]>::try_from(cells).ok());
    rows.map(|[host, lines, code]| Mistake { host, lines, code })
        .collect()
}

/// Asserts that the page says the same.
pub(crate) fn is_listed(page: &Page, what: &str, code: &str) {
    let row = format!("\n| {what} | `{code}` |\n");
    assert!(page.text().contains(&row), "the page has no row {row}");
}
