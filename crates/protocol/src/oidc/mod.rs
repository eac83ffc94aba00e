//! OpenID Connect: a site learns from us who somebody is (OpenID Connect Core 1.0, RFC 6749, RFC 9700).

mod access_token;
mod authorization;
mod claims;
mod client;
mod client_authentication;
mod discovery;
mod error;
mod grant;
mod id_token;
mod logout;
mod logout_token;
mod parameters;
mod pkce;
mod prompt;
mod redirect_uri;
mod request_object;
mod scope;
mod token_request;

pub use access_token::access_token;
pub use authorization::{
    AuthorizationRequest, Distrust, Reply, ReplyTo, ResponseMode, TrustedRequest, UntrustedRequest,
};
pub use claims::{Claim, ClaimsRequest, Person};
pub use client::{
    Client, ClientId, ClientIdError, ClientProof, Flow, Pkce, SecretHash, Subject, Username,
};
pub use client_authentication::{ClientCredentials, Proven};
pub use discovery::{Endpoints, document};
pub use error::{Code, OAuthError};
pub use grant::{CodeGrant, Grant};
pub use id_token::{Statement, id_token, userinfo};
pub use logout::{LogoutRequest, UnregisteredLogoutRedirect};
pub use logout_token::{Departed, logout_token};
pub use parameters::Parameters;
pub use pkce::Challenge;
pub use prompt::Prompts;
pub use redirect_uri::{Place, RedirectUri, RedirectUriError};
pub use scope::{Scope, Scopes};
pub use token_request::TokenRequest;
