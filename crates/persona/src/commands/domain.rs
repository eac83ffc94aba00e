//! `persona domain list | show | add | remove`: the mail domains, wherever they are written, and those
//! that are kept in the store.

mod show;

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use protocol::email::Domain;
use server::clock::Clock;
use store::{DomainRow, Store};
use toml::Value;

use super::setup::lines::line;
use super::{Threads, domains_of, load, open_kept, runtime, trouble};
use crate::cli::{DomainAction, NewDomain};
use crate::config::Draft;
use crate::out::{Exit, Failure, Out};

/// Lists, shows, adds or removes domains.
pub(crate) fn run(action: &DomainAction, draft: &Draft, out: &Out) -> Result<Exit, Failure> {
    match action {
        DomainAction::List { json } => show::list(&load(draft)?, *json, out),
        DomainAction::Show { name, json } => show::show(name, &load(draft)?, *json, out),
        DomainAction::Add(new) => add(new, draft, out),
        DomainAction::Remove { name } => remove(name, draft, out),
    }
}

fn add(new: &NewDomain, draft: &Draft, out: &Out) -> Result<Exit, Failure> {
    let store = open(draft)?;
    let mut rows = domains_of(Some(Arc::clone(&store)))?;
    let there = rows.iter().position(|row| row.name == new.name);
    if there.is_some() && !new.replace {
        return Err(
            Failure::wrong_use(format!("{} is in the store already", new.name)).hint(format!(
                "persona domain show {} prints it; --replace takes its place",
                new.name
            )),
        );
    }
    let row = DomainRow {
        name: new.name.clone(),
        section: section(new)?,
        added: Clock::system().now().to_seconds(),
    };
    if let Some(there) = there {
        rows.remove(there);
    }
    rows.push(row.clone());
    // With all the others, and before anything is written.
    draft.complete(&rows)?;
    runtime(Threads::One)?
        .block_on(store.put_domain(&row))
        .map_err(|error| trouble(&error))?;
    out.data(&format!("{} is in the store\n", row.name))?;
    out.talk(NEXT);
    Ok(Exit::Done)
}

fn remove(name: &Domain, draft: &Draft, out: &Out) -> Result<Exit, Failure> {
    let store = open(draft)?;
    let removed = runtime(Threads::One)?
        .block_on(store.remove_domain(name))
        .map_err(|error| trouble(&error))?;
    let rest = domains_of(Some(store))?;
    let Some(ended) = removed else {
        out.talk(&format!("{name} is not in the store"));
        let place = draft.complete(&rest).ok().and_then(|all| {
            let at = all.settings.domain.iter().position(|d| d.name == *name)?;
            all.places.get(at).cloned()
        });
        if let Some(place) = place {
            out.talk(&format!("it is written at {place}: take it out there"));
        }
        return Ok(Exit::Bad);
    };
    let ended = match ended {
        0 => "nobody was signed in".to_owned(),
        1 => "1 sign-in ended".to_owned(),
        many => format!("{many} sign-ins ended"),
    };
    out.data(&format!("{name} is no longer in the store; {ended}\n"))?;
    out.talk(NEXT);
    // The last domain may have gone, or one that another leant on. It is gone all the same.
    if let Err(failure) = draft.complete(&rest) {
        out.talk("a server would not start with what is left:");
        out.failure(&failure);
    }
    Ok(Exit::Done)
}

fn open(draft: &Draft) -> Result<Arc<dyn Store>, Failure> {
    let otherwise = "a directory of files keeps them: domains = \"/etc/persona/domains\"";
    open_kept(draft, "domains", otherwise)
}

/// Gives the text of the section: a file's, or what the options say.
fn section(new: &NewDomain) -> Result<String, Failure> {
    if let Some(path) = &new.section {
        return read(path);
    }
    let mut lines = vec!["[[domain]]".to_owned(), line("name", new.name.as_str())];
    let texts = [
        ("mailbox", &new.mailbox),
        ("login", &new.login),
        ("backend_domain", &new.backend_domain),
        ("issuer", &new.issuer),
        ("cookie", &new.cookie),
    ];
    for (key, text) in texts {
        lines.extend(text.as_deref().map(|text| line(key, text)));
    }
    for (key, path) in [("aliases", &new.aliases), ("groups", &new.groups)] {
        lines.extend(path.as_deref().map(|path| of_path(key, path)).transpose()?);
    }
    for (key, on) in [("plus_tags", new.plus_tags), ("catch_all", new.catch_all)] {
        lines.extend(on.then(|| line(key, true)));
    }
    lines.push(String::new());
    Ok(lines.join("\n"))
}

/// The server reads the file from another directory than the one in which we are.
fn of_path(key: &str, path: &Path) -> Result<String, Failure> {
    let unusable = |what: &str| Failure::wrong_use(format!("--{key}: {}: {what}", path.display()));
    let absolute = std::path::absolute(path).map_err(|error| unusable(&error.to_string()))?;
    let text = absolute.to_str().ok_or_else(|| unusable("no UTF-8 text"))?;
    Ok(line(key, Value::from(text)))
}

fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let done = if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(MOST_BYTES)
            .read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text))
    };
    let name = path.display();
    let count = done.map_err(|error| Failure::wrong_use(format!("--section: {name}: {error}")))?;
    if count as u64 == MOST_BYTES {
        let sentence = format!("--section: {name}: this is longer than any section");
        return Err(Failure::wrong_use(sentence));
    }
    Ok(text)
}

/// What makes a change count.
const NEXT: &str = "to make it count: systemctl reload persona";
/// As many as a file of domains may have.
const MOST_BYTES: u64 = 64 * 1024;
