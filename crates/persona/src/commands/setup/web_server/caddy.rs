//! Lines for Caddy 2.5 and newer, which sets `X-Forwarded-For` by itself and drops the browser's own.

use server::settings::ListenAddress;

use super::{Host, OLD_NAMES, Place};

pub(super) fn lines(host: &Host<'_>) -> String {
    let mut text = String::new();
    for (docroot, place, path) in host.files() {
        let for_pages = if place.is_for_pages() {
            "      header Access-Control-Allow-Origin *\n"
        } else {
            ""
        };
        let file = format!(
            "   handle {path} {{\n      \
                root * \"{}\"\n      \
                header Content-Type {}\n{for_pages}      \
                file_server\n   }}\n",
            docroot.display(),
            place.media_type()
        );
        text.push_str(&file);
    }
    if !host.passed.is_empty() {
        let paths: Vec<String> = host
            .passed
            .iter()
            .flat_map(|place| paths(*place, host))
            .collect();
        let address = match host.listen {
            ListenAddress::Tcp(address) => address.to_string(),
            ListenAddress::Unix(path) => format!("unix/{}", path.display()),
        };
        let handed_over = format!(
            "   @persona path {}\n   \
                handle @persona {{\n      \
                reverse_proxy {address} {{\n         \
                   header_up -Forwarded\n      \
                }}\n   }}\n",
            paths.join(" ")
        );
        text.push_str(&handed_over);
    }
    text
}

fn paths(place: Place, host: &Host<'_>) -> Vec<String> {
    match (place, place.path()) {
        (_, Some(path)) => vec![path.to_owned()],
        (Place::OldNames, None) => OLD_NAMES.iter().map(|name| format!("/{name}")).collect(),
        (_, None) => vec![format!("{}*", host.pages())],
    }
}
