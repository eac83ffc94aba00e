//! `persona verify AUDIENCE [FILE]`: is this assertion good, for this site, now?
//!
//! Our own issuer's assertions only, with the key that is at hand: nothing is asked over a network.

use std::io::Read;

use protocol::browserid::{Authority, IssuerKeys, UncheckedBundle, VerifiedAssertion};
use server::clock::Clock;
use server::settings::Settings;

use super::open_keyring;
use crate::cli::VerifyArguments;
use crate::out::{Exit, Failure, Out, one_line};

/// Prints the verdict.
pub(crate) fn run(
    arguments: &VerifyArguments,
    settings: &Settings,
    out: &Out,
) -> Result<Exit, Failure> {
    let text = read(arguments)?;
    let keyring = open_keyring(settings)?;
    let issuer = Authority::of_origin(&settings.issuer)
        .map_err(|error| Failure::wrong_use(format!("issuer: {error}")))?;
    let verdict = UncheckedBundle::read(text.trim())
        .map_err(|error| error.to_string())
        .and_then(|bundle| {
            let domain = bundle.email().domain();
            if !settings.domain.iter().any(|ours| ours.name == *domain) {
                return Err(format!("{domain} is none of our domains"));
            }
            let keys = IssuerKeys {
                issuer: &issuer,
                keys: std::slice::from_ref(keyring.public_key()),
            };
            bundle
                .verify(&keys, &arguments.audience, Clock::system().now())
                .map_err(|error| error.to_string())
        });
    let text = if arguments.json {
        in_json(&verdict)
    } else {
        in_words(&verdict)
    };
    out.data(&text)?;
    Ok(if verdict.is_ok() {
        Exit::Done
    } else {
        Exit::Bad
    })
}

fn read(arguments: &VerifyArguments) -> Result<String, Failure> {
    let mut text = String::new();
    let done = match &arguments.file {
        Some(path) => std::fs::File::open(path)
            .and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text)),
        None => std::io::stdin()
            .lock()
            .take(MOST_BYTES)
            .read_to_string(&mut text),
    };
    let name = arguments.file.as_ref().map_or_else(
        || "standard input".to_owned(),
        |path| path.display().to_string(),
    );
    done.map_err(|error| Failure::wrong_use(format!("{name} cannot be read: {error}")))?;
    Ok(text)
}

fn in_words(verdict: &Result<VerifiedAssertion, String>) -> String {
    match verdict {
        Ok(good) => format!(
            "okay: {} at {}, says {}\n",
            one_line(&good.email().to_string()),
            good.audience(),
            good.issuer(),
        ),
        Err(reason) => format!("failure: {}\n", one_line(reason)),
    }
}

/// The verdict as `POST /persona/verify` gives it (`browserid.md` §5.5).
fn in_json(verdict: &Result<VerifiedAssertion, String>) -> String {
    let value = match verdict {
        Ok(good) => serde_json::json!({
            "status": "okay",
            "email": good.email().to_string(),
            "audience": good.audience().as_str(),
            "expires": good.expires().as_millis(),
            "issuer": good.issuer().as_str(),
        }),
        Err(reason) => serde_json::json!({ "status": "failure", "reason": reason }),
    };
    format!("{value}\n")
}

/// More than any assertion has (`browserid.md` §4.3), and little enough to hold.
const MOST_BYTES: u64 = 64 * 1024;
