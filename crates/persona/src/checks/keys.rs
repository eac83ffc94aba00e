//! The signing keys: can they be read, and by nobody else?

use std::io::ErrorKind;
use std::path::Path;

use protocol::jose::token::TokenAlgorithm;
use protocol::time::UnixSeconds;
use server::keyring::{Keyring, KeyringError};
use server::token_keys::{TokenKeys, TokenKeysError};

use super::Finding;
use crate::out::not_permitted;

/// Loads the keys of one issuer, and asks who else may read or change them.
pub(crate) fn check(directory: &Path, now: UnixSeconds) -> (Option<Keyring>, Vec<Finding>) {
    let place = TokenKeys::directory_in(directory);
    let modes = Keyring::findings(directory);
    let modes = modes.into_iter().chain(TokenKeys::findings(&place));
    let mut findings: Vec<Finding> = modes
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
            findings.insert(1, token_keys(&place, &keyring, now));
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

/// Loads the keys of tokens, and asks whether there is one for each algorithm.
fn token_keys(place: &Path, keyring: &Keyring, now: UnixSeconds) -> Finding {
    let loaded = TokenKeys::load(place, keyring.public_key());
    let subject = place.display().to_string();
    let missing = |seen: String| {
        Finding::warn("keys-tokens-missing", subject.clone(), seen)
            .because("sites that sign people in by OpenID Connect need it")
            .mend("persona setup")
    };
    match loaded {
        Ok(keys) => {
            let mut gaps = TokenAlgorithm::ALL.to_vec();
            gaps.retain(|algorithm| keys.signing(*algorithm, now).is_none());
            if gaps.is_empty() {
                let seen = "the keys for OpenID Connect are there";
                return Finding::ok("keys-tokens-loaded", subject, seen);
            }
            let gaps: Vec<_> = gaps.into_iter().map(TokenAlgorithm::as_str).collect();
            missing(format!("there is no key for {}", gaps.join(", ")))
        }
        Err(error @ TokenKeysError::NoKeys { .. }) => missing(error.to_string()),
        Err(error) => {
            let mend = if let TokenKeysError::File(cause) = &error {
                remedy(cause)
            } else {
                error.remedy()
            };
            Finding::fail("keys-tokens-unusable", subject, error.to_string())
                .because("nobody can sign in by OpenID Connect")
                .mend(mend)
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
