//! Assertions: the user's key says "for this site, until then" (`browserid.md` §4.2).

use serde_json::{Map, Value};

use crate::jose::json::text;
use crate::origin::Origin;
use crate::time::Timestamp;

use super::claims::{moment, require_none};
use super::error::{AudienceMismatch, BundleError};

/// What an assertion claims.
#[derive(Clone, Debug)]
pub(super) struct AssertionClaims {
    pub(super) audience: Origin,
    pub(super) issued: Option<Timestamp>,
    pub(super) expires: Timestamp,
    /// What the user says besides.
    pub(super) others: Map<String, Value>,
}

impl AssertionClaims {
    /// Reads a payload of the shape of an assertion (`browserid.md` §5.1, step 3): not that of a
    /// certificate. Claims that users add mean nothing here, and are passed on.
    pub(super) fn read(mut members: Map<String, Value>) -> Result<Self, BundleError> {
        require_none(
            &members,
            &["public-key", "principal"],
            "a certificate in the place of the assertion",
        )?;
        let audience =
            text(&members, "aud").ok_or(BundleError::Shape("no audience in the assertion"))?;
        let expires = moment(&members, "exp")?
            .ok_or(BundleError::Shape("no end of time in the assertion"))?;
        let audience = Origin::parse(audience).map_err(|_| not_an_origin(audience))?;
        let issued = moment(&members, "iat")?;
        for name in ["aud", "exp", "iat"] {
            members.remove(name);
        }
        Ok(Self {
            audience,
            issued,
            expires,
            others: members,
        })
    }

    /// Compares with the site's own origin: scheme, then port, then host (`browserid.md` §5.3).
    pub(super) fn require_audience(&self, expected: &Origin) -> Result<(), AudienceMismatch> {
        if self.audience.is_https() != expected.is_https() {
            return Err(AudienceMismatch::Scheme);
        }
        if port(&self.audience) != port(expected) {
            return Err(AudienceMismatch::Port);
        }
        if self.audience != *expected {
            return Err(AudienceMismatch::Domain);
        }
        Ok(())
    }
}

/// Gives `:port`, or nothing where it is the scheme's own, which an [`Origin`] never writes.
fn port(origin: &Origin) -> &str {
    origin
        .authority()
        .strip_prefix(origin.host())
        .unwrap_or_default()
}

/// Finds the words for an audience that is no bare origin.
fn not_an_origin(audience: &str) -> AudienceMismatch {
    let is_scheme = |scheme: &&str| {
        audience
            .get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    let Some(scheme) = ["https://", "http://"].into_iter().find(is_scheme) else {
        return AudienceMismatch::Scheme;
    };
    let rest = audience.get(scheme.len()..).unwrap_or_default();
    if rest.contains(['/', '?', '#']) {
        return AudienceMismatch::Path;
    }
    AudienceMismatch::Domain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_that_is_no_bare_origin_says_what_is_wrong() {
        for (audience, mismatch) in [
            ("", AudienceMismatch::Scheme),
            ("rp.example", AudienceMismatch::Scheme),
            ("app://rp.example", AudienceMismatch::Scheme),
            ("https:/rp.example", AudienceMismatch::Scheme),
            ("https://rp.example/", AudienceMismatch::Path),
            ("HTTPS://rp.example/a", AudienceMismatch::Path),
            ("http://rp.example?q", AudienceMismatch::Path),
            ("https://rp.example#f", AudienceMismatch::Path),
            ("https://", AudienceMismatch::Domain),
            ("https://u@rp.example", AudienceMismatch::Domain),
            ("https://rp.example:99999", AudienceMismatch::Domain),
        ] {
            assert_eq!(not_an_origin(audience), mismatch, "{audience:?}");
        }
    }
}
