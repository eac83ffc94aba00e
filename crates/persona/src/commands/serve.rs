//! `persona serve`: the server, in the foreground, until it is asked to stop.
//!
//! Everything that can be wrong is found before the port is opened. At SIGHUP the settings are read
//! again ([`reload`]). Sockets inherited from systemd (`LISTEN_FDS`) are not taken in this version.

mod reload;
mod systemd;

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use server::clock::Clock;
use server::keyring::Keyring;
use server::settings::{ListenAddress, Settings};
use server::token_keys::{self, TokenKeys};
use server::{Current, Listener};

use self::reload::{Kept, Reloading, Written};
use super::stop::{self, Hangup};
use super::{
    Threads, domains_of, load_without_store, open_issuers, open_shared, open_store, runtime,
};
use crate::cli::ServeArguments;
use crate::config::{self, ConfigFile, Environment, Overlay};
use crate::out::{Exit, Failure};

/// Runs the server until a signal comes.
pub(crate) fn run(
    arguments: ServeArguments,
    file: &ConfigFile,
    environment: &Environment,
) -> Result<Exit, Failure> {
    let signals = || Ok((stop::asked_to()?, Some(Hangup::caught()?)));
    run_until(arguments, file, environment, (|_: &str| {}, signals))
}

/// Runs the server until what the second of `front` makes is done, and reads the settings again when that
/// says so; the first is told where it listens.
pub(crate) fn run_until<S>(
    arguments: ServeArguments,
    file: &ConfigFile,
    environment: &Environment,
    front: (
        impl FnOnce(&str),
        impl FnOnce() -> Result<(S, Option<Hangup>), Failure>,
    ),
) -> Result<Exit, Failure>
where
    S: Future<Output = ()> + Send + 'static,
{
    let (listening, signals) = front;
    let written = Written {
        file: file.clone(),
        environment: environment.clone(),
        flags: overlays(arguments),
    };
    let draft = written.draft()?;
    // What is wrong with the settings is said first: the place of the store stands in them.
    let store = open_store(draft.storage());
    let mut settings = match &store {
        Ok(store) => draft.complete(&domains_of(Some(Arc::clone(store)))?)?,
        Err(trouble) => load_without_store(&draft, trouble)?,
    }
    .settings;
    config::read_secrets(&mut settings, environment)?;
    let address = settings.listen.address.clone();
    make_token_keys(&settings);
    let shared = || open_shared(&settings, store.clone()?);
    let (issuers, shared) = open_issuers(&settings, shared)?;
    reload::warn_about_keys(&settings);
    let current = Current::new(issuers);
    let reloading = Reloading {
        written,
        store: store?,
        current: current.clone(),
        shared,
        kept: Kept::of(&settings),
    };
    let issuer = settings.issuer;
    runtime(Threads::EachCore)?.block_on(async {
        let (stop, hangup) = signals()?;
        let (listener, place) = open(&address).await?;
        if environment.inherits_sockets() {
            tracing::warn!("inherited sockets (LISTEN_FDS) are not taken in this version");
        }
        tracing::info!(address = %place, %issuer, "listening on {place}");
        listening(&place.to_string());
        systemd::tell(environment, "READY=1");
        server::serve(current, listener, async {
            tokio::select! {
                () = stop => {}
                () = reloading.at_each(hangup) => {}
            }
            tracing::info!("stopping: the requests under way are answered first");
            systemd::tell(environment, "STOPPING=1");
        })
        .await;
        if let ListenAddress::Unix(path) = &address {
            // Whoever comes next finds a free place; that it is gone already is no trouble.
            std::fs::remove_file(path).ok();
        }
        tracing::info!("stopped");
        Ok(Exit::Done)
    })
}

/// Makes the keys of tokens for an installation that was set up before there were any. That this user
/// may not is no news: what cannot be loaded is said when it is.
fn make_token_keys(settings: &Settings) {
    let now = Clock::system().now().to_seconds();
    for Settings { keys, .. } in settings.issuers() {
        // Where there is no installation, nothing is made.
        if !Keyring::file_in(&keys.directory).exists() {
            continue;
        }
        let group = token_keys::group_of(&keys.directory);
        match TokenKeys::make_missing(&TokenKeys::directory_in(&keys.directory), group, now) {
            Ok(made) => {
                for path in made {
                    tracing::info!(path = %path.display(), "made a key for OpenID Connect");
                }
            }
            Err(error) => tracing::debug!("no keys for OpenID Connect were made: {error}"),
        }
    }
}

/// Gives the settings that the flags stand for.
fn overlays(arguments: ServeArguments) -> Vec<Overlay> {
    let ServeArguments {
        issuer,
        listen,
        keys,
        storage,
        domain,
        mailbox,
    } = arguments;
    let mut overlays = Vec::new();
    if domain.is_some() {
        overlays.push(Overlay::clear("--domain", "domain"));
    }
    let flags = [
        ("--issuer", "issuer", issuer),
        ("--listen", "listen.address", listen),
        ("--keys", "keys.directory", keys),
        ("--storage", "storage.url", storage),
        ("--domain", "domain.0.name", domain),
        ("--mailbox", "domain.0.mailbox", mailbox),
    ];
    for (flag, key, value) in flags {
        overlays.extend(value.map(|value| Overlay::from_flag(flag, key, value)));
    }
    overlays
}

/// Opens the door, and says where it is: port 0 in the settings means any free port.
async fn open(address: &ListenAddress) -> Result<(Listener, ListenAddress), Failure> {
    match address {
        ListenAddress::Tcp(socket) => {
            let opened = tokio::net::TcpListener::bind(socket).await;
            let listener = opened.map_err(|error| cannot_listen(address, &error))?;
            let place = listener
                .local_addr()
                .map_err(|error| cannot_listen(address, &error))?;
            Ok((Listener::Tcp(listener), ListenAddress::Tcp(place)))
        }
        ListenAddress::Unix(path) => {
            let opened = remove_dead_socket(path).and_then(|()| bind_for_all(path));
            let listener = opened.map_err(|error| cannot_listen(address, &error))?;
            Ok((Listener::Unix(listener), address.clone()))
        }
    }
}

/// Opens a socket that every user of this machine may connect to, as to a port on loopback: the web
/// server in front is another user. Who shall not come in is kept out by the directory's mode.
fn bind_for_all(path: &Path) -> io::Result<tokio::net::UnixListener> {
    let listener = tokio::net::UnixListener::bind(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o666))?;
    Ok(listener)
}

/// Removes a socket that a killed server left behind, and nothing else.
fn remove_dead_socket(path: &Path) -> io::Result<()> {
    let Ok(metadata) = std::fs::symlink_metadata(path) else {
        return Ok(());
    };
    let alive = || std::os::unix::net::UnixStream::connect(path).is_ok();
    if metadata.file_type().is_socket() && !alive() {
        std::fs::remove_file(path)?;
    }
    Ok(())
}

fn cannot_listen(address: &ListenAddress, error: &io::Error) -> Failure {
    let failure = Failure::missing(format!("nothing can listen at {address}: {error}"));
    match (error.kind(), address) {
        (io::ErrorKind::AddrInUse, ListenAddress::Tcp(socket)) => failure.hint(format!(
            "another program is there: find it with ss -ltnp sport = :{}, or choose another listen.address",
            socket.port()
        )),
        (io::ErrorKind::AddrInUse, ListenAddress::Unix(path)) => failure.hint(format!(
            "another server answers there, or {} is no socket: remove it, or choose another listen.address",
            path.display()
        )),
        _ => failure,
    }
}
