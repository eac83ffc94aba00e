//! The web site of a domain, which stays in charge of its host: which domain it means, and the
//! document that is put under its document root.

use std::path::PathBuf;

use protocol::email::Domain;
use protocol::origin::Origin;
use server::settings::Settings;

use super::web_server::can_be_quoted;
use crate::cli::SetupArguments;
use crate::out::Failure;

/// A document root, and whose it is.
#[derive(Debug)]
pub(crate) struct Docroot {
    pub(crate) directory: PathBuf,
    /// The host whose web server serves it.
    pub(crate) host: Domain,
    /// Who speaks for it.
    pub(crate) issuer: Origin,
    pub(crate) content: Content,
}

/// What a web site says about who speaks for its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// The issuer's own document, with its key.
    Own,
    /// That the issuer does.
    Delegation,
}

/// Gives the domains that the flags name: those of `--domain`, else that of `--website`, unless the
/// former settings have it among others.
pub(crate) fn domains(
    arguments: &SetupArguments,
    former: Option<&Settings>,
) -> Result<Vec<Domain>, Failure> {
    if !arguments.domains.is_empty() {
        return Ok(arguments.domains.clone());
    }
    let named = of_website(arguments)?.filter(|name| !former.is_some_and(|f| knows(f, name)));
    Ok(named.into_iter().collect())
}

/// Gives the domain of `--website`.
fn of_website(arguments: &SetupArguments) -> Result<Option<Domain>, Failure> {
    let Some(uri) = &arguments.website else {
        return Ok(None);
    };
    let domain = domain_of(uri).ok_or_else(|| {
        Failure::wrong_use(format!("--website: {uri} is not the address of a web site"))
            .hint("write it as a browser shows it, such as https://www.example.org")
    })?;
    Ok(Some(domain))
}

/// Finds out what `--docroot` is to get, and that `--website` belongs to this installation.
pub(crate) fn docroot(
    arguments: &SetupArguments,
    settings: &Settings,
) -> Result<Option<Docroot>, Failure> {
    let website = of_website(arguments)?;
    if let Some(host) = website.as_ref().filter(|host| !knows(settings, host)) {
        let sentence =
            format!("--website: {host} is neither the issuer's host nor one of the domains");
        let hint = format!("add a [[domain]] for {host} to the settings, or say --domain {host}");
        return Err(Failure::wrong_use(sentence).hint(hint));
    }
    let first = settings.domain.first().map(|domain| domain.name.clone());
    let (Some(directory), Some(host)) = (&arguments.docroot, website.or(first)) else {
        return Ok(None);
    };
    let directory = std::path::absolute(directory)
        .map_err(|error| Failure::wrong_use(format!("--docroot: {error}")))?;
    if !can_be_quoted(&directory) {
        return Err(Failure::wrong_use(format!(
            "--docroot: {} has a character that means something else to web servers",
            directory.display()
        ))
        .hint("name another directory, or make a symbolic link to it"));
    }
    let (issuer, content) = speaker(settings, &host);
    Ok(Some(Docroot {
        directory,
        host,
        issuer,
        content,
    }))
}

/// Finds out who speaks for a host, and whether that is the host itself.
fn speaker(settings: &Settings, host: &Domain) -> (Origin, Content) {
    if let Some(own) = issuer_at(settings, host) {
        return (own.clone(), Content::Own);
    }
    let domain = settings.domain.iter().find(|domain| domain.name == *host);
    let issuer = domain.map_or(&settings.issuer, |domain| settings.issuer_of(domain));
    (issuer.clone(), Content::Delegation)
}

/// Finds the issuer whose host this is.
fn issuer_at<'a>(settings: &'a Settings, host: &Domain) -> Option<&'a Origin> {
    let named = settings
        .domain
        .iter()
        .map(|domain| settings.issuer_of(domain));
    let mut all = std::iter::once(&settings.issuer).chain(named);
    all.find(|issuer| issuer.host() == host.as_str())
}

impl Docroot {
    /// Names the file that the document goes to.
    pub(crate) fn file(&self) -> PathBuf {
        self.directory.join(".well-known/browserid")
    }

    /// Names the file by which programs find who speaks for the addresses of a mail domain. An issuer's
    /// own host is asked about that by nobody.
    pub(crate) fn finger(&self) -> Option<PathBuf> {
        let is_of_domain = self.content == Content::Delegation;
        is_of_domain.then(|| self.directory.join(".well-known/webfinger"))
    }
}

/// Do these settings vouch for this domain, or sign in its name?
fn knows(settings: &Settings, name: &Domain) -> bool {
    issuer_at(settings, name).is_some() || settings.domain.iter().any(|d| d.name == *name)
}

/// Reads the host off a web address. Addresses of a domain do not have the `www.` of its web site.
fn domain_of(uri: &str) -> Option<Domain> {
    let (scheme, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let origin = Origin::parse(&format!("{scheme}://{authority}")).ok()?;
    let host = origin.host();
    let bare = host.strip_prefix("www.").filter(|rest| rest.contains('.'));
    Domain::parse(bare.unwrap_or(host)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_of_a_web_site_is_its_host_without_www() {
        let domain = |uri: &str| domain_of(uri).map(|domain| domain.as_str().to_owned());

        for uri in [
            "https://example.org",
            "https://www.example.org/shop/?item=3#top",
            "http://EXAMPLE.org:8080/",
        ] {
            assert_eq!(domain(uri).as_deref(), Some("example.org"), "{uri}");
        }
        assert_eq!(domain("https://www.org").as_deref(), Some("www.org"));
        for odd in [
            "",
            "example.org",
            "ftp://example.org",
            "https://alice@example.org",
            "https://192.0.2.1/",
            "https:///shop",
        ] {
            assert_eq!(domain(odd), None, "{odd}");
        }
    }
}
