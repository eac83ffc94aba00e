//! `persona check [ADDRESS...]`: looks for what is wrong, and says how to mend it.

use std::io::BufRead;

use protocol::email::EmailAddress;
use protocol::secret::Secret;
use server::settings::Settings;

use super::{Threads, domains_of, load_without_store, open_store_if_there, runtime};
use crate::checks::{self, Finding};
use crate::cli::CheckArguments;
use crate::config::{self, Draft, Environment};
use crate::out::{Exit, Failure, Out};

/// Whoever knows the passwords of the addresses to be checked, and is asked in their order.
pub(crate) type PasswordOf<'a> = dyn FnMut(&EmailAddress) -> Result<Secret<String>, Failure> + 'a;

/// Runs all checks, and prints what they found.
pub(crate) fn run(
    arguments: &CheckArguments,
    password_of: &mut PasswordOf<'_>,
    draft: &Draft,
    environment: &Environment,
    out: &Out,
) -> Result<Exit, Failure> {
    let mut settings = settings(draft)?;
    config::read_directory_secrets(&mut settings, environment)?;
    // Passwords are asked for first, so that whoever types them need not wait for a slow server.
    let with_password = |address: &EmailAddress| Ok((address.clone(), password_of(address)?));
    let people: Result<Vec<_>, Failure> = arguments.addresses.iter().map(with_password).collect();
    let people = people?;
    let runtime = runtime(Threads::One)?;
    let resolver = &arguments.resolver;
    let findings = runtime.block_on(checks::all(&settings, draft, resolver, people));
    // A name that the system still looks up is not waited for.
    runtime.shutdown_background();
    let failed = findings.iter().filter(|finding| finding.failed()).count();
    if arguments.json {
        let findings: Vec<_> = findings.iter().map(Finding::to_json).collect();
        let report = serde_json::json!({ "ok": failed == 0, "findings": findings });
        out.data(&format!("{report}\n"))?;
    } else {
        let lines: Vec<String> = findings.iter().map(Finding::to_line).collect();
        let end = match failed {
            0 => format!("nothing is wrong here{}", not_looked_at(&settings)),
            1 => "1 thing is wrong".to_owned(),
            many => format!("{many} things are wrong"),
        };
        let codes = if findings.iter().all(Finding::is_ok) {
            ""
        } else {
            CODES
        };
        out.data(&format!("{}\n{end}\n{codes}", lines.join("\n")))?;
    }
    Ok(if failed == 0 { Exit::Done } else { Exit::Bad })
}

/// Says where the codes are explained that some lines end with.
const CODES: &str =
    "a word in [ ] at the end of a line has a section in docs/reference/findings.md\n";

/// Puts the settings together. A store that cannot be opened is one of the findings, and the domains
/// that stand elsewhere are looked at all the same.
fn settings(draft: &Draft) -> Result<Settings, Failure> {
    let loaded = match open_store_if_there(draft.storage()).and_then(domains_of) {
        Ok(rows) => draft.complete(&rows)?,
        Err(trouble) => load_without_store(draft, &trouble)?,
    };
    Ok(loaded.settings)
}

/// Says what nobody should take for looked at: an issuer on this machine has no outside.
fn not_looked_at(settings: &Settings) -> String {
    let issuers = settings.issuers();
    let local = issuers.iter().filter(|own| !own.issuer.is_https());
    let pages: Vec<String> = local.map(Settings::login_page).collect();
    if pages.is_empty() {
        return String::new();
    }
    format!(
        "; not looked at: what a browser on this machine sees (to see it: open {})",
        pages.join(" ")
    )
}

/// Takes passwords from standard input, or from whoever is at the terminal.
pub(crate) fn typed(
    arguments: &CheckArguments,
) -> impl FnMut(&EmailAddress) -> Result<Secret<String>, Failure> {
    let from_lines = arguments.password_stdin;
    move |address| {
        if from_lines {
            read_line(&mut std::io::stdin().lock(), address)
        } else {
            ask(address)
        }
    }
}

fn read_line(input: &mut dyn BufRead, address: &EmailAddress) -> Result<Secret<String>, Failure> {
    let mut line = String::new();
    let read = input.read_line(&mut line);
    let ended = matches!(read, Ok(0));
    if line.ends_with('\n') {
        line.pop();
    }
    if line.ends_with('\r') {
        line.pop();
    }
    let line = Secret::new(line);
    match read {
        Ok(_) if !ended => Ok(line),
        Ok(_) => Err(
            Failure::wrong_use(format!("standard input has no line for {address}"))
                .hint("give one password on a line for each address, in the same order"),
        ),
        Err(error) => Err(Failure::wrong_use(format!(
            "the password of {address} cannot be read: {error}"
        ))),
    }
}

fn ask(address: &EmailAddress) -> Result<Secret<String>, Failure> {
    rpassword::prompt_password(format!("Password of {address}: "))
        .map(Secret::new)
        .map_err(|_| {
            Failure::wrong_use(format!(
                "there is no terminal to ask for the password of {address}"
            ))
            .hint("give it on standard input: persona check --password-stdin ADDRESS < FILE")
        })
}
