//! Reads of Markdown what the rules need: links, table rows, and words in backticks.

/// A link: what it says and where it leads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) text: String,
    pub(crate) target: String,
}

/// Gives the lines outside fenced code, with their numbers.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(at, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((at + 1, line))
    })
}

/// Lists the links of a line: `[text](target)`.
pub(crate) fn links(line: &str) -> Vec<Link> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("](") {
        let Some((target, tail)) = after.split_once(')') else {
            break;
        };
        let text = before.rsplit_once('[').map_or(before, |(_, text)| text);
        found.push(Link {
            text: text.to_owned(),
            target: target.to_owned(),
        });
        rest = tail;
    }
    found
}

/// Gives the cells of a table row; the heading's rule (`| --- |`) and other lines are no rows.
pub(crate) fn cells(line: &str) -> Option<Vec<&str>> {
    let inside = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let cells: Vec<_> = inside.split('|').map(str::trim).collect();
    let rule = |cell: &&str| !cell.is_empty() && cell.chars().all(|c| c == '-' || c == ':');
    (!cells.iter().all(rule)).then_some(cells)
}

/// Lists what stands in backticks.
pub(crate) fn ticked(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_rows_and_ticks_are_found() {
        let line = "| [`a::b`](../x.rs) and [c](d.md#e) | `f` |";

        let targets: Vec<_> = links(line).into_iter().map(|link| link.target).collect();
        assert_eq!(targets, ["../x.rs", "d.md#e"]);
        assert_eq!(ticked(line), ["a::b", "f"]);
        assert_eq!(cells(line).unwrap().len(), 2);
        assert_eq!(cells("| --- | :-- |"), None);
        assert_eq!(cells("plain"), None);
    }

    #[test]
    fn fenced_code_is_not_read() {
        let found: Vec<_> = lines("a\n```\nb\n```\nc").collect();

        assert_eq!(found, [(1, "a"), (5, "c")]);
    }
}
