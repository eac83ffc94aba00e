//! `persona verify AUDIENCE [FILE]`: is this assertion good, for this site, now?
//!
//! The same journey as `POST /persona/verify`, so that other people's issuers are asked, too. The reason
//! on stdout is the one that sites read; what it means is said in a sentence on stderr.

mod explain;

use std::io::Read;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use protocol::browserid::VerifiedAssertion;
use server::App;
use server::journey::verify_assertion::{self, Question, Use, VerifyError};
use server::settings::Settings;

use super::{Threads, load, open_issuers, open_shared, open_store, runtime};
use crate::cli::VerifyArguments;
use crate::config::Draft;
use crate::out::{Exit, Failure, Out, one_line};

/// Prints the verdict.
pub(crate) fn run(arguments: &VerifyArguments, draft: &Draft, out: &Out) -> Result<Exit, Failure> {
    let text = read(arguments)?;
    let bundle = text.trim();
    let app = app(load(draft)?.settings)?;
    let question = Question {
        bundle,
        audience: arguments.audience.as_str(),
        use_of_it: Use::Often,
        forced_issuer: None,
    };
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let verdict = runtime(Threads::One)?.block_on(verify_assertion::verify(&app, &question, here));
    let answer = if arguments.json {
        verify_assertion::answer(&verdict, question.audience)
    } else {
        in_words(&verdict)
    };
    out.data(&format!("{answer}\n"))?;
    match &verdict {
        Ok(_) => Ok(Exit::Done),
        Err(error) => {
            let sentence = explain::explain(error, bundle);
            out.talk(&format!("refused: {}", one_line(&sentence)));
            Ok(Exit::Bad)
        }
    }
}

/// Puts the installation together as the server would, without what is not needed to verify.
fn app(mut settings: Settings) -> Result<Arc<App>, Failure> {
    // Whether there is a relay decides whose word counts, but nothing is sent.
    settings.broker.without_login();
    let shared = || open_shared(&settings, open_store(&settings.storage.url)?);
    let (issuers, _) = open_issuers(&settings, shared)?;
    Ok(Arc::clone(issuers.main()))
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

fn in_words(verdict: &Result<VerifiedAssertion, VerifyError>) -> String {
    match verdict {
        Ok(good) => format!(
            "okay: {} at {}, says {}",
            one_line(&good.email().to_string()),
            good.audience(),
            good.issuer(),
        ),
        Err(error) => format!("failure: {}", one_line(&error.to_string())),
    }
}

/// More than any assertion has (`browserid.md` §4.3), and little enough to hold.
const MOST_BYTES: u64 = 64 * 1024;
