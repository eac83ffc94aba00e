//! The clients of one issuer, and who may use them.

use std::collections::HashMap;
use std::sync::Arc;

use protocol::email::EmailAddress;
use protocol::oidc::ClientId;
use store::StoreError;

use super::{App, StartError};
use crate::clients::{RegisteredClient, RowError, read_row};
use crate::lists::Unreadable;
use crate::settings::{ClientSettings, Settings};

/// Says why it is not known whether there is such a client.
#[derive(Debug, thiserror::Error)]
pub enum ClientUnknown {
    /// The store could not be asked.
    #[error("the store did not say whether there is such a client: {0}")]
    Store(#[from] StoreError),
    /// What the store has under this id cannot be understood.
    #[error("the client {0} in the store is none: {1}")]
    Row(ClientId, #[source] RowError),
}

/// The clients that the settings of an issuer name.
pub(super) type Clients = HashMap<ClientId, Arc<RegisteredClient>>;

/// Makes ready the clients that the settings of an issuer name.
pub(super) fn of_settings(settings: &Settings) -> Result<Clients, StartError> {
    let client = |section: &ClientSettings| {
        let id = section.id.clone();
        RegisteredClient::new(section)
            .map(|client| (id.clone(), Arc::new(client)))
            .map_err(|error| StartError::Client(id, error))
    };
    let mut clients: Clients = settings
        .client
        .iter()
        .map(client)
        .collect::<Result<_, _>>()?;
    let brokers = settings.oidc.portier_brokers.iter();
    for broker in brokers.filter_map(RegisteredClient::broker) {
        clients.insert(broker.client.id.clone(), Arc::new(broker));
    }
    Ok(clients)
}

impl App {
    /// Finds a client of this issuer by what a request calls it; `None` if there is none. The settings come
    /// first; the store is asked each time, so that what the operator changes there counts at once.
    pub async fn client(&self, id: &str) -> Result<Option<Arc<RegisteredClient>>, ClientUnknown> {
        let Ok(id) = ClientId::parse(id) else {
            return Ok(None);
        };
        if let Some(client) = self.clients.get(&id) {
            return Ok(Some(Arc::clone(client)));
        }
        let Some(row) = self.store.client(id.as_str()).await? else {
            return Ok(None);
        };
        let unusable = |error| ClientUnknown::Row(id.clone(), error);
        let section = read_row(&row).map_err(unusable)?;
        if *section.issuer.as_ref().unwrap_or(&self.main_issuer) != self.settings.issuer {
            return Ok(None);
        }
        let client = RegisteredClient::new(&section).map_err(|_| unusable(RowError::Secret))?;
        Ok(Some(Arc::new(client)))
    }

    /// May somebody use a client? A group file that cannot be read is neither a yes nor a no, unless the
    /// answer does not depend on it.
    pub fn admits(
        &self,
        client: &RegisteredClient,
        address: &EmailAddress,
    ) -> Result<bool, Unreadable> {
        let allow = &client.allow;
        if allow.fits(address, &[]) {
            return Ok(true);
        }
        Ok(allow.names_groups() && allow.fits(address, &self.groups_of(address)?))
    }

    /// Finds the groups that somebody belongs to, by the group file of their own domain: what another
    /// domain's file says of them does not count. In the order of their names.
    pub fn groups_of(&self, address: &EmailAddress) -> Result<Vec<String>, Unreadable> {
        let door = self.named_door(address.domain());
        let Some(file) = door.and_then(|door| door.groups.as_ref()) else {
            return Ok(Vec::new());
        };
        let groups = file.current(self.clock.now())?;
        let names = groups.groups_of(address).into_iter();
        Ok(names.map(str::to_owned).collect())
    }
}
