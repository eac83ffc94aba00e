//! What a domain that is kept in the store has to be: the one by whose name it is kept, and without
//! a secret in its text, since the store is backed up and looked at by other means than the settings.
//!
//! It names no program and no place of a secret or a key either. The server's own user may write to the
//! store, and root may run `persona check`: root would run that program, or hand that file to a
//! directory.

use mailbox::MailboxUrl;
use server::settings::Settings;
use store::DomainRow;
use toml::Table;

use super::loaded::DomainPlace;
use crate::out::Failure;

/// Checks the domains that came from the store, one of each row and in the same order.
pub(super) fn check(
    settings: &Settings,
    places: &[DomainPlace],
    rows: &[DomainRow],
) -> Result<(), Failure> {
    let places = settings.domain.iter().zip(places);
    let from_the_store = places.filter(|(_, place)| **place == DomainPlace::Store);
    for ((domain, _), row) in from_the_store.zip(rows) {
        if domain.name != row.name {
            return Err(not_its_section(row));
        }
        if let MailboxUrl::Command(_) = domain.mailbox {
            return Err(not_to_be_kept(row, "no programs"));
        }
        // Root's `persona setup` makes keys where they are said to be, and moves away what is there.
        if says(row, "keys") {
            return Err(not_to_be_kept(row, "no places of keys"));
        }
        let ldap = domain.ldap.as_ref();
        if ldap.is_some_and(|ldap| ldap.password.is_some()) {
            return Err(not_to_be_kept(row, "no passwords, and no places of them"));
        }
    }
    Ok(())
}

/// Is there such a key in the section? It was read as settings before.
fn says(row: &DomainRow, key: &str) -> bool {
    let table: Option<Table> = toml::from_str(&row.section).ok();
    let sections = table
        .as_ref()
        .and_then(|table| table.get("domain")?.as_array());
    let mut sections = sections.into_iter().flatten();
    sections.any(|section| section.get(key).is_some())
}

fn not_to_be_kept(row: &DomainRow, what: &str) -> Failure {
    let name = &row.name;
    Failure::wrong_use(format!("store:{name}: the store keeps {what}"))
        .hint("write this domain into a file: domains = \"/etc/persona/domains\"")
}

/// The text of a row is something else than the section of its domain.
pub(super) fn not_its_section(row: &DomainRow) -> Failure {
    let name = &row.name;
    Failure::wrong_use(format!(
        "store:{name}: the text is not one [[domain]] section with name = \"{name}\""
    ))
    .hint("each domain is kept by its name, in a section of its own")
}
