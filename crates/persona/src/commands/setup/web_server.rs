//! What the web server in front is told, host by host: which paths it hands over, and which document
//! it serves from a file.
//!
//! The lines take exactly these paths. Whatever else the site has, other names under `/.well-known/`
//! included, it keeps; the tests paste what is printed into the real programs.

mod apache;
mod caddy;
mod nginx;
mod traefik;

use std::fs;
use std::path::Path;

use server::settings::{BasePath, ListenAddress};

use crate::cli::Proxy;

/// A kind of web server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WebServer {
    Nginx,
    Apache,
    Caddy,
    Traefik,
}

/// What a web server does for a host.
#[derive(Debug)]
pub(crate) struct Host<'a> {
    /// Its name, or those of several that get the same lines.
    pub(crate) names: &'a [&'a str],
    /// What it serves itself, and the document root from which.
    pub(crate) filed: Option<(&'a Path, &'a [Place])>,
    /// What it hands over.
    pub(crate) passed: &'a [Place],
    /// Where to.
    pub(crate) listen: &'a ListenAddress,
    /// What stands before `/persona/`.
    pub(crate) base_path: &'a BasePath,
}

/// Paths that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// `/.well-known/browserid`.
    Document,
    /// `/.well-known/openid-configuration`, at issuers.
    OpenId,
    /// `/.well-known/webfinger`, at mail domains.
    WebFinger,
    /// All that is under `/persona/`.
    Pages,
    /// What sites and pages that were written for login.persona.org ask for.
    OldNames,
}

impl WebServer {
    /// Chooses for whom to print: who was asked for, else who runs here, else who is installed.
    pub(crate) fn chosen(proxy: Option<Proxy>) -> Vec<Self> {
        match proxy {
            Some(Proxy::Nginx) => vec![Self::Nginx],
            Some(Proxy::Apache) => vec![Self::Apache],
            Some(Proxy::Caddy) => vec![Self::Caddy],
            Some(Proxy::Traefik) => vec![Self::Traefik],
            Some(Proxy::All) => ALL.to_vec(),
            None => vec![Self::guess(&running(), is_installed)],
        }
    }

    fn guess(running: &[String], is_installed: impl Fn(&str) -> bool) -> Self {
        let runs = |server: &Self| {
            let mut names = server.programs().iter();
            names.any(|name| running.iter().any(|program| program == name))
        };
        let is_there = |server: &Self| server.programs().iter().any(|name| is_installed(name));
        let found = ALL.into_iter().find(runs);
        found
            .or_else(|| ALL.into_iter().find(is_there))
            .unwrap_or(Self::Nginx)
    }

    /// Gives its name, for people.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Apache => "Apache",
            Self::Caddy => "Caddy",
            Self::Traefik => "Traefik",
        }
    }

    /// Says where the lines of a host go.
    pub(crate) const fn section(self) -> &'static str {
        match self {
            Self::Nginx => "the server block of",
            Self::Apache => "the <VirtualHost> of",
            Self::Caddy => "the site block of",
            Self::Traefik => "a file of its file provider, for",
        }
    }

    /// Says what its lines need besides, as the end of a sentence.
    pub(crate) const fn before(self) -> &'static str {
        match self {
            Self::Nginx | Self::Caddy => "",
            Self::Traefik => "\n   (written from its documentation, and not tried)",
            Self::Apache => {
                ", above rewrite lines of its own\n   \
                 (once before: a2enmod proxy proxy_http headers)"
            }
        }
    }

    /// Writes the lines of a host: one paragraph.
    pub(crate) fn lines(self, host: &Host<'_>) -> String {
        match self {
            Self::Nginx => nginx::lines(host),
            Self::Apache => apache::lines(host),
            Self::Caddy => caddy::lines(host),
            Self::Traefik => traefik::lines(host),
        }
    }

    const fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Nginx => &["nginx"],
            Self::Apache => &["apache2", "httpd"],
            Self::Caddy => &["caddy"],
            Self::Traefik => &["traefik"],
        }
    }
}

/// Can a path stand in the settings of every web server, between quotation marks?
pub(crate) fn can_be_quoted(path: &Path) -> bool {
    path.to_str()
        .is_some_and(|text| !text.contains(|c: char| c.is_control() || SPECIAL.contains(&c)))
}

/// Names the programs that run on this machine, as far as we may look.
fn running() -> Vec<String> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|process| fs::read_to_string(process.path().join("comm")).ok())
        .map(|name| name.trim_end().to_owned())
        .collect()
}

fn is_installed(program: &str) -> bool {
    PROGRAMS
        .iter()
        .any(|place| Path::new(place).join(program).exists())
}

const ALL: [WebServer; 4] = [
    WebServer::Nginx,
    WebServer::Apache,
    WebServer::Caddy,
    WebServer::Traefik,
];

/// Where packages put servers.
const PROGRAMS: [&str; 4] = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];

/// What has a meaning between quotation marks in the settings of one of them.
const SPECIAL: [char; 6] = ['"', '\\', '$', '%', '{', '}'];

impl Host<'_> {
    /// Gives the files that the web server serves itself: the document root, the place and its path.
    fn files(&self) -> impl Iterator<Item = (&Path, Place, &'static str)> {
        let (docroot, places) = self.filed.unwrap_or((Path::new(""), &[]));
        let with_path = move |place: &Place| Some((docroot, *place, place.path()?));
        places.iter().filter_map(with_path)
    }

    /// Gives the path below which our pages are.
    fn pages(&self) -> String {
        format!("{}/persona/", self.base_path.prefix())
    }
}

impl Place {
    /// Gives the one path that it is, if it is one.
    const fn path(self) -> Option<&'static str> {
        match self {
            Self::Document => Some("/.well-known/browserid"),
            Self::OpenId => Some("/.well-known/openid-configuration"),
            Self::WebFinger => Some("/.well-known/webfinger"),
            Self::Pages | Self::OldNames => None,
        }
    }

    /// Says as what its file is sent.
    const fn media_type(self) -> &'static str {
        match self {
            Self::WebFinger => "application/jrd+json",
            Self::Document | Self::OpenId | Self::Pages | Self::OldNames => "application/json",
        }
    }

    /// May pages of other sites read its file? (RFC 7033 §5)
    const fn is_for_pages(self) -> bool {
        matches!(self, Self::WebFinger)
    }
}

const OLD_NAMES: [&str; 7] = [
    "include.js",
    "include.d.ts",
    "verify",
    "v2",
    "sign_in",
    "provisioning_api.js",
    "authentication_api.js",
];

/// Writes the old names as alternatives of a regular expression.
fn old_names() -> String {
    OLD_NAMES.join("|").replace('.', r"\.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_runs_comes_before_who_is_installed() {
        let guess = |running: &[&str], installed: &[&str]| {
            let running: Vec<String> = running.iter().map(|name| (*name).to_owned()).collect();
            WebServer::guess(&running, |name| installed.contains(&name))
        };

        assert_eq!(guess(&["init", "httpd"], &["nginx"]), WebServer::Apache);
        assert_eq!(guess(&["nginx-debug"], &["caddy"]), WebServer::Caddy);
        assert_eq!(guess(&[], &["apache2", "nginx"]), WebServer::Nginx);
        assert_eq!(guess(&[], &[]), WebServer::Nginx);
    }

    #[test]
    fn a_path_that_a_web_server_would_read_otherwise_is_seen() {
        assert!(can_be_quoted(Path::new("/srv/a site/büro's")));
        for odd in ["/a\"b", "/a\nb", "/$host", "/{x}", "/a\\", "/%{HTTP_HOST}"] {
            assert!(!can_be_quoted(Path::new(odd)), "{odd}");
        }
    }
}
