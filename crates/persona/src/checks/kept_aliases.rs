//! The store's table of aliases: does each row give somebody something?

use std::collections::HashSet;

use server::lists::read_row;
use server::settings::Settings;
use store::{AliasRow, Store};

use super::Finding;

/// Reads the table, and looks at each row. What is wrong with a store that is not there is said elsewhere.
pub(crate) async fn check(
    settings: &Settings,
    store: Option<&dyn Store>,
) -> (Vec<AliasRow>, Vec<Finding>) {
    let Some(store) = store else {
        return (Vec::new(), Vec::new());
    };
    let url = settings.storage.url.to_string();
    let rows = match store.aliases().await {
        Ok(rows) => rows,
        Err(error) => {
            let finding = Finding::fail("aliases-table-unreadable", url, error.to_string())
                .because(
                    "nobody can sign in with an alias, and a wrong password is not called wrong",
                )
                .mend("see what the check of the store says, or go back to a backup");
            return (Vec::new(), vec![finding]);
        }
    };
    if rows.is_empty() {
        return (rows, Vec::new());
    }
    let names: HashSet<&str> = rows.iter().map(|row| row.alias.as_str()).collect();
    let seen = format!("{} aliases are kept in the store", names.len());
    let mut findings = vec![Finding::ok("aliases-table-read", &url, seen)];
    let odd = rows
        .iter()
        .filter_map(|row| Some((row, oddness(row, settings)?)));
    let odd: Vec<(&AliasRow, String)> = odd.collect();
    for (row, why) in odd.iter().take(MOST_ROWS) {
        let AliasRow { alias, target } = row;
        let finding = Finding::warn("aliases-row", &url, format!("{alias} {target}: {why}"))
            .because("the row gives nobody anything");
        findings.push(if is_pasteable(alias) && is_pasteable(target) {
            finding.mend(format!("persona alias remove '{alias}' '{target}'"))
        } else {
            finding.look("persona alias list --json")
        });
    }
    if odd.len() > MOST_ROWS {
        let seen = format!("{} more rows are odd", odd.len() - MOST_ROWS);
        let finding = Finding::warn("aliases-row", &url, seen);
        findings.push(
            finding
                .because("they give nobody anything")
                .look("persona alias list"),
        );
    }
    (rows, findings)
}

/// Says why a row gives nobody anything, if that is so.
fn oddness(row: &AliasRow, settings: &Settings) -> Option<String> {
    match read_row(row) {
        Err(odd) => Some(odd.to_string()),
        Ok((alias, _)) => {
            let domain = alias.domain();
            let mut known = settings.domain.iter();
            let is_known = known.any(|known| known.name == *domain);
            (!is_known).then(|| format!("{domain} is no domain of the settings"))
        }
    }
}

/// Is a text of the table nothing but a text in quotes, where somebody pastes it into a shell?
fn is_pasteable(text: &str) -> bool {
    !text.starts_with('-') && !text.contains(|c: char| c == '\'' || c == '\\' || c.is_control())
}

/// How many odd rows are shown.
const MOST_ROWS: usize = 20;
