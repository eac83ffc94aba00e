//! The mail relay that carries codes to addresses of domains without an issuer: is it there?

use mailbox::{Options, Unavailable};
use server::settings::FallbackSettings;

use super::Finding;
use super::mailbox::with_way_out;

/// Connects, looks, and leaves. Nothing is sent, and nobody logs in.
pub(crate) async fn check(fallback: &FallbackSettings, options: &Options) -> Finding {
    let subject = fallback.smtp.to_string();
    let relay = match mailbox::open(&fallback.smtp, options) {
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
            with_way_out(finding, &fallback.smtp, &trouble)
        }
    }
}

fn failed(reason: &str, subject: &str, seen: String) -> Finding {
    Finding::fail(&format!("relay-{reason}"), subject, seen)
        .because("no code can be mailed to addresses of domains that have no issuer".to_owned())
}
