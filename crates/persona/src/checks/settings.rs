//! The settings: they were read, or there would be no check; is there anything odd about them?

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use server::settings::Settings;

use super::Finding;

/// Looks at the settings as a whole.
pub(crate) fn check(settings: &Settings, file: &Path) -> Vec<Finding> {
    let name = file.display().to_string();
    let domains: Vec<&str> = settings.domain.iter().map(|d| d.name.as_str()).collect();
    let mut findings = vec![Finding::ok(
        "settings-read",
        &name,
        format!("{} vouches for {}", settings.issuer, domains.join(", ")),
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
    if std::fs::metadata(file).is_ok_and(|metadata| metadata.mode() & 0o022 != 0) {
        findings.push(
            Finding::fail(
                "settings-writable",
                &name,
                "others than its owner may change it",
            )
            .because("whoever can change the settings can sign in as anybody")
            .mend(format!("chmod go-w {name}")),
        );
    }
    findings
}
