//! Verify: a site asks whether an assertion is good. No store, no mail server.
//!
//! In this version for addresses of our own domains, whose key is at hand; other issuers are
//! refused by name.

use protocol::browserid::{BundleError, IssuerKeys, UncheckedBundle, VerifiedAssertion};
use protocol::origin::Origin;

use crate::app::App;
use crate::hashed::Hashed;

/// Why an assertion is not accepted. The texts are those that sites know from Mozilla's verifier
/// (`browserid.md` §5.5).
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The expected audience is no origin, so that nothing can be for it.
    #[error("audience mismatch: malformed audience")]
    Audience,
    /// The bundle is not good.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The address's domain is not ours.
    #[error("{0} is not a browserid primary: this verifier knows its own domains only")]
    NotOurs(String),
}

/// Checks an assertion for a site whose origin is `audience`.
pub fn verify(app: &App, bundle: &str, audience: &str) -> Result<VerifiedAssertion, VerifyError> {
    let verdict = check(app, bundle, audience);
    match &verdict {
        Ok(good) => {
            let (who, audience) = (Hashed(good.email()), good.audience());
            tracing::info!(outcome = "okay", %who, %audience, "verify");
        }
        Err(error) => tracing::info!(outcome = "failure", reason = ?error.to_string(), "verify"),
    }
    verdict
}

fn check(app: &App, bundle: &str, audience: &str) -> Result<VerifiedAssertion, VerifyError> {
    // Sites written for the old verifier send their origin with a slash behind it.
    let audience = audience.strip_suffix('/').unwrap_or(audience);
    let audience = Origin::parse(audience).map_err(|_| VerifyError::Audience)?;
    let unchecked = UncheckedBundle::read(bundle)?;
    let domain = unchecked.email().domain();
    if app.door(domain).is_none() {
        return Err(VerifyError::NotOurs(domain.to_string()));
    }
    let keys = IssuerKeys {
        issuer: &app.authority,
        keys: std::slice::from_ref(app.keyring.public_key()),
    };
    Ok(unchecked.verify(&keys, &audience, app.clock.now())?)
}
