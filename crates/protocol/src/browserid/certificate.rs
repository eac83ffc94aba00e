//! Issuing certificates: the domain says "this key speaks for this address" (`browserid.md` §4.1).

use std::fmt::{self, Write as _};
use std::time::Duration;

use crate::email::ClaimedEmail;
use crate::jose::json::push_string;
use crate::jose::{PublicKey, SignError, Signer, jws};
use crate::time::Timestamp;

use super::authority::Authority;

/// A signed certificate in its compact form.
///
/// It is no secret, but whoever holds it and the user's private key is the user: it belongs in no
/// log. `Debug` shows its length alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate(String);

/// How long a certificate is valid, and how far its start is dated back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    duration: Duration,
    backdate: Duration,
}

/// Says why a length of time is no lifetime of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a certificate's duration is a positive number of whole seconds")]
pub struct LifetimeError;

impl Lifetime {
    /// The longest that a certificate may live (`browserid.md` §4.1).
    pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    /// Honours a requested duration up to `longest`, and everything up to [`Self::LONGEST`].
    ///
    /// The request is an upper bound (`browserid.md` §2.2), so without one `longest` is given.
    /// Refuses durations that are zero or not whole seconds, which nobody asks for in earnest.
    pub fn within(requested: Option<Duration>, longest: Duration) -> Result<Self, LifetimeError> {
        let requested = requested.unwrap_or(longest);
        let sensible = |length: Duration| !length.is_zero() && length.subsec_nanos() == 0;
        if !sensible(requested) || !sensible(longest) {
            return Err(LifetimeError);
        }
        Ok(Self {
            duration: requested.min(longest).min(Self::LONGEST),
            backdate: Duration::ZERO,
        })
    }

    /// Dates the start back, because verifiers forgive no clock that is behind ours.
    #[must_use]
    pub const fn backdated(self, backdate: Duration) -> Self {
        Self { backdate, ..self }
    }

    /// Gives the time from now to the end.
    pub const fn duration(self) -> Duration {
        self.duration
    }
}

/// Certifies that `key` speaks for `email`, in the name of `issuer`, which the domain's support
/// document must lead to (`browserid.md` §1.4).
///
/// The payload's members stand in the order of the old signers, in ASCII alone.
pub fn certify(
    email: &ClaimedEmail,
    key: &PublicKey,
    lifetime: Lifetime,
    now: Timestamp,
    issuer: &Authority,
    signer: &dyn Signer,
) -> Result<Certificate, SignError> {
    let begins = now.minus(lifetime.backdate).as_millis();
    let ends = now.plus(lifetime.duration).as_millis();
    let mut payload = String::with_capacity(2300);
    payload.push_str("{\"public-key\":");
    key.push_browserid(&mut payload);
    payload.push_str(",\"principal\":{\"email\":");
    push_string(&mut payload, &email.address().to_string());
    // Writing to a String cannot fail.
    let _ = write!(payload, "}},\"iat\":{begins},\"exp\":{ends},\"iss\":");
    push_string(&mut payload, issuer.as_str());
    payload.push('}');
    jws::sign(&payload, signer).map(Certificate)
}

impl Certificate {
    /// Gives the compact form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Gives the compact form away.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({} characters)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_requested_duration_is_honoured_up_to_the_maximum() {
        let day = seconds(86_400);
        for (requested, longest, given) in [
            (None, seconds(21_600), seconds(21_600)),
            (Some(seconds(3_600)), seconds(21_600), seconds(3_600)),
            (Some(seconds(1)), seconds(21_600), seconds(1)),
            (Some(seconds(21_600)), seconds(21_600), seconds(21_600)),
            (Some(seconds(21_601)), seconds(21_600), seconds(21_600)),
            (Some(seconds(86_400)), day, day),
            (Some(seconds(86_401)), seconds(90_000), day),
            (None, seconds(u64::MAX), day),
            (Some(seconds(u64::MAX)), seconds(u64::MAX), day),
        ] {
            let lifetime = Lifetime::within(requested, longest).unwrap();

            assert_eq!(lifetime.duration(), given, "{requested:?} {longest:?}");
        }
    }

    #[test]
    fn a_nonsensical_duration_is_refused() {
        for (requested, longest) in [
            (Some(Duration::ZERO), seconds(60)),
            (Some(Duration::from_millis(1500)), seconds(60)),
            (Some(Duration::from_nanos(1)), seconds(60)),
            (Some(Duration::MAX), seconds(60)),
            (None, Duration::ZERO),
            (Some(seconds(60)), Duration::ZERO),
        ] {
            assert_eq!(Lifetime::within(requested, longest), Err(LifetimeError));
        }
    }
}
