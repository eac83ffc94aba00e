//! Codes by mail, for addresses of domains without an issuer: is the relay there, and can this machine
//! tell that a domain has none?

use std::path::Path;

use mailbox::{MailboxUrl, Options, Unavailable};
use server::outbound::tells_absence;
use server::settings::FallbackSettings;

use super::Finding;
use super::mailbox::with_way_out;

/// Looks for how this machine asks for names: a domain may be spoken for only where it can tell that
/// nobody else does. `name_service_switch` is nsswitch.conf(5).
pub(crate) fn check_names(name_service_switch: &Path) -> Option<Finding> {
    if tells_absence(name_service_switch) {
        return None;
    }
    let file = name_service_switch.display();
    let finding = Finding::warn(
        "relay-absence-unknown",
        file.to_string(),
        "names are asked for by nss-resolve, which says \"no such name\" also when it does not know",
    );
    Some(
        finding
            .because(
                "no code is mailed to addresses of a domain whose own name leads to no host, as with \
                 many that only take mail: whether it has an issuer cannot be told",
            )
            .mend(format!(
                "take \"resolve\", with the brackets after it, out of the line hosts: of {file}, and \
                 see that \"dns\" is there"
            )),
    )
}

/// Connects, looks, and leaves. Nothing is sent, and nobody logs in.
pub(crate) async fn check(fallback: &FallbackSettings, options: &Options) -> Finding {
    let url = MailboxUrl::Server(fallback.smtp.clone());
    let subject = url.to_string();
    let relay = match mailbox::open(&url, options) {
        Ok(relay) => relay,
        Err(error) => {
            return failed("misconfigured", &subject, error.to_string())
                .mend("correct smtp of [broker] fallback in the settings".to_owned());
        }
    };
    match relay.probe().await {
        Ok(_) => Finding::ok("relay-answers", subject, "it answers"),
        // Whom nobody logs in to need not offer a login.
        Err(Unavailable::NoLogin | Unavailable::NoMechanism { .. }) if fallback.user.is_none() => {
            Finding::ok("relay-answers", subject, "it answers")
        }
        Err(trouble) => {
            let finding = failed(trouble.reason(), &subject, trouble.to_string());
            with_way_out(finding, &url, &trouble)
        }
    }
}

fn failed(reason: &str, subject: &str, seen: String) -> Finding {
    Finding::fail(&format!("relay-{reason}"), subject, seen)
        .because("no code can be mailed to addresses of domains that have no issuer".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_cannot_tell_absence_is_told_what_that_costs() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("nsswitch.conf");
        let said = |hosts: &str| {
            std::fs::write(&file, hosts).unwrap();
            let line = check_names(&file).map(|finding| finding.to_line());
            line.map(|line| line.replace(&file.display().to_string(), "[FILE]"))
        };

        assert_eq!(said("hosts: files dns\n"), None);
        insta::assert_snapshot!(said("hosts: resolve [!UNAVAIL=return] files\n").unwrap(), @r#"warn  [FILE]: names are asked for by nss-resolve, which says "no such name" also when it does not know; no code is mailed to addresses of a domain whose own name leads to no host, as with many that only take mail: whether it has an issuer cannot be told; to mend it: take "resolve", with the brackets after it, out of the line hosts: of [FILE], and see that "dns" is there [relay-absence-unknown]"#);
    }
}
