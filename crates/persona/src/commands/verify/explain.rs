//! What a refusal means, for somebody who looks for the reason why a sign-in does not work.

use protocol::browserid::{BundleError, UncheckedBundle};
use server::journey::authority::NoAuthority;
use server::journey::verify_assertion::VerifyError;

/// Says in a sentence why an assertion is refused, and what to do about it.
pub(super) fn explain(error: &VerifyError, bundle: &str) -> String {
    match error {
        VerifyError::Audience => {
            "the audience is no origin; write the scheme, the host and the port of the site".into()
        }
        VerifyError::Bundle(error) => explain_bundle(error, bundle),
        VerifyError::Authority(NoAuthority::Nobody(_)) => format!(
            "nobody may speak for the addresses of {}: it has no issuer, and the settings name none \
             in its place that this assertion is from",
            domain_of(bundle)
        ),
        VerifyError::Authority(NoAuthority::CouldNotDiscover(error)) => format!(
            "who speaks for the addresses of {} could not be found out ({}); nobody else is believed \
             meanwhile, so try again later",
            domain_of(bundle),
            error.cause()
        ),
        VerifyError::WontForce(issuer) => format!(
            "{issuer} is neither the domain's own issuer nor one of broker.fallback_issuers in the \
             settings"
        ),
        VerifyError::Replayed => "it was presented before, and is good once".into(),
        VerifyError::EndsTooLate => {
            "it is good for more than ten minutes, which no dialog makes".into()
        }
        VerifyError::Busy => "too many others are being asked just now; try again".into(),
        VerifyError::Store(error) => {
            format!("what was presented before cannot be looked up: {error}")
        }
    }
}

fn explain_bundle(error: &BundleError, bundle: &str) -> String {
    match error {
        BundleError::Malformed | BundleError::NoCertificates => {
            "this is no assertion; one is a certificate, a ~ and a signed text, and is copied whole"
                .into()
        }
        BundleError::Chained => {
            "it has more than one certificate, and nobody accepts a chain of them".into()
        }
        BundleError::Part(_) | BundleError::Shape(_) => {
            "a part of it was changed, cut off, or not made by a dialog".into()
        }
        BundleError::NoEmail => "its certificate names no address".into(),
        BundleError::Email => {
            "the address in its certificate is none, or its domain is not in small letters".into()
        }
        BundleError::Issuer(_) => "the issuer in its certificate is no host name".into(),
        BundleError::Audience(_) => match UncheckedBundle::read(bundle) {
            Ok(unchecked) => format!(
                "the assertion was made for another site ({}); ask with the site's own origin",
                unchecked.audience()
            ),
            Err(_) => "the assertion was made for another site".into(),
        },
        BundleError::Expired => {
            "the assertion or its certificate has ended; an assertion lasts for about two minutes, \
             so it has to be fresh, and the clocks have to agree"
                .into()
        }
        BundleError::IssuedLater => {
            "the certificate begins in the future: a clock is wrong, here or at the issuer".into()
        }
        BundleError::UntrustedIssuer { expected, got } => format!(
            "the addresses of {} are {expected}'s to certify, and this certificate is from {got}",
            domain_of(bundle)
        ),
        BundleError::AlgorithmsDoNotMatch => {
            "it is signed in another way than the key allows that should have signed it".into()
        }
        BundleError::UserKey(error) => {
            format!("the key in the certificate cannot be used: {error}")
        }
        BundleError::OtherAddress | BundleError::OtherKey | BundleError::TooLong => {
            "the certificate is not what was asked for".into()
        }
        BundleError::Signature(_) => {
            "a signature does not fit: it was forged or changed, or the issuer has another key now"
                .into()
        }
    }
}

fn domain_of(bundle: &str) -> String {
    UncheckedBundle::read(bundle).map_or_else(
        |_| "this domain".to_owned(),
        |unchecked| unchecked.email().domain().to_string(),
    )
}
