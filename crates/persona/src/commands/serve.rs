//! `persona serve`: the server, in the foreground, until it is asked to stop.
//!
//! Everything that can be wrong is found before the port is opened. Sockets inherited from systemd
//! (`LISTEN_FDS`) are not taken in this version.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::Arc;

use server::Listener;
use server::keyring::Keyring;
use server::settings::ListenAddress;

use super::{Threads, domains_of, load_without_store, open_issuers, open_store, runtime, stop};
use crate::cli::ServeArguments;
use crate::config::{self, ConfigFile, Draft, Environment, Overlay};
use crate::out::{Exit, Failure};

/// Runs the server until a signal comes.
pub(crate) fn run(
    arguments: ServeArguments,
    file: &ConfigFile,
    environment: &Environment,
) -> Result<Exit, Failure> {
    run_until(arguments, file, environment, (|_: &str| {}, stop::asked_to))
}

/// Runs the server until what the second of `front` makes is done; the first is told where it listens.
pub(crate) fn run_until<S>(
    arguments: ServeArguments,
    file: &ConfigFile,
    environment: &Environment,
    front: (impl FnOnce(&str), impl FnOnce() -> Result<S, Failure>),
) -> Result<Exit, Failure>
where
    S: Future<Output = ()> + Send + 'static,
{
    let (listening, stop) = front;
    let draft = Draft::read(file, environment, overlays(arguments))?;
    // What is wrong with the settings is said first: the place of the store stands in them.
    let store = open_store(draft.storage());
    let mut settings = match &store {
        Ok(store) => draft.complete(&domains_of(Some(Arc::clone(store)))?)?,
        Err(trouble) => load_without_store(&draft, trouble)?,
    }
    .settings;
    config::read_secrets(&mut settings, environment)?;
    let address = settings.listen.address.clone();
    let issuers = open_issuers(&settings, store)?;
    for settings in settings.issuers() {
        for finding in Keyring::findings(&settings.keys.directory) {
            tracing::warn!(remedy = finding.remedy(), "{finding}");
        }
    }
    let issuer = settings.issuer;
    runtime(Threads::EachCore)?.block_on(async {
        let stop = stop()?;
        let (listener, place) = open(&address).await?;
        if environment.inherits_sockets() {
            tracing::warn!("inherited sockets (LISTEN_FDS) are not taken in this version");
        }
        tracing::info!(address = %place, %issuer, "listening on {place}");
        listening(&place.to_string());
        tell_systemd(environment, "READY=1");
        server::serve(issuers, listener, async {
            stop.await;
            tracing::info!("stopping: the requests under way are answered first");
            tell_systemd(environment, "STOPPING=1");
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

/// Tells systemd how it goes, if it wants to hear: `sd_notify(3)` is one datagram.
fn tell_systemd(environment: &Environment, state: &str) {
    let Some(path) = environment.notify_socket() else {
        return;
    };
    let told =
        UnixDatagram::unbound().and_then(|socket| match path.to_string_lossy().strip_prefix('@') {
            Some(name) => {
                use std::os::linux::net::SocketAddrExt;
                let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
                socket.send_to_addr(state.as_bytes(), &address)
            }
            None => socket.send_to(state.as_bytes(), &path),
        });
    if let Err(error) = told {
        tracing::warn!(%error, "systemd could not be told that the server is ready");
    }
}
