//! A `[[client]]` section as `setup` and `persona client` write it: what has to be said, and what
//! differs from the default.

use protocol::jose::token::TokenAlgorithm;
use protocol::oidc::{ClientId, Flow, Pkce, RedirectUri, Scope, Scopes, Subject, Username};
use protocol::origin::Origin;
use server::settings::{AccessTokenForm, AllowEntry, ClientSettings, ConsentRule};
use toml::Value;

use super::lines::{line, secret};

/// Writes the keys of a `[[client]]` section, a line each. Reading them gives this client again.
pub(crate) fn lines_of(client: &ClientSettings) -> Vec<String> {
    let uris = |uris: &[RedirectUri]| list(uris, RedirectUri::as_str);
    let allow = client.allow.entries().iter().map(AllowEntry::to_string);
    let keys: [(&str, Option<Value>); 20] = [
        ("id", Some(client.id.as_str().into())),
        ("name", client.name.as_deref().map(Value::from)),
        ("secret", client.secret.as_ref().map(secret)),
        (
            "jwks",
            client.jwks.as_ref().map(|keys| keys.as_str().into()),
        ),
        ("redirect_uris", uris(&client.redirect_uris)),
        (
            "post_logout_redirect_uris",
            uris(&client.post_logout_redirect_uris),
        ),
        (
            "backchannel_logout_uri",
            client
                .backchannel_logout_uri
                .as_ref()
                .map(|uri| uri.as_str().into()),
        ),
        ("origins", list(&client.origins, Origin::as_str)),
        ("allow", filled(allow.map(Value::from).collect())),
        ("consent", consent(client.consent)),
        ("pkce", client.pkce.map(pkce)),
        ("response_type", response_type(client.response_type)),
        ("scopes", scopes(&client.scopes)),
        ("subject_type", subject_type(client.subject_type)),
        ("username", username(client.username)),
        (
            "id_token_signed_response_alg",
            Some(client.id_token_signed_response_alg)
                .filter(|algorithm| *algorithm != TokenAlgorithm::Rs256)
                .map(|algorithm| algorithm.as_str().into()),
        ),
        (
            "userinfo_signed_response_alg",
            client
                .userinfo_signed_response_alg
                .map(|algorithm| algorithm.as_str().into()),
        ),
        ("access_token", access_token(client.access_token)),
        ("introspects", list(&client.introspects, ClientId::as_str)),
        (
            "issuer",
            client.issuer.as_ref().map(|issuer| issuer.as_str().into()),
        ),
    ];
    let said = keys.into_iter();
    said.filter_map(|(key, value)| Some(line(key, value?)))
        .collect()
}

fn list<T>(values: &[T], text: fn(&T) -> &str) -> Option<Value> {
    filled(values.iter().map(|value| text(value).into()).collect())
}

fn filled(values: Vec<Value>) -> Option<Value> {
    (!values.is_empty()).then_some(Value::Array(values))
}

fn consent(rule: ConsentRule) -> Option<Value> {
    match rule {
        ConsentRule::Once => None,
        ConsentRule::Never => Some("never".into()),
    }
}

fn pkce(pkce: Pkce) -> Value {
    match pkce {
        Pkce::Optional => "optional".into(),
        Pkce::Required => "required".into(),
    }
}

fn response_type(flow: Flow) -> Option<Value> {
    match flow {
        Flow::Code => None,
        Flow::IdToken => Some("id_token".into()),
    }
}

fn scopes(scopes: &Scopes) -> Option<Value> {
    let some = Scope::ALL.into_iter().filter(|scope| scopes.has(*scope));
    let some: Vec<Value> = some.map(|scope| scope.as_str().into()).collect();
    (some.len() < Scope::ALL.len()).then_some(Value::Array(some))
}

fn subject_type(subject: Subject) -> Option<Value> {
    match subject {
        Subject::Public => None,
        Subject::Pairwise => Some("pairwise".into()),
    }
}

fn username(username: Username) -> Option<Value> {
    match username {
        Username::LocalPart => None,
        Username::Address => Some("address".into()),
    }
}

fn access_token(form: AccessTokenForm) -> Option<Value> {
    match form {
        AccessTokenForm::Opaque => None,
        AccessTokenForm::Jwt => Some("jwt".into()),
    }
}
