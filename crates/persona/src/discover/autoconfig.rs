//! The document in which a domain tells mail programs where its mail servers are.
//!
//! Thunderbird's format (draft-ietf-mailmaint-autoconfig: `config-v1.1.xml`), from the two places that are
//! under the domain's own name; never from a database of somebody else's. Pure but for the words of
//! where to ask. A document type is refused, so that there are no entities; and so is whatever has more
//! elements than any such document needs. Deliberately absent: POP3, Exchange, plain sockets, and
//! anything that is not about passwords.

use mailbox::LoginForm;
use protocol::email::Domain;
use roxmltree::{Document, Node, ParsingOptions};

use super::service::Service;

/// What a document says about one server.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// It could be asked.
    Server(Server),
    /// It could not, and why.
    PassedOver(String),
}

/// A server that a document names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) service: Service,
    pub(super) host: Domain,
    pub(super) port: u16,
    pub(super) login: LoginForm,
}

/// Gives host and target of the places where the document may be, the preferred one first.
pub(super) fn places(domain: &Domain) -> Vec<(Domain, String)> {
    let own = Domain::parse(&format!("autoconfig.{domain}"));
    // The servers want an address, and this is one that every domain has (RFC 5321 §4.5.1).
    let address = format!("emailaddress=postmaster%40{domain}");
    let first = own.map(|host| (host, format!("/mail/config-v1.1.xml?{address}")));
    let second = (
        domain.clone(),
        format!("/.well-known/autoconfig/mail/config-v1.1.xml?{address}"),
    );
    first.into_iter().chain([second]).collect()
}

/// Reads a document: what it says about each server, in the order in which to try them.
pub(super) fn read(document: &[u8], domain: &Domain) -> Result<Vec<Entry>, String> {
    let text = std::str::from_utf8(document).map_err(|_| NO_AUTOCONFIG.to_owned())?;
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text.trim_start_matches('\u{feff}'), options)
        .map_err(|error| format!("{NO_AUTOCONFIG}: {}", told(&error.to_string())))?;
    let root = document.root_element();
    if root.tag_name().name() != "clientConfig" {
        return Err(NO_AUTOCONFIG.to_owned());
    }
    let providers = children(root, "emailProvider");
    let servers = providers.flat_map(|provider| provider.children());
    let mut entries: Vec<Entry> = servers
        .filter_map(|node| entry(node, domain))
        .take(MOST_SERVERS)
        .collect();
    entries.sort_by_key(Entry::place);
    Ok(entries)
}

impl Entry {
    /// The preferred services come first, and what was passed over last.
    fn place(&self) -> usize {
        match self {
            Self::Server(server) => server.service as usize,
            Self::PassedOver(_) => usize::MAX,
        }
    }
}

/// Reads one server. `None` is what no password is asked at.
fn entry(node: Node<'_, '_>, domain: &Domain) -> Option<Entry> {
    let kind = node.attribute("type").unwrap_or_default();
    let is_smtp = match (node.tag_name().name(), kind) {
        ("outgoingServer", "smtp") => true,
        ("incomingServer", "imap") => false,
        _ => return None,
    };
    let read = server(node, is_smtp, domain);
    Some(read.map_or_else(
        |why| Entry::PassedOver(format!("its {kind} server is passed over: {why}")),
        Entry::Server,
    ))
}

fn server(node: Node<'_, '_>, is_smtp: bool, domain: &Domain) -> Result<Server, String> {
    let service = match (one(node, "socketType")?, is_smtp) {
        ("SSL", true) => Service::Submissions,
        ("STARTTLS", true) => Service::Submission,
        ("SSL", false) => Service::Imaps,
        ("STARTTLS", false) => Service::Imap,
        (other, _) => return Err(format!("it is not encrypted, but {}", told(other))),
    };
    let host = one(node, "hostname")?.replace("%EMAILDOMAIN%", domain.as_str());
    let host = Domain::parse(&host).map_err(|_| format!("{} is no host name", told(&host)))?;
    let port = one(node, "port")?;
    let port = port.parse().ok().filter(|port| *port != 0);
    let port = port.ok_or_else(|| "its port is no number from 1 to 65535".to_owned())?;
    let ways: Vec<&str> = children(node, "authentication").map(text).collect();
    if !ways.is_empty() && !ways.iter().any(|way| BY_PASSWORD.contains(way)) {
        let ways = told(&ways.join(", "));
        return Err(format!("it takes no passwords, only {ways}"));
    }
    Ok(Server {
        service,
        host,
        port,
        login: login(node)?,
    })
}

/// Reads what people log in with, which may be left out.
fn login(node: Node<'_, '_>) -> Result<LoginForm, String> {
    match children(node, "username").next().map(text) {
        None | Some("%EMAILADDRESS%" | "%EMAILLOCALPART%@%EMAILDOMAIN%") => Ok(LoginForm::Address),
        Some("%EMAILLOCALPART%") => Ok(LoginForm::LocalPart),
        Some(other) => Err(format!(
            "people log in there as {}, which cannot be computed",
            told(other)
        )),
    }
}

/// Gives the text of the first element of this name.
fn one<'a>(node: Node<'a, '_>, name: &str) -> Result<&'a str, String> {
    let first = children(node, name).next();
    first.map(text).ok_or_else(|| format!("it has no {name}"))
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children()
        .filter(move |child| child.is_element() && child.tag_name().name() == name)
}

fn text<'a>(node: Node<'a, '_>) -> &'a str {
    node.text().unwrap_or_default().trim()
}

/// Makes a stranger's words safe to show.
fn told(words: &str) -> String {
    words.escape_default().take(LONGEST).collect()
}

const NO_AUTOCONFIG: &str = "it is no autoconfig document";
/// Mozilla's names of the ways in which a password is sent, the old ones included. A server that takes
/// it encrypted may take it plainly, too: that is seen when it is looked at.
const BY_PASSWORD: [&str; 4] = [
    "password-cleartext",
    "plain",
    "password-encrypted",
    "secure",
];
/// A real document has some dozens.
const MOST_NODES: u32 = 2000;
const MOST_SERVERS: usize = 8;
/// How much of a stranger's words is told, in characters.
const LONGEST: usize = 100;

#[cfg(test)]
mod tests;
