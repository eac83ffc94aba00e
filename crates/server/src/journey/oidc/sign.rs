//! The key that signs for a client.

use protocol::jose::token::{SigningKey, TokenAlgorithm};
use protocol::time::UnixSeconds;

use super::OidcError;
use crate::app::App;

/// Finds the key that signs with this algorithm now.
pub(super) fn signing_key(
    app: &App,
    algorithm: TokenAlgorithm,
    now: UnixSeconds,
) -> Result<&SigningKey, OidcError> {
    let keys = app.token_keys().ok_or(OidcError::NoKeys)?;
    keys.signing(algorithm, now).ok_or(OidcError::NoKeys)
}
