//! What web servers do to what they should hand over, and the codes of what is found.

use serde_json::Value;
use testkit::https::Reply;

use super::Web;

/// What is broken, how, and what is found.
pub(crate) const ROWS: &[(&str, Web, &[&str])] = &[
    (
        "the document is redirected",
        Web::Own(|_| Reply::new("301 Moved", &["location: https://www.example.org/"], "")),
        &["outside-redirect"],
    ),
    (
        "the document is not handed over",
        Web::Own(|_| Reply::new("404 Not Found", &["content-type: text/html"], "no")),
        &["outside-missing"],
    ),
    (
        "the web server is broken",
        Web::Own(|_| Reply::new("500 Oh", &[], "")),
        &["outside-status"],
    ),
    (
        "the document is a file without its type",
        Web::Delegation(|_| {
            let document = "{\"authority\":\"id.example.org\"}";
            Reply::new(
                "200 OK",
                &["content-type: application/octet-stream"],
                document,
            )
        }),
        &["outside-type"],
    ),
    (
        "a web site answers every path with its page",
        Web::Own(|_| Reply::new("200 OK", &["content-type: text/html"], "<!doctype html>")),
        &["outside-type"],
    ),
    (
        "a script is shown instead of run",
        Web::Own(|_| {
            let script = "#!/usr/bin/perl\nprint 1;\n";
            Reply::new("200 OK", &["content-type: text/plain"], script)
        }),
        &["outside-source"],
    ),
    (
        "the document is no document",
        Web::Own(|_| Reply::json("{\"public-key\":")),
        &["outside-malformed"],
    ),
    (
        "the domain names another issuer",
        Web::Delegation(|head| {
            if head.to_ascii_lowercase().contains("host: other.example") {
                return Reply::json(&strangers_document());
            }
            Reply::json("{\"authority\":\"other.example\"}")
        }),
        &["outside-authority"],
    ),
    (
        "the domain speaks for itself",
        Web::Delegation(|_| Reply::json(&strangers_document())),
        &["outside-authority"],
    ),
    (
        "the domain names nobody",
        Web::Delegation(|_| Reply::json("{\"disabled\":true}")),
        &["outside-disabled"],
    ),
    (
        "the domain names itself",
        Web::Delegation(|_| Reply::json("{\"authority\":\"example.org\"}")),
        &["outside-circle"],
    ),
    (
        "two domains name each other",
        Web::Delegation(|head| {
            let other = head.to_ascii_lowercase().contains("host: other.example");
            let next = if other {
                "example.org"
            } else {
                "other.example"
            };
            Reply::json(&format!("{{\"authority\":\"{next}\"}}"))
        }),
        &["outside-circle"],
    ),
    (
        "the issuer is one that has no keys",
        Web::Own(|_| Reply::json("{\"disabled\":true}")),
        &["outside-authority"],
    ),
    (
        "frames are forbidden everywhere",
        Web::Changes("\r\n\r\n", "\r\nX-Frame-Options: SAMEORIGIN\r\n\r\n"),
        &["outside-framing"],
    ),
    (
        "another policy is added everywhere",
        Web::Changes(
            "\r\n\r\n",
            "\r\nContent-Security-Policy: frame-ancestors 'none'\r\n\r\n",
        ),
        &["outside-framing"],
    ),
    (
        "cookies are moved to another path",
        Web::Changes("Path=/;", "Path=/persona/;"),
        &["outside-cookie"],
    ),
    (
        "cookies are taken away",
        Web::Changes("set-cookie:", "x-set-cookie:"),
        &["outside-cookie"],
    ),
    (
        "pages come as text",
        Web::Changes("content-type: text/html", "content-type: text/plain"),
        &["outside-page-type", "outside-page-type"],
    ),
    (
        "the web server lives in another time",
        Web::Changes(
            "\r\ndate: ",
            "\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\nx-date: ",
        ),
        &["outside-clock"],
    ),
    (
        "another installation is asked",
        Web::Own(|_| Reply::json(&strangers_document())),
        &["outside-key", "address-not-certified"],
    ),
];

/// The support document of an issuer that is not this one.
fn strangers_document() -> String {
    let vectors = include_str!("../../../../protocol/tests/vectors/browserid.json");
    let vectors: Value = serde_json::from_str(vectors).unwrap();
    let rsa = |vector: &&Value| vector["name"] == "RS256-RS256";
    let vector = vectors.as_array().unwrap().iter().find(rsa).unwrap();
    vector["supportDocument"].to_string()
}
