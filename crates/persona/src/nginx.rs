//! The lines by which nginx hands requests to the server. Printed by `setup`, and by `check` where
//! they are missing.

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
            proxy_set_header Host $http_host;\n      \
            proxy_set_header X-Forwarded-For $remote_addr;\n      \
            proxy_set_header Forwarded \"\";\n   }}\n"
    )
}
