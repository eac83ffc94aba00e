//! Lines for Apache 2.4. `mod_rewrite` comes before all else there, so a site that rewrites
//! everything (most content management systems do) is kept from our paths.

use std::path::Path;

use server::settings::ListenAddress;

use super::{Host, Place, old_names};

pub(super) fn lines(host: &Host<'_>) -> String {
    let mut text = String::new();
    let mut patterns = Vec::new();
    for (docroot, place, path) in host.files() {
        patterns.push(escaped(path));
        text.push_str(&file(docroot, place, path));
    }
    let passed: Vec<String> = host
        .passed
        .iter()
        .map(|place| pattern(*place, host))
        .collect();
    if !passed.is_empty() {
        text.push_str(&pass(&joined(&passed), host.listen));
        patterns.extend(passed);
    }
    let all = joined(&patterns);
    text + &format!(
        "   <IfModule mod_rewrite.c>\n      \
            RewriteEngine On\n      \
            RewriteRule \"{all}\" \"-\" [END]\n   \
         </IfModule>\n"
    )
}

fn file(docroot: &Path, place: Place, path: &str) -> String {
    let matched = format!("^/{}$", escaped(path));
    let for_pages = if place.is_for_pages() {
        "      Header set Access-Control-Allow-Origin \"*\"\n"
    } else {
        ""
    };
    format!(
        "   AliasMatch \"{matched}\" \"{docroot}{path}\"\n   \
            <LocationMatch \"{matched}\">\n      \
            ForceType {kind}\n{for_pages}      \
            Require all granted\n   \
         </LocationMatch>\n",
        docroot = docroot.display(),
        kind = place.media_type()
    )
}

/// Apache itself writes `X-Forwarded-For`, and adds to what a browser has sent.
fn pass(matched: &str, listen: &ListenAddress) -> String {
    let address = match listen {
        ListenAddress::Tcp(address) => format!("http://{address}"),
        ListenAddress::Unix(path) => format!("unix:{}|http://localhost", path.display()),
    };
    format!(
        "   <LocationMatch \"{matched}\">\n      \
            ProxyPassMatch \"{address}\"\n      \
            ProxyPreserveHost On\n      \
            ProxyAddHeaders On\n      \
            RequestHeader unset X-Forwarded-For\n      \
            RequestHeader unset Forwarded\n      \
            Require all granted\n   \
         </LocationMatch>\n"
    )
}

/// Writes what stands behind the first slash, as a regular expression.
fn pattern(place: Place, host: &Host<'_>) -> String {
    match (place, place.path()) {
        (_, Some(path)) => escaped(path),
        (Place::OldNames, None) => old_names(),
        (_, None) => format!("{}.*", escaped(&host.pages())),
    }
}

fn escaped(path: &str) -> String {
    path.trim_start_matches('/').replace('.', r"\.")
}

fn joined(patterns: &[String]) -> String {
    format!("^/({})$", patterns.join("|"))
}
