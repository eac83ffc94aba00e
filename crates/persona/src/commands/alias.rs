//! `persona alias list | add | remove`: who may be called what, by the table in the store.

use std::fmt::Write as _;

use protocol::email::EmailAddress;
use server::lists::read_row;
use store::{AliasRow, Store, StoreError};

use super::{Threads, load, open_kept, runtime, trouble};
use crate::cli::AliasAction;
use crate::config::Draft;
use crate::out::{Exit, Failure, Out, one_line};

/// Lists, adds or removes aliases.
pub(crate) fn run(action: &AliasAction, draft: &Draft, out: &Out) -> Result<Exit, Failure> {
    let otherwise = "a file keeps them: aliases = \"/etc/persona/aliases\" under the [[domain]]";
    let store = open_kept(draft, "aliases", otherwise)?;
    let runtime = runtime(Threads::One)?;
    match action {
        AliasAction::List { json } => {
            let rows = runtime.block_on(store.aliases());
            list(&rows.map_err(|error| trouble(&error))?, *json, out)
        }
        AliasAction::Add { alias, targets } => {
            let rows = new_rows(alias, targets, draft)?;
            let added = runtime.block_on(store.add_aliases(&rows));
            let added = added.map_err(|error| trouble(&error))?;
            tell_added(&rows, &added, out)
        }
        AliasAction::Remove { alias, targets } => {
            let removed = runtime.block_on(remove(store.as_ref(), alias, targets));
            let removed = removed.map_err(|error| trouble(&error))?;
            tell_removed(alias, targets, &removed, out)
        }
    }
}

/// Prints a line for each alias, as it could stand in an alias file.
fn list(rows: &[AliasRow], json: bool, out: &Out) -> Result<Exit, Failure> {
    let aliases = rows.chunk_by(|one, next| one.alias == next.alias);
    let aliases = aliases.filter_map(|rows| {
        let targets: Vec<&str> = rows.iter().map(|row| row.target.as_str()).collect();
        Some((rows.first()?.alias.as_str(), targets))
    });
    if json {
        let aliases = aliases
            .map(|(alias, targets)| serde_json::json!({ "alias": alias, "targets": targets }));
        let aliases: Vec<serde_json::Value> = aliases.collect();
        out.data(&format!("{}\n", serde_json::Value::from(aliases)))?;
        return Ok(Exit::Done);
    }
    let width = rows.iter().map(|row| one_line(&row.alias).chars().count());
    let width = width.max().unwrap_or_default();
    let mut text = String::new();
    for (alias, targets) in aliases {
        let (alias, targets) = (one_line(alias), one_line(&targets.join(", ")));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{alias:width$}  {targets}");
    }
    out.data(&text)?;
    Ok(Exit::Done)
}

/// Makes the rows that are to be added, if the server would understand each of them.
fn new_rows(
    alias: &EmailAddress,
    targets: &[EmailAddress],
    draft: &Draft,
) -> Result<Vec<AliasRow>, Failure> {
    let domain = alias.domain();
    let domains = load(draft)?.settings.domain;
    if domains.iter().all(|known| known.name != *domain) {
        let sentence = format!("{domain} is no domain of the settings, so it has no aliases");
        return Err(Failure::wrong_use(sentence).hint("`persona domain list` prints all domains"));
    }
    let mut rows = Vec::new();
    for target in targets {
        let row = AliasRow::new(alias, target);
        read_row(&row).map_err(|odd| Failure::wrong_use(odd.to_string()))?;
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    Ok(rows)
}

fn tell_added(rows: &[AliasRow], added: &[AliasRow], out: &Out) -> Result<Exit, Failure> {
    for row in rows {
        let AliasRow { alias, target } = row;
        if added.contains(row) {
            out.data(&format!("{alias} leads to {target}\n"))?;
        } else {
            out.talk(&format!("{alias} leads to {target} already"));
        }
    }
    Ok(Exit::Done)
}

/// Removes the rows that are meant, whatever they hold: somebody else may have written them.
async fn remove(
    store: &dyn Store,
    alias: &str,
    targets: &[String],
) -> Result<Vec<AliasRow>, StoreError> {
    let rows = store.aliases().await?;
    let meant = if targets.is_empty() {
        those_meant(&rows, alias, None)
    } else {
        let of = |target: &String| those_meant(&rows, alias, Some(target));
        targets.iter().flat_map(of).collect()
    };
    store.remove_aliases(&meant).await
}

/// Finds the rows of an alias and, perhaps, one target, by the spelling that somebody typed. Only where there
/// is none, another spelling counts: so an odd row can be named without the one that is spelled well.
fn those_meant(rows: &[AliasRow], alias: &str, target: Option<&str>) -> Vec<AliasRow> {
    let those = |is_meant: fn(&str, &str) -> bool| -> Vec<AliasRow> {
        let is_one = |row: &&AliasRow| {
            is_meant(&row.alias, alias) && target.is_none_or(|target| is_meant(&row.target, target))
        };
        rows.iter().filter(is_one).cloned().collect()
    };
    let exactly = those(|kept, typed| kept == typed);
    if exactly.is_empty() {
        those(is_meant)
    } else {
        exactly
    }
}

fn tell_removed(
    alias: &str,
    targets: &[String],
    removed: &[AliasRow],
    out: &Out,
) -> Result<Exit, Failure> {
    for AliasRow { alias, target } in removed {
        let line = one_line(&format!("{alias} no longer leads to {target}"));
        out.data(&format!("{line}\n"))?;
    }
    let is_missing = |target: &&String| {
        !removed
            .iter()
            .any(|row| is_meant(&row.target, target.as_str()))
    };
    let missing: Vec<&String> = targets.iter().filter(is_missing).collect();
    for target in &missing {
        out.talk(&format!("{alias} does not lead to {target} in the store"));
    }
    if removed.is_empty() && targets.is_empty() {
        out.talk(&format!("{alias} is not in the store"));
    }
    let is_done = !removed.is_empty() && missing.is_empty();
    Ok(if is_done { Exit::Done } else { Exit::Bad })
}

/// Is a text of the table the one that somebody typed, in this spelling or in another of the same address?
fn is_meant(kept: &str, typed: &str) -> bool {
    let canonical = |text: &str| EmailAddress::parse(text).map(|address| address.canonical());
    kept == typed || matches!((canonical(kept), canonical(typed)), (Ok(a), Ok(b)) if a == b)
}
