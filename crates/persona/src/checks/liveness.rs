//! Mailboxes that are gone: can whoever is asked tell them from those that are there?

use mailbox::{MailboxStanding, Options, Person, Standing, Unavailable};
use protocol::email::EmailAddress;
use protocol::time::Timestamp;
use server::settings::{DomainSettings, Settings};
use server::{chance, open_standing};
use store::AliasRow;

use super::{Finding, lists};

/// Asks about a mailbox that nobody has, and about those of `people` that are of this domain and no aliases,
/// of which the store has some `kept`. Nothing is sent to anybody.
pub(crate) async fn check(
    settings: &Settings,
    domain: &DomainSettings,
    people: &[&EmailAddress],
    kept: &[AliasRow],
    options: &Options,
    now: Timestamp,
) -> Vec<Finding> {
    let asked = match open_standing(domain, options) {
        // What is wrong with the mailbox itself is said by its own check.
        Err(_) if domain.liveness.is_none() => return Vec::new(),
        Err(error) => {
            let finding = Finding::fail(
                "liveness-misconfigured",
                domain.name.as_str(),
                error.to_string(),
            );
            return vec![
                finding
                    .because("the server does not start like this")
                    .mend("correct ask in [domain.liveness] of the settings"),
            ];
        }
        Ok(None) => return Vec::new(),
        Ok(Some(asked)) => asked,
    };
    let mut findings = Vec::new();
    if settings.storage.is_memory() {
        findings.push(not_stored(domain));
    }
    let nobody = name_of_nobody(domain);
    match ask(domain, asked.as_ref(), nobody.as_ref()).await {
        None => {}
        Some(Ok(standing)) => findings.push(about_nobody(domain, asked.as_ref(), standing)),
        Some(Err(trouble)) => {
            // Who cannot be asked about nobody is not asked about anybody.
            findings.push(not_asked(domain, asked.as_ref(), &trouble));
            return findings;
        }
    }
    // Who signs in by an alias is looked after by their own mailbox: nobody has one of the alias.
    let here = people.iter().filter(|who| *who.domain() == domain.name);
    for address in here.filter(|who| !lists::is_alias(domain, kept, &who.canonical(), now)) {
        let answer = ask(domain, asked.as_ref(), Some(*address)).await;
        findings.extend(answer.map(|answer| about_somebody(address, asked.as_ref(), answer)));
    }
    findings
}

async fn ask(
    domain: &DomainSettings,
    asked: &dyn MailboxStanding,
    address: Option<&EmailAddress>,
) -> Option<Result<Standing, Unavailable>> {
    let person = Person::of(address?, domain.login, domain.backend_domain.as_ref()).ok()?;
    Some(asked.standing(&person).await)
}

/// Makes an address that nobody has.
fn name_of_nobody(domain: &DomainSettings) -> Option<EmailAddress> {
    let chance = chance::token().ok()?;
    let letters = chance.expose().chars().filter(char::is_ascii_alphanumeric);
    let letters: String = letters.take(12).collect();
    EmailAddress::parse(&format!("persona-check-{letters}@{}", domain.name)).ok()
}

fn about_nobody(
    domain: &DomainSettings,
    asked: &dyn MailboxStanding,
    standing: Standing,
) -> Finding {
    let (subject, server) = (domain.name.as_str(), asked.describe());
    match standing {
        Standing::Gone(absence) => Finding::ok(
            "liveness-tells",
            subject,
            format!(
                "{server} tells who is gone: of a mailbox that nobody has it says {}",
                absence.said
            ),
        ),
        Standing::There => Finding::warn(
            "liveness-everybody",
            subject,
            format!("{server} says of a mailbox that nobody has that it is there"),
        )
        .because("nobody would ever be gone: sign-ins outlive their mailboxes")
        .mend(
            "name the server that has the mailboxes in ask of [domain.liveness], or let this one reject \
             unknown recipients; with a catch-all, ask = \"nobody\"",
        ),
        Standing::Unknown { why } => Finding::warn(
            "liveness-undecided",
            subject,
            format!("{server} says of a mailbox that nobody has: {why}"),
        )
        .because(
            "this may be about us as well as about the mailbox, so sign-ins outlive their mailboxes",
        )
        .mend(
            "let the server say 550 5.1.1 to unknown recipients from this machine, and take mail for \
             postmaster; or name another one in ask of [domain.liveness]",
        ),
    }
}

fn about_somebody(
    address: &EmailAddress,
    asked: &dyn MailboxStanding,
    answer: Result<Standing, Unavailable>,
) -> Finding {
    let (subject, server) = (address.to_string(), asked.describe());
    match answer {
        Ok(Standing::There) => Finding::ok(
            "liveness-there",
            subject,
            format!("{server} says that the mailbox is there"),
        ),
        Ok(Standing::Gone(absence)) => Finding::warn(
            "liveness-gone",
            subject,
            format!("{server} says that the mailbox is gone: {}", absence.said),
        )
        .because("whoever is signed in by it is signed out soon")
        .mend(
            "if the mailbox is there, name a server that knows it in ask of [domain.liveness], or set \
             ask = \"nobody\"",
        ),
        Ok(Standing::Unknown { why }) => Finding::warn(
            "liveness-undecided",
            subject,
            format!("{server} cannot tell whether the mailbox is there: {why}"),
        )
        .because("its sign-ins last as long as they last")
        .look("the mail server's log, for this machine"),
        Err(trouble) => Finding::warn("liveness-not-asked", subject, trouble.to_string())
            .because("its sign-ins last as long as they last")
        .look("the mail server's log, for this machine"),
    }
}

fn not_asked(
    domain: &DomainSettings,
    asked: &dyn MailboxStanding,
    trouble: &Unavailable,
) -> Finding {
    Finding::warn(
        "liveness-not-asked",
        domain.name.as_str(),
        format!("{}: {trouble}", asked.describe()),
    )
    .because("as long as that is so, sign-ins outlive their mailboxes")
    .look(
        if matches!(trouble, Unavailable::RefusedConnection { .. }) {
            "ls -l of the socket, or ss -ltn for the port: the user of this program must be let in"
        } else {
            "the mail server's log, for this machine"
        },
    )
}

fn not_stored(domain: &DomainSettings) -> Finding {
    Finding::warn(
        "liveness-not-stored",
        domain.name.as_str(),
        "sign-ins are kept in cookies alone, so that none can be ended from here",
    )
    .because("they outlive their mailboxes")
    .mend("storage.url = \"sqlite:/var/lib/persona/persona.db\", or a short session.lifetime")
}
