//! Whose is this address? The dialog asks before it shows anything about passwords.
//!
//! The answer depends on the domain alone: whether a mailbox exists is nobody's business.

use protocol::email::{EmailAddress, EmailError};

use crate::app::App;

/// What is known about an address that somebody typed.
#[derive(Clone, Debug)]
pub struct Known {
    /// The address in its canonical spelling.
    pub address: EmailAddress,
    /// Does this installation vouch for its domain?
    pub ours: bool,
}

/// Reads what somebody typed and looks the domain up in the settings.
pub fn look_up(app: &App, typed: &str) -> Result<Known, EmailError> {
    let address = EmailAddress::parse(typed.trim())?.canonical();
    let ours = app.door(address.domain()).is_some();
    Ok(Known { address, ours })
}
