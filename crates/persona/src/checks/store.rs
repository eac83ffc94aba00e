//! The store: does it open and answer, and is it closed to others?

use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use store::{StorageUrl, Store};

use super::Finding;

/// Opens the store and asks it something.
pub(crate) async fn check(url: &StorageUrl) -> (Option<Arc<dyn Store>>, Finding) {
    let subject = url.to_string();
    let Some(path) = url.path() else {
        return in_memory(url);
    };
    if !path.exists() {
        // Opening would make it, and a check changes nothing.
        return (None, unusable(&subject, "it is not there"));
    }
    // The store itself refuses to be opened when others may read it: say why before it does.
    let mode = std::fs::metadata(path).map(|metadata| metadata.mode() & 0o007);
    if mode.is_ok_and(|others| others != 0) {
        let finding = Finding::fail(
            "store-mode",
            &subject,
            "every user of this machine may read it",
        )
        .because("it says who signed in and when")
        .mend(format!("chmod o-rwx '{}'", path.display()));
        return (None, finding);
    }
    let opened = match store::open(url) {
        Ok(store) => store,
        Err(error) => return (None, unusable(&subject, &error.to_string())),
    };
    let sessions = match opened.sessions().await {
        Ok(rows) => rows.len(),
        Err(error) => return (None, unusable(&subject, &error.to_string())),
    };
    let seen = format!("it opens; {sessions} sign-ins are kept");
    (Some(opened), Finding::ok("store-opens", &subject, seen))
}

fn in_memory(url: &StorageUrl) -> (Option<Arc<dyn Store>>, Finding) {
    let subject = url.to_string();
    match store::open(url) {
        Ok(store) => {
            let seen = "nothing is kept on disk: sign-ins are in the browsers' cookies, the rest is forgotten \
                 at a restart";
            (Some(store), Finding::ok("store-opens", &subject, seen))
        }
        Err(error) => (None, unusable(&subject, &error.to_string())),
    }
}

fn unusable(subject: &str, seen: &str) -> Finding {
    Finding::fail("store-unusable", subject, seen)
        .because("nobody can sign in")
        .mend("persona setup, as the user who made it")
}
