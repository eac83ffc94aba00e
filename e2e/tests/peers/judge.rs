//! Our verifier, as far as it is pure: the crate `protocol`, with the keys handed in.

use protocol::browserid::{Authority, IssuerKeys, UncheckedBundle};
use protocol::jose::PublicKey;
use protocol::origin::Origin;
use protocol::time::Timestamp;
use serde_json::{Value, json};

/// Verifies a bundle as a site for `audience` does, when the domain of its address has named this
/// issuer and it has published this key. Answers as the other peers do.
pub(crate) fn judge(
    bundle: &str,
    (issuer, key): (&str, &Value),
    audience: &str,
    now: u64,
) -> Value {
    match verify(bundle, (issuer, key), audience, now) {
        Ok(accepted) => json!({ "accepted": accepted }),
        Err(refused) => json!({ "refused": refused }),
    }
}

fn verify(
    bundle: &str,
    (issuer, key): (&str, &Value),
    audience: &str,
    now: u64,
) -> Result<Value, String> {
    let unchecked = UncheckedBundle::read(bundle).map_err(|why| why.to_string())?;
    let issuer = Authority::parse(issuer).map_err(|why| why.to_string())?;
    let keys = [PublicKey::from_published(key).map_err(|why| why.to_string())?];
    let authority = IssuerKeys {
        issuer: &issuer,
        keys: &keys,
    };
    let audience = Origin::parse(audience).map_err(|why| why.to_string())?;
    let now = Timestamp::from_millis(i64::try_from(now).unwrap());
    let verified = unchecked
        .verify(&authority, &audience, now)
        .map_err(|why| why.to_string())?;
    Ok(json!({
        "email": verified.email().to_string(),
        "issuer": verified.issuer().as_str(),
        "audience": verified.audience().as_str(),
        "expires": verified.expires().as_millis(),
    }))
}
