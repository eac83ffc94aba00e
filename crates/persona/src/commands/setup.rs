//! `persona setup`: makes settings, keys and store, on which `persona serve` runs as they are.
//!
//! What is there stays as it is, unless `--restart` is given: then it is moved aside, not thrown
//! away. The settings are written last, so that an installation that has them is whole; whatever
//! goes wrong before takes back what this run had done. The network is used for one thing alone: to look
//! for a mail server that nobody named.

mod answers;
mod files;
mod group;
mod mail_server;
mod report;
mod settings_file;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use server::settings::Settings;

use crate::cli::SetupArguments;
use crate::config::{self, ConfigFile, Environment};
use crate::out::{Exit, Failure, Out};
use answers::Questions;
use files::{Done, Entry, Work};
use mail_server::Finder;
use report::Runner;

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
        let settings = config::read(Path::new("the new settings"), &text, &[])?;
        (settings, Some(text))
    };

    let readers = group_of_readers(arguments, &places)?;
    let mut work = Work::new(
        readers.as_ref().map(|readers| readers.id),
        arguments.restart,
        arguments.verbose.then_some(out),
    );
    work.directory(&places.directory_of_settings())?;
    work.keys(&settings.keys.directory)?;
    work.store(&settings.storage.url)?;
    match &text {
        Some(text) => work.settings(&places.settings, text)?,
        None => work.kept(&places.settings)?,
    }
    let entries = work.finish();

    out.data(&report::listing(&entries))?;
    if let Some(group) = readers.and_then(|readers| readers.guessed) {
        note_the_guess(&group, &entries, out);
    }
    let runner = runner(&places.settings);
    out.data(&report::what_is_left(&settings, &places.settings, &runner))?;
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
    match config::load(&file, &Environment::default(), Vec::new()) {
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
    let stdin = std::io::stdin();
    let terminal = stdin.is_terminal();
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
fn runner(settings: &Path) -> Runner {
    let readers = group::of_readers(settings).filter(|id| *id != 0 && group::we_are_root());
    match readers.and_then(group::name_of) {
        Some(name) if group::is_user(&name) => Runner::User(name),
        Some(name) => Runner::MemberOf(name),
        None => Runner::Same,
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
            arguments.data.is_some() && places.store != kept.storage.url.path(),
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
