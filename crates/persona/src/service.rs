//! The service of the server: whether systemd starts it here, the unit for that, and what starts it.
//!
//! Asked by `setup`, which offers either the service or the foreground and never both, and by the
//! remedies of `check`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use server::settings::{ListenAddress, Settings};

use crate::config::DEFAULT_FILE;

/// Whether a service runs the server of one settings file on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// Nothing here starts services that we know.
    None,
    /// systemd is here and could.
    Possible,
    /// systemd has the unit.
    There,
}

impl Service {
    /// Looks for the service of the settings `file`.
    pub(crate) fn of(file: &Path) -> Self {
        Self::below(Path::new("/"), file)
    }

    /// The same on a machine whose root directory is elsewhere.
    fn below(root: &Path, file: &Path) -> Self {
        // As sd_booted(3) finds out whether systemd has started this machine.
        if !root.join("run/systemd/system").is_dir() {
            return Self::None;
        }
        let units = PLACES.iter().map(|place| root.join(place).join(UNIT));
        let Some(unit) = units
            .into_iter()
            .find_map(|unit| fs::read_to_string(unit).ok())
        else {
            return Self::Possible;
        };
        // A unit for other settings is somebody else's server.
        let command = unit
            .lines()
            .find_map(|line| line.strip_prefix("ExecStart="));
        if command.is_some_and(|command| names_file(command, file)) {
            Self::There
        } else {
            Self::None
        }
    }

    /// The command that starts the server.
    pub(crate) fn start(self, file: &Path) -> String {
        match self {
            Self::There => "systemctl start persona".to_owned(),
            Self::Possible | Self::None => format!("persona serve{}", config_option(file)),
        }
    }
}

/// Gives the option that names a settings file to a command; none for the usual one.
pub(crate) fn config_option(file: &Path) -> String {
    if file == Path::new(DEFAULT_FILE) {
        return String::new();
    }
    format!(" --config {}", file.display())
}

/// Writes the unit for the program at `program`, run by `user`. `None` where a path has signs in it that
/// mean something else in a unit, or the socket is where a unit does not make a directory for it.
pub(crate) fn unit(settings: &Settings, file: &Path, program: &Path, user: &str) -> Option<String> {
    let program = plain(program)?;
    let config = plain(file).map(|_| config_option(file))?;
    let mut places = String::new();
    if let Some(store) = settings.storage.url.path() {
        let _ = writeln!(places, "ReadWritePaths={}", plain(store.parent()?)?);
    }
    if let ListenAddress::Unix(socket) = &settings.listen.address {
        let directory = plain(socket.parent()?)?.strip_prefix("/run/")?;
        let _ = writeln!(places, "RuntimeDirectory={directory}");
    }
    Some(format!(
        "[Unit]\n\
         Description=Sign in with a mailbox\n\
         Wants=network-online.target\n\
         After=network-online.target\n\n\
         [Service]\n\
         Type=notify\n\
         User={user}\n\
         ExecStart={program} serve{config}\n\
         ExecReload=kill -HUP $MAINPID\n\
         Restart=on-failure\n\
         ProtectSystem=strict\n\
         {places}\
         NoNewPrivileges=yes\n\n\
         [Install]\n\
         WantedBy=multi-user.target\n"
    ))
}

/// Gives a path that is one word in a unit, and means itself there.
fn plain(path: &Path) -> Option<&str> {
    let means_itself = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    path.to_str().filter(|text| text.chars().all(means_itself))
}

/// Does the command that starts a service name this settings file?
fn names_file(command: &str, file: &Path) -> bool {
    let Ok(file) = std::path::absolute(file) else {
        return false;
    };
    let mut words = command.split_whitespace().skip(1);
    match words.find_map(|word| {
        let value = word.strip_prefix("--config")?;
        Some(value.strip_prefix('=').unwrap_or_default().to_owned())
    }) {
        None => file == Path::new(DEFAULT_FILE),
        Some(value) if value.is_empty() => words.next().is_some_and(|word| Path::new(word) == file),
        Some(value) => Path::new(&value) == file,
    }
}

/// Has systemd read its units anew.
pub(crate) const READ_UNITS: &str = "systemctl daemon-reload";

/// Starts the service now and at each boot.
pub(crate) const ENABLE: &str = "systemctl enable --now persona";

/// Shows what the service said last.
pub(crate) const LOG: &str = "journalctl -u persona -n 20";

/// Has the service read its settings again.
pub(crate) const RELOAD: &str = "systemctl reload persona";

/// The unit's name, as it is in the guide.
const UNIT: &str = "persona.service";

/// Where a new unit goes.
pub(crate) const NEW_UNIT: &str = "/etc/systemd/system/persona.service";

/// Where systemd looks for units, the places that count more first (systemd.unit(5)).
const PLACES: [&str; 4] = [
    "etc/systemd/system",
    "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",
    "lib/systemd/system",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    const USUAL: &str = "issuer = \"https://id.example.org\"\n\
        storage.url = \"sqlite:/var/lib/persona/persona.db\"\n\
        [[domain]]\nname = \"example.org\"\nmailbox = \"smtps://mail.example.org\"\n";

    fn settings(more: &str) -> Settings {
        config::read(Path::new("persona.toml"), &format!("{more}{USUAL}"), &[]).unwrap()
    }

    #[test]
    fn the_unit_is_the_readmes() {
        let readme = include_str!("../../../README.md");
        let of_readme = readme.split("```ini\n").nth(1).unwrap();
        let of_readme = of_readme.split("```").next().unwrap();

        let program = Path::new("/usr/local/bin/persona");
        let unit = unit(&settings(""), Path::new(DEFAULT_FILE), program, "persona");

        assert_eq!(unit.as_deref(), Some(of_readme));
    }

    #[test]
    fn the_unit_has_the_settings_file_and_a_directory_for_the_socket() {
        let on_socket = settings("listen.address = \"unix:/run/persona/http.sock\"\n");
        let program = Path::new("/opt/persona");

        let unit = unit(&on_socket, Path::new("/srv/p.toml"), program, "www-data").unwrap();

        for line in [
            "User=www-data",
            "ExecStart=/opt/persona serve --config /srv/p.toml",
            "ReadWritePaths=/var/lib/persona",
            "RuntimeDirectory=persona",
        ] {
            assert!(unit.lines().any(|other| other == line), "{line}:\n{unit}");
        }
    }

    #[test]
    fn there_is_no_unit_for_what_would_mean_something_else_in_it() {
        let program = Path::new("/usr/local/bin/persona");
        let file = Path::new(DEFAULT_FILE);
        let socket = settings("listen.address = \"unix:/srv/http.sock\"\n");

        assert_eq!(unit(&socket, file, program, "persona"), None);
        for odd in ["/srv/a b.toml", "/srv/%h.toml", "/srv/a\nUser=root"] {
            assert_eq!(
                unit(&settings(""), Path::new(odd), program, "persona"),
                None
            );
            assert_eq!(unit(&settings(""), file, Path::new(odd), "persona"), None);
        }
    }

    #[test]
    fn a_service_is_there_if_systemd_is_and_its_unit_has_these_settings() {
        let machine = tempfile::tempdir().unwrap();
        let usual = Path::new(DEFAULT_FILE);
        let seen = |file| Service::below(machine.path(), file);

        assert_eq!(seen(usual), Service::None);
        fs::create_dir_all(machine.path().join("run/systemd/system")).unwrap();
        assert_eq!(seen(usual), Service::Possible);
        let units = machine.path().join("etc/systemd/system");
        fs::create_dir_all(&units).unwrap();
        for (command, at_usual, at_other) in [
            ("persona serve", Service::There, Service::None),
            (
                "persona serve --config /srv/p.toml",
                Service::None,
                Service::There,
            ),
            (
                "persona --config=/srv/p.toml serve",
                Service::None,
                Service::There,
            ),
            ("persona serve --config", Service::None, Service::None),
        ] {
            let text = format!("[Service]\nExecStart=/usr/local/bin/{command}\n");
            fs::write(units.join(UNIT), text).unwrap();
            assert_eq!(seen(usual), at_usual, "{command}");
            assert_eq!(seen(Path::new("/srv/p.toml")), at_other, "{command}");
        }
    }
}
