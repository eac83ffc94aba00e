//! Lines for nginx: `location` blocks. An exact one wins over whatever else the site has.

use std::path::Path;

use super::{Host, Place, old_names};
use crate::nginx::location;

pub(super) fn lines(host: &Host<'_>) -> String {
    let files = host.files().map(file);
    let passed = host.passed.iter().map(|place| passed(*place, host));
    files.chain(passed).collect()
}

fn file((docroot, place, path): (&Path, Place, &str)) -> String {
    let for_pages = if place.is_for_pages() {
        "      add_header Access-Control-Allow-Origin \"*\";\n"
    } else {
        ""
    };
    format!(
        "   location = {path} {{\n      \
            root \"{}\";\n      \
            default_type {};\n{for_pages}   }}\n",
        docroot.display(),
        place.media_type()
    )
}

fn passed(place: Place, host: &Host<'_>) -> String {
    let matched = match (place, place.path()) {
        (_, Some(path)) => format!("= {path}"),
        (Place::OldNames, None) => format!("~ ^/({})$", old_names()),
        (_, None) => host.pages(),
    };
    location(&matched, host.listen)
}
