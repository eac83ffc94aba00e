//! The signing keys: can they be read, and by nobody else?

use std::path::Path;

use server::keyring::Keyring;

use super::Finding;

/// Loads the keys, and asks who else may read or change them.
pub(crate) fn check(directory: &Path) -> (Option<Keyring>, Vec<Finding>) {
    let mut findings: Vec<Finding> = Keyring::findings(directory)
        .iter()
        .map(|found| {
            Finding::fail("keys-mode", "signing key", found.to_string())
                .because("whoever has the key can sign in as anybody")
                .mend(found.remedy())
        })
        .collect();
    match Keyring::load(directory) {
        Ok(keyring) => {
            let subject = keyring.path().display().to_string();
            findings.insert(
                0,
                Finding::ok("keys-loaded", subject, "the signing key is there"),
            );
            (Some(keyring), findings)
        }
        Err(error) => {
            let subject = directory.display().to_string();
            let finding = Finding::fail("keys-unusable", subject, error.to_string())
                .because("nothing can be signed")
                .mend("persona setup, or set keys.directory to where the key is");
            findings.insert(0, finding);
            (None, findings)
        }
    }
}
