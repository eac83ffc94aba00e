//! Several issuers in one process: which domains are whose, with which keys and which cookie.
//!
//! An issuer's own settings are the file's with its own origin, keys, cookie and domains in place of
//! the main issuer's; all else is common to all.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use protocol::browserid::Authority;
use protocol::email::Domain;
use protocol::origin::Origin;

use super::{ClientSettings, CookieName, DomainSettings, Settings, SettingsError};

impl Settings {
    /// The settings of the main issuer: those domains alone that name no other. Domains that are named
    /// nowhere are its own, where they are served (`[any_domain]`).
    #[must_use]
    pub fn main(&self) -> Self {
        let domains = self.domain.iter();
        let (own, of_others): (Vec<&DomainSettings>, Vec<&DomainSettings>) =
            domains.partition(|domain| *self.issuer_of(domain) == self.issuer);
        let mut main = self.without_domains();
        main.domain = own.into_iter().cloned().collect();
        let is_own = |client: &ClientSettings| {
            let issuer = client.issuer.as_ref();
            issuer.is_none_or(|issuer| *issuer == self.issuer)
        };
        main.client.retain(is_own);
        if let Some(any) = &mut main.any_domain {
            // Their mail may come to us as well.
            any.except
                .extend(of_others.iter().map(|domain| domain.name.clone()));
        }
        main
    }

    /// The settings of each issuer besides the main one, in the order in which domains name them.
    #[must_use]
    pub fn others(&self) -> Vec<Self> {
        let mut places: HashMap<&Origin, usize> = HashMap::new();
        let mut others: Vec<Self> = Vec::new();
        let bare = self.without_domains();
        for domain in &self.domain {
            let issuer = self.issuer_of(domain);
            if *issuer == self.issuer {
                continue;
            }
            let place = *places.entry(issuer).or_insert(others.len());
            if place == others.len() {
                let mut other = bare.clone();
                other.any_domain = None;
                other.keys.directory = default_keys(&self.keys.directory, issuer);
                other.issuer = issuer.clone();
                other
                    .client
                    .retain(|client| client.issuer.as_ref() == Some(issuer));
                others.push(other);
            }
            if let Some(other) = others.get_mut(place) {
                other.take_up(domain);
            }
        }
        others
    }

    /// The settings of each issuer, the main one first.
    #[must_use]
    pub fn issuers(&self) -> Vec<Self> {
        let mut all = vec![self.main()];
        all.extend(self.others());
        all
    }

    /// Which issuer speaks for a domain of these settings?
    pub fn issuer_of<'a>(&'a self, domain: &'a DomainSettings) -> &'a Origin {
        domain.issuer.as_ref().unwrap_or(&self.issuer)
    }

    fn take_up(&mut self, domain: &DomainSettings) {
        if let Some(keys) = &domain.keys {
            self.keys.directory.clone_from(keys);
        }
        if let Some(cookie) = &domain.cookie {
            self.session.cookie.clone_from(cookie);
        }
        self.domain.push(domain.clone());
    }

    fn without_domains(&self) -> Self {
        let mut bare = self.clone();
        bare.domain = Vec::new();
        bare
    }
}

/// Checks an issuer's origin by itself.
pub(super) fn validate_origin(key: &str, issuer: &Origin) -> Result<(), SettingsError> {
    if !issuer.is_https() && !issuer.is_loopback() {
        return Err(SettingsError::new(
            key,
            "the issuer must be an https origin; plain http is for localhost only",
            &format!("issuer = \"https://{}\"", issuer.authority()),
        ));
    }
    if Domain::parse(issuer.host()).is_err() {
        return Err(SettingsError::new(
            key,
            "the issuer must have a name, because certificates carry it; this is an address",
            "use a name, such as http://id.localhost:7070 to try it on one machine",
        ));
    }
    Ok(())
}

/// Checks that the domains agree about their issuers, and that the issuers keep out of each other's
/// way.
pub(super) fn validate(settings: &Settings) -> Result<(), SettingsError> {
    let mut agreed: HashMap<&Origin, Agreed<'_>> = HashMap::new();
    let main = Agreed {
        keys: Some(&settings.keys.directory),
        cookie: Some(&settings.session.cookie),
    };
    agreed.insert(&settings.issuer, main);
    for (index, domain) in settings.domain.iter().enumerate() {
        let issuer = settings.issuer_of(domain);
        validate_origin(&format!("domain[{index}].issuer"), issuer)?;
        let agreed = agreed.entry(issuer).or_default();
        agree(&mut agreed.keys, domain.keys.as_ref())
            .map_err(|former| differs(index, "keys", issuer, &former.display().to_string()))?;
        agree(&mut agreed.cookie, domain.cookie.as_ref())
            .map_err(|former| differs(index, "cookie", issuer, former.as_str()))?;
    }
    keep_hosts(settings, &tell_apart(settings, &agreed)?)
}

/// What the domains of one issuer say about it.
#[derive(Clone, Copy, Default)]
struct Agreed<'a> {
    keys: Option<&'a PathBuf>,
    cookie: Option<&'a CookieName>,
}

/// Takes what is said first; whoever says something later must say the same.
fn agree<'a, T: PartialEq>(agreed: &mut Option<&'a T>, said: Option<&'a T>) -> Result<(), &'a T> {
    match (*agreed, said) {
        (Some(former), Some(said)) if former != said => Err(former),
        (None, Some(_)) => {
            *agreed = said;
            Ok(())
        }
        (_, None) | (Some(_), Some(_)) => Ok(()),
    }
}

fn differs(index: usize, key: &str, issuer: &Origin, former: &str) -> SettingsError {
    SettingsError::new(
        &format!("domain[{index}].{key}"),
        &format!("{key} is another one for {issuer} elsewhere in these settings: {former}"),
        "say the same for all domains of one issuer, or give this one an issuer of its own",
    )
}

/// Refuses issuers that others cannot tell apart: certificates name the host and the port alone, and
/// cookies not even the port.
fn tell_apart<'a>(
    settings: &'a Settings,
    agreed: &HashMap<&'a Origin, Agreed<'a>>,
) -> Result<HashMap<&'a str, &'a Origin>, SettingsError> {
    let cookie_of = |issuer: &'a Origin| {
        let named = agreed.get(issuer).and_then(|agreed| agreed.cookie);
        let name = named.unwrap_or(&settings.session.cookie).as_str();
        (issuer.host(), name)
    };
    let main = &settings.issuer;
    let mut by_authority = HashMap::from([(main.authority(), main)]);
    let mut by_cookie = HashMap::from([(cookie_of(main), main)]);
    for (index, domain) in settings.domain.iter().enumerate() {
        let issuer = settings.issuer_of(domain);
        let key = format!("domain[{index}].issuer");
        let other = *by_authority.entry(issuer.authority()).or_insert(issuer);
        if other != issuer {
            let sentence = format!("certificates name {issuer} and {other} alike");
            let hint = "name one of the two, or give them different hosts";
            return Err(SettingsError::new(&key, &sentence, hint));
        }
        let other = *by_cookie.entry(cookie_of(issuer)).or_insert(issuer);
        if other != issuer {
            let sentence = format!(
                "{issuer} and {other} have one host and one cookie, and browsers do not tell their \
                 ports apart: whoever signs in at one would be signed out at the other"
            );
            let hint = "give this one a cookie of its own: cookie = \"another-name\"";
            return Err(SettingsError::new(&key, &sentence, hint));
        }
    }
    Ok(by_authority)
}

/// Refuses a domain whose own host signs as another issuer: what is asked for there is that issuer's
/// document, so nobody would find the domain's own.
fn keep_hosts(
    settings: &Settings,
    by_authority: &HashMap<&str, &Origin>,
) -> Result<(), SettingsError> {
    for (index, domain) in settings.domain.iter().enumerate() {
        let (name, issuer) = (&domain.name, settings.issuer_of(domain));
        let at_its_host = by_authority.get(Authority::of(name).as_str());
        if let Some(other) = at_its_host.filter(|other| **other != issuer) {
            return Err(SettingsError::new(
                &format!("domain[{index}].issuer"),
                &format!(
                    "{other} is an issuer, so its host cannot say that {issuer} speaks for {name}"
                ),
                &format!("issuer = \"{other}\" for {name}, or another host for that issuer"),
            ));
        }
    }
    Ok(())
}

/// Where an issuer's keys are that nobody has given a place: beside the main issuer's, under its name.
fn default_keys(directory: &Path, issuer: &Origin) -> PathBuf {
    directory.join(issuer.authority())
}

#[cfg(test)]
mod tests;
