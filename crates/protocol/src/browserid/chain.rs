//! Delegation: from the domain of an address to the host that certifies it (`browserid.md` §1.4).
//!
//! The rules alone. Whoever asks for the documents follows the chain, one document after the other,
//! each with the domain of the address in its question.

use crate::email::Domain;

use super::authority::Authority;

/// The hosts that were asked so far, each named by the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    former: Vec<Authority>,
    host: Authority,
}

/// Says why a chain ends without an authority, in the words of the verifiers of old (§5.5).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// A host delegates to one that was asked already, perhaps to itself.
    #[error("Circular reference in delegating authority: {0}")]
    Circular(String),
    /// More than five hosts delegate.
    #[error("Too many hops while delegating authority: {0}")]
    TooManyHops(String),
}

impl Chain {
    /// Begins at the domain of an address.
    pub fn begin(domain: &Domain) -> Self {
        Self {
            former: Vec::new(),
            host: Authority::of(domain),
        }
    }

    /// Gives the host to ask now. It is the authority if it does not delegate.
    pub const fn host(&self) -> &Authority {
        &self.host
    }

    /// Goes on to the host that the last one delegates to.
    pub fn follow(&mut self, authority: &Authority) -> Result<(), ChainError> {
        if self.host == *authority || self.former.contains(authority) {
            return Err(ChainError::Circular(self.names()));
        }
        let delegating = std::mem::replace(&mut self.host, authority.clone());
        self.former.push(delegating);
        if self.former.len() > MAX_HOPS {
            return Err(ChainError::TooManyHops(self.names()));
        }
        Ok(())
    }

    fn names(&self) -> String {
        let hosts = self.former.iter().chain([&self.host]);
        hosts.map(Authority::as_str).collect::<Vec<_>>().join(" > ")
    }
}

/// Delegations that are followed.
const MAX_HOPS: usize = 5;
