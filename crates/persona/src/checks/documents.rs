//! The documents that sites and browsers ask for, as the running server gives them
//! (`browserid.md` §1, §2): the support document of the issuer, with the key that signs; the
//! delegation of every other domain; the two pages.
//!
//! Asked at the address where the server listens, with the host name that a browser would use. The
//! web server in front, DNS and its certificate are not looked at in this version.

use std::path::Path;

use protocol::jose::{PublicKey, json};
use server::keyring::Keyring;
use server::settings::Settings;

use super::Finding;
use super::http::{self, Answer};
use crate::config::DEFAULT_FILE;

/// Fetches each document and looks whether it says what it should.
pub(crate) async fn check(
    settings: &Settings,
    file: &Path,
    keyring: Option<&Keyring>,
) -> Vec<Finding> {
    let address = &settings.listen.address;
    let issuer = &settings.issuer;
    match http::get(address, issuer.authority(), PING).await {
        Ok(answer) if answer.status == 200 && answer.body.starts_with(b"PONG") => {}
        Ok(answer) => {
            let seen = format!("GET {PING} is answered with {}", in_short(&answer));
            return vec![
                Finding::fail("server-other", address.to_string(), seen)
                    .because("another program listens there")
                    .mend("stop it, or choose another listen.address"),
            ];
        }
        Err(trouble) => return vec![not_running(settings, file, &trouble)],
    }
    let mut findings = vec![Finding::ok(
        "server-answers",
        address.to_string(),
        "the server answers",
    )];
    let answer = http::get(address, issuer.authority(), WELL_KNOWN).await;
    findings.push(own_document(issuer.authority(), answer, keyring));
    for page in [LOGIN, PROVISIONING] {
        let answer = http::get(address, issuer.authority(), page).await;
        findings.push(html_page(&format!("{issuer}{page}"), answer));
    }
    for domain in &settings.domain {
        if domain.name.as_str() != issuer.host() {
            let answer = http::get(address, domain.name.as_str(), WELL_KNOWN).await;
            findings.push(delegation(domain.name.as_str(), answer, issuer.authority()));
        }
    }
    findings
}

fn not_running(settings: &Settings, file: &Path, trouble: &str) -> Finding {
    let config = if file == Path::new(DEFAULT_FILE) {
        String::new()
    } else {
        format!(" --config {}", file.display())
    };
    let address = settings.listen.address.to_string();
    Finding::fail(
        "server-down",
        address,
        format!("no server answers: {trouble}"),
    )
    .because("nobody can sign in")
    .mend(format!("persona serve{config}"))
}

fn own_document(
    authority: &str,
    answer: Result<Answer, String>,
    keyring: Option<&Keyring>,
) -> Finding {
    let subject = format!("support document of {authority}");
    let members = match json_of(&subject, answer) {
        Ok(members) => members,
        Err(finding) => return *finding,
    };
    let published = members.get("public-key").map(PublicKey::from_browserid);
    let Some(Ok(published)) = published else {
        return Finding::fail("document-key", subject, "it has no key that can be read")
            .because("no site can verify our signatures")
            .mend("restart the server: it and this program are of different versions");
    };
    match keyring {
        Some(keyring) if *keyring.public_key() != published => {
            Finding::fail("document-key", subject, "its key is not the one that signs")
                .because("no site accepts what is signed now")
                .mend("restart the server, so that it reads the key that is on the disk")
        }
        Some(_) => Finding::ok("document-own", subject, "it has the key that signs"),
        None => Finding::ok("document-own", subject, "it has a key"),
    }
}

fn delegation(domain: &str, answer: Result<Answer, String>, authority: &str) -> Finding {
    let subject = format!("support document of {domain}");
    let members = match json_of(&subject, answer) {
        Ok(members) => members,
        Err(finding) => return *finding,
    };
    let named = members.get("authority").and_then(serde_json::Value::as_str);
    if named == Some(authority) {
        return Finding::ok(
            "document-delegation",
            subject,
            format!("it names {authority}"),
        );
    }
    Finding::fail(
        "document-delegation",
        subject,
        format!("it does not name {authority}"),
    )
    .because(format!(
        "sites do not take our word for addresses at {domain}"
    ))
    .mend("restart the server, so that it reads the settings anew")
}

fn html_page(subject: &str, answer: Result<Answer, String>) -> Finding {
    let wrong = match answer {
        Ok(answer) if answer.status == 200 && answer.content_type.starts_with("text/html") => {
            return Finding::ok("page", subject, "it is there");
        }
        Ok(answer) => format!("it is answered with {}", in_short(&answer)),
        Err(trouble) => trouble,
    };
    Finding::fail("page", subject, wrong)
        .because("people cannot sign in there")
        .mend("restart the server, and look into its log")
}

/// Reads the JSON of a document, or says what came in its place.
fn json_of(
    subject: &str,
    answer: Result<Answer, String>,
) -> Result<serde_json::Map<String, serde_json::Value>, Box<Finding>> {
    let wrong = |seen: String| {
        Box::new(
            Finding::fail("document-missing", subject, seen)
                .because("sites cannot find out who speaks for these addresses")
                .mend("restart the server, and look into its log"),
        )
    };
    let answer = answer.map_err(wrong)?;
    let is_json = answer.content_type.starts_with("application/json");
    if answer.status != 200 || !is_json {
        return Err(wrong(format!("it is answered with {}", in_short(&answer))));
    }
    json::read_object(&answer.body).map_err(|error| wrong(error.to_string()))
}

fn in_short(answer: &Answer) -> String {
    let content_type = match answer.content_type.as_str() {
        "" => "no content type",
        text => text,
    };
    format!("{} and {content_type}", answer.status)
}

const PING: &str = "/persona/auth/ping";
const WELL_KNOWN: &str = "/.well-known/browserid";
const LOGIN: &str = "/persona/login/";
const PROVISIONING: &str = "/persona/provisioning/";
