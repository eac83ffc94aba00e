//! The clients of OpenID Connect as the server knows them: what a client is to the protocol, and what
//! the operator wants of it besides.
//!
//! Made from a [`ClientSettings`], wherever that was written. `App::client` finds one by its id.
//!
//! What stands in the store is read more strictly than the settings ([`read_row`]): the server's own user
//! may write there, and a copy of the store is easily somewhere else.

use data_encoding::HEXLOWER_PERMISSIVE;
use protocol::jose::token::TokenAlgorithm;
use protocol::oidc::{
    Client, ClientId, ClientProof, Flow, Pkce, RedirectUri, Scope, Scopes, SecretHash,
};
use protocol::origin::Origin;
use serde::Deserialize;
use store::ClientRow;

use crate::settings::{
    AccessTokenForm, Allow, ClientSettings, ConsentRule, SecretPlace, SecretSetting, SettingsError,
};

/// A client that the operator has registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredClient {
    /// What it is to the protocol.
    pub client: Client,
    /// Who may use it.
    pub allow: Allow,
    /// Whether people are asked before it learns who they are.
    pub consent: ConsentRule,
    /// The host for which people have a name of their own, where its subject is pairwise and there
    /// is one.
    pub sector: Option<String>,
    /// Whole origins that are this client.
    pub origins: Vec<Origin>,
    /// Where it is told that somebody has signed out.
    pub backchannel_logout_uri: Option<RedirectUri>,
    /// How userinfo answers are signed, if they are to be.
    pub userinfo_signing: Option<TokenAlgorithm>,
    /// What its access tokens are.
    pub access_token: AccessTokenForm,
    /// Whose access tokens it may ask about besides its own.
    pub introspects: Vec<ClientId>,
    /// Whether it is a broker of Portier, which asks about one address in the name of others.
    pub is_broker: bool,
}

/// Says why a client's secret is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nobody has read it from its place.
    #[error("its secret was not read")]
    NotRead,
    /// Something else than a hash stands behind `sha256:`.
    #[error("behind sha256: stand the 64 hexadecimal digits of a hash")]
    Hash,
    /// It can be guessed: it is hashed once, which holds for random text alone.
    #[error("its secret is shorter than 20 characters, and could be guessed")]
    Short,
}

/// Says why a client in the store is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// The text cannot be read.
    #[error("the text is not one [[client]] section: {0}")]
    Form(String),
    /// The section is another client's.
    #[error("the section is that of {0}")]
    Id(ClientId),
    /// A secret that whoever sees the store could use, or the place of one, which whoever writes to the
    /// store could choose.
    #[error("the store keeps the hashes of secrets alone: secret = \"sha256:…\"")]
    Secret,
    /// The keys do not go together.
    #[error("{}: {}", .0.key, .0.sentence)]
    Rule(SettingsError),
}

/// Reads the client that a row of the store holds.
pub fn read_row(row: &ClientRow) -> Result<ClientSettings, RowError> {
    let section: Section = toml::from_str(&row.section).map_err(|error| {
        let message = error.message().lines().collect::<Vec<_>>().join("; ");
        RowError::Form(message)
    })?;
    let [client] = <[ClientSettings; 1]>::try_from(section.client)
        .map_err(|found| RowError::Form(format!("there are {} sections", found.len())))?;
    if client.id.as_str() != row.id {
        return Err(RowError::Id(client.id));
    }
    let hashed = |secret: &SecretSetting| {
        let text = secret
            .text()
            .filter(|_| *secret.place() == SecretPlace::Here);
        text.is_some_and(|text| text.expose().starts_with(HASHED))
    };
    if client.secret.as_ref().is_some_and(|secret| !hashed(secret)) {
        return Err(RowError::Secret);
    }
    client.validate().map_err(RowError::Rule)?;
    RegisteredClient::new(&client).map_err(|_| RowError::Secret)?;
    Ok(client)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    client: Vec<ClientSettings>,
}

impl RegisteredClient {
    /// Takes a client as it was written, with its secret read from its place.
    pub fn new(settings: &ClientSettings) -> Result<Self, SecretError> {
        let proof = proof(settings)?;
        let redirect_uris = settings.redirect_uris.clone();
        let mut client = Client::new(settings.id.clone(), proof, redirect_uris);
        client.name.clone_from(&settings.name);
        client
            .post_logout_redirect_uris
            .clone_from(&settings.post_logout_redirect_uris);
        if settings.pkce == Some(Pkce::Required) {
            client.pkce = Pkce::Required;
        }
        client.flow = settings.response_type;
        client.scopes = settings.scopes.clone();
        client.signing = settings.id_token_signed_response_alg;
        client.subject = settings.subject_type;
        client.username = settings.username;
        Ok(Self {
            client,
            allow: settings.allow.clone(),
            consent: settings.consent,
            sector: settings.sector(),
            origins: settings.origins.clone(),
            backchannel_logout_uri: settings.backchannel_logout_uri.clone(),
            userinfo_signing: settings.userinfo_signed_response_alg,
            access_token: settings.access_token,
            introspects: settings.introspects.clone(),
            is_broker: false,
        })
    }

    /// Makes the client that a broker of Portier is: its origin is its name and has all its addresses,
    /// and it gets ID tokens that say whose address it is, and nothing else. `None` for an origin that
    /// is too long to be a name.
    pub fn broker(origin: &Origin) -> Option<Self> {
        let id = ClientId::parse(origin.as_str()).ok()?;
        let mut client = Client::new(id, ClientProof::Public, Vec::new());
        client.redirect_origin = Some(origin.clone());
        client.flow = Flow::IdToken;
        client.scopes = Scopes::of(&[Scope::OpenId, Scope::Email]);
        Some(Self {
            client,
            allow: Allow::default(),
            consent: ConsentRule::Once,
            sector: None,
            origins: Vec::new(),
            backchannel_logout_uri: None,
            userinfo_signing: None,
            access_token: AccessTokenForm::Opaque,
            introspects: Vec::new(),
            is_broker: true,
        })
    }
}

fn proof(settings: &ClientSettings) -> Result<ClientProof, SecretError> {
    let Some(secret) = &settings.secret else {
        let keys = settings.jwks.as_ref().map(|keys| keys.keys().clone());
        return Ok(keys.map_or(ClientProof::Public, ClientProof::Keys));
    };
    let text = secret.text().ok_or(SecretError::NotRead)?;
    if let Some(hash) = text.expose().strip_prefix(HASHED) {
        let octets = HEXLOWER_PERMISSIVE.decode(hash.as_bytes()).ok();
        let octets = octets.and_then(|octets| octets.try_into().ok());
        let hash = octets.map(SecretHash::from_sha256);
        return hash.map(ClientProof::Secret).ok_or(SecretError::Hash);
    }
    if text.expose().chars().count() < SHORTEST {
        return Err(SecretError::Short);
    }
    Ok(ClientProof::Secret(SecretHash::of(text)))
}

/// What stands in front of the hash of a secret.
pub const HASHED: &str = "sha256:";
/// Characters of a secret: 20 random ones of an alphabet have more than 90 bits.
const SHORTEST: usize = 20;

#[cfg(test)]
mod tests;
