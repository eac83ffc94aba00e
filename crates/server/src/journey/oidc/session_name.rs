//! What sites know a session by (`sid`, OpenID Connect Back-Channel Logout §2.1).

use data_encoding::HEXLOWER;
use store::SessionId;

use crate::app::App;
use crate::hashed::hex_of;

/// Names a session to sites: the name does not tell the session's own.
pub(super) fn session_name(app: &App, session: &SessionId) -> String {
    let id = HEXLOWER.encode(session.as_bytes());
    let mut name = hex_of(&["sid", app.settings.issuer.as_str(), &id]);
    name.truncate(32);
    name
}
