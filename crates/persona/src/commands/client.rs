//! `persona client list | show | add | remove | profiles`: the applications that people can sign in to.
//!
//! `add` keeps one in the store and prints both halves of its set-up: what is kept here, and what is
//! typed or pasted at the application. What differs between applications is data ([`profile`]).

mod add;
mod profile;
mod show;

use std::sync::Arc;

use server::clients::read_row;
use server::settings::ClientSettings;
use store::{ClientRow, Store};

use super::{Threads, load, open_store_if_there, runtime, trouble};
use crate::cli::ClientAction;
use crate::config::Draft;
use crate::out::{Exit, Failure, Out};

/// Lists, shows, adds or removes clients.
pub(crate) fn run(action: &ClientAction, draft: &Draft, out: &Out) -> Result<Exit, Failure> {
    match action {
        ClientAction::List { json } => show::list(&everywhere(draft)?, *json, out),
        ClientAction::Show { id, json } => show::show(id, &everywhere(draft)?, *json, out),
        ClientAction::Add(new) => add::add(new, draft, out),
        ClientAction::Remove { id } => remove(id, draft, out),
        ClientAction::Profiles { json } => show::profiles(*json, out),
    }
}

/// A client, and where it is written.
struct Written {
    client: Result<ClientSettings, String>,
    id: String,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Settings,
    Store,
}

impl Place {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Store => "store",
        }
    }
}

/// Gives all clients, those of the settings first.
fn everywhere(draft: &Draft) -> Result<Vec<Written>, Failure> {
    let settings = load(draft)?.settings;
    let of_settings = settings.client.into_iter().map(|client| Written {
        id: client.id.to_string(),
        client: Ok(client),
        place: Place::Settings,
    });
    let rows = rows(open_store_if_there(draft.storage())?)?;
    let of_store = rows.iter().map(|row| Written {
        client: read_row(row).map_err(|error| error.to_string()),
        id: row.id.clone(),
        place: Place::Store,
    });
    Ok(of_settings.chain(of_store).collect())
}

fn rows(store: Option<Arc<dyn Store>>) -> Result<Vec<ClientRow>, Failure> {
    let Some(store) = store else {
        return Ok(Vec::new());
    };
    let rows = runtime(Threads::One)?.block_on(store.clients());
    rows.map_err(|error| trouble(&error))
}

fn remove(id: &str, draft: &Draft, out: &Out) -> Result<Exit, Failure> {
    let removed = match open_store_if_there(draft.storage())? {
        Some(store) => runtime(Threads::One)?
            .block_on(store.remove_client(id))
            .map_err(|error| trouble(&error))?,
        None => false,
    };
    if removed {
        out.data(&format!(
            "{id} is no longer in the store, and what it was given is worth nothing\n"
        ))?;
        return Ok(Exit::Done);
    }
    out.talk(&format!("{id} is not in the store"));
    let settings = load(draft)?.settings;
    if settings
        .client
        .iter()
        .any(|client| client.id.as_str() == id)
    {
        out.talk("it is written in the settings: take it out there");
    }
    Ok(Exit::Bad)
}
