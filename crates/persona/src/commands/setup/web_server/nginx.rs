//! Lines for nginx: `location` blocks. An exact one wins over whatever else the site has.

use std::path::Path;

use super::{DOCUMENT, Host, Place, old_names};
use crate::nginx::location;

pub(super) fn lines(host: &Host<'_>) -> String {
    let file = host.docroot.map(file).into_iter();
    let passed = host.passed.iter().map(|place| passed(*place, host));
    file.chain(passed).collect()
}

fn file(docroot: &Path) -> String {
    format!(
        "   location = {DOCUMENT} {{\n      \
            root \"{}\";\n      \
            default_type application/json;\n   }}\n",
        docroot.display()
    )
}

fn passed(place: Place, host: &Host<'_>) -> String {
    let matched = match place {
        Place::Document => format!("= {DOCUMENT}"),
        Place::Pages => host.pages(),
        Place::OldNames => format!("~ ^/({})$", old_names()),
    };
    location(&matched, host.listen)
}
