//! `persona setup`: makes settings, keys and store, on which `persona serve` runs as they are.
//!
//! What is there stays as it is, unless `--restart` is given: then it is moved aside, not thrown
//! away. The settings are written last, so that an installation that has them is whole; whatever
//! goes wrong before takes back what this run had done. The network is used for one thing alone: to look
//! for a mail server that nobody named.

mod answers;
pub(super) mod client_section;
mod files;
mod group;
pub(super) mod lines;
mod mail_server;
mod report;
pub(super) mod settings_file;
mod web_server;
mod website;

use std::collections::HashMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use server::settings::{BasePath, Settings};

use super::load;
use crate::cli::SetupArguments;
use crate::config::{ConfigFile, Draft, Environment};
use crate::discover::Provider;
use crate::out::{Exit, Failure, Out};
use crate::service::{self, Service};
use answers::Questions;
use files::{Done, Entry, Manner, Work};
use mail_server::Finder;
use mailbox::MailboxUrl;
use protocol::browserid::Authority;
use protocol::origin::Origin;
use protocol::webfinger::{self, Answerer};
use report::{Report, Runner, Start};
use server::journey::support;
use server::keyring::Keyring;
use web_server::{Place, WebServer};
use website::{Content, Docroot};

/// Makes an installation, or completes one.
pub(crate) fn run(
    arguments: &SetupArguments,
    config: Option<&Path>,
    environment: &Environment,
    out: &Out,
) -> Result<Exit, Failure> {
    let places = Places::resolve(arguments, config, environment)?;
    let former = former_settings(&places, arguments, environment, out)?;
    let kept = former.as_ref().filter(|_| !arguments.restart);
    let (settings, text) = if let Some(settings) = kept {
        note_what_is_not_done(arguments, settings, &places, out);
        (settings.clone(), None)
    } else {
        let wanted = gather(arguments, former.as_ref(), &places, out)?;
        let text = settings_file::write(&wanted);
        let draft = Draft::of_text(Path::new("the new settings"), text.clone(), Vec::new())?;
        (load(&draft.with_drop_ins()?)?.settings, Some(text))
    };

    note_providers(&settings, out);
    let docroot = website::docroot(arguments, &settings)?;
    let readers = group_of_readers(arguments, &places)?;
    let manner = if arguments.dry_run {
        Manner::Rehearsal
    } else {
        Manner::InEarnest
    };
    let mut work = Work::new(
        manner,
        readers.as_ref().map(|readers| readers.id),
        arguments.restart,
        arguments.verbose.then_some(out),
    );
    work.directory(&places.directory_of_settings())?;
    let keyrings = keys(&mut work, &settings)?;
    work.store(&settings.storage.url)?;
    let site = match &docroot {
        Some(docroot) => site(docroot, arguments, &keyrings, &settings)?,
        None => Vec::new(),
    };
    for (file, text) in &site {
        work.document(file, text)?;
    }
    match &text {
        Some(text) => work.settings(&places.settings, text)?,
        None => work.kept(&places.settings)?,
    }
    let entries = work.finish();

    out.data(&report::listing(&entries, manner))?;
    if manner == Manner::Rehearsal {
        let text = text.map(|text| (places.settings.clone(), text));
        for (file, text) in text.into_iter().chain(site) {
            out.data(&report::content(&file, &text))?;
        }
    }
    note_what_was_kept(&entries, docroot.is_some(), out);
    if let Some(group) = readers
        .as_ref()
        .and_then(|readers| readers.guessed.as_deref())
    {
        note_the_guess(group, &entries, out);
    }
    let group = group::of_readers(&places.settings).or(readers.map(|readers| readers.id));
    let runner = runner(group);
    let report = Report {
        settings: &settings,
        file: &places.settings,
        service: &start(&settings, &places.settings, &runner),
        runner: &runner,
        web_servers: &WebServer::chosen(arguments.proxy),
        docroot: docroot.as_ref(),
        of_domains: of_domains(arguments),
    };
    out.data(&report::what_is_left(&report))?;
    Ok(Exit::Done)
}

/// Where everything goes.
pub(crate) struct Places {
    pub(crate) settings: PathBuf,
    pub(crate) keys: PathBuf,
    pub(crate) store: PathBuf,
}

impl Places {
    fn resolve(
        arguments: &SetupArguments,
        config: Option<&Path>,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let absolute = |path: &Path| {
            std::path::absolute(path)
                .map_err(|error| Failure::wrong_use(format!("{}: {error}", path.display())))
        };
        let secrets = arguments.secrets.as_deref().unwrap_or(Path::new(SECRETS));
        let secrets = absolute(secrets)?;
        let data = absolute(arguments.data.as_deref().unwrap_or(Path::new(DATA)))?;
        let named = config
            .map(Path::to_owned)
            .or_else(|| environment.config_file());
        Ok(Self {
            settings: match named {
                Some(path) => absolute(&path)?,
                None => secrets.join("persona.toml"),
            },
            keys: secrets.join("keys"),
            store: data.join("persona.db"),
        })
    }

    fn directory_of_settings(&self) -> PathBuf {
        self.settings.parent().unwrap_or(Path::new("/")).to_owned()
    }
}

/// Reads the settings that are there. Ones that cannot be read are an error, except when everything
/// is to be redone.
fn former_settings(
    places: &Places,
    arguments: &SetupArguments,
    environment: &Environment,
    out: &Out,
) -> Result<Option<Settings>, Failure> {
    if !places.settings.exists() {
        return Ok(None);
    }
    let file = ConfigFile::resolve(Some(&places.settings), environment);
    let draft = Draft::read(&file, &Environment::default(), Vec::new());
    // What is redone is the file: the domains that stand elsewhere stay there.
    let settings = draft.and_then(|draft| {
        let alone = draft.alone().clone();
        let whole = load(&draft)?.settings;
        Ok(if arguments.restart { alone } else { whole })
    });
    match settings {
        Ok(settings) => Ok(Some(settings)),
        Err(failure) if arguments.restart => {
            out.talk(&format!(
                "the former settings are not used: {}",
                failure.message()
            ));
            Ok(None)
        }
        Err(failure) => {
            Err(failure.hint("mend that line, or redo everything: persona setup --restart"))
        }
    }
}

fn gather(
    arguments: &SetupArguments,
    former: Option<&Settings>,
    places: &Places,
    out: &Out,
) -> Result<Settings, Failure> {
    if arguments.domains.is_empty()
        && let [domain] = &website::domains(arguments, former)?[..]
    {
        out.talk(&format!("the domain is {domain}, that of --website"));
    }
    let stdin = std::io::stdin();
    let terminal = out.is_terminal() && stdin.is_terminal();
    let mut lines = stdin.lock();
    let questions = terminal.then(|| Questions::new(&mut lines, out));
    let finder = Finder::new(arguments, former, out);
    answers::gather(arguments, former, places, &finder, questions)
}

/// The group whose members may read what is written.
struct Readers {
    id: u32,
    /// Its name, if nobody named it.
    guessed: Option<String>,
}

/// Finds the group whose members may read what is written: a restart leaves it as it was.
fn group_of_readers(
    arguments: &SetupArguments,
    places: &Places,
) -> Result<Option<Readers>, Failure> {
    if arguments.restart && arguments.group.is_none() && places.settings.exists() {
        let former = group::of_readers(&places.settings);
        return Ok(former.map(|id| Readers { id, guessed: None }));
    }
    let group = group::resolve(arguments.group.as_deref())?;
    Ok(group.map(|group| Readers {
        id: group.id,
        guessed: arguments.group.is_none().then_some(group.name),
    }))
}

/// Finds out who is to run the server: root sets up for the group that may read the settings.
fn runner(readers: Option<u32>) -> Runner {
    let readers = readers.filter(|id| *id != 0 && group::we_are_root());
    match readers.and_then(group::name_of) {
        Some(name) if group::is_user(&name) => Runner::User(name),
        Some(name) => Runner::MemberOf(name),
        None => Runner::Same,
    }
}

/// Finds out how the server is to be started. Only root, who sets up for another user, makes services.
fn start(settings: &Settings, file: &Path, runner: &Runner) -> Start {
    let Runner::User(user) = runner else {
        return Start::ByHand;
    };
    match Service::of(file) {
        Service::There => Start::Service,
        Service::Possible => std::env::current_exe()
            .ok()
            .and_then(|program| service::unit(settings, file, &program, user))
            .map_or(Start::ByHand, Start::NewService),
        Service::None => Start::ByHand,
    }
}

/// Makes the key of each issuer, unless there is one. A rehearsal makes none.
fn keys(
    work: &mut Work<'_>,
    settings: &Settings,
) -> Result<HashMap<Origin, Option<Keyring>>, Failure> {
    let issuers = settings.issuers().into_iter();
    let made = issuers.map(|own| {
        let keyring = work.keys(&own.keys.directory)?;
        Ok((own.issuer, keyring))
    });
    made.collect()
}

/// Writes the document for a document root. A rehearsal has no key for it where none is there yet.
fn document(
    docroot: &Docroot,
    keyrings: &HashMap<Origin, Option<Keyring>>,
    base_path: &BasePath,
) -> Result<String, Failure> {
    let keyring = keyrings.get(&docroot.issuer).and_then(Option::as_ref);
    match (docroot.content, keyring) {
        (Content::Own, Some(keyring)) => Ok(support::own(keyring.public_key(), base_path)),
        (Content::Own, None) => Ok("(the new key, and where to sign in)".to_owned()),
        (Content::Delegation, _) => {
            let authority = Authority::of_origin(&docroot.issuer)
                .map_err(|error| Failure::wrong_use(error.to_string()))?;
            Ok(support::delegation(&authority))
        }
    }
}

/// Writes what a web site answers from files.
fn site(
    docroot: &Docroot,
    arguments: &SetupArguments,
    keyrings: &HashMap<Origin, Option<Keyring>>,
    settings: &Settings,
) -> Result<Vec<(PathBuf, String)>, Failure> {
    let document = document(docroot, keyrings, &settings.base_path)?;
    let finger = docroot.finger().filter(|_| arguments.webfinger);
    let finger = finger.map(|file| {
        let answer = webfinger::fixed_answer(Answerer {
            issuer: docroot.issuer.as_str(),
            takes_brokers: !settings.oidc.portier_brokers.is_empty(),
        });
        (file, answer)
    });
    let document = (docroot.file(), document);
    Ok(std::iter::once(document).chain(finger).collect())
}

/// Chooses what the web servers of mail domains say of them.
const fn of_domains(arguments: &SetupArguments) -> &'static [Place] {
    if arguments.webfinger {
        &[Place::Document, Place::WebFinger]
    } else {
        &[Place::Document]
    }
}

/// Says so where a web site has, or may have, a document that does not say what it should.
fn note_what_was_kept(entries: &[Entry], told: bool, out: &Out) {
    for entry in entries.iter().filter(|entry| entry.done == Done::KeptOther) {
        out.talk(&format!(
            "{} stays, but says something else than this installation would; --restart replaces it",
            entry.path.display()
        ));
    }
    let redone = entries.iter().any(|entry| entry.done == Done::MovedAside);
    if redone && !told {
        out.talk(
            "a .well-known/browserid that --docroot wrote earlier may have the former key: \
             give --docroot again to replace it",
        );
    }
}

/// Says so where a mail server was named that does not let itself be asked.
fn note_providers(settings: &Settings, out: &Out) {
    for domain in &settings.domain {
        if let MailboxUrl::Server(url) = &domain.mailbox
            && let Some(provider) = Provider::of(&url.host())
        {
            let owns = provider.owns(&url.host());
            out.talk(&format!("{}: {owns}", domain.name));
        }
    }
}

/// Says to whom files were given that nobody had named. What was there already was not given away.
fn note_the_guess(group: &str, entries: &[Entry], out: &Out) {
    if entries.iter().any(|entry| entry.done == Done::Wrote) {
        out.talk(&format!(
            "members of {group} may read the files that were written now; --group chooses another group"
        ));
    }
}

/// Says so when somebody asks for something new of an installation that is there.
fn note_what_is_not_done(arguments: &SetupArguments, kept: &Settings, places: &Places, out: &Out) {
    let group = group::resolve(arguments.group.as_deref()).ok().flatten();
    let readers = group::of_readers(&places.settings);
    let other_group = group.is_some_and(|group| Some(group.id) != readers);
    let asked = [
        ("--domain", !arguments.domains.is_empty()),
        ("--mailbox", arguments.mailbox.is_some()),
        ("--issuer", arguments.issuer.is_some()),
        (
            "--secrets",
            arguments.secrets.is_some() && places.keys != kept.keys.directory,
        ),
        (
            "--data",
            arguments.data.is_some() && Some(places.store.as_path()) != kept.storage.url.path(),
        ),
        ("--listen", arguments.listen.is_some()),
        ("--group", arguments.group.is_some() && other_group),
    ];
    let ignored: Vec<&str> = asked
        .iter()
        .filter_map(|(flag, ignored)| ignored.then_some(*flag))
        .collect();
    if !ignored.is_empty() {
        out.talk(&format!(
            "{} not done: {} is there already and stays as it is; edit it, or redo everything with --restart",
            ignored.join(", "),
            places.settings.display()
        ));
    }
}

const SECRETS: &str = "/etc/persona";
const DATA: &str = "/var/lib/persona";
