//! `persona key`: the keys that sign.

use clap::{Args, Subcommand, ValueEnum};
use protocol::jose::token::TokenAlgorithm;

/// `persona key`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  persona key list\n  persona key rotate\n  \
    persona key rotate --algorithm es256")]
pub(crate) struct KeyArguments {
    #[command(subcommand)]
    pub(crate) action: KeyAction,
}

/// What to do with the keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyAction {
    /// List the keys, and say which of them sign
    #[command(after_help = "Examples:\n  persona key list\n  persona key list --json")]
    List {
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
    /// Make new keys for OpenID Connect, which sign from the next day on, and remove those that no site
    /// needs any more
    #[command(
        after_help = "Examples:\n  persona key rotate\n  persona key rotate --algorithm rs256\n\n\
        The key of BrowserID certificates stays. So does subject.key, from which people's names at sites follow."
    )]
    Rotate {
        /// Only the key of this algorithm [default: all three]
        #[arg(long, value_name = "NAME")]
        algorithm: Option<AlgorithmName>,
    },
}

/// The algorithms of tokens.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AlgorithmName {
    Rs256,
    Es256,
    #[value(name = "eddsa")]
    EdDsa,
}

impl From<AlgorithmName> for TokenAlgorithm {
    fn from(name: AlgorithmName) -> Self {
        match name {
            AlgorithmName::Rs256 => Self::Rs256,
            AlgorithmName::Es256 => Self::Es256,
            AlgorithmName::EdDsa => Self::EdDsa,
        }
    }
}
