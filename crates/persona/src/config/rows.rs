//! What a domain that is kept in the store has to be: the one by whose name it is kept, and without
//! a secret in its text, since the store is backed up and looked at by other means than the settings.

use server::settings::{SecretPlace, SecretSetting, Settings};
use store::DomainRow;

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
        let password = domain.ldap.as_ref().and_then(|ldap| ldap.password.as_ref());
        if password.map(SecretSetting::place) == Some(&SecretPlace::Here) {
            return Err(Failure::wrong_use(format!(
                "store:{}: the store keeps no passwords",
                row.name
            ))
            .hint("say where it is: password = { file = \"/path\" } or { env = \"NAME\" }"));
        }
    }
    Ok(())
}

/// The text of a row is something else than the section of its domain.
pub(super) fn not_its_section(row: &DomainRow) -> Failure {
    let name = &row.name;
    Failure::wrong_use(format!(
        "store:{name}: the text is not one [[domain]] section with name = \"{name}\""
    ))
    .hint("each domain is kept by its name, in a section of its own")
}
