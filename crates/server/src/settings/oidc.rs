//! `[oidc]`: what OpenID Connect does besides serving the clients that are registered.

use protocol::oidc::ClientId;
use protocol::origin::Origin;
use serde::Deserialize;

use super::{Settings, SettingsError};

/// `[oidc]`: who else may ask.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OidcSettings {
    /// Origins of Portier's brokers that may ask whose address it is.
    pub portier_brokers: Vec<Origin>,
}

/// Checks what of `[oidc]` needs more than one key.
pub(super) fn validate(settings: &Settings) -> Result<(), SettingsError> {
    let brokers = &settings.oidc.portier_brokers;
    for (index, origin) in brokers.iter().enumerate() {
        let key = format!("oidc.portier_brokers[{index}]");
        if !origin.is_https() && !origin.is_loopback() {
            return Err(SettingsError::new(
                &key,
                "a broker must be an https origin; plain http is for localhost only",
                &format!("write \"https://{}\"", origin.authority()),
            ));
        }
        if ClientId::parse(origin.as_str()).is_err() {
            let sentence = "this origin is longer than the name of a client may be";
            return Err(SettingsError::new(&key, sentence, "leave it out"));
        }
        let is_client = |id: &ClientId| id.as_str() == origin.as_str();
        if settings.client.iter().any(|client| is_client(&client.id)) {
            return Err(SettingsError::new(
                &key,
                &format!("{origin} is a [[client]] already"),
                "leave it out in one of the two places",
            ));
        }
    }
    Ok(())
}
