//! What `setup` tells the operator when it is done.

use std::fmt::Write as _;
use std::path::Path;

use server::settings::{ListenAddress, Settings};

use super::files::{Done, Entry};
use crate::config::DEFAULT_FILE;

/// Lists each file with its mode.
pub(crate) fn listing(entries: &[Entry]) -> String {
    let mut text = String::new();
    for Entry { done, mode, path } in entries {
        let done = match done {
            Done::Wrote => "wrote",
            Done::Kept => "kept ",
            Done::MovedAside => "moved",
        };
        let _ = writeln!(text, "{done}  {mode:04o}  {}", path.display());
    }
    text
}

/// Says what is left to do: the web server's lines, and the next commands.
pub(crate) fn what_is_left(settings: &Settings, file: &Path) -> String {
    let issuer = &settings.issuer;
    let pass = pass_to(&settings.listen.address);
    let mut text = format!(
        "\nLeft to do:\n\n\
         1. Hand these paths to the server. For nginx, in the server block of {issuer}:\n\n\
         {pass_well_known}\
         {pass_persona}\
         {pass_roots}",
        pass_well_known = location("= /.well-known/browserid", &pass),
        pass_persona = location("/persona/", &pass),
        pass_roots = location(
            r"~ ^/(include\.js|verify|provisioning_api\.js|authentication_api\.js)$",
            &pass
        ),
    );
    let others: Vec<&str> = settings
        .domain
        .iter()
        .map(|domain| domain.name.as_str())
        .filter(|name| *name != issuer.host())
        .collect();
    if !others.is_empty() {
        let _ = write!(
            text,
            "\n   and, so that the domain says who speaks for it, in the server block of each of\n   {}:\n\n{}",
            others
                .iter()
                .map(|name| format!("https://{name}"))
                .collect::<Vec<_>>()
                .join(" "),
            location("= /.well-known/browserid", &pass)
        );
    }
    let config = if file == Path::new(DEFAULT_FILE) {
        String::new()
    } else {
        format!(" --config {}", file.display())
    };
    let _ = write!(
        text,
        "\n2. Start the server:      persona serve{config}\n\
         3. See whether all works: persona check{config} ADDRESS\n"
    );
    text
}

fn location(matched: &str, pass: &str) -> String {
    format!(
        "   location {matched} {{\n      \
            proxy_pass {pass};\n      \
            proxy_set_header Host $http_host;\n      \
            proxy_set_header X-Forwarded-For $remote_addr;\n      \
            proxy_set_header Forwarded \"\";\n   }}\n"
    )
}

fn pass_to(listen: &ListenAddress) -> String {
    match listen {
        ListenAddress::Tcp(address) => format!("http://{address}"),
        ListenAddress::Unix(path) => format!("http://unix:{}:", path.display()),
    }
}
