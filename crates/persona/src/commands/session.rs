//! `persona session list | revoke`: who is signed in, and how to end it.

use protocol::email::EmailAddress;
use protocol::time::UnixSeconds;
use server::clock::Clock;
use server::keyring::Keyring;
use server::settings::Settings;
use store::{Store, StoreError};

use super::{Threads, open_store, runtime, trouble};
use crate::cli::SessionAction;
use crate::out::{Exit, Failure, Out, one_line};

/// Lists or ends sessions.
pub(crate) fn run(action: &SessionAction, settings: &Settings, out: &Out) -> Result<Exit, Failure> {
    let url = &settings.storage.url;
    let Some(path) = url.path() else {
        return Err(nothing_is_kept(settings));
    };
    // Opening would make it, and then nobody would seem to be signed in.
    if !path.exists() {
        return Err(Failure::missing(format!("the store {url} is not there"))
            .hint("storage.url in the settings names it; `persona setup` makes it"));
    }
    let store = open_store(url)?;
    runtime(Threads::One)?.block_on(async {
        match action {
            SessionAction::List { json } => list(store.as_ref(), *json, out).await,
            SessionAction::Revoke { whose, .. } => {
                revoke(store.as_ref(), whose.as_deref(), out).await
            }
        }
    })
}

/// Says what there is in the place of a list where each session is in its cookie.
fn nothing_is_kept(settings: &Settings) -> Failure {
    let key = Keyring::file_in(&settings.keys.directory);
    Failure::wrong_use(format!(
        "sign-ins are kept in the browsers' cookies (storage.url is {}), so they cannot be listed, or ended one by one",
        settings.storage.url
    ))
    .hint(format!(
        "to end all of them, change the signing key: mv '{0}' '{0}.old', then `persona setup`, then start the server again",
        key.display()
    ))
    .hint(format!(
        "each ends by itself after {} (session.lifetime); with a store (storage.url = \"sqlite:/var/lib/persona/persona.db\") they can be listed and ended",
        settings.session_lifetime()
    ))
}

async fn list(store: &dyn Store, json: bool, out: &Out) -> Result<Exit, Failure> {
    let now = Clock::system().now().to_seconds();
    let mut rows = store.sessions().await.map_err(|error| trouble(&error))?;
    rows.retain(|row| row.expires > now);
    if json {
        let rows: Vec<serde_json::Value> = rows
            .iter()
            .map(|row| {
                serde_json::json!({
                    "id": row.prefix,
                    "address": row.address.to_string(),
                    "proof": row.proof.as_str(),
                    "opened": row.opened.as_seconds(),
                    "expires": row.expires.as_seconds(),
                })
            })
            .collect();
        out.data(&format!("{}\n", serde_json::Value::from(rows)))?;
        return Ok(Exit::Done);
    }
    let width = rows
        .iter()
        .map(|row| row.address.to_string().chars().count())
        .max();
    let width = width.unwrap_or_default();
    for row in &rows {
        let address = one_line(&row.address.to_string());
        out.data(&format!(
            "{}  {address:width$}  {:8}  {} to {}\n",
            row.prefix,
            row.proof.as_str(),
            date(row.opened),
            date(row.expires)
        ))?;
    }
    if rows.is_empty() {
        out.talk("nobody is signed in");
    }
    Ok(Exit::Done)
}

async fn revoke(store: &dyn Store, whose: Option<&str>, out: &Out) -> Result<Exit, Failure> {
    let ended = match whose {
        None => store.end_all_sessions().await,
        Some(text) if text.contains('@') => {
            let address = EmailAddress::parse(text)
                .map_err(|error| Failure::wrong_use(format!("{text}: {error}")))?;
            store.end_sessions_of(&address).await
        }
        Some(id) => store.end_session_by_prefix(&whole_id(id)?).await,
    };
    let ended = ended.map_err(|error| match (&error, whose) {
        (StoreError::AmbiguousPrefix, Some(id)) => Failure::wrong_use(format!(
            "several sign-ins have an id that begins with {id}, so none was ended"
        ))
        .hint("end them by address: persona session revoke ADDRESS"),
        _ => trouble(&error),
    })?;
    out.data(&format!("{ended} ended\n"))?;
    if ended == 0 && whose.is_some() {
        out.talk("there was no such sign-in");
        return Ok(Exit::Bad);
    }
    Ok(Exit::Done)
}

/// Reads an id as the list prints it: at least eight hexadecimal digits.
fn whole_id(text: &str) -> Result<String, Failure> {
    let hexadecimal = text.bytes().all(|b| b.is_ascii_hexdigit());
    if text.len() < 8 || text.len() > 64 || !hexadecimal {
        return Err(
            Failure::wrong_use(format!("{text:?} is neither an address nor an id"))
                .hint("`persona session list` prints the ids"),
        );
    }
    Ok(text.to_ascii_lowercase())
}

/// Writes a point in time for people: `2026-11-22 01:15`, in UTC.
pub(super) fn date(time: UnixSeconds) -> String {
    let time = time.to_civil();
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}",
        time.year, time.month, time.day, time.hour, time.minute
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_to_the_minute() {
        for (seconds, written) in [
            (0, "1970-01-01 00:00"),
            (1_795_300_000, "2026-11-21 22:26"),
            (4_102_444_799, "2099-12-31 23:59"),
        ] {
            assert_eq!(date(UnixSeconds::from_seconds(seconds)), written);
        }
    }
}
