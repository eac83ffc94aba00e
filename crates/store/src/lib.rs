//! The memory: what must survive a request, a restart and a power cut.
//!
//! [`Store`] is the whole of what the rest of the program may ask; [`SqliteStore`] answers it.
//! The journeys of the server call it, and the command line where it lists or ends sessions.
//!
//! What is deliberately absent: secrets (tokens and codes arrive as SHA-256, and the store
//! never sees them in clear), a clock (`now` is an argument), a cache, and any decision: whether a
//! session has expired, and who may do what with it, is for the journeys to say.

mod alias;
mod attempt;
mod challenge;
mod client;
mod consent;
mod domains;
mod error;
mod future;
mod grant;
mod notice;
mod session;
mod sqlite;
mod standing;
mod store;
mod url;

use std::sync::Arc;

pub use crate::alias::{AliasRow, Aliases};
pub use crate::attempt::{Admission, AttemptId, AttemptKey, AttemptLimit, Beyond};
pub use crate::challenge::{
    Challenge, ChallengeAnswer, ChallengeId, ChallengeOutcome, NewChallenge,
};
pub use crate::client::{ClientRow, Clients};
pub use crate::consent::{ConsentRow, Consents};
pub use crate::domains::DomainRow;
pub use crate::error::StoreError;
pub use crate::future::BoxFuture;
pub use crate::grant::{
    Exchange, FoundToken, GrantId, GrantRow, GrantUse, Grants, NewToken, Renewal, TokenId,
    TokenKind,
};
pub use crate::notice::{Notice, NoticeId, Notices};
pub use crate::session::{NewSession, Proof, Session, SessionId, SessionRow};
pub use crate::sqlite::SqliteStore;
pub use crate::standing::{Doubt, Due, STANDING_MEMORY, Standings, Tally};
pub use crate::store::{Domains, ISSUER_MEMORY, Store};
pub use crate::url::{StorageUrl, StorageUrlError};

/// Opens the store that `url` names, makes it if it is not there, and brings its tables up to date.
///
/// This waits for the disk: call it before the program begins to serve. A store in memory is a new one
/// each time.
pub fn open(url: &StorageUrl) -> Result<Arc<dyn Store>, StoreError> {
    let store = match url.path() {
        Some(path) => SqliteStore::open(path)?,
        None => SqliteStore::open_in_memory()?,
    };
    Ok(Arc::new(store))
}
