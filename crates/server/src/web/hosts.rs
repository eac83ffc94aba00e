//! Which issuer a request is for: its house is chosen by the host that was asked, once, here.
//!
//! The host may be anything, since whoever asks writes it. It decides whose pages are shown and whose
//! document is given, and nothing about keys: a house certifies addresses of its own issuer's domains
//! alone, whatever was asked for where. A process with one issuer looks nothing up.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use protocol::email::Domain;
use protocol::origin::Origin;

use super::headers;
use crate::app::{App, Issuers};
use crate::assets::Assets;
use crate::journey::support::Documents;
use crate::settings::ListenSettings;

/// What handlers stand on: one issuer's installation, and what its pages need.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) app: Arc<App>,
    pub(crate) assets: Arc<Assets>,
    pub(crate) documents: Documents,
    /// The trusted brokers' origins, with spaces between them.
    pub(crate) brokers: String,
    /// What may be done with the page that lives in their frames.
    pub(crate) framed_policy: HeaderValue,
}

/// The houses of one process, by the hosts at which they are asked.
#[derive(Debug)]
pub(crate) struct Hosts {
    main: Arc<House>,
    by_origin: HashMap<Origin, Arc<House>>,
    /// Hosted domains have web servers of their own, which ask for their documents.
    by_domain: HashMap<Domain, Arc<House>>,
}

/// The house that a request is for.
#[derive(Debug)]
pub(crate) struct Here(pub(crate) Arc<House>);

/// A request names two hosts, or one that is no text: whose it is cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnclearHost;

impl House {
    fn new(app: Arc<App>, assets: &Arc<Assets>) -> Self {
        let trusted = &app.settings().broker.trusted;
        let brokers: Vec<&str> = trusted.iter().map(Origin::as_str).collect();
        Self {
            documents: Documents::new(&app),
            brokers: brokers.join(" "),
            framed_policy: headers::framed_policy(trusted),
            assets: Arc::clone(assets),
            app,
        }
    }
}

impl Hosts {
    /// Makes a house for each issuer.
    pub(crate) fn new(issuers: Issuers) -> Self {
        let assets = Arc::new(Assets::new(&issuers.main.settings().base_path));
        let house = |app| Arc::new(House::new(app, &assets));
        let mut hosts = Self {
            main: house(issuers.main),
            by_origin: HashMap::new(),
            by_domain: HashMap::new(),
        };
        if issuers.others.is_empty() {
            return hosts;
        }
        hosts.open(&Arc::clone(&hosts.main));
        for app in issuers.others {
            hosts.open(&house(app));
        }
        hosts
    }

    /// Where the process listens and whom it believes about clients, which is the same for all houses.
    pub(crate) fn listen(&self) -> &ListenSettings {
        &self.main.app.settings().listen
    }

    fn open(&mut self, house: &Arc<House>) {
        let settings = house.app.settings();
        for domain in &settings.domain {
            self.by_domain
                .insert(domain.name.clone(), Arc::clone(house));
        }
        self.by_origin
            .insert(settings.issuer.clone(), Arc::clone(house));
    }

    /// Chooses the house for a request: the issuer's whose origin was asked, else that of the hosted
    /// domain whose host was asked, else the main issuer's.
    fn choose(&self, headers: &HeaderMap, uri: &Uri) -> Result<&Arc<House>, UnclearHost> {
        if self.by_origin.is_empty() {
            return Ok(&self.main);
        }
        let host = asked_host(headers, uri)?;
        let found = ["https://", "http://"].iter().find_map(|scheme| {
            let origin = Origin::parse(&format!("{scheme}{host}")).ok()?;
            self.by_origin.get(&origin)
        });
        Ok(found.or_else(|| self.of_domain(host)).unwrap_or(&self.main))
    }

    /// A hosted domain's own web server may listen on any port in front of us.
    fn of_domain(&self, host: &str) -> Option<&Arc<House>> {
        let origin = Origin::parse(&format!("https://{host}")).ok()?;
        self.by_domain.get(&Domain::parse(origin.host()).ok()?)
    }
}

/// Reads which host a request is for, with its port if it has one; an empty text where it does not say
/// (RFC 9112 §3.2).
pub(crate) fn asked_host<'r>(headers: &'r HeaderMap, uri: &'r Uri) -> Result<&'r str, UnclearHost> {
    let mut lines = headers.get_all(HOST).iter();
    let line = lines.next().map(HeaderValue::to_str);
    let line = line.transpose().map_err(|_| UnclearHost)?;
    let target = uri.authority().map(axum::http::uri::Authority::as_str);
    if lines.next().is_some() {
        return Err(UnclearHost);
    }
    match (line, target) {
        (Some(line), Some(target)) if !line.eq_ignore_ascii_case(target) => Err(UnclearHost),
        (line, target) => Ok(target.or(line).unwrap_or_default()),
    }
}

impl FromRequestParts<Arc<Hosts>> for Here {
    type Rejection = UnclearHost;

    async fn from_request_parts(
        parts: &mut Parts,
        hosts: &Arc<Hosts>,
    ) -> Result<Self, UnclearHost> {
        let house = hosts.choose(&parts.headers, &parts.uri)?;
        Ok(Self(Arc::clone(house)))
    }
}

impl IntoResponse for UnclearHost {
    fn into_response(self) -> Response {
        let sentence = "the request names two hosts, or one that cannot be read, so nobody can tell whom it is for";
        (StatusCode::BAD_REQUEST, sentence).into_response()
    }
}
