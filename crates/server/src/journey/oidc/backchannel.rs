//! Clients are told that somebody is no longer signed in (OpenID Connect Back-Channel Logout 1.0 §2.5).
//!
//! Whom to tell was written in the step in which the session ended, so nothing is forgotten. Called by
//! what runs beside the requests: whoever signs out waits for nobody. A client that does not answer is
//! asked again with growing waits, a few times; it holds no other up. See `docs/decisions/0029-signing-out.md`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use protocol::oidc::{Departed, logout_token};
use protocol::time::UnixSeconds;
use store::{Notice, StoreError};
use tokio::task::JoinSet;
use url::form_urlencoded;

use super::OidcError;
use super::person::subject;
use super::session_name::session_name;
use super::sign::signing_key;
use crate::app::{App, Issuers};
use crate::chance;
use crate::clients::RegisteredClient;
use crate::outbound::{Destination, NotTold};
use crate::queue::{Full, Line};

/// Tells all who are to be told by now. One round at a time: a second one waits for the first.
pub async fn tell(issuers: &Issuers) {
    let main = issuers.main();
    let _alone = main.telling.lock().await;
    let mut silent = HashSet::new();
    loop {
        let now = main.clock.now().to_seconds();
        let notices = match main.store.take_notices(AT_A_TIME, LEASE, now).await {
            Ok(notices) => notices,
            Err(error) => {
                tracing::warn!(%error, "which sites are to be told of log-outs is not known just now");
                return;
            }
        };
        if notices.is_empty() {
            return;
        }
        silent.extend(tell_each(issuers, notices, &silent).await);
    }
}

/// Which client of which issuer.
type Whose = (String, String);

/// Tells these, different clients at the same time, and gives those that did not answer.
async fn tell_each(issuers: &Issuers, notices: Vec<Notice>, silent: &HashSet<Whose>) -> Vec<Whose> {
    let mut by_client: HashMap<Whose, Vec<Notice>> = HashMap::new();
    for notice in notices {
        let whose = (notice.issuer.clone(), notice.client.clone());
        by_client.entry(whose).or_default().push(notice);
    }
    let (mut running, mut fresh) = (JoinSet::new(), Vec::new());
    for (whose, notices) in by_client {
        if running.len() >= CLIENTS_AT_ONCE {
            fresh.extend(running.join_next().await.and_then(Result::ok).flatten());
        }
        let named = |app: &&Arc<App>| app.settings.issuer.as_str() == whose.0;
        let app = issuers.all().find(named).map(Arc::clone);
        let round = Round {
            // Another process may serve the issuer, with the same store.
            app: app
                .as_ref()
                .map_or_else(|| Arc::clone(issuers.main()), Arc::clone),
            is_served: app.is_some(),
            is_silent: silent.contains(&whose),
        };
        running.spawn(async move { round.run(&notices).await.then_some(whose) });
    }
    while let Some(told) = running.join_next().await {
        fresh.extend(told.ok().flatten());
    }
    fresh
}

/// The turn of one client.
struct Round {
    app: Arc<App>,
    is_served: bool,
    /// It did not answer a moment ago, so it is not asked.
    is_silent: bool,
}

/// Why a client was not told.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("no issuer of this name is served here")]
    NotServed,
    #[error("it did not answer a moment ago")]
    Silent,
    #[error("its backchannel_logout_uri is no https address of a host with a name")]
    Address,
    #[error("too many names are being looked up")]
    Busy,
    #[error(transparent)]
    NotTold(#[from] NotTold),
    #[error(transparent)]
    Oidc(#[from] OidcError),
}

impl Round {
    /// Tells the client one thing after the other, and says whether it has stopped to answer.
    async fn run(mut self, notices: &[Notice]) -> bool {
        for notice in notices {
            let outcome = self.tell(notice).await;
            if let Err(error) = self.note(notice, outcome).await {
                let client = &notice.client;
                tracing::warn!(%client, %error, "what a site was told of a log-out could not be noted");
            }
        }
        self.is_silent
    }

    async fn tell(&self, notice: &Notice) -> Result<Told, Trouble> {
        let app = &self.app;
        if !self.is_served {
            return Err(Trouble::NotServed);
        }
        if self.is_silent {
            return Err(Trouble::Silent);
        }
        let found = app.client(&notice.client).await.map_err(OidcError::from)?;
        let Some(registered) = found else {
            return Ok(Told::Nobody);
        };
        let Some(uri) = &registered.backchannel_logout_uri else {
            return Ok(Told::Nobody);
        };
        let to = Destination::parse(uri.as_str()).ok_or(Trouble::Address)?;
        let token = token(app, &registered, notice)?;
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("logout_token", &token)
            .finish();
        let line = Line {
            name: "names of clients".to_owned(),
            most: CLIENTS_AT_ONCE,
            when_full: Full::Server,
        };
        let place = app.queue.enter(&[line]).map_err(|_| Trouble::Busy)?;
        app.discovery.outbound().tell(&to, form, place).await?;
        Ok(Told::Client)
    }

    async fn note(
        &mut self,
        notice: &Notice,
        outcome: Result<Told, Trouble>,
    ) -> Result<(), StoreError> {
        let store = &self.app.store;
        let (client, attempt) = (&notice.client, notice.attempts);
        let trouble = match outcome {
            Ok(told) => {
                if let Told::Client = told {
                    tracing::info!(outcome = "told", %client, attempt, "log-out at a site");
                }
                return store.notice_done(notice.id).await;
            }
            Err(trouble) => trouble,
        };
        self.is_silent = true;
        let Some(wait) = wait(attempt) else {
            tracing::warn!(outcome = "given up", %client, attempt, cause = %trouble, "log-out at a site");
            return store.notice_done(notice.id).await;
        };
        let again_s = wait.as_secs();
        tracing::warn!(outcome = "not told", %client, attempt, again_s, cause = %trouble, "log-out at a site");
        let due: UnixSeconds = self.app.clock.now().to_seconds().plus(wait);
        store.notice_failed(notice.id, due).await
    }
}

/// Who was told.
enum Told {
    /// The client.
    Client,
    /// Nobody: it is gone, or does not want to know.
    Nobody,
}

fn token(app: &App, registered: &RegisteredClient, notice: &Notice) -> Result<String, OidcError> {
    let now = app.clock.now().to_seconds();
    let key = signing_key(app, registered.client.signing, now)?;
    let session = notice.session.as_ref();
    let session = session.map(|session| session_name(app, session));
    let departed = Departed {
        issuer: app.settings.issuer.as_str(),
        subject: &subject(app, registered, &notice.address)?,
        session: session.as_deref(),
    };
    let name = chance::token()?;
    let token = logout_token(&departed, &registered.client, name.expose(), now, key);
    Ok(token?)
}

/// Says how long to wait after so many attempts; `None`, if that was the last one.
fn wait(attempts: u32) -> Option<Duration> {
    let index = usize::try_from(attempts.saturating_sub(1)).ok()?;
    WAITS_SECONDS.get(index).copied().map(Duration::from_secs)
}

/// How many log-outs are taken on at once.
const AT_A_TIME: u32 = 64;
/// How many clients are told at the same time.
const CLIENTS_AT_ONCE: usize = 8;
/// After how long somebody else takes on what a process that died had taken: more than [`AT_A_TIME`]
/// answers take that come at the last moment.
const LEASE: Duration = Duration::from_secs(10 * 60);
/// How long a client is left alone after each failure. With the last one it has had a day to come back.
const WAITS_SECONDS: [u64; 6] = [30, 2 * 60, 10 * 60, 60 * 60, 6 * 60 * 60, 18 * 60 * 60];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_grow_and_end() {
        let waits: Vec<Option<u64>> = (0..=8)
            .map(|n| wait(n).map(|wait| wait.as_secs()))
            .collect();

        assert_eq!(
            waits,
            [
                Some(30),
                Some(30),
                Some(120),
                Some(600),
                Some(3600),
                Some(21600),
                Some(64800),
                None,
                None
            ]
        );
        assert_eq!(wait(u32::MAX), None);
    }
}
