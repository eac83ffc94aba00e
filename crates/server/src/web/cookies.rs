//! The cookies, and why there are four.
//!
//! * `__Host-persona` (`SameSite=Lax`) is the session, for pages and calls at top level.
//! * `__Secure-persona-frame` (`SameSite=None`, for `/persona/auth/` alone) names the same session
//!   for the provisioning page inside a broker's frame, where a Lax cookie is not sent. It opens
//!   only the two calls that this page makes, and those take same-origin requests only.
//! * `__Host-persona-form` ties a form's token to the browser that was given the form.
//! * `__Host-persona-mailed` ties a mailed code to the browser that asked for it.
//!
//! All are `Secure` and `HttpOnly`. Browsers take `Secure` cookies from `http://localhost` too.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use protocol::browserid::PagePath;
use protocol::secret::Secret;

use crate::chance;
use crate::journey::mailed_code::{Asked, ChallengeToken};
use crate::journey::session::{Opened, SessionToken};
use crate::settings::{BasePath, CookieName};

/// Says which of the session's two cookies a request may speak with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The main cookie only: pages and everything that changes something.
    TopLevel,
    /// Also the cookie that is sent inside a broker's frame.
    TopLevelOrFrame,
}

/// Reads the session's token, if the browser sent one that we could have made.
pub(crate) fn session(
    headers: &HeaderMap,
    name: &CookieName,
    reach: Reach,
) -> Option<SessionToken> {
    let main = find(headers, &host_name(name)).and_then(SessionToken::read);
    match reach {
        Reach::TopLevel => main,
        Reach::TopLevelOrFrame => {
            main.or_else(|| find(headers, &frame_name(name)).and_then(SessionToken::read))
        }
    }
}

/// Reads the secret that ties forms to this browser.
pub(crate) fn form(headers: &HeaderMap, name: &CookieName) -> Option<Secret<String>> {
    let text = find(headers, &form_name(name))?;
    chance::is_token(text).then(|| Secret::new(text.to_owned()))
}

/// Writes both cookies of a session that has just begun; without a time to keep them they go when
/// the browser is closed.
pub(crate) fn begin(name: &CookieName, base_path: &BasePath, opened: &Opened) -> [Cookie; 2] {
    let token = opened.token.expose();
    let age = opened
        .keep
        .map(|keep| format!(" Max-Age={};", keep.as_secs()))
        .unwrap_or_default();
    [
        cookie(
            &host_name(name),
            token,
            &format!("Path=/;{age} SameSite=Lax"),
        ),
        cookie(
            &frame_name(name),
            token,
            &format!("Path={};{age} SameSite=None", base_path.of(&FRAME_PATH)),
        ),
    ]
}

/// Writes both cookies of a session away.
pub(crate) fn end(name: &CookieName, base_path: &BasePath) -> [Cookie; 2] {
    [
        cookie(&host_name(name), "", "Path=/; Max-Age=0; SameSite=Lax"),
        cookie(
            &frame_name(name),
            "",
            &format!(
                "Path={}; Max-Age=0; SameSite=None",
                base_path.of(&FRAME_PATH)
            ),
        ),
    ]
}

/// Writes the cookie that ties forms to this browser, until the browser is closed.
pub(crate) fn bind_form(name: &CookieName, secret: &Secret<String>) -> Cookie {
    cookie(&form_name(name), secret.expose(), "Path=/; SameSite=Lax")
}

/// Writes the cookie that ties a mailed code to the browser that asked for it. It is sent along when
/// the link is opened from a web mailer, which is another site.
pub(crate) fn bind_challenge(name: &CookieName, asked: &Asked) -> Cookie {
    let seconds = asked.lifetime.as_secs();
    cookie(
        &challenge_name(name),
        asked.token.expose(),
        &format!("Path=/; Max-Age={seconds}; SameSite=Lax"),
    )
}

/// Reads what ties a mailed code to this browser.
pub(crate) fn challenge(headers: &HeaderMap, name: &CookieName) -> Option<ChallengeToken> {
    find(headers, &challenge_name(name)).and_then(ChallengeToken::read)
}

/// Writes that cookie away: the code was used.
pub(crate) fn end_challenge(name: &CookieName) -> Cookie {
    cookie(&challenge_name(name), "", "Path=/; Max-Age=0; SameSite=Lax")
}

/// The value of a `Set-Cookie` header; absent only if a cookie could not be written at all.
pub(crate) type Cookie = Option<HeaderValue>;

fn cookie(name: &str, value: &str, attributes: &str) -> Cookie {
    let text = format!("{name}={value}; {attributes}; Secure; HttpOnly");
    let mut header = HeaderValue::try_from(text).ok()?;
    header.set_sensitive(true);
    Some(header)
}

fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

fn host_name(name: &CookieName) -> String {
    format!("__Host-{}", name.as_str())
}

fn frame_name(name: &CookieName) -> String {
    format!("__Secure-{}-frame", name.as_str())
}

fn form_name(name: &CookieName) -> String {
    format!("__Host-{}-form", name.as_str())
}

fn challenge_name(name: &CookieName) -> String {
    format!("__Host-{}-mailed", name.as_str())
}

/// Where the frame's cookie is sent, below the base path.
const FRAME_PATH: PagePath = PagePath::constant("/persona/auth/");
