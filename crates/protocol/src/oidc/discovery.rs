//! The discovery document: what an issuer supports (OpenID Connect Discovery §3, RFC 8414 §2).
//!
//! It says what is really there, so it is made from the same lists that requests are read with.

use serde_json::json;

use super::scope::Scope;
use crate::jose::token::TokenAlgorithm;

/// Where the endpoints are, as absolute URLs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Our issuer, an origin.
    pub issuer: String,
    /// What is in front of each endpoint's name: `https://id.example.org/persona/oidc/`.
    pub base: String,
    /// Whether clients may register themselves.
    pub registration: bool,
}

/// Makes the document, as JSON text.
pub fn document(endpoints: &Endpoints) -> String {
    let at = |name: &str| format!("{}{name}", endpoints.base);
    let algorithms = TokenAlgorithm::ALL.map(TokenAlgorithm::as_str);
    let methods = [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "none",
    ];
    let confidential = [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
    ];
    let mut document = json!({
        "issuer": endpoints.issuer,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "userinfo_endpoint": at("userinfo"),
        "jwks_uri": at("jwks.json"),
        "revocation_endpoint": at("revoke"),
        "introspection_endpoint": at("introspect"),
        "end_session_endpoint": at("logout"),
        "scopes_supported": Scope::ALL.map(Scope::as_str),
        "response_types_supported": ["code", "id_token"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token", "implicit"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": algorithms,
        "userinfo_signing_alg_values_supported": algorithms,
        "request_object_signing_alg_values_supported": algorithms,
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": confidential,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_supported": [
            "iss", "sub", "aud", "iat", "exp", "auth_time", "nonce", "amr", "sid",
            "email", "email_verified", "preferred_username", "name", "groups",
        ],
        "claims_parameter_supported": true,
        "request_parameter_supported": true,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
    });
    if let (true, Some(members)) = (endpoints.registration, document.as_object_mut()) {
        members.insert("registration_endpoint".to_owned(), json!(at("register")));
    }
    document.to_string()
}
