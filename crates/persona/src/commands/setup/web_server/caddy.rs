//! Lines for Caddy 2.5 and newer, which sets `X-Forwarded-For` by itself and drops the browser's own.

use server::settings::ListenAddress;

use super::{DOCUMENT, Host, OLD_NAMES, Place};

pub(super) fn lines(host: &Host<'_>) -> String {
    let mut text = String::new();
    if let Some(docroot) = host.docroot {
        text = format!(
            "   handle {DOCUMENT} {{\n      \
                root * \"{}\"\n      \
                header Content-Type application/json\n      \
                file_server\n   }}\n",
            docroot.display()
        );
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
    match place {
        Place::Document => vec![DOCUMENT.to_owned()],
        Place::Pages => vec![format!("{}*", host.pages())],
        Place::OldNames => OLD_NAMES.iter().map(|name| format!("/{name}")).collect(),
    }
}
