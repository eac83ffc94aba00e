//! `persona alias`, as it is written.

use clap::{Args, Subcommand};
use protocol::email::EmailAddress;

/// `persona alias`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AliasArguments {
    #[command(subcommand)]
    pub(crate) action: AliasAction,
}

/// What to do with the aliases.
#[derive(Debug, Subcommand)]
pub(crate) enum AliasAction {
    /// List the aliases of the store, one on a line with whom it leads to
    #[command(after_help = "Examples:\n  persona alias list\n  persona alias list --json")]
    List {
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
    /// Let whoever signs in with one of the targets be called the alias, too
    #[command(
        after_help = "Examples:\n  persona alias add info@example.org alice@example.org\n  \
        persona alias add sales@example.org bob@example.org info@example.org"
    )]
    Add {
        /// The address that they may be called
        #[arg(value_name = "ALIAS")]
        alias: EmailAddress,
        /// The addresses of those who may, or further aliases, all of the same domain
        #[arg(value_name = "TARGET", required = true)]
        targets: Vec<EmailAddress>,
    },
    /// Take an alias away from some targets, or from all of them
    #[command(
        after_help = "Examples:\n  persona alias remove sales@example.org bob@example.org\n  \
        persona alias remove info@example.org"
    )]
    Remove {
        /// The alias, as `persona alias list` prints it
        #[arg(value_name = "ALIAS")]
        alias: String,
        /// The targets from which it is taken [default: all]
        #[arg(value_name = "TARGET")]
        targets: Vec<String>,
    },
}

const EXAMPLES: &str = "\
Examples:
  persona alias list
  persona alias add info@example.org alice@example.org bob@example.org
  persona alias remove info@example.org bob@example.org

A change counts at once, for those who are signed in already, too. Aliases that stand in an alias file
(`aliases` in the settings) are not listed here: both count.";
