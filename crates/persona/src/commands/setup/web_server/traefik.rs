//! Routers for Traefik 3, from its documentation (file provider, rules and priority, headers): the program
//! itself is not among those that the tests can have.
//!
//! It writes `X-Forwarded-For` itself and drops the browser's own, unless that comes from its
//! `trustedIPs`, and lets `Forwarded` pass. It serves no files and reaches no Unix socket.

use std::fmt::Write as _;

use server::settings::ListenAddress;

use super::{Host, OLD_NAMES, Place};

pub(super) fn lines(host: &Host<'_>) -> String {
    let mut text = String::new();
    for (docroot, _, path) in host.files() {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "   # Traefik serves no files: lead {path} to a web server that has {}",
            docroot.display()
        );
    }
    if !host.passed.is_empty() {
        text.push_str(&router(host));
    }
    text
}

fn router(host: &Host<'_>) -> String {
    let address = match host.listen {
        ListenAddress::Tcp(address) => address.to_string(),
        ListenAddress::Unix(_) => {
            "ADDRESS:PORT # it reaches no socket: change listen.address".into()
        }
    };
    let name = match host.names {
        [one] => format!("persona-{}", one.replace('.', "-")),
        _ => "persona-domains".to_owned(),
    };
    let hosts = any(host.names.iter().map(|name| format!("Host(`{name}`)")));
    let paths = any(host.passed.iter().flat_map(|place| paths(*place, host)));
    format!(
        "   http:\n     \
            routers:\n       \
               {name}:\n         \
                 rule: '{hosts} && {paths}'\n         \
                 priority: {PRIORITY}\n         \
                 # entryPoints and tls: as in your other routers\n         \
                 middlewares: [{name}]\n         \
                 service: {name}\n     \
            middlewares:\n       \
               {name}:\n         \
                 headers:\n           \
                   customRequestHeaders:\n             \
                     Forwarded: ''\n     \
            services:\n       \
               {name}:\n         \
                 loadBalancer:\n           \
                   servers:\n             \
                     - url: http://{address}\n"
    )
}

fn any(matchers: impl Iterator<Item = String>) -> String {
    let matchers: Vec<String> = matchers.collect();
    match matchers.as_slice() {
        [one] => one.clone(),
        many => format!("({})", many.join(" || ")),
    }
}

fn paths(place: Place, host: &Host<'_>) -> Vec<String> {
    match (place, place.path()) {
        (_, Some(path)) => vec![format!("Path(`{path}`)")],
        (Place::OldNames, None) => {
            let names = OLD_NAMES.iter();
            names.map(|name| format!("Path(`/{name}`)")).collect()
        }
        (_, None) => vec![format!("PathPrefix(`{}`)", host.pages())],
    }
}

/// Above every router that has none of its own, which gets the length of its rule.
const PRIORITY: u32 = 100_000;
