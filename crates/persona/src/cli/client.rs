//! `persona client`, as it is written.

use clap::{Args, Subcommand, ValueHint};
use protocol::oidc::RedirectUri;
use protocol::origin::Origin;

/// `persona client`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ClientArguments {
    #[command(subcommand)]
    pub(crate) action: ClientAction,
}

/// What to do with the clients.
#[derive(Debug, Subcommand)]
pub(crate) enum ClientAction {
    /// List the applications that people can sign in to, and where each is written
    #[command(after_help = "Examples:\n  persona client list\n  persona client list --json")]
    List {
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the section of an application, without its secret
    #[command(after_help = "Examples:\n  persona client show grafana")]
    Show {
        /// The client id
        #[arg(value_name = "ID")]
        id: String,
        /// Print it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Keep an application in the store, and print what it has to be told
    #[command(after_help = ADD_EXAMPLES)]
    Add(NewClient),
    /// Take an application out of the store, with all that it was given
    #[command(after_help = "Examples:\n  persona client remove grafana")]
    Remove {
        /// The client id
        #[arg(value_name = "ID")]
        id: String,
    },
    /// List the applications that there is a profile for
    #[command(after_help = "Examples:\n  persona client profiles")]
    Profiles {
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
}

/// `persona client add`
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the command line, and any may be given with any"
)]
pub(crate) struct NewClient {
    /// The application: nextcloud, grafana and others (persona client profiles), or generic
    #[arg(value_name = "PROFILE")]
    pub(crate) profile: String,
    /// Where it is, as in a browser; for generic, its redirect address
    #[arg(value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) url: Option<String>,
    /// Its client id, where that is not the profile's name
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
    /// Its name for people
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Who may use it: a domain, an address or an @group (several times); without it, everybody
    #[arg(long, value_name = "WHO")]
    pub(crate) allow: Vec<String>,
    /// A further address that it takes people back at (several times)
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, value_parser = RedirectUri::parse)]
    pub(crate) redirect_uri: Vec<RedirectUri>,
    /// It runs on people's own machines and can keep no secret
    #[arg(long)]
    pub(crate) public: bool,
    /// It belongs to you: nobody is asked before it learns who they are
    #[arg(long)]
    pub(crate) trusted: bool,
    /// The issuer at which it is known, where that is not the main one
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) issuer: Option<Origin>,
    /// Take the place of the same client in the store, with a new secret
    #[arg(long)]
    pub(crate) replace: bool,
    /// Print everything as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  persona client profiles
  persona client add nextcloud https://cloud.example.org
  persona client list

What is in the store counts at once, also for a server that runs.";

const ADD_EXAMPLES: &str = "\
Examples:
  persona client add grafana https://grafana.example.org --allow @admins
  persona client add nextcloud https://cloud.example.org --id cloud --allow example.org
  persona client add generic https://app.example.org/callback

The secret is printed once. The store has only its hash; --replace makes another.";
