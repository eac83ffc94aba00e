//! The command line, defined once: parsing, `--help`, man pages and completions come from here.
//!
//! Names are a contract (`persona check --password-stdin` stands in scripts). What the flags mean
//! is decided by each command; this file only says how they are written.

#![expect(
    clippy::doc_markdown,
    reason = "these comments are printed as help, where backquotes would be seen"
)]

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use protocol::email::{Domain, EmailAddress};
use protocol::origin::Origin;

pub(crate) use self::alias::{AliasAction, AliasArguments};
pub(crate) use self::client::{ClientAction, ClientArguments, NewClient};
pub(crate) use self::domain::{DomainAction, DomainArguments, NewDomain};
pub(crate) use self::key::{KeyAction, KeyArguments};
use crate::discover::Resolver;

mod alias;
mod client;
mod domain;
mod key;

/// Sign in to web sites with a mailbox: the mail server already knows who your users are.
#[derive(Debug, Parser)]
#[command(
    name = "persona",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(after_help = MAIN_EXAMPLES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The settings file [default: $PERSONA_CONFIG, else /etc/persona/persona.toml]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(help_heading = COMMON)]
    pub(crate) config: Option<PathBuf>,
    /// How much to log on stderr [default: $PERSONA_LOG, else info for serve and error elsewhere]
    #[arg(long, global = true, value_name = "LEVEL", help_heading = COMMON)]
    pub(crate) log_level: Option<LogLevel>,
    /// How to write the log [default: $PERSONA_LOG_FORMAT, else text]
    #[arg(long, global = true, value_name = "FORMAT", help_heading = COMMON)]
    pub(crate) log_format: Option<LogFormat>,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Try everything on this machine: an issuer, a mail server and a web site, with nothing set up
    Demo(DemoArguments),
    /// Make a working installation: settings, keys and store
    Setup(SetupArguments),
    /// Look for what is wrong, and say how to mend it
    Check(CheckArguments),
    /// Run the server, in the foreground
    Serve(ServeArguments),
    /// Verify a BrowserID assertion for a site
    Verify(VerifyArguments),
    /// List mail domains, and keep some in the store
    Domain(DomainArguments),
    /// List aliases that are kept in the store, add some, or remove some
    Alias(AliasArguments),
    /// List applications that people sign in to, and add some: both halves of the set-up
    Client(ClientArguments),
    /// List sign-ins, or end them
    Session(SessionArguments),
    /// List the keys that sign, and let new ones take their place
    Key(KeyArguments),
    /// Print completions for a shell
    Completions(CompletionsArguments),
    /// Write the manual pages
    Man(ManArguments),
    /// Print the reference page of the settings, or a sample file
    Reference(ReferenceArguments),
}

/// `persona demo`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  persona demo\n  persona demo --port 8080")]
pub(crate) struct DemoArguments {
    /// The port of the issuer; the other parts take free ports [default: 7080, or a free
    /// one]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
}

/// `persona setup`
#[derive(Debug, Args)]
#[command(after_help = SETUP_EXAMPLES)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line, which is given or not, whatever the others are"
)]
pub(crate) struct SetupArguments {
    /// A mail domain to vouch for; may be given several times
    #[arg(short, long = "domain", value_name = "DOMAIN")]
    pub(crate) domains: Vec<Domain>,
    /// A web site of the domain, from which the domain is taken where --domain does not say
    #[arg(short, long, value_name = "URI", value_hint = ValueHint::Url)]
    pub(crate) website: Option<String>,
    /// What checks the passwords: smtps://, smtp://, imaps:// or imap://HOST; ldaps:// or ldap://HOST/BASE;
    /// dovecot:/SOCKET; file:/PASSWORDS; command:/PROGRAM [default: looked for, by SRV records,
    /// autoconfig and MX]
    #[arg(short, long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) mailbox: Option<String>,
    /// Whom to ask for DNS records about the mail server; none: look for no mail server [default:
    /// the system's resolver]
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "system",
        hide_default_value = true
    )]
    pub(crate) resolver: Resolver,
    /// The web origin where people sign in [default: the host id.DOMAIN, by https]
    #[arg(short, long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) issuer: Option<Origin>,
    /// Write .well-known/browserid into the document root of --website, or else of the first domain,
    /// for a web site that stays in charge of its host
    #[arg(short = 'r', long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) docroot: Option<PathBuf>,
    /// Let the web sites of the domains answer WebFinger, too, by which Tailscale and some others find
    /// who speaks for an address; not where a site has a WebFinger of its own, as Mastodon has
    #[arg(long)]
    pub(crate) webfinger: bool,
    /// Where the keys go, and the settings unless --config names their file [default: /etc/persona]
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) secrets: Option<PathBuf>,
    /// Where the store goes [default: /var/lib/persona]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) data: Option<PathBuf>,
    /// Where the server will listen: ADDRESS:PORT or unix:/PATH [default: 127.0.0.1:7070]
    #[arg(short, long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// The group whose members may read what is written [default for root: the first of persona,
    /// www-data, wwwrun and www that exists; else none]
    #[arg(short, long, value_name = "NAME")]
    pub(crate) group: Option<String>,
    /// The web server to print the lines for [default: the one that runs or is installed here, else
    /// nginx]
    #[arg(long, value_name = "NAME")]
    pub(crate) proxy: Option<Proxy>,
    /// Write nothing; print what would be written, with its content
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    /// Redo everything; what was there is kept under another name
    #[arg(short = 'f', long)]
    pub(crate) restart: bool,
    /// Say each step
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// Whose lines `setup` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Proxy {
    Nginx,
    Apache,
    Caddy,
    Traefik,
    All,
}

/// `persona check`
#[derive(Debug, Args)]
#[command(after_help = CHECK_EXAMPLES)]
pub(crate) struct CheckArguments {
    /// Sign in with these addresses as well, all the way to a verified certificate
    #[arg(value_name = "ADDRESS")]
    pub(crate) addresses: Vec<EmailAddress>,
    /// Read the passwords from stdin, one line for each address, instead of asking
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Print the findings as JSON, with stable codes
    #[arg(long)]
    pub(crate) json: bool,
    /// Whom to ask for DNS records about each domain's mail; none: compare nothing with DNS [default:
    /// the system's resolver]
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "system",
        hide_default_value = true
    )]
    pub(crate) resolver: Resolver,
}

/// `persona serve`
#[derive(Debug, Args)]
#[command(after_help = SERVE_EXAMPLES)]
pub(crate) struct ServeArguments {
    /// The web origin that signs, in place of the settings' `issuer`
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) issuer: Option<String>,
    /// Where to listen, ADDRESS:PORT or unix:/PATH, in place of `listen.address`
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// The directory of the keys, in place of `keys.directory`
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) keys: Option<String>,
    /// Where sign-ins are kept, sqlite:/PATH, in place of `storage.url`
    #[arg(long, value_name = "URL")]
    pub(crate) storage: Option<String>,
    /// A mail domain, with --mailbox, in place of all `[[domain]]` sections
    #[arg(long, value_name = "DOMAIN", requires = "mailbox")]
    pub(crate) domain: Option<String>,
    /// The mail server of --domain
    #[arg(long, value_name = "URL", requires = "domain")]
    pub(crate) mailbox: Option<String>,
}

/// `persona verify`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  persona verify https://site.example assertion.txt\n  \
    xclip -o | persona verify --json https://site.example"
)]
pub(crate) struct VerifyArguments {
    /// The origin of the site that got the assertion: scheme, host and port, as in the examples
    #[arg(value_name = "AUDIENCE")]
    pub(crate) audience: Origin,
    /// The file with the assertion [default: stdin]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,
    /// Print the verdict as JSON, as POST /persona/verify does
    #[arg(long)]
    pub(crate) json: bool,
}

/// `persona session`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  persona session list\n  \
    persona session revoke alice@example.org\n  persona session revoke --all")]
pub(crate) struct SessionArguments {
    #[command(subcommand)]
    pub(crate) action: SessionAction,
}

/// What to do with the sessions.
#[derive(Debug, Subcommand)]
pub(crate) enum SessionAction {
    /// List who is signed in, since when and until when
    #[command(after_help = "Examples:\n  persona session list\n  persona session list --json")]
    List {
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
    /// End sign-ins: all of an address, one by its id, or everybody's
    #[command(
        after_help = "Examples:\n  persona session revoke alice@example.org\n  \
        persona session revoke 1f0c2a9b\n  persona session revoke --all"
    )]
    Revoke {
        /// An address, or an id as `persona session list` prints it
        #[arg(
            value_name = "ADDRESS|ID",
            required_unless_present = "all",
            conflicts_with = "all"
        )]
        whose: Option<String>,
        /// End every sign-in
        #[arg(long)]
        all: bool,
    },
}

/// `persona completions`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    persona completions bash > /etc/bash_completion.d/persona")]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

/// `persona man`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  persona man /usr/local/share/man/man1")]
pub(crate) struct ManArguments {
    /// The directory to write the pages to
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) directory: PathBuf,
}

/// `persona reference`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  persona reference\n  persona reference --sample")]
pub(crate) struct ReferenceArguments {
    /// Print a commented sample of the settings file instead
    #[arg(long)]
    pub(crate) sample: bool,
}

const COMMON: &str = "Options of every command";

const MAIN_EXAMPLES: &str = "\
Examples:
  persona demo
  persona setup -d example.org -m smtps://mail.example.org
  persona check alice@example.org
  persona serve

Exit status: 0 done; 1 it ran and the answer is bad; 2 wrong use or unreadable settings;
3 something that the program needs is not there.";

const SETUP_EXAMPLES: &str = "\
Examples:
  persona setup -d example.org -m smtps://mail.example.org --group persona
  persona setup -d example.org -d example.net -m smtp://127.0.0.1:25 -g persona
  persona setup -w https://www.example.org -r /var/www/html -m smtps://mail.example.org --dry-run
  persona setup --proxy caddy

  persona setup -d example.org

A second run changes nothing that is there. The network is used only to look for a mail server
that no --mailbox names.";

const CHECK_EXAMPLES: &str = "\
Examples:
  persona check
  persona check alice@example.org
  persona check --password-stdin alice@example.org < password.txt

Exit status: 0 nothing failed; 1 something failed; 2 the settings cannot be read.";

const SERVE_EXAMPLES: &str = "\
Examples:
  persona serve
  persona serve --config persona.toml --log-level debug
  PERSONA_LISTEN__ADDRESS=unix:/run/persona/http.sock persona serve

Every setting can also be given as PERSONA_SECTION__KEY in the environment.
SIGTERM and SIGINT stop the server when the requests under way are answered. SIGHUP has
the settings read again; with a mistake in them all stays as it is.";
