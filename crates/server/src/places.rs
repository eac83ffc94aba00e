//! Where an issuer's pages are that support documents name.

use protocol::browserid::PagePath;

/// Where the login page is, relative to the issuer.
pub const AUTHENTICATION: PagePath = PagePath::constant("/persona/login/");
/// Where the provisioning page is, relative to the issuer.
pub const PROVISIONING: PagePath = PagePath::constant("/persona/provisioning/");
/// Where other installations' dialogs get certificates from, relative to the issuer (`docs/handoff.md`).
pub const HANDOFF: PagePath = PagePath::constant("/persona/handoff/");
