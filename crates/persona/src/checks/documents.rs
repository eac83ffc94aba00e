//! The documents that sites and browsers ask for, as the running server gives them
//! (`browserid.md` §1, §2): the support document of the issuer, with the key that signs; the
//! delegation of every other domain; the two pages.
//!
//! Asked at the address where the server listens, with the host name that a browser would use, and
//! each finding says so: DNS, the web server in front and its certificate are for [`super::outside`].

use std::path::Path;

use protocol::jose::{PublicKey, json};
use server::keyring::Keyring;
use server::places;
use server::settings::{ListenAddress, Settings};

use super::Finding;
use super::http::{self, Answer};
use crate::service::{self, Service};

/// Fetches each document and looks whether it says what it should.
pub(crate) async fn check(
    settings: &Settings,
    file: &Path,
    issuers: &[(Settings, Option<Keyring>)],
) -> Vec<Finding> {
    let address = &settings.listen.address;
    let issuer = &settings.issuer;
    let ping = settings.base_path.of(&places::PING);
    match http::get(address, issuer.authority(), ping.as_str()).await {
        Ok(answer) if answer.status == 200 && answer.body.starts_with(b"PONG") => {}
        Ok(answer) => {
            let seen = format!("GET {ping} is answered with {}", in_short(&answer));
            return vec![
                Finding::fail("server-other", address.to_string(), seen)
                    .because("another program listens there")
                    .mend("stop it, or choose another listen.address"),
            ];
        }
        Err(trouble) => return vec![not_running(settings, file, Service::of(file), &trouble)],
    }
    let mut findings = vec![Finding::ok(
        "server-answers",
        address.to_string(),
        "the server answers",
    )];
    for (own, keyring) in issuers {
        findings.extend(of_issuer(own, keyring.as_ref()).await);
    }
    findings
}

async fn of_issuer(settings: &Settings, keyring: Option<&Keyring>) -> Vec<Finding> {
    let address = &settings.listen.address;
    let issuer = &settings.issuer;
    let own = Asked::of(address, issuer.authority(), WELL_KNOWN).await;
    let mut findings = vec![own.own_document(keyring)];
    for page in [places::AUTHENTICATION, places::PROVISIONING] {
        let page = settings.base_path.of(&page);
        let asked = Asked::of(address, issuer.authority(), page.as_str()).await;
        findings.push(asked.html_page());
    }
    for domain in &settings.domain {
        if domain.name.as_str() != issuer.host() {
            let asked = Asked::of(address, domain.name.as_str(), WELL_KNOWN).await;
            findings.push(asked.delegation(issuer.authority()));
        }
    }
    findings
}

fn not_running(settings: &Settings, file: &Path, service: Service, trouble: &str) -> Finding {
    let address = settings.listen.address.to_string();
    let seen = format!("no server answers: {trouble}");
    let finding = Finding::fail("server-down", address, seen)
        .because("nobody can sign in")
        .mend(service.start(file));
    match service {
        Service::There => finding.look(service::LOG),
        Service::Possible | Service::None => finding,
    }
}

/// What was asked, and what came of it.
struct Asked<'a> {
    address: &'a ListenAddress,
    host: &'a str,
    path: &'a str,
    answer: Result<Answer, String>,
}

impl<'a> Asked<'a> {
    async fn of(address: &'a ListenAddress, host: &'a str, path: &'a str) -> Self {
        Self {
            address,
            host,
            path,
            answer: http::get(address, host, path).await,
        }
    }

    fn own_document(&self, keyring: Option<&Keyring>) -> Finding {
        let members = match self.json() {
            Ok(members) => members,
            Err(finding) => return *finding,
        };
        let published = members.get("public-key").map(PublicKey::from_browserid);
        let Some(Ok(published)) = published else {
            return self
                .fail("document-key", "it has no key that can be read")
                .because("no site can verify our signatures")
                .mend("restart the server: it and this program are of different versions");
        };
        match keyring {
            Some(keyring) if *keyring.public_key() != published => self
                .fail("document-key", "its key is not the one that signs")
                .because("no site accepts what is signed now")
                .mend("let the server read the key that is on the disk: systemctl reload persona"),
            Some(_) => self.ok("document-own", "it has the key that signs"),
            None => self.ok("document-own", "it has a key"),
        }
    }

    fn delegation(&self, authority: &str) -> Finding {
        let members = match self.json() {
            Ok(members) => members,
            Err(finding) => return *finding,
        };
        let named = members.get("authority").and_then(serde_json::Value::as_str);
        if named == Some(authority) {
            return self.ok("document-delegation", &format!("it names {authority}"));
        }
        self.fail(
            "document-delegation",
            &format!("it does not name {authority}"),
        )
        .because(format!(
            "sites do not take our word for addresses at {}",
            self.host
        ))
        .mend("let the server read the settings again: systemctl reload persona")
    }

    fn html_page(&self) -> Finding {
        let wrong = match &self.answer {
            Ok(answer) if answer.status == 200 && answer.content_type.starts_with("text/html") => {
                return self.ok("page", "it is there");
            }
            Ok(answer) => format!("it is answered with {}", in_short(answer)),
            Err(trouble) => trouble.clone(),
        };
        self.fail("page", &wrong)
            .because("people cannot sign in there")
            .mend("restart the server, and look into its log")
    }

    /// Reads the JSON of a document, or says what came in its place.
    fn json(&self) -> Result<serde_json::Map<String, serde_json::Value>, Box<Finding>> {
        let wrong = |seen: &str| {
            Box::new(
                self.fail("document-missing", seen)
                    .because("sites cannot find out who speaks for these addresses")
                    .mend("restart the server, and look into its log"),
            )
        };
        let answer = self.answer.as_ref().map_err(|trouble| wrong(trouble))?;
        let is_json = answer.content_type.starts_with("application/json");
        if answer.status != 200 || !is_json {
            let seen = format!("it is answered with {}", in_short(answer));
            return Err(wrong(&seen));
        }
        json::read_object(&answer.body).map_err(|error| wrong(&error.to_string()))
    }

    fn ok(&self, code: &str, seen: &str) -> Finding {
        Finding::ok(code, self.subject(), self.seen(seen))
    }

    fn fail(&self, code: &str, seen: &str) -> Finding {
        Finding::fail(code, self.subject(), self.seen(seen))
    }

    fn subject(&self) -> String {
        if self.path == WELL_KNOWN {
            format!("support document of {}", self.host)
        } else {
            format!("page {}", self.path)
        }
    }

    /// Says where it was asked for: no browser and no site comes by this way.
    fn seen(&self, what: &str) -> String {
        format!("asked at {} as {}: {what}", self.address, self.host)
    }
}

fn in_short(answer: &Answer) -> String {
    let content_type = match answer.content_type.as_str() {
        "" => "no content type",
        text => text,
    };
    format!("{} and {content_type}", answer.status)
}

const WELL_KNOWN: &str = "/.well-known/browserid";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn where_there_is_a_service_its_commands_start_it_and_show_its_log() {
        let file = Path::new("/etc/persona/persona.toml");
        let text = "issuer = \"https://id.example.org\"\n\
            [[domain]]\nname = \"example.org\"\nmailbox = \"smtps://mail.example.org\"\n";
        let settings = config::read(file, text, &[]).unwrap();
        let line = |service| not_running(&settings, file, service, "refused").to_line();

        insta::assert_snapshot!(
            line(Service::There),
            @"FAIL  127.0.0.1:7070: no server answers: refused; nobody can sign in; to mend it: systemctl start persona; to look: journalctl -u persona -n 20 [server-down]"
        );
        insta::assert_snapshot!(
            line(Service::None),
            @"FAIL  127.0.0.1:7070: no server answers: refused; nobody can sign in; to mend it: persona serve [server-down]"
        );
    }
}
