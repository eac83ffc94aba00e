//! What `persona client` prints of the clients and profiles, for people and for scripts.

use std::fmt::Write as _;

use server::clients::HASHED;
use server::settings::{ClientSettings, SecretPlace, SecretSetting};

use super::{Written, profile};
use crate::commands::setup::client_section::lines_of;
use crate::out::{Exit, Failure, Out, one_line};

/// Prints a line for each client.
pub(super) fn list(all: &[Written], json: bool, out: &Out) -> Result<Exit, Failure> {
    if json {
        let rows = all.iter().map(|written| {
            let client = written.client.as_ref().ok();
            serde_json::json!({
                "id": written.id,
                "name": client.and_then(|client| client.name.as_deref()),
                "redirect_uris": client.map(redirect_uris),
                "from": written.place.as_str(),
                "error": written.client.as_ref().err(),
            })
        });
        let rows: Vec<serde_json::Value> = rows.collect();
        out.data(&format!("{}\n", serde_json::Value::from(rows)))?;
        return Ok(Exit::Done);
    }
    let rows: Vec<[String; 3]> = all.iter().map(row).collect();
    out.data(&table(&rows))?;
    Ok(Exit::Done)
}

/// Prints the section of one client.
pub(super) fn show(id: &str, all: &[Written], json: bool, out: &Out) -> Result<Exit, Failure> {
    let Some(written) = all.iter().find(|written| written.id == id) else {
        out.talk(&format!("there is no client {id}"));
        return Ok(Exit::Bad);
    };
    let client = written.client.as_ref().map_err(|error| {
        Failure::wrong_use(format!("the client {id} in the store is none: {error}"))
            .hint(format!("persona client remove {id}"))
    })?;
    let (shown, hidden) = without_secret(client.clone());
    let section = lines_of(&shown).join("\n");
    let place = written.place.as_str();
    if json {
        let mut value: serde_json::Value = toml::from_str(&section)
            .map_err(|error| Failure::missing(format!("{id} cannot be printed: {error}")))?;
        if let Some(keys) = value.as_object_mut() {
            keys.insert("from".to_owned(), place.into());
        }
        out.data(&format!("{value}\n"))?;
    } else {
        out.data(&format!("# {place}\n[[client]]\n{section}\n"))?;
    }
    if hidden {
        out.talk("its secret is not shown");
    }
    Ok(Exit::Done)
}

/// Prints a line for each profile.
pub(super) fn profiles(json: bool, out: &Out) -> Result<Exit, Failure> {
    let all = profile::all()?;
    if json {
        let rows = all.iter().map(|profile| {
            serde_json::json!({
                "name": profile.name,
                "title": profile.title,
                "version": profile.version,
                "documentation": profile.documentation,
                "tried": profile.tried,
            })
        });
        let rows: Vec<serde_json::Value> = rows.collect();
        out.data(&format!("{}\n", serde_json::Value::from(rows)))?;
        return Ok(Exit::Done);
    }
    let rows = all.into_iter();
    let rows: Vec<[String; 3]> = rows
        .map(|profile| [profile.name, profile.title, profile.version])
        .collect();
    out.data(&table(&rows))?;
    Ok(Exit::Done)
}

fn row(written: &Written) -> [String; 3] {
    let about = match &written.client {
        Ok(client) => redirect_uris(client).join(" "),
        Err(error) => format!("unusable: {error}"),
    };
    [
        one_line(&written.id),
        one_line(&about),
        written.place.as_str().to_owned(),
    ]
}

fn redirect_uris(client: &ClientSettings) -> Vec<String> {
    client
        .redirect_uris
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// Writes rows under each other, with two spaces between their columns.
fn table(rows: &[[String; 3]]) -> String {
    let width = |text: fn(&[String; 3]) -> &String| {
        let widths = rows.iter().map(|row| text(row).chars().count());
        widths.max().unwrap_or_default()
    };
    let (first, second) = (width(|[one, _, _]| one), width(|[_, two, _]| two));
    let mut text = String::new();
    for [one, two, three] in rows {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{one:first$}  {two:second$}  {three}");
    }
    text
}

/// Takes away a secret that is written in the settings themselves, and says whether there was one. A hash
/// is worth nothing to anybody else.
fn without_secret(mut client: ClientSettings) -> (ClientSettings, bool) {
    let in_clear = |secret: &SecretSetting| {
        let hashed = secret
            .text()
            .is_some_and(|text| text.expose().starts_with(HASHED));
        *secret.place() == SecretPlace::Here && !hashed
    };
    let hidden = client.secret.as_ref().is_some_and(in_clear);
    if hidden {
        client.secret = None;
    }
    (client, hidden)
}
