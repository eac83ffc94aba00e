//! `[domain.ldap]`: how a directory is asked about the people of one domain, beside its URL.

use std::collections::HashMap;

use mailbox::{BindName, Directory, LdapUrl, LoginForm, MailboxUrl, OpenError, Password};
use protocol::secret::Secret;
use serde::Deserialize;

use super::secret::SecretSetting;
use super::{DomainSettings, Settings, SettingsError};

/// `[domain.ldap]`: a pattern of names, or the account that searches.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LdapSettings {
    /// The name that people bind by: `uid={local},ou=people,dc=example,dc=org`, or `{address}`.
    pub dn: Option<BindName>,
    /// The name of the account that searches. Without it the search is anonymous.
    pub bind_dn: Option<String>,
    /// The password of that account.
    pub password: Option<SecretSetting>,
}

impl LdapSettings {
    /// Gives what the backend wants to know. The password must have been read from its place.
    pub(crate) fn directory(&self) -> Result<Directory, OpenError> {
        let text = self.password.as_ref().and_then(SecretSetting::text);
        let password = text.map(|text| Password::prepare(Secret::new(text.expose().clone())));
        let password = password.transpose().map_err(OpenError::Password)?;
        Ok(Directory {
            name: self.dn.clone(),
            account: self.bind_dn.clone().zip(password),
        })
    }
}

/// Checks what of a domain's directory needs more than one key.
pub(super) fn validate(settings: &Settings) -> Result<(), SettingsError> {
    let branches = Branches::of(settings);
    for (index, domain) in settings.domain.iter().enumerate() {
        let key = |name: &str| format!("domain[{index}].{name}");
        match &domain.mailbox {
            MailboxUrl::Ldap(url) => {
                validate_way(domain, url, &key)?;
                validate_account(domain, &key)?;
                validate_sharing(domain, url, &branches, &key)?;
            }
            MailboxUrl::Server(_)
            | MailboxUrl::Dovecot(_)
            | MailboxUrl::File(_)
            | MailboxUrl::Command(_) => {
                if domain.ldap.is_some() {
                    return Err(SettingsError::new(
                        &key("ldap"),
                        &format!("{} is not a directory", domain.mailbox),
                        "leave it out, or ask a directory: mailbox = \"ldaps://ldap.example.org/\"",
                    ));
                }
            }
        }
    }
    Ok(())
}

fn validate_way(
    domain: &DomainSettings,
    url: &LdapUrl,
    key: &impl Fn(&str) -> String,
) -> Result<(), SettingsError> {
    let pattern = domain.ldap.as_ref().and_then(|ldap| ldap.dn.as_ref());
    match (pattern, url.base()) {
        (Some(_), Some(_)) => Err(SettingsError::new(
            &key("ldap.dn"),
            "names that follow from the address, and a base to search: only one is asked",
            "leave out dn, or everything behind the host in mailbox",
        )),
        (None, None) => Err(SettingsError::new(
            &key("mailbox"),
            &format!(
                "nothing says who is who in the directory of {}",
                domain.name
            ),
            "name a base, \"ldaps://ldap.example.org/dc=example,dc=org\", or a pattern: \
             ldap = { dn = \"uid={local},ou=people,dc=example,dc=org\" }",
        )),
        _ if domain.login == LoginForm::LocalPart => Err(SettingsError::new(
            &key("login"),
            "what a directory is asked for stands in the pattern or the filter",
            "leave login out, and write {local} in ldap.dn or in the filter of mailbox",
        )),
        (Some(_), None) | (None, Some(_)) => Ok(()),
    }
}

fn validate_account(
    domain: &DomainSettings,
    key: &impl Fn(&str) -> String,
) -> Result<(), SettingsError> {
    let Some(ldap) = &domain.ldap else {
        return Ok(());
    };
    match (&ldap.bind_dn, &ldap.password) {
        (None, None) => Ok(()),
        _ if ldap.dn.is_some() => Err(SettingsError::new(
            &key("ldap.bind_dn"),
            "an account that searches, where nothing is searched",
            "leave out bind_dn and password, or leave out dn and name a base in mailbox",
        )),
        (Some(name), Some(_)) if !name.trim().is_empty() => Ok(()),
        (Some(_), Some(_)) => Err(SettingsError::new(
            &key("ldap.bind_dn"),
            "the name of the account that searches is empty",
            "name it, or leave out bind_dn and password to search anonymously",
        )),
        // A directory takes a name without a password for nobody, and says yes (RFC 4513 §5.1.2).
        (Some(_), None) => Err(SettingsError::new(
            &key("ldap.bind_dn"),
            "the account that searches has no password",
            "add password = { file = \"/path\" }, or leave bind_dn out to search anonymously",
        )),
        (None, Some(_)) => Err(SettingsError::new(
            &key("ldap.password"),
            "a password is there without the account whose it is",
            "add bind_dn = \"cn=persona,dc=example,dc=org\"",
        )),
    }
}

/// Where the domain does not stand in the question, alice of one domain and alice of another would be
/// the same entry (`mail.md` §9 rule 3): the places where they are must be apart.
fn validate_sharing(
    domain: &DomainSettings,
    url: &LdapUrl,
    branches: &Branches,
    key: &impl Fn(&str) -> String,
) -> Result<(), SettingsError> {
    let pattern = domain.ldap.as_ref().and_then(|ldap| ldap.dn.as_ref());
    if pattern.map_or_else(|| url.tells_domains_apart(), BindName::tells_domains_apart) {
        return Ok(());
    }
    if branches.overlap_with(domain) {
        let (name, host) = (&domain.name, url.host());
        return Err(SettingsError::new(
            &key(if pattern.is_some() {
                "ldap.dn"
            } else {
                "mailbox"
            }),
            &format!(
                "{name} is asked by local part alone at {host}, where the people of another domain \
                 are looked for in the same place, so the users of one could be taken for those of \
                 the other"
            ),
            "write {address} or {domain} in it, or give each domain a branch of its own",
        ));
    }
    Ok(())
}

/// How many domains are looked for where, so that none has to be compared with all others.
struct Branches {
    /// Domains at exactly this branch of this server.
    at: HashMap<(String, String), usize>,
    /// Domains at this branch or in one under it.
    at_or_under: HashMap<(String, String), usize>,
}

impl Branches {
    fn of(settings: &Settings) -> Self {
        let mut at = HashMap::new();
        let mut at_or_under = HashMap::new();
        for domain in &settings.domain {
            let (server, branch) = (domain.mailbox.system(), place(domain));
            for above in upwards(&branch) {
                let key = (server.clone(), above.to_owned());
                *at_or_under.entry(key).or_default() += 1;
            }
            *at.entry((server, branch)).or_default() += 1;
        }
        Self { at, at_or_under }
    }

    /// Is another domain looked for in the same branch, in one under it or in one above it?
    fn overlap_with(&self, domain: &DomainSettings) -> bool {
        let (server, branch) = (domain.mailbox.system(), place(domain));
        let count = |map: &HashMap<(String, String), usize>, branch: &str| {
            let key = (server.clone(), branch.to_owned());
            map.get(&key).copied().unwrap_or_default()
        };
        // The domain itself is counted, too: once among those here or below, once among those above.
        count(&self.at_or_under, &branch) > 1
            || upwards(&branch)
                .map(|above| count(&self.at, above))
                .sum::<usize>()
                > 1
    }
}

/// Gives a branch, the ones above it, and the whole directory at last.
fn upwards(branch: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(branch), |inner| {
        let above = inner.split_once(',').map(|(_, above)| above);
        (!inner.is_empty()).then(|| above.unwrap_or_default())
    })
}

/// Gives the branch of the directory in which the people of a domain are, in one spelling.
fn place(domain: &DomainSettings) -> String {
    let pattern = domain.ldap.as_ref().and_then(|ldap| ldap.dn.as_ref());
    let base = match (pattern, &domain.mailbox) {
        (Some(pattern), _) => {
            let pattern = pattern.to_string();
            let branch = pattern.split_once(',').map(|(_, branch)| branch);
            branch.unwrap_or_default().to_owned()
        }
        (None, MailboxUrl::Ldap(url)) => url.base().unwrap_or_default().to_owned(),
        (
            None,
            MailboxUrl::Server(_)
            | MailboxUrl::Dovecot(_)
            | MailboxUrl::File(_)
            | MailboxUrl::Command(_),
        ) => String::new(),
    };
    let parts = base
        .split(',')
        .map(|part| part.replace(' ', "").to_lowercase());
    parts.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests;
