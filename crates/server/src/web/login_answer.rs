//! How a login that did not succeed is answered: the page again with the problem in its place, or
//! JSON for programs. A wrong password and an unreachable mail server never look alike.

use std::net::IpAddr;

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use protocol::email::{Domain, EmailAddress};

use super::guard::TokenRefusal;
use super::{House, answer};
use crate::chance;
use crate::journey::login::LoginError;
use crate::journey::{Kind, claim};
use crate::pages::{LoginPage, Onward, Problem};

/// What the form holds when it is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form<'a> {
    /// The address, as it was typed.
    pub(crate) email: &'a str,
    /// Whether something else has asked for exactly this address.
    pub(crate) locked: bool,
    /// The form's token.
    pub(crate) csrf: &'a str,
    /// Where somebody goes on to who has signed in.
    pub(crate) onward: Option<Onward<'a>>,
}

/// Shows the form for the first time. An address that cannot be signed in here is said at once.
pub(crate) async fn first_page(house: &House, form: &Form<'_>, client: IpAddr) -> Response {
    let open = Form {
        locked: false,
        ..*form
    };
    let Ok(asked) = EmailAddress::parse(form.email) else {
        let problem = (!form.email.is_empty()).then_some(Problem::NotAnAddress);
        return page(house, StatusCode::OK, &open, problem).await;
    };
    match house.app.door(asked.domain(), client).await {
        Ok(Some(_)) => page(house, StatusCode::OK, form, None).await,
        Ok(None) => {
            let domain = &asked.domain().to_unicode();
            let problem = Problem::NotOurs { domain };
            page(house, StatusCode::OK, &open, Some(problem)).await
        }
        Err(unknown) => {
            let reference = &chance::reference();
            tracing::warn!(outcome = "undecided", %client, reference, cause = %unknown, "login page");
            let status = answer::status(Kind::of_door(&unknown));
            let problem = Problem::DomainUnknown { reference };
            let response = page(house, status, &open, Some(problem)).await;
            answer::retry_after(response, COME_BACK)
        }
    }
}

/// The form's token was missing, old or another browser's: nothing was checked.
pub(crate) async fn expired(house: &House, headers: &HeaderMap, form: &Form<'_>) -> Response {
    if answer::wants_json(headers) {
        return TokenRefusal::Expired.into_response();
    }
    page(
        house,
        StatusCode::FORBIDDEN,
        form,
        Some(Problem::FormExpired),
    )
    .await
}

/// Says why nobody was logged in.
pub(crate) async fn refuse(
    house: &House,
    headers: &HeaderMap,
    form: &Form<'_>,
    error: &LoginError,
) -> Response {
    let status = answer::status(error.kind());
    let response = if answer::wants_json(headers) {
        as_json(house, status, error)
    } else {
        as_page(house, status, form, error).await
    };
    match error {
        LoginError::TooMany { retry_after } => answer::retry_after(response, *retry_after),
        LoginError::CouldNotAsk { .. }
        | LoginError::Crowded { .. }
        | LoginError::Undecided { .. }
        | LoginError::DoorUnknown { .. } => answer::retry_after(response, COME_BACK),
        LoginError::NotAnAddress(_)
        | LoginError::NotOurs(_)
        | LoginError::UnsuitableName(_)
        | LoginError::UnusablePassword(_)
        | LoginError::Refused
        | LoginError::Store(_)
        | LoginError::BrokeOff(_)
        | LoginError::Session(_) => response,
    }
}

async fn as_page(
    house: &House,
    status: StatusCode,
    form: &Form<'_>,
    error: &LoginError,
) -> Response {
    let show = |problem| page(house, status, form, Some(problem));
    match error {
        LoginError::NotAnAddress(_) => show(Problem::NotAnAddress).await,
        LoginError::UnsuitableName(why) => {
            show(Problem::NameUnusable {
                why: &why.to_string(),
            })
            .await
        }
        LoginError::NotOurs(domain) => {
            show(Problem::NotOurs {
                domain: &domain.to_unicode(),
            })
            .await
        }
        LoginError::UnusablePassword(why) => {
            show(Problem::PasswordUnusable {
                why: &why.to_string(),
            })
            .await
        }
        LoginError::TooMany { retry_after } => {
            show(Problem::TooMany {
                seconds: retry_after.as_secs().max(1),
            })
            .await
        }
        LoginError::Refused => show(Problem::Refused).await,
        LoginError::CouldNotAsk { reference, .. } | LoginError::Crowded { reference } => {
            show(Problem::Unreachable { reference }).await
        }
        LoginError::Undecided { reference, .. } => show(Problem::Undecided { reference }).await,
        LoginError::DoorUnknown { reference, .. } => {
            show(Problem::DomainUnknown { reference }).await
        }
        LoginError::Store(_) | LoginError::BrokeOff(_) | LoginError::Session(_) => {
            answer::trouble(house, error.kind(), error)
        }
    }
}

fn as_json(house: &House, status: StatusCode, error: &LoginError) -> Response {
    let say = |word, sentence: &str| answer::problem(status, word, sentence);
    match error {
        LoginError::NotAnAddress(_) | LoginError::UnsuitableName(_) => {
            say("not-an-address", &error.to_string())
        }
        LoginError::NotOurs(_) => say("not-ours", &error.to_string()),
        LoginError::UnusablePassword(_) => say("unusable-password", &error.to_string()),
        LoginError::TooMany { .. } => say("too-many", &error.to_string()),
        LoginError::Refused => say("refused", &error.to_string()),
        // What the mail server said is for the log.
        LoginError::Undecided { reference, .. } => say(
            "could-not-ask",
            &format!(
                "not everybody behind this address was asked about, so it is not known whether the \
                 password is right; reference {reference}"
            ),
        ),
        LoginError::CouldNotAsk { reference, .. } | LoginError::Crowded { reference } => say(
            "could-not-ask",
            &format!(
                "the mail server could not be asked; nothing was checked; reference {reference}"
            ),
        ),
        LoginError::DoorUnknown { reference, .. } => say(
            "could-not-ask",
            &format!(
                "whether this domain is served here is not known just now; nothing was checked; \
                 reference {reference}"
            ),
        ),
        LoginError::Store(_) | LoginError::BrokeOff(_) | LoginError::Session(_) => {
            answer::trouble(house, error.kind(), error)
        }
    }
}

async fn page(
    house: &House,
    status: StatusCode,
    form: &Form<'_>,
    problem: Option<Problem<'_>>,
) -> Response {
    let asked = EmailAddress::parse(form.email).ok();
    let hosted = asked.filter(|asked| is_hosted(house, asked.domain(), problem.as_ref()));
    let app = &house.app;
    let domains: Vec<&Domain> = match &hosted {
        Some(asked) => vec![asked.domain()],
        None => app.told_domains().iter().map(|told| &told.name).collect(),
    };
    let names: Vec<String> = domains.iter().map(|name| name.to_unicode()).collect();
    let (brand, shared) = match (domains.as_slice(), names.as_slice()) {
        ([only], [name]) => {
            let lists_aliases = claim::lists_aliases(app, only).await;
            (name.as_str(), lists_aliases.then_some(name))
        }
        _ => (app.settings().issuer.host(), None),
    };
    let example = hosted.as_ref().map(EmailAddress::domain);
    let example = example.or_else(|| app.example_domain());
    let page = LoginPage {
        assets: &house.assets,
        domain: brand,
        domains: &names,
        example: example.map(Domain::to_unicode),
        shared: shared.map(String::as_str),
        email: form.email,
        locked: form.locked,
        csrf: form.csrf,
        onward: form.onward,
        problem,
        brokers: &house.brokers,
    };
    answer::page(status, &page)
}

/// May the domain stand over the form? Without a problem, or with one that is found behind its door, it
/// was seen to be ours.
fn is_hosted(house: &House, domain: &Domain, problem: Option<&Problem<'_>>) -> bool {
    match problem {
        None
        | Some(
            Problem::Refused
            | Problem::Unreachable { .. }
            | Problem::Undecided { .. }
            | Problem::NameUnusable { .. }
            | Problem::PasswordUnusable { .. },
        ) => true,
        Some(
            Problem::TooMany { .. }
            | Problem::NotAnAddress
            | Problem::NotOurs { .. }
            | Problem::DomainUnknown { .. }
            | Problem::FormExpired,
        ) => house.app.named_door(domain).is_some(),
    }
}

/// When to try again after the mail server could not be asked.
const COME_BACK: std::time::Duration = std::time::Duration::from_secs(30);
