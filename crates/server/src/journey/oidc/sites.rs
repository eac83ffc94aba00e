//! The sites that somebody has let know who they are, and how they change their mind.

use protocol::email::EmailAddress;
use protocol::oidc::Scopes;

use super::OidcError;
use crate::app::App;
use crate::hashed::Hashed;

/// A site that somebody has let know who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreedSite {
    /// The name of the client in requests.
    pub client: String,
    /// What people know it by.
    pub name: String,
    /// What it may be told.
    pub scopes: Scopes,
}

/// Lists the sites of this issuer that somebody has agreed to, by the names that people know.
pub async fn agreed(app: &App, who: &EmailAddress) -> Result<Vec<AgreedSite>, OidcError> {
    let mut sites = Vec::new();
    for consent in app.store.consents_of(who).await? {
        if consent.issuer != app.settings.issuer.as_str() {
            continue;
        }
        let registered = app.client(&consent.client).await?;
        let name = registered.and_then(|registered| registered.client.name.clone());
        sites.push(AgreedSite {
            name: name.unwrap_or_else(|| consent.client.clone()),
            client: consent.client,
            scopes: Scopes::read(&consent.scopes),
        });
    }
    sites.sort_by_cached_key(|site| site.name.to_lowercase());
    Ok(sites)
}

/// Takes back what somebody has agreed to, and ends what the site was given. It is asked for anew when they
/// come again.
pub async fn withdraw(app: &App, who: &EmailAddress, client: &str) -> Result<(), OidcError> {
    let issuer = app.settings.issuer.as_str();
    let withdrawn = app.store.withdraw_consent(issuer, client, who).await?;
    tracing::info!(outcome = "withdrawn", withdrawn, client, address = %Hashed(who), "consent");
    Ok(())
}
