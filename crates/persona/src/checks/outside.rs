//! What others see: the documents and pages by their names, over HTTPS, through DNS, the web server in
//! front and its certificate (`browserid.md` §1, §8.2; `parity.md` 34, 35, 37).
//!
//! Asked by the same door by which this program asks other issuers, so that what works here works for
//! them. Each finding names one cause: of several, the one that hides the others.

mod document;
mod page;
mod trouble;

use std::path::Path;

use protocol::browserid::Authority;
use protocol::jose::PublicKey;
use server::clock::Clock;
use server::outbound::Pages;
use server::settings::Settings;

use super::Finding;

/// Looks at everything that others ask for. Gives the keys that they find, if they find any.
pub(crate) async fn check(
    settings: &Settings,
    file: &Path,
    signing: Option<&PublicKey>,
) -> (Vec<Finding>, Option<Vec<PublicKey>>) {
    let view = match Pages::new(&settings.outbound, Clock::system()) {
        Ok(view) => view,
        Err(error) => return (vec![not_looked(settings, &error.to_string())], None),
    };
    let issuer = match Authority::of_origin(&settings.issuer) {
        Ok(issuer) => issuer,
        Err(error) => return (vec![not_looked(settings, &error.to_string())], None),
    };
    let outside = Outside {
        settings,
        file,
        view,
        issuer,
    };
    let (own, keys) = outside.own_document(signing).await;
    let reached = !own.failed();
    let mut findings = vec![own];
    if reached {
        findings.extend(outside.pages().await);
    }
    for domain in &settings.domain {
        if Authority::of(&domain.name) != outside.issuer {
            findings.push(outside.delegation(&domain.name).await);
        }
    }
    (findings, keys)
}

/// An installation, and the way to look at it from outside.
struct Outside<'a> {
    settings: &'a Settings,
    /// Where they are written.
    file: &'a Path,
    view: Pages,
    issuer: Authority,
}

fn not_looked(settings: &Settings, why: &str) -> Finding {
    Finding::fail("outside-not-looked", settings.issuer.to_string(), why)
        .because("what others see of this installation is not known")
        .mend("correct outbound.ca in the settings, or install the ca-certificates package")
}

const WELL_KNOWN: &str = "/.well-known/browserid";
