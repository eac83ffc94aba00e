//! The signing keys: can they be read, and by nobody else?

use std::io::ErrorKind;
use std::path::Path;

use server::keyring::{Keyring, KeyringError};

use super::Finding;
use crate::out::not_permitted;

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
                .mend(remedy(&error));
            findings.insert(0, finding);
            (None, findings)
        }
    }
}

fn remedy(error: &KeyringError) -> String {
    if let KeyringError::Read { path, error } = error
        && error.kind() == ErrorKind::PermissionDenied
    {
        return not_permitted(path);
    }
    "persona setup, or set keys.directory to where the key is".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_we_may_not_read_is_not_to_be_made_anew() {
        let remedy_of = |kind: ErrorKind| {
            let path = "/etc/persona/keys/browserid.pem".into();
            let error = kind.into();
            remedy(&KeyringError::Read { path, error })
        };

        assert_eq!(
            remedy_of(ErrorKind::PermissionDenied),
            "the user who runs the server reads it by its group: ls -l '/etc/persona/keys/browserid.pem' shows which; as a rule: chgrp persona '/etc/persona/keys/browserid.pem'; chmod 640 '/etc/persona/keys/browserid.pem'"
        );
        assert!(remedy_of(ErrorKind::InvalidData).starts_with("persona setup"));
    }
}
