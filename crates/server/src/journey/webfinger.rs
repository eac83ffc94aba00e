//! A program asks who speaks for an address (RFC 7033): the domain decides, and nobody's mail server is
//! asked, so that the answer tells nothing about who has a mailbox.

use std::net::IpAddr;

use protocol::webfinger::{Answerer, Question, Resource};

use crate::app::App;
use crate::wildcard::DoorUnknown;

/// Answers a question; `None` if whom it is about is not ours. `client` is who asks.
pub async fn answer(
    app: &App,
    question: &Question,
    client: IpAddr,
) -> Result<Option<String>, DoorUnknown> {
    let issuer = &app.settings.issuer;
    let is_ours = match question.resource() {
        Resource::At(domain) => app.door(domain, client).await?.is_some(),
        Resource::Site(origin) => origin == issuer,
    };
    let from = Answerer {
        issuer: issuer.as_str(),
        takes_brokers: !app.settings.oidc.portier_brokers.is_empty(),
    };
    Ok(is_ours.then(|| question.answer(from)))
}
