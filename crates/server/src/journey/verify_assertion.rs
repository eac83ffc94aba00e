//! Verify: a site asks whether an assertion is good (`browserid.md` §5.1, §5.5).
//!
//! Cheap checks come first, then whoever speaks for the domain of the *address* is found, then the
//! signatures are checked. Nothing is asked of a host because an assertion names it, and nothing in a
//! request makes an issuer believed: that is for the domain and for the settings (§8.1 F3, F4, F21).
//! Assertions of our own domains need no network. The store is asked only for those who want each
//! assertion to be good once.

use std::net::IpAddr;
use std::time::Duration;

use protocol::browserid::{Authority, BundleError, UncheckedBundle, VerifiedAssertion};
use protocol::origin::Origin;
use serde::Serialize;
use serde_json::{Map, Value};
use store::StoreError;

use super::Kind;
use super::authority::{self, NoAuthority, Speaker};
use crate::app::App;
use crate::customer::customer;
use crate::hashed::Hashed;
use crate::queue::{Full, Line};

/// What a site asks.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What the site was given: a certificate and an assertion.
    pub bundle: &'a str,
    /// The site's own origin.
    pub audience: &'a str,
    /// How often the assertion may be presented.
    pub use_of_it: Use,
    /// An issuer that the site would like to be believed for any address. It is not; but the site is
    /// told so.
    pub forced_issuer: Option<&'a str>,
}

/// How often an assertion may be presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// As often as somebody likes until it ends, as with the verifiers of old.
    Often,
    /// Once: it is refused afterwards, until it has ended (§8.1 F13).
    Once,
}

/// Why an assertion is not accepted. The texts are those that sites know from Mozilla's verifiers
/// (`browserid.md` §5.5), where those have one.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The expected audience is no origin, so that nothing can be for it.
    #[error("audience mismatch: malformed audience")]
    Audience,
    /// The bundle is not good.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// Nobody speaks for the domain of the address, or it could not be found out who does.
    #[error(transparent)]
    Authority(#[from] NoAuthority),
    /// The assertion would be good if the site's word decided who is believed.
    #[error("this verifier won't force issuer for {0}")]
    WontForce(Authority),
    /// It was accepted before, and was to be good once.
    #[error("this assertion was used before")]
    Replayed,
    /// It was to be good once, and would have to be remembered for too long.
    #[error("this assertion ends more than ten minutes ahead, and is to be good once")]
    EndsTooLate,
    /// Too many assertions wait for other people's servers.
    #[error("too busy")]
    Busy,
    /// The memory of the assertions that were good once cannot be asked.
    #[error("service unavailable")]
    Store(#[from] StoreError),
}

impl VerifyError {
    /// Says whose the error is. A bad assertion is an answer to the question; only what is not known
    /// because of us is an error.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Audience
            | Self::Bundle(_)
            | Self::Authority(_)
            | Self::WontForce(_)
            | Self::Replayed
            | Self::EndsTooLate => Kind::Refused,
            Self::Busy => Kind::Busy,
            Self::Store(_) => Kind::Upstream,
        }
    }
}

/// Checks an assertion for a site. `client` is who asks: how many may wait for other people's servers
/// is counted by it.
pub async fn verify(
    app: &App,
    question: &Question<'_>,
    client: IpAddr,
) -> Result<VerifiedAssertion, VerifyError> {
    let verdict = check(app, question, client).await;
    match &verdict {
        Ok(good) => {
            let (who, audience, issuer) = (Hashed(good.email()), good.audience(), good.issuer());
            tracing::info!(outcome = "okay", %who, %audience, %issuer, "verify");
        }
        Err(VerifyError::Store(error)) => {
            tracing::error!(outcome = "unavailable", %error, "verify");
        }
        Err(error) => tracing::info!(outcome = "failure", reason = ?error.to_string(), "verify"),
    }
    verdict
}

async fn check(
    app: &App,
    question: &Question<'_>,
    client: IpAddr,
) -> Result<VerifiedAssertion, VerifyError> {
    // Sites written for the old verifier send their origin with a slash behind it.
    let audience = question.audience;
    let audience = audience.strip_suffix('/').unwrap_or(audience);
    let audience = Origin::parse(audience).map_err(|_| VerifyError::Audience)?;
    let unchecked = UncheckedBundle::read(question.bundle)?;
    let asked = app.clock.now();
    unchecked.check_before_asking(&audience, asked)?;
    let speaker = match speaker(app, &unchecked, client).await {
        Err(VerifyError::Authority(NoAuthority::Nobody(_)))
            if would_force(question, &unchecked) =>
        {
            return Err(VerifyError::WontForce(unchecked.issuer().clone()));
        }
        speaker => speaker?,
    };
    // Time may have passed while others were asked.
    let now = app.clock.now();
    let keys = speaker.keys(app);
    let verdict = unchecked.verify_with_memory(&keys, &audience, now, &app.certificates);
    let good = match verdict {
        Err(BundleError::UntrustedIssuer { .. }) if would_force(question, &unchecked) => {
            return Err(VerifyError::WontForce(unchecked.issuer().clone()));
        }
        verdict => verdict?,
    };
    if question.use_of_it == Use::Once {
        spend(app, &good, client).await?;
    }
    Ok(good)
}

/// Finds whose word counts for the address.
async fn speaker(
    app: &App,
    unchecked: &UncheckedBundle,
    client: IpAddr,
) -> Result<Speaker, VerifyError> {
    let domain = unchecked.email().domain();
    let speaker = authority::of(app, domain, unchecked.issuer(), client).await;
    speaker.map_err(|error| match error.kind() {
        Kind::Busy => VerifyError::Busy,
        Kind::Caller | Kind::Refused | Kind::Upstream | Kind::Bug => error.into(),
    })
}

/// Would the assertion's issuer be believed if the request decided?
fn would_force(question: &Question<'_>, unchecked: &UncheckedBundle) -> bool {
    question.forced_issuer == Some(unchecked.issuer().as_str())
}

/// Accepts an assertion for the first and last time.
async fn spend(app: &App, good: &VerifiedAssertion, client: IpAddr) -> Result<(), VerifyError> {
    if good.expires() > app.clock.now().plus(LONGEST_MEMORY) {
        return Err(VerifyError::EndsTooLate);
    }
    let line = Line {
        name: format!("spending from {}", customer(client)),
        most: SPENDING_FROM_CUSTOMER,
        when_full: Full::Caller,
    };
    let place = app.queue.enter(&[line]);
    let _place = place.map_err(|_: Full| VerifyError::Busy)?;
    // An assertion is good in its last millisecond, and what is marked may be forgotten at `until`.
    let until = good.expires().to_seconds().plus(Duration::from_secs(1));
    if !app.store.spend(&good.fingerprint(), until).await? {
        return Err(VerifyError::Replayed);
    }
    // If it ended while the store was waited for, it may have been purged in between.
    if good.expires() < app.clock.now() {
        return Err(BundleError::Expired.into());
    }
    Ok(())
}

/// Writes a verdict as the verifiers of old did, member for member (`browserid.md` §5.5). The
/// audience is repeated as the site sent it.
pub fn answer(verdict: &Result<VerifiedAssertion, VerifyError>, audience: &str) -> String {
    let text = match verdict {
        Ok(good) => serde_json::to_string(&Okay {
            audience,
            expires: good.expires().as_millis(),
            issuer: good.issuer().as_str(),
            email: &good.email().to_string(),
            idp_claims: good.idp_claims(),
            user_claims: good.user_claims(),
            status: "okay",
        }),
        Err(error) => return failure(&error.to_string()),
    };
    text.unwrap_or_else(|_| failure("unexpected error"))
}

/// Writes a refusal as the verifiers of old did.
pub fn failure(reason: &str) -> String {
    format!(
        "{{\"status\":\"failure\",\"reason\":{}}}",
        Value::from(reason)
    )
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Okay<'a> {
    audience: &'a str,
    expires: i64,
    issuer: &'a str,
    email: &'a str,
    #[serde(skip_serializing_if = "Map::is_empty")]
    idp_claims: &'a Map<String, Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    user_claims: &'a Map<String, Value>,
    status: &'static str,
}

/// How long an assertion may last that is to be good once. A dialog's lasts for minutes.
const LONGEST_MEMORY: Duration = Duration::from_secs(10 * 60);
/// How many assertions of one customer may wait for the store at once, which takes one at a time.
const SPENDING_FROM_CUSTOMER: usize = 64;
