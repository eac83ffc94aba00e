//! Authorization requests: a site asks who is there (OpenID Connect Core §3.1.2.1, RFC 6749 §4.1.1).
//!
//! In two steps that cannot be exchanged. First, who asks and where the answer would go: until that is
//! trusted, nothing is answered by redirect ([`UntrustedRequest::trust`]). Then everything else, whose
//! errors go back to the site ([`TrustedRequest::read`]).

use super::claims::ClaimsRequest;
use super::client::{Client, Flow, Pkce};
use super::error::{Code, OAuthError};
use super::parameters::Parameters;
use super::pkce::Challenge;
use super::prompt::Prompts;
use super::redirect_uri::{self, Place, RedirectUri};
use super::request_object;
use super::scope::{Scope, Scopes};
use crate::time::UnixSeconds;

/// A request of which nothing is believed yet, not even where its answer would go.
#[derive(Clone, Debug)]
pub struct UntrustedRequest {
    parameters: Parameters,
}

/// Says why a request is answered on our own page and never by redirect (RFC 9700 §4.11.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// No `client_id`.
    #[error("the request does not say which site it is from")]
    NoClient,
    /// No `redirect_uri`.
    #[error("the request does not say where its answer shall go")]
    NoRedirect,
    /// The `redirect_uri` is none that the client has registered.
    #[error("the site asks for its answer at an address that it has not registered")]
    UnregisteredRedirect,
}

/// A request of a known client, whose answer goes to an address that it has registered.
#[derive(Clone, Debug)]
pub struct TrustedRequest {
    parameters: Parameters,
    reply_to: ReplyTo,
    /// What was wrong before anything else could be read.
    mistake: Option<OAuthError>,
}

/// Where the answer goes, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyTo {
    redirect_uri: String,
    state: Option<String>,
    mode: ResponseMode,
}

/// How an answer travels (OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query.
    Query,
    /// Behind `#`.
    Fragment,
    /// In a form that the browser posts.
    FormPost,
}

/// An answer on its way to the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The browser is sent there.
    Redirect(String),
    /// The browser posts these fields there.
    FormPost {
        /// Where to.
        to: String,
        /// Names and values.
        fields: Vec<(String, String)>,
    },
}

/// What a site wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// What it asks to be told, as far as it may.
    pub scopes: Scopes,
    /// What shall stand in the ID token, so that it cannot be used for another sign-in.
    pub nonce: Option<String>,
    /// What whoever redeems the code has to know.
    pub challenge: Option<Challenge>,
    /// Whether anything may be shown, and what has to be.
    pub prompts: Prompts,
    /// For how many seconds a password that was typed counts.
    pub max_age_seconds: Option<u64>,
    /// Whom the site expects, as it was written.
    pub login_hint: Option<String>,
    /// An ID token that the site has of the person.
    pub id_token_hint: Option<String>,
    /// The languages of the person, as the site knows them.
    pub ui_locales: Vec<String>,
    /// What is asked for by name.
    pub claims: ClaimsRequest,
    /// What is answered: a code, or an ID token.
    pub flow: Flow,
}

impl UntrustedRequest {
    /// Takes the parameters of a request.
    pub const fn new(parameters: Parameters) -> Self {
        Self { parameters }
    }

    /// Says which client the request claims to be from.
    pub fn client_id(&self) -> Result<&str, Distrust> {
        self.parameters.one("client_id").ok_or(Distrust::NoClient)
    }

    /// Looks at whether the answer may go where the request wants it.
    ///
    /// `issuer` is ours, which a signed request object has to be for.
    pub fn trust(
        mut self,
        client: &Client,
        issuer: &str,
        now: UnixSeconds,
    ) -> Result<TrustedRequest, Distrust> {
        if self.client_id()? != client.id.as_str() {
            return Err(Distrust::NoClient);
        }
        let mistake = request_object::lay_over(&mut self.parameters, client, issuer, now).err();
        let redirect_uri = self
            .parameters
            .one("redirect_uri")
            .ok_or(Distrust::NoRedirect)?;
        if !client.allows_redirect(redirect_uri) {
            return Err(Distrust::UnregisteredRedirect);
        }
        let usual = match self.parameters.one("response_type") {
            Some("id_token") => ResponseMode::Fragment,
            _ => ResponseMode::Query,
        };
        let (mode, mistake) = match self.parameters.one("response_mode") {
            None => (usual, mistake),
            // A token must not stand where servers log it (Multiple Response Types §5).
            Some("query") if usual == ResponseMode::Query => (usual, mistake),
            Some("fragment") => (ResponseMode::Fragment, mistake),
            Some("form_post") => (ResponseMode::FormPost, mistake),
            Some(_) => (
                usual,
                mistake.or(Some(bad("this response_mode cannot be had"))),
            ),
        };
        let reply_to = ReplyTo {
            redirect_uri: redirect_uri.to_owned(),
            state: self.parameters.one("state").map(str::to_owned),
            mode,
        };
        Ok(TrustedRequest {
            parameters: self.parameters,
            reply_to,
            mistake,
        })
    }
}

impl TrustedRequest {
    /// Says where the answer goes, an error included.
    pub const fn reply_to(&self) -> &ReplyTo {
        &self.reply_to
    }

    /// Reads everything else.
    pub fn read(&self, client: &Client) -> Result<AuthorizationRequest, OAuthError> {
        if let Some(mistake) = &self.mistake {
            return Err(mistake.clone());
        }
        let one = |name| self.parameters.one(name);
        if one("registration").is_some() {
            let sentence = "the registration parameter is for self-issued tokens";
            return Err(OAuthError::new(Code::RegistrationNotSupported, sentence));
        }
        let flow = flow(one("response_type"))?;
        client.require_flow(flow)?;
        let challenge = Challenge::read(one("code_challenge"), one("code_challenge_method"))?;
        let scopes = Scopes::read(one("scope").unwrap_or_default()).within(&client.scopes);
        let nonce = one("nonce").map(str::to_owned);
        match flow {
            Flow::Code if client.pkce == Pkce::Required && challenge.is_none() => {
                return Err(bad("this client has to send a code_challenge (PKCE, S256)"));
            }
            // Nothing else ties the token to this sign-in (OpenID Connect Core §3.2.2.1).
            Flow::IdToken if nonce.is_none() => return Err(bad("a nonce is needed here")),
            Flow::IdToken if !scopes.has(Scope::OpenId) => {
                return Err(OAuthError::new(
                    Code::InvalidScope,
                    "the scope openid is needed here",
                ));
            }
            Flow::Code | Flow::IdToken => {}
        }
        Ok(AuthorizationRequest {
            scopes: match flow {
                Flow::Code => scopes,
                // Nothing is exchanged, so nothing can be refreshed.
                Flow::IdToken => scopes.without(Scope::OfflineAccess),
            },
            nonce,
            challenge,
            prompts: Prompts::read(one("prompt"))?,
            max_age_seconds: seconds(one("max_age"))?,
            login_hint: one("login_hint").map(str::to_owned),
            id_token_hint: one("id_token_hint").map(str::to_owned),
            ui_locales: one("ui_locales").map(languages).unwrap_or_default(),
            claims: one("claims")
                .map(ClaimsRequest::read)
                .transpose()?
                .unwrap_or_default()
                .within(&client.scopes),
            flow,
        })
    }
}

impl AuthorizationRequest {
    /// Says what the client would be told, by scope, whichever way it has asked for it: this is what a
    /// person has to agree to.
    pub fn discloses(&self) -> Scopes {
        self.scopes.and(&self.claims.scopes())
    }
}

impl ReplyTo {
    /// Gives the address that the answer goes to.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Gives the host of that address, for people; the scheme where it opens an application.
    pub fn host(&self) -> &str {
        redirect_uri::host(&self.redirect_uri)
    }

    /// Makes the answer that carries a code or a token.
    pub fn with(&self, name: &str, value: &str, issuer: &str) -> Reply {
        self.reply(&[(name, value)], issuer)
    }

    /// Makes the answer that carries an error (RFC 6749 §4.1.2.1).
    pub fn with_error(&self, error: &OAuthError, issuer: &str) -> Reply {
        let fields = [
            ("error", error.code().as_str()),
            ("error_description", error.sentence()),
        ];
        self.reply(&fields, issuer)
    }

    /// Every answer says whose it is, so that no other issuer's can be mixed in (RFC 9207).
    fn reply(&self, fields: &[(&str, &str)], issuer: &str) -> Reply {
        let mut all = fields.to_vec();
        all.extend(self.state.as_deref().map(|state| ("state", state)));
        all.push(("iss", issuer));
        let place = match self.mode {
            ResponseMode::Query => Place::Query,
            ResponseMode::Fragment => Place::Fragment,
            ResponseMode::FormPost => {
                let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
                return Reply::FormPost {
                    to: self.redirect_uri.clone(),
                    fields: all.into_iter().map(owned).collect(),
                };
            }
        };
        Reply::Redirect(RedirectUri::with(&self.redirect_uri, place, &all))
    }
}

fn flow(response_type: Option<&str>) -> Result<Flow, OAuthError> {
    match response_type {
        Some("code") => Ok(Flow::Code),
        Some("id_token") => Ok(Flow::IdToken),
        Some(_) => {
            let sentence = "this response_type is not supported: use code";
            Err(OAuthError::new(Code::UnsupportedResponseType, sentence))
        }
        None => Err(bad("the request has no response_type")),
    }
}

fn seconds(text: Option<&str>) -> Result<Option<u64>, OAuthError> {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    text.map(|text| {
        let number = Some(text).filter(|text| digits(text));
        let number = number.and_then(|text| text.parse().ok());
        number.ok_or(bad("max_age is not a number of seconds"))
    })
    .transpose()
}

/// Reads language tags with spaces between them, a few at most.
fn languages(text: &str) -> Vec<String> {
    let tag = |word: &&str| {
        let belongs = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        (1..=35).contains(&word.len()) && word.bytes().all(belongs)
    };
    text.split(' ')
        .filter(tag)
        .take(8)
        .map(str::to_owned)
        .collect()
}

const fn bad(sentence: &'static str) -> OAuthError {
    OAuthError::new(Code::InvalidRequest, sentence)
}
