//! What the site's visitors see, and its cookie.

use hyper::StatusCode;
use hyper::header::{COOKIE, HeaderMap};
use protocol::origin::Origin;

use super::visits::Visit;
use super::{Answer, text, with};

/// Makes the one page, for somebody who is signed in or is not.
pub(super) fn front(visit: &Visit, issuer: &Origin, site: &Origin) -> Answer {
    let state = match &visit.who {
        Some(_) => include_str!("signed-in.html"),
        None => include_str!("signed-out.html"),
    };
    let who = visit
        .who
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let html = include_str!("page.html")
        .replace("{{state}}", state)
        .replace("{{issuer}}", &escape(issuer.as_str()))
        .replace("{{site}}", &escape(site.as_str()))
        .replace("{{csrf}}", &escape(&visit.csrf))
        // Last, so that nothing in an address is taken for one of the places above.
        .replace("{{who}}", &escape(&who));
    let policy = format!(
        "default-src 'none'; script-src 'self' {issuer}; style-src 'self'; img-src 'self'; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    let answer = text(StatusCode::OK, "text/html; charset=utf-8", &html);
    with(answer, "content-security-policy", &policy)
}

/// Finds a style sheet, script or picture by its path.
pub(super) fn asset(path: &str) -> Option<Answer> {
    let (kind, body) = match path {
        "/site.css" => ("text/css; charset=utf-8", include_str!("site.css")),
        "/site.js" => ("text/javascript; charset=utf-8", include_str!("site.js")),
        "/icon.svg" => ("image/svg+xml", include_str!("icon.svg")),
        _ => return None,
    };
    Some(text(StatusCode::OK, kind, body))
}

/// Reads the session's name from a request.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix("shop_session="))
}

/// Gives the browser a session. A site on https would add `Secure` and the prefix `__Host-`.
pub(super) fn with_cookie(answer: Answer, name: &str) -> Answer {
    let line = format!("shop_session={name}; Path=/; HttpOnly; SameSite=Lax");
    with(answer, "set-cookie", &line)
}

/// Takes the session back from the browser.
pub(super) fn without_cookie(answer: Answer) -> Answer {
    let line = "shop_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0";
    with(answer, "set-cookie", line)
}

/// Writes text so that HTML shows it as it is.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_an_address_is_text() {
        assert_eq!(escape("<a'&\"b>"), "&lt;a&#39;&amp;&quot;b&gt;");
    }
}
