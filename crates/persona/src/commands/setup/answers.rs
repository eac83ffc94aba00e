//! What the operator wants: from the flags, else the former settings, else by asking.

use std::io::BufRead;

use mailbox::MailboxUrl;
use protocol::email::Domain;
use protocol::origin::Origin;
use server::settings::{
    DomainSettings, KeySettings, ListenAddress, OidcSettings, Settings, StorageSettings,
};
use store::StorageUrl;

use super::mail_server::Finder;
use super::{Places, website};
use crate::cli::SetupArguments;
use crate::config::about_mailbox;
use crate::out::{Failure, Out};

/// Somebody at a terminal who can be asked.
pub(crate) struct Questions<'a> {
    input: &'a mut dyn BufRead,
    out: &'a Out,
}

/// Puts the settings together. What no flag and no answer replaces stays as the former settings have
/// it. Without anybody to ask, a missing answer is an error that names the flag.
pub(crate) fn gather(
    arguments: &SetupArguments,
    former: Option<&Settings>,
    places: &Places,
    finder: &Finder<'_>,
    mut questions: Option<Questions<'_>>,
) -> Result<Settings, Failure> {
    let mut asked = false;
    let mut names = website::domains(arguments, former)?;
    if names.is_empty() {
        let before: Vec<Domain> = former
            .map(|settings| settings.domain.iter().map(|d| d.name.clone()).collect())
            .unwrap_or_default();
        names = match &mut questions {
            Some(questions) => questions.domains(&before)?,
            // There may be none: then all are in the directory or in the store, and stay there.
            None if former.is_some() => before,
            None => return Err(missing("--domain", "--domain example.org")),
        };
        asked = questions.is_some();
    }
    let mut domain = Vec::new();
    let mut last = arguments.mailbox.as_deref().map(flag_mailbox).transpose()?;
    for name in names {
        let known = former.and_then(|f| f.domain.iter().find(|known| known.name == name));
        let before = known.map(|known| known.mailbox.clone());
        let (mailbox, found) = match (&arguments.mailbox, &mut questions, before) {
            (Some(_), ..) => (last.clone(), None),
            (None, Some(questions), before) => {
                asked = true;
                let found = before.is_none().then(|| finder.propose(&name)).flatten();
                let proposed = found.as_ref().map(|found| found.mailbox.clone());
                let usual = before.or(proposed).or_else(|| last.clone());
                (Some(questions.mailbox(&name, usual)?), found)
            }
            (None, None, Some(before)) => (Some(before), None),
            (None, None, None) => {
                let found = finder.take(&name)?;
                (found.as_ref().map(|found| found.mailbox.clone()), found)
            }
        };
        let example = format!("--mailbox smtps://mail.{name}");
        let mailbox = mailbox.ok_or_else(|| missing("--mailbox", &example))?;
        let found = found.filter(|found| found.mailbox == mailbox);
        let usual_login = found.map(|found| found.login).unwrap_or_default();
        last = Some(mailbox.clone());
        domain.push(match known.cloned() {
            Some(known) => DomainSettings { mailbox, ..known },
            None => DomainSettings {
                login: usual_login,
                ..DomainSettings::new(name, mailbox)
            },
        });
    }
    let mut listen = former.map(|f| f.listen.clone()).unwrap_or_default();
    if let Some(text) = &arguments.listen {
        listen.address = ListenAddress::parse(text)
            .map_err(|sentence| Failure::wrong_use(format!("--listen: {sentence}")))?;
    }
    Ok(Settings {
        issuer: issuer(arguments, former, questions.filter(|_| asked), &domain)?,
        base_path: former.map(|f| f.base_path.clone()).unwrap_or_default(),
        domains: former.and_then(|f| f.domains.clone()),
        listen,
        storage: storage(arguments, former, places)?,
        keys: keys(arguments, former, places),
        session: former.map(|f| f.session.clone()).unwrap_or_default(),
        certificate: former.map(|f| f.certificate.clone()).unwrap_or_default(),
        broker: former.map(|f| f.broker.clone()).unwrap_or_default(),
        outbound: former.map(|f| f.outbound.clone()).unwrap_or_default(),
        domain,
        any_domain: former.and_then(|f| f.any_domain.clone()),
        client: former.map(|f| f.client.clone()).unwrap_or_default(),
        oidc: OidcSettings::default(),
    })
}

fn issuer(
    arguments: &SetupArguments,
    former: Option<&Settings>,
    questions: Option<Questions<'_>>,
    domains: &[DomainSettings],
) -> Result<Origin, Failure> {
    if let Some(issuer) = &arguments.issuer {
        return Ok(issuer.clone());
    }
    let usual = match (former, domains.first()) {
        (Some(settings), _) => settings.issuer.clone(),
        (None, Some(DomainSettings { name, .. })) => {
            Origin::parse(&format!("https://id.{name}"))
                .map_err(|error| Failure::wrong_use(format!("https://id.{name}: {error}")))?
        }
        (None, None) => return Err(missing("--issuer", "--issuer https://id.example.org")),
    };
    match questions {
        Some(mut questions) => questions.issuer(&usual),
        None => Ok(usual),
    }
}

fn storage(
    arguments: &SetupArguments,
    former: Option<&Settings>,
    places: &Places,
) -> Result<StorageSettings, Failure> {
    if let (None, Some(former)) = (&arguments.data, former) {
        return Ok(former.storage.clone());
    }
    StorageUrl::parse(&format!("sqlite:{}", places.store.display()))
        .map(|url| StorageSettings { url })
        .map_err(|error| Failure::wrong_use(format!("--data: {error}")))
}

fn keys(arguments: &SetupArguments, former: Option<&Settings>, places: &Places) -> KeySettings {
    match (&arguments.secrets, former) {
        (None, Some(former)) => former.keys.clone(),
        (Some(_), _) | (None, None) => KeySettings {
            directory: places.keys.clone(),
        },
    }
}

fn flag_mailbox(text: &str) -> Result<MailboxUrl, Failure> {
    MailboxUrl::parse(text).map_err(|error| {
        let sentence = about_mailbox(text, &error.to_string());
        Failure::wrong_use(format!("--mailbox: {sentence}"))
    })
}

fn missing(flag: &str, example: &str) -> Failure {
    Failure::wrong_use(format!(
        "{flag} is missing, and there is no terminal to ask at"
    ))
    .hint(format!("add it, such as {example}"))
}

impl<'a> Questions<'a> {
    /// Begins to ask.
    pub(crate) fn new(input: &'a mut dyn BufRead, out: &'a Out) -> Self {
        Self { input, out }
    }

    fn domains(&mut self, before: &[Domain]) -> Result<Vec<Domain>, Failure> {
        let usual: Vec<&str> = before.iter().map(Domain::as_str).collect();
        self.until_understood("Mail domains to vouch for", &usual.join(" "), |text| {
            text.split([' ', ','])
                .filter(|word| !word.is_empty())
                .map(|word| Domain::parse(word).map_err(|error| format!("{word}: {error}")))
                .collect()
        })
    }

    fn mailbox(
        &mut self,
        name: &Domain,
        before: Option<MailboxUrl>,
    ) -> Result<MailboxUrl, Failure> {
        let usual = before.map_or_else(|| format!("smtps://mail.{name}"), |url| url.to_string());
        self.until_understood(&format!("Mail server of {name}"), &usual, |text| {
            MailboxUrl::parse(text).map_err(|error| about_mailbox(text, &error.to_string()))
        })
    }

    fn issuer(&mut self, usual: &Origin) -> Result<Origin, Failure> {
        self.until_understood("Web origin where people sign in", usual.as_str(), |text| {
            Origin::parse(text).map_err(|error| error.to_string())
        })
    }

    fn until_understood<T>(
        &mut self,
        question: &str,
        usual: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Failure> {
        loop {
            let bracketed = if usual.is_empty() {
                String::new()
            } else {
                format!(" [{usual}]")
            };
            self.out.ask(&format!("{question}{bracketed}:"));
            let mut line = String::new();
            let count = self.input.read_line(&mut line);
            if count.is_err() || matches!(count, Ok(0)) {
                return Err(Failure::wrong_use("the questions were not answered"));
            }
            let typed = line.trim();
            let text = if typed.is_empty() { usual } else { typed };
            if text.is_empty() {
                continue;
            }
            match read(text) {
                Ok(answer) => return Ok(answer),
                Err(sentence) => self.out.talk(&sentence),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};
    use crate::config::Environment;
    use crate::out::Colour;

    #[test]
    fn only_what_is_missing_is_asked_until_it_is_understood() {
        let typed =
            "exa mple..org\nexample.org, example.net\n\npop3://x\nsmtp://127.0.0.1:2525\n\n";

        let answers = gather_typed(&["-i", "https://login.example.org"], typed).unwrap();

        let domains: Vec<String> = answers
            .domain
            .iter()
            .map(|domain| format!("{} {}", domain.name, domain.mailbox))
            .collect();
        assert_eq!(answers.issuer.as_str(), "https://login.example.org");
        assert_eq!(
            domains,
            [
                "example.org smtps://mail.example.org:465",
                "example.net smtp://127.0.0.1:2525"
            ]
        );
    }

    #[test]
    fn an_end_of_the_answers_is_an_error_and_no_endless_question() {
        let failure = gather_typed(&[], "example.org\n").unwrap_err();

        assert_eq!(failure.message(), "the questions were not answered");
    }

    fn gather_typed(flags: &[&str], typed: &str) -> Result<Settings, Failure> {
        let line = [&["persona", "setup", "--resolver", "none"], flags].concat();
        let Command::Setup(arguments) = Cli::try_parse_from(line).unwrap().command else {
            panic!("not the setup command");
        };
        let mut input = typed.as_bytes();
        let out = Out::new(Colour::Never);
        let places = Places::resolve(&arguments, None, &Environment::default()).unwrap();
        let finder = Finder::new(&arguments, None, &out);
        gather(
            &arguments,
            None,
            &places,
            &finder,
            Some(Questions::new(&mut input, &out)),
        )
    }
}
