//! The lines by which nginx hands requests to the server. Printed by `setup`, and by `check` where
//! they are missing.
//!
//! A cache of nginx's would take two hosts' documents for one: it tells answers apart by where they are
//! fetched, and not by the host that the browser asked.

use server::settings::ListenAddress;

/// Writes the block that passes what is `matched` to the server at `listen`.
pub(crate) fn location(matched: &str, listen: &ListenAddress) -> String {
    let pass = match listen {
        ListenAddress::Tcp(address) => format!("http://{address}"),
        ListenAddress::Unix(path) => format!("http://unix:{}:", path.display()),
    };
    format!(
        "   location {matched} {{\n      \
            proxy_pass {pass};\n      \
            proxy_cache off;\n      \
            proxy_set_header Host $http_host;\n      \
            proxy_set_header X-Forwarded-For $remote_addr;\n      \
            proxy_set_header Forwarded \"\";\n   }}\n"
    )
}
