//! The settings: they were read, or there would be no check; is there anything odd about them?

use std::fmt::Write as _;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use server::settings::Settings;

use super::Finding;
use crate::config::Draft;

/// Looks at the settings as a whole.
pub(crate) fn check(settings: &Settings, draft: &Draft) -> Vec<Finding> {
    let file = draft.file();
    let name = file.display().to_string();
    let mut findings = vec![Finding::ok(
        "settings-read",
        &name,
        format!("{} vouches for {}", settings.issuer, domains(settings)),
    )];
    if !settings.issuer.is_https() {
        findings.push(
            Finding::warn(
                "settings-issuer-http",
                &name,
                format!("the issuer is {}", settings.issuer),
            )
            .because(
                "that is fine for trying on this machine only: no browser elsewhere gets here",
            ),
        );
    }
    let directory = settings.domains.as_deref();
    let places = [Some(file), directory].into_iter().flatten();
    findings.extend(places.chain(draft.drop_ins()).filter_map(writable));
    findings
}

/// Names the domains; of many, the first ones.
fn domains(settings: &Settings) -> String {
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
