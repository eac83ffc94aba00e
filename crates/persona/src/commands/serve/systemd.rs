//! What systemd hears of the server, if it wants to (`Type=notify` and `Type=notify-reload`).

use std::os::unix::net::UnixDatagram;

use server::clock;

use crate::config::Environment;

/// Says that the settings are being read again. The next `READY=1` says that this is over.
pub(super) fn tell_reloading(environment: &Environment) {
    let now = clock::monotonic_micros();
    tell(environment, &format!("RELOADING=1\nMONOTONIC_USEC={now}"));
}

/// Tells systemd how it goes, if it wants to hear: `sd_notify(3)` is one datagram.
pub(super) fn tell(environment: &Environment, state: &str) {
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
        tracing::warn!(%error, "systemd could not be told how it goes");
    }
}
