//! The settings: they were read, or there would be no check; is there anything odd about them?

use std::fmt::Write as _;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use server::settings::Settings;

use super::Finding;
use crate::config::Draft;

/// Looks at the settings as a whole, which are also given for each issuer.
pub(crate) fn check(settings: &Settings, issuers: &[Settings], draft: &Draft) -> Vec<Finding> {
    let file = draft.file();
    let name = file.display().to_string();
    let mut findings = Vec::new();
    for own in issuers {
        let issuer = &own.issuer;
        let seen = format!("{issuer} vouches for {}", domains(own));
        findings.push(Finding::ok("settings-read", &name, seen));
        if !issuer.is_https() {
            let seen = format!("the issuer is {issuer}");
            findings.push(Finding::warn("settings-issuer-http", &name, seen).because(
                "that is fine for trying on this machine only: no browser elsewhere gets here",
            ));
        }
    }
    let directory = settings.domains.as_deref();
    let places = [Some(file), directory].into_iter().flatten();
    findings.extend(places.chain(draft.drop_ins()).filter_map(writable));
    findings
}

/// Names the domains; of many, the first ones.
fn domains(settings: &Settings) -> String {
    if settings.domain.is_empty() && settings.any_domain.is_none() {
        return "no domain".to_owned();
    }
    let names = settings.domain.iter().map(|domain| domain.name.as_str());
    let mut text = names.take(MOST_NAMED).collect::<Vec<_>>().join(", ");
    let more = settings.domain.len().saturating_sub(MOST_NAMED);
    if more > 0 {
        // Writing to a String cannot fail.
        let _ = write!(text, " and {more} more");
    }
    text
}

/// Says so where others may change what decides whose password opens which address.
fn writable(path: &Path) -> Option<Finding> {
    let mode = std::fs::metadata(path).ok()?.mode();
    let name = path.display().to_string();
    (mode & 0o022 != 0).then(|| {
        Finding::fail(
            "settings-writable",
            &name,
            "others than its owner may change it",
        )
        .because("whoever can change the settings can sign in as anybody")
        .mend(format!("chmod go-w {name}"))
    })
}

/// Domains that one line names.
const MOST_NAMED: usize = 10;
