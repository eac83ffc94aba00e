//! The clients of OpenID Connect: can each be read, is each there once, and can those whom it names
//! sign in at all? Nothing is asked over the network.

use std::sync::Arc;

use protocol::time::Timestamp;
use server::clients::read_row;
use server::lists::{ChangingFile, Groups};
use server::settings::{AllowEntry, ClientSettings, Settings};
use store::Store;

use super::Finding;

/// Looks at the clients of the settings and at those of the store.
pub(crate) async fn check(
    settings: &Settings,
    store: Option<&Arc<dyn Store>>,
    now: Timestamp,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut clients = settings.client.clone();
    // A store that does not answer has said so before.
    let rows = match store {
        Some(store) => store.clients().await.unwrap_or_default(),
        None => Vec::new(),
    };
    for row in rows {
        let subject = format!("client {}", row.id);
        let named = |client: &ClientSettings| client.id.as_str() == row.id;
        if settings.client.iter().any(named) {
            let seen = "it is in the settings and in the store";
            findings.push(
                Finding::fail("client-twice", &subject, seen)
                    .because("only what the settings say of it counts, secret and all")
                    .mend(format!("persona client remove {}", row.id)),
            );
            continue;
        }
        match read_row(&row) {
            Ok(client) => clients.push(client),
            Err(error) => findings.push(
                Finding::fail("client-unusable", &subject, error.to_string())
                    .because("nobody can sign in to it")
                    .mend(format!("persona client remove {}, and add it anew", row.id)),
            ),
        }
    }
    let groups = Known::read(settings, now);
    for client in &clients {
        findings.extend(about(client, settings, &groups));
    }
    findings
}

fn about(client: &ClientSettings, settings: &Settings, groups: &Known) -> Vec<Finding> {
    let subject = format!("client {}", client.id);
    let mut findings = Vec::new();
    if let Some(issuer) = &client.issuer
        && settings.issuers().iter().all(|own| own.issuer != *issuer)
    {
        let seen = format!("{issuer} is no issuer of the settings");
        findings.push(
            Finding::fail("client-issuer", &subject, seen)
                .because("nobody can sign in to it")
                .mend(format!(
                    "persona client remove {}, and add it anew",
                    client.id
                )),
        );
    }
    for entry in client.allow.entries() {
        findings.extend(stranger(entry, &subject, settings, groups));
    }
    if findings.is_empty() {
        let count = client.redirect_uris.len();
        let whom = match client.allow.entries() {
            [] => "everybody".to_owned(),
            some => some
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
        };
        let seen = format!("it is for {whom}; redirect addresses: {count}");
        findings.push(Finding::ok("client-read", &subject, seen));
    }
    findings
}

/// Says so where an allow list names somebody who cannot sign in here.
fn stranger(
    entry: &AllowEntry,
    subject: &str,
    settings: &Settings,
    groups: &Known,
) -> Option<Finding> {
    let domain = match entry {
        AllowEntry::Domain(domain) => domain,
        AllowEntry::Address(address) => address.domain(),
        AllowEntry::Group(name) => {
            return groups
                .misses(name)
                .then(|| no_group(name, subject, settings));
        }
    };
    let is_served = settings.domain.iter().any(|ours| ours.name == *domain);
    if is_served || settings.any_domain.is_some() {
        return None;
    }
    let seen = format!("its allow list names {entry}, and {domain} is no domain of the settings");
    Some(
        Finding::warn("client-domain", subject, seen)
            .because("nobody with such an address can sign in here")
            .mend(format!(
                "correct allow, or add a [[domain]] with name = \"{domain}\""
            )),
    )
}

fn no_group(name: &str, subject: &str, settings: &Settings) -> Finding {
    let seen = format!("its allow list names @{name}, and no group file has that group");
    let finding = Finding::warn("client-group", subject, seen).because("it lets nobody in");
    if settings
        .domain
        .iter()
        .any(|ours| ours.name.as_str() == name)
    {
        return finding.mend(format!("write the domain without the @: \"{name}\""));
    }
    finding.mend(format!(
        "correct allow, or write the line {name}: alice@example.org into the file that domain.groups \
         names"
    ))
}

/// The group files that could be read.
struct Known {
    files: Vec<Arc<Groups>>,
    /// Could all of them be read?
    whole: bool,
}

impl Known {
    fn read(settings: &Settings, now: Timestamp) -> Self {
        let paths = settings.domain.iter();
        let paths = paths.filter_map(|domain| domain.groups.as_deref());
        let read = |path| ChangingFile::new(path, Groups::read).current(now).ok();
        let found: Vec<Option<Arc<Groups>>> = paths.map(read).collect();
        Self {
            whole: found.iter().all(Option::is_some),
            files: found.into_iter().flatten().collect(),
        }
    }

    /// Is it known that there is no such group?
    fn misses(&self, name: &str) -> bool {
        self.whole && !self.files.iter().any(|groups| groups.has(name))
    }
}
