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
            let finding = Finding::fail("client-twice", &subject, seen)
                .because("only what the settings say of it counts, secret and all");
            findings.push(to_remove(finding, &row.id, ""));
            continue;
        }
        match read_row(&row) {
            Ok(client) => clients.push(client),
            Err(error) => {
                let finding = Finding::fail("client-unusable", &subject, error.to_string())
                    .because("nobody can sign in to it");
                findings.push(to_remove(finding, &row.id, ", and add it anew"));
            }
        }
    }
    let groups = Known::read(settings, now);
    for client in &clients {
        findings.extend(about(client, settings, &groups));
    }
    findings
}

/// Says how to take a client out of the store. Whoever writes there chooses its id, and what is printed here
/// is pasted into a shell: an id that could be more than a word is not repeated.
fn to_remove(finding: Finding, id: &str, more: &str) -> Finding {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._:/@-".contains(c);
    if !id.starts_with('-') && id.chars().all(plain) {
        return finding.mend(format!("persona client remove {id}{more}"));
    }
    finding.look("persona client list --json")
}

fn about(client: &ClientSettings, settings: &Settings, groups: &Known) -> Vec<Finding> {
    let subject = format!("client {}", client.id);
    let mut findings = Vec::new();
    if let Some(issuer) = &client.issuer
        && settings.issuers().iter().all(|own| own.issuer != *issuer)
    {
        let seen = format!("{issuer} is no issuer of the settings");
        let finding =
            Finding::fail("client-issuer", &subject, seen).because("nobody can sign in to it");
        findings.push(to_remove(finding, client.id.as_str(), ", and add it anew"));
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

#[cfg(test)]
mod tests {
    use protocol::time::UnixSeconds;
    use store::{ClientRow, SqliteStore};

    use super::*;

    /// What is printed here, root pastes into a shell; whoever runs the server writes to the store.
    #[tokio::test]
    async fn a_client_of_the_store_puts_no_command_into_a_remedy() {
        let settings = "issuer = \"https://id.example.org\"\n[[domain]]\n\
                        name = \"example.org\"\nmailbox = \"smtp://127.0.0.1\"\n";
        let settings: Settings = toml::from_str(settings).unwrap();
        let kept = Arc::new(SqliteStore::open_in_memory().unwrap());
        for (id, issuer) in [
            ("cloud", None),
            ("a;reboot", None),
            ("$(reboot)", Some("https://b.example")),
            ("--help", None),
            ("a\nreboot", None),
        ] {
            let issuer = issuer.map(|issuer| format!("issuer = \"{issuer}\"\n"));
            let section = issuer.map(|issuer| {
                format!(
                    "[[client]]\nid = \"{id}\"\n{issuer}redirect_uris = [\"https://a.example/\"]\n"
                )
            });
            let row = ClientRow {
                id: id.to_owned(),
                section: section.unwrap_or_default(),
                added: UnixSeconds::from_seconds(1),
            };
            store::Clients::put_client(&*kept, &row).await.unwrap();
        }
        let kept: Arc<dyn Store> = kept;
        let now = Timestamp::from_millis(1);

        let found = check(&settings, Some(&kept), now).await;

        let remedies: Vec<String> = found
            .iter()
            .map(|f| f.to_json()["mend"].to_string())
            .collect();
        assert_eq!(remedies.len(), 5, "{remedies:?}");
        for remedy in &remedies {
            assert!(
                !remedy.contains("reboot") && !remedy.contains("--help"),
                "{remedies:?}"
            );
        }
        assert!(
            remedies
                .iter()
                .any(|remedy| remedy.contains("remove cloud"))
        );
    }
}
