//! What `persona domain` prints of the domains, for people and for scripts.

use std::fmt::Write as _;

use protocol::email::Domain;
use server::settings::{DomainSettings, SecretPlace, SecretSetting};

use crate::commands::setup::settings_file::lines_of;
use crate::config::{DomainPlace, Loaded};
use crate::out::{Exit, Failure, Out, one_line};

/// Prints a line for each domain.
pub(super) fn list(all: &Loaded, json: bool, out: &Out) -> Result<Exit, Failure> {
    let domains = || all.settings.domain.iter().zip(&all.places);
    if json {
        let rows: Vec<serde_json::Value> = domains()
            .map(|(domain, place)| {
                serde_json::json!({
                    "name": domain.name.as_str(),
                    "mailbox": domain.mailbox.to_string(),
                    "from": from(place),
                })
            })
            .collect();
        out.data(&format!("{}\n", serde_json::Value::from(rows)))?;
        return Ok(Exit::Done);
    }
    let width =
        |text: fn(&DomainSettings) -> usize| domains().map(|(domain, _)| text(domain)).max();
    let names = width(|domain| domain.name.as_str().len()).unwrap_or_default();
    let mailboxes = width(|domain| domain.mailbox.to_string().len()).unwrap_or_default();
    let mut text = String::new();
    for (domain, place) in domains() {
        let mailbox = domain.mailbox.to_string();
        let (name, place) = (domain.name.as_str(), one_line(&place.to_string()));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:names$}  {mailbox:mailboxes$}  {place}");
    }
    out.data(&text)?;
    Ok(Exit::Done)
}

/// Prints the section of one domain.
pub(super) fn show(name: &Domain, all: &Loaded, json: bool, out: &Out) -> Result<Exit, Failure> {
    let mut domains = all.settings.domain.iter().zip(&all.places);
    let Some((domain, place)) = domains.find(|(domain, _)| domain.name == *name) else {
        out.talk(&format!("there is no domain {name}"));
        return Ok(Exit::Bad);
    };
    let (shown, hidden) = without_secret(domain.clone());
    let section = lines_of(&shown).join("\n");
    if json {
        let mut value: serde_json::Value = toml::from_str(&section)
            .map_err(|error| Failure::missing(format!("{name} cannot be printed: {error}")))?;
        if let Some(keys) = value.as_object_mut() {
            keys.insert("from".to_owned(), from(place));
        }
        out.data(&format!("{value}\n"))?;
    } else {
        let place = one_line(&place.to_string());
        out.data(&format!("# {place}\n[[domain]]\n{section}\n"))?;
    }
    if hidden {
        out.talk("the password of the account that searches is not shown");
    }
    Ok(Exit::Done)
}

/// Takes away a password that is written in the settings themselves, and says whether there was one.
fn without_secret(mut domain: DomainSettings) -> (DomainSettings, bool) {
    let Some(ldap) = &mut domain.ldap else {
        return (domain, false);
    };
    let place = ldap.password.as_ref().map(SecretSetting::place);
    let hidden = place == Some(&SecretPlace::Here);
    if hidden {
        ldap.password = None;
    }
    (domain, hidden)
}

fn from(place: &DomainPlace) -> serde_json::Value {
    match place {
        DomainPlace::File { name, line } => serde_json::json!({ "file": name, "line": line }),
        DomainPlace::Overlay(name) => serde_json::json!({ "setting": name }),
        DomainPlace::Store => serde_json::json!("store"),
    }
}
