//! `persona domain`, as it is written.

#![expect(
    clippy::doc_markdown,
    reason = "these comments are printed as help, where backquotes would be seen"
)]

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use protocol::email::Domain;

/// `persona domain`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DomainArguments {
    #[command(subcommand)]
    pub(crate) action: DomainAction,
}

/// What to do with the domains.
#[derive(Debug, Subcommand)]
pub(crate) enum DomainAction {
    /// List all mail domains, and where each is written
    #[command(after_help = "Examples:\n  persona domain list\n  persona domain list --json")]
    List {
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the settings of a domain, wherever they are written
    #[command(after_help = "Examples:\n  persona domain show example.net\n  \
        persona domain show example.net > /etc/persona/domains/example.net.toml")]
    Show {
        /// The domain
        #[arg(value_name = "DOMAIN")]
        name: Domain,
        /// Print them as JSON
        #[arg(long)]
        json: bool,
    },
    /// Keep a domain in the store, once it is seen to go together with all others
    #[command(after_help = ADD_EXAMPLES)]
    Add(NewDomain),
    /// Take a domain out of the store, and end the sign-ins of its people
    #[command(after_help = "Examples:\n  persona domain remove example.net")]
    Remove {
        /// The domain
        #[arg(value_name = "DOMAIN")]
        name: Domain,
    },
}

/// `persona domain add`
#[derive(Debug, Args)]
pub(crate) struct NewDomain {
    /// The domain
    #[arg(value_name = "DOMAIN")]
    pub(crate) name: Domain,
    /// What checks the passwords: smtps://HOST, imaps://HOST and the other kinds of `mailbox`
    #[arg(
        short,
        long,
        value_name = "URL",
        required_unless_present = "section",
        value_hint = ValueHint::Url
    )]
    pub(crate) mailbox: Option<String>,
    /// What is sent as user name: address or local-part
    #[arg(long, value_name = "FORM")]
    pub(crate) login: Option<String>,
    /// The domain by which the mail server knows these users
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) backend_domain: Option<String>,
    /// The web origin that signs for this domain, where it has an issuer of its own
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) issuer: Option<String>,
    /// The name of that issuer's session cookie
    #[arg(long, value_name = "NAME")]
    pub(crate) cookie: Option<String>,
    /// A file of aliases
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) aliases: Option<PathBuf>,
    /// A file of groups
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) groups: Option<PathBuf>,
    /// alice+tag is one of alice's addresses
    #[arg(long)]
    pub(crate) plus_tags: bool,
    /// The line of the alias file for all other names counts
    #[arg(long)]
    pub(crate) catch_all: bool,
    /// Take the whole [[domain]] section from a file, or from stdin (-), in place of the other options
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        conflicts_with_all = [
            "mailbox", "login", "backend_domain", "issuer", "cookie", "aliases", "groups", "plus_tags",
            "catch_all"
        ]
    )]
    pub(crate) section: Option<PathBuf>,
    /// Take the place of the same domain in the store; nobody is signed out by that
    #[arg(long)]
    pub(crate) replace: bool,
}

const EXAMPLES: &str = "\
Examples:
  persona domain list
  persona domain add example.net --mailbox imaps://mail.example.net
  persona domain remove example.net

A server that runs goes on with the domains that it knows until systemctl reload persona.";

const ADD_EXAMPLES: &str = "\
Examples:
  persona domain add example.net --mailbox imaps://mail.example.net
  persona domain add example.net -m smtps://mail.example.net --login local-part
  persona domain add example.net --section example.net.toml

The store keeps no passwords and names no place of one, no place of keys and no program
(command:): the server's own user may write to it, and root reads it. A domain that needs one
of them goes into a file. The key of an --issuer is where keys.directory has a place for it.";
