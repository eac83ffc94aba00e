//! An issuer that is not ours: its pages are as they were written for login.persona.org in 2012, with
//! nothing changed but the host name in the script tags, and it can be told to cheat.
//!
//! `browserid.md` §2.2 and §2.4. The hand-off of `docs/handoff.md` is there for those of its manners that
//! want it. Called by the end-to-end tests. Deliberately absent: care. Its sessions can be guessed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use anyhow::Result;
use protocol::jose::{RsaSigner, Signer as _, jws};
use serde_json::{Value, json};

use crate::pages::{Answering, Reply, Request};

/// What an issuer knows and remembers.
#[derive(Debug)]
pub struct Issuer {
    host: String,
    broker: String,
    key: RsaSigner,
    handoff: Handoff,
    manner: Mutex<Manner>,
    /// The address of each session, by its number.
    sessions: Mutex<Vec<String>>,
    strangers: AtomicUsize,
}

/// Does the support document offer the hand-off?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handoff {
    /// No: it is of 2012.
    Unknown,
    /// Yes.
    Offered,
}

/// How an issuer certifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manner {
    /// As it should.
    Honest,
    /// For another address than was asked for.
    AnotherAddress(String),
    /// For a key of its own.
    AnotherKey,
    /// In the name of another issuer.
    AnotherIssuer(String),
    /// With a time that is over.
    Expired,
    /// With words that are no certificate.
    Garbage,
    /// With a signature under a key that it does not publish.
    AnotherSignature,
    /// Truly, but it comes back from the hand-off with a state that nobody gave it.
    AnotherState,
    /// Not at all: its provisioning page never says a word.
    Silent,
}

impl Issuer {
    /// Makes an issuer for the addresses of its own host, every one of which has [`PASSWORD`].
    ///
    /// `broker` is the origin that its pages load their scripts from.
    pub fn of(host: &str, broker: &str, handoff: Handoff) -> Result<Arc<Self>> {
        Ok(Arc::new(Self {
            host: host.to_owned(),
            broker: broker.to_owned(),
            key: RsaSigner::generate()?.0,
            handoff,
            manner: Mutex::new(Manner::Honest),
            sessions: Mutex::default(),
            strangers: AtomicUsize::new(0),
        }))
    }

    /// Changes how it certifies from now on.
    pub fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
    }

    /// Ends all sessions.
    pub fn forget_sessions(&self) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.iter_mut().for_each(String::clear);
    }

    /// Counts how often somebody was asked for who had no session.
    pub fn strangers(&self) -> usize {
        self.strangers.load(Ordering::Relaxed)
    }

    /// Gives the function that answers for it.
    pub fn answering(self: &Arc<Self>) -> Answering {
        let issuer = Arc::clone(self);
        Arc::new(move |request| issuer.answer(request))
    }

    fn answer(&self, request: &Request) -> Reply {
        let page =
            |text: &str| Reply::html(text.replace("https://login.persona.org", &self.broker));
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/.well-known/browserid") => Reply::json(&self.support()),
            ("GET", "/browserid/provision") if self.manner() == Manner::Silent => Reply::html(""),
            ("GET", "/browserid/provision") => page(include_str!("issuer/provision.html")),
            ("GET", "/browserid/sign_in") => page(include_str!("issuer/sign_in.html")),
            ("GET", "/api/whoami") => self.whoami(request),
            ("POST", "/api/sign_in") => self.sign_in(request),
            ("POST", "/api/cert_key") => self.cert_key(request),
            ("POST", "/handoff") => self.hand_off(request),
            _ => Reply::not_found(),
        }
    }

    fn support(&self) -> Value {
        let key = self.key.public_key().to_browserid();
        let (authentication, provisioning) = ("/browserid/sign_in", "/browserid/provision");
        match self.handoff {
            Handoff::Unknown => json!({
                "public-key": key,
                "authentication": authentication,
                "provisioning": provisioning,
            }),
            Handoff::Offered => json!({
                "public-key": key,
                "authentication": authentication,
                "provisioning": provisioning,
                "handoff": "/handoff",
            }),
        }
    }

    fn whoami(&self, request: &Request) -> Reply {
        let user = self.user(request);
        if user.is_none() {
            self.strangers.fetch_add(1, Ordering::Relaxed);
        }
        Reply::json(&json!({ "user": user }))
    }

    fn sign_in(&self, request: &Request) -> Reply {
        let (email, password) = (request.field("email"), request.field("password"));
        if password != PASSWORD || !email.ends_with(&format!("@{}", self.host)) {
            return Reply::json(&json!({ "success": false })).status(401);
        }
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.push(email);
        // Without SameSite=None a frame of another site sees no cookie in today's browsers, whatever
        // the person has set: the one thing that an operator of 2012 had to change on the server.
        let cookie = format!(
            "session={}; Path=/; Secure; HttpOnly; SameSite=None",
            sessions.len() - 1
        );
        Reply::json(&json!({ "success": true })).with("Set-Cookie", &cookie)
    }

    fn cert_key(&self, request: &Request) -> Reply {
        let Some(email) = self.user(request) else {
            return Reply::json(&json!({ "success": false })).status(401);
        };
        let certificate = self.certificate(&email, &request.field("pubkey"));
        Reply::json(&json!({ "success": true, "cert": certificate }))
    }

    /// Answers a hand-off for whoever asks: this issuer has no sign-in page on that way.
    fn hand_off(&self, request: &Request) -> Reply {
        let certificate = self.certificate(&request.field("email"), &request.field("publicKey"));
        let state = if self.manner() == Manner::AnotherState {
            "another".to_owned()
        } else {
            request.field("state")
        };
        let broker = request.header("origin").unwrap_or_default();
        let back = format!("{broker}/persona/dialog#state={state}&certificate={certificate}");
        Reply::html(format!(
            "<script>location.replace({})</script>",
            json!(back)
        ))
    }

    /// Certifies a public key, given as JSON, in the manner that it was told.
    fn certificate(&self, email: &str, public_key: &str) -> String {
        let Ok((stranger, _)) = RsaSigner::generate() else {
            return String::new();
        };
        let now = now();
        let mut email = email.to_owned();
        let mut key: Value = serde_json::from_str(public_key).unwrap_or_default();
        let mut issuer = self.host.clone();
        let mut expires = now + 3_600_000;
        let mut signer = &self.key;
        match self.manner() {
            Manner::Honest | Manner::AnotherState | Manner::Silent => {}
            Manner::AnotherAddress(address) => email = address,
            Manner::AnotherKey => key = stranger.public_key().to_browserid(),
            Manner::AnotherIssuer(other) => issuer = other,
            Manner::Expired => expires = now - 1_000,
            Manner::Garbage => return "not.a.certificate".to_owned(),
            Manner::AnotherSignature => signer = &stranger,
        }
        let claims = json!({
            "public-key": key,
            "principal": { "email": email },
            "iat": now - 60_000,
            "exp": expires,
            "iss": issuer,
        });
        jws::sign(&claims.to_string(), signer).unwrap_or_default()
    }

    fn user(&self, request: &Request) -> Option<String> {
        let number: usize = request.cookie("session")?.parse().ok()?;
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions
            .get(number)
            .filter(|email| !email.is_empty())
            .cloned()
    }

    fn manner(&self) -> Manner {
        let manner = self.manner.lock();
        manner.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The password of everybody at such an issuer.
pub const PASSWORD: &str = "as in 2012";

/// Milliseconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "this is a server of somebody else, with a clock of its own"
)]
fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let milliseconds = since.unwrap_or_default().as_millis();
    u64::try_from(milliseconds).unwrap_or(u64::MAX)
}
