//! Where the pages of an issuer are that others name: support documents, checks, links.
//!
//! Each is a path below the issuer's base path ([`crate::settings::BasePath::of`]).

use protocol::browserid::PagePath;

/// Where people type their passwords.
pub const AUTHENTICATION: PagePath = PagePath::constant("/persona/login/");
/// The page in a dialog's hidden frame.
pub const PROVISIONING: PagePath = PagePath::constant("/persona/provisioning/");
/// Where other installations' dialogs get certificates from (`docs/handoff.md`).
pub const HANDOFF: PagePath = PagePath::constant("/persona/handoff/");
/// Which sites know whoever is signed in.
pub const ACCOUNT: PagePath = PagePath::constant("/persona/account/");
/// What answers that the server is there.
pub const PING: PagePath = PagePath::constant("/persona/auth/ping");
/// What stands in front of the names of OpenID Connect's endpoints.
pub const OPENID_CONNECT: PagePath = PagePath::constant("/persona/oidc/");
