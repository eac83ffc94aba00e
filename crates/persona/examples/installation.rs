//! An installation from within a program: set up, serve, check, stop.
//!
//! ```text
//! cargo run -p persona --example installation FOLDER smtps://mail.example.org alice@example.org < PASSWORD
//! ```

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;

use tokio::sync::oneshot;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, mailbox, address] = &arguments[..] else {
        return told("usage: installation FOLDER MAILBOX ADDRESS < PASSWORD", 2);
    };
    let mut password = String::new();
    if let Err(error) = io::stdin().read_line(&mut password) {
        return told(&error.to_string(), 2);
    }
    match installation(folder.as_ref(), mailbox, address, password.trim_end()) {
        Ok(found) => told(&found, 0),
        Err(trouble) => told(&trouble, 1),
    }
}

/// Makes an installation in `folder`, runs its server while it is checked, and gives what was found.
pub(crate) fn installation(
    folder: &Path,
    mailbox: &str,
    address: &str,
    password: &str,
) -> Result<String, String> {
    let place = |name: &str| folder.join(name).display().to_string();
    let (_, domain) = address.split_once('@').ok_or("an address has an @")?;
    let config = ["--config".to_owned(), place("secrets/persona.toml")];

    let made = persona::setup([
        "--domain",
        domain,
        "--mailbox",
        mailbox,
        "--issuer",
        "http://id.localhost",
        "--listen",
        &format!("unix:{}", place("http.sock")),
        "--secrets",
        &place("secrets"),
        "--data",
        &place("data"),
    ]);
    if made.status != 0 {
        return Err(made.talk);
    }

    let (listening, listens) = mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let server_config = config.clone();
    let server = thread::spawn(move || {
        let tell = move |place: &str| drop(listening.send(place.to_owned()));
        persona::serve(server_config, tell, async { drop(stopped.await) })
    });
    // Where it does not listen, it has ended, and says why.
    let place = listens.recv();
    let found = persona::check([&config[..], &[address.to_owned()]].concat(), &[password]);
    drop(stop);
    let served = server.join().map_err(|_| "the server panicked")?;

    match (place, served.status, found.status) {
        (Ok(place), 0, 0) => Ok(format!("served at {place}\n{}", found.data)),
        (Ok(_), 0, _) => Err(format!("{}{}", found.data, found.talk)),
        _ => Err(served.talk),
    }
}

fn told(text: &str, status: u8) -> ExitCode {
    match writeln!(io::stdout(), "{text}") {
        Ok(()) => status.into(),
        Err(_) => 3.into(),
    }
}
