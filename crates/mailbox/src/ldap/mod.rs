//! The words of LDAP: what stands in the settings of a directory, and how it is written on the wire.
//!
//! Pure: BER (RFC 4511 §5.1), filters (RFC 4515) and names (RFC 4514), with places for the parts of an
//! address. Called by [`crate::url`], which reads filters, and by [`crate::backend`], which has the
//! messages and asks. Why none of it is a library's: `docs/decisions/0016-own-ldap-client.md`.
//! Deliberately absent: SASL, everything that changes a directory, and following referrals.

pub(crate) mod ber;
mod filter;
mod template;

pub(crate) use filter::Filter;
pub use filter::FilterError;
pub(crate) use template::Names;
pub use template::{BindName, TemplateError};
