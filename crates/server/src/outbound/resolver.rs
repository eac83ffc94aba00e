//! Asks the system for the addresses of a name, and tells "it has none" from "nobody knows".
//!
//! `getaddrinfo` blocks and cannot be called off, so that only so many questions are under way at
//! once, those that nobody waits for any longer included. A name is asked for as it stands
//! (RFC 1034 §3.1): neither search lists nor the hosts file add to a stranger's name.
//!
//! Where the system asks systemd's resolver by nss-resolve, a failure of a name server and a signature
//! that does not verify come back as "no such name" too: "it has none" is not to be had there.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use dns_lookup::{AddrInfoHints, LookupError, LookupErrorKind, SockType};
use protocol::email::Domain;
use tokio::sync::Semaphore;

use crate::queue::Place;

/// Looks names up.
#[derive(Debug)]
pub(super) struct Resolver {
    threads: Arc<Semaphore>,
    /// Does "no such name" mean that there is none?
    knows_none: bool,
}

/// Says why a name gave no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotResolved {
    /// The name does not exist, or it has no address.
    NoAddress,
    /// Nobody could say.
    Unknown(String),
}

impl Resolver {
    /// Looks into `name_service_switch` for how the system asks.
    pub(super) fn new(name_service_switch: &Path) -> Self {
        Self {
            threads: Arc::new(Semaphore::new(MOST_AT_ONCE)),
            knows_none: tells_absence(name_service_switch),
        }
    }

    /// Gives all addresses of a name. How long to wait is the caller's business; `place` is held until
    /// the system has answered, also when nobody waits for it any longer.
    pub(super) async fn look_up(
        &self,
        name: &Domain,
        place: Place,
    ) -> Result<Vec<IpAddr>, NotResolved> {
        let unknown = |error: &dyn std::error::Error| NotResolved::Unknown(error.to_string());
        let thread = Arc::clone(&self.threads)
            .acquire_owned()
            .await
            .map_err(|error| unknown(&error))?;
        let absolute = format!("{name}.");
        let asking = tokio::task::spawn_blocking(move || {
            let found = ask(&absolute);
            drop((thread, place));
            found
        });
        let found = asking.await.map_err(|error| unknown(&error))?;
        self.believed(found)
    }

    fn believed(
        &self,
        found: Result<Vec<IpAddr>, NotResolved>,
    ) -> Result<Vec<IpAddr>, NotResolved> {
        match found {
            Err(NotResolved::NoAddress) if !self.knows_none => {
                let why = "nss-resolve says that there is no such name, also when it does not know";
                Err(NotResolved::Unknown(why.to_owned()))
            }
            found => found,
        }
    }
}

/// Says whether "no such name" means that there is none, by how the system asks: by
/// `name_service_switch`, a file like [`NAME_SERVICE_SWITCH`]. Without the file, it does.
pub fn tells_absence(name_service_switch: &Path) -> bool {
    let text = std::fs::read_to_string(name_service_switch).unwrap_or_default();
    !asks_nss_resolve(&text)
}

/// Does the line `hosts:` of nsswitch.conf(5) name nss-resolve?
fn asks_nss_resolve(text: &str) -> bool {
    let uncommented = |line: &'_ str| line.split('#').next().unwrap_or_default().to_owned();
    text.lines().map(uncommented).any(|line| {
        let sources = line.trim_start().strip_prefix("hosts:");
        sources.is_some_and(|sources| sources.split_whitespace().any(|word| word == "resolve"))
    })
}

fn ask(name: &str) -> Result<Vec<IpAddr>, NotResolved> {
    // No flags: the system's own default hides the addresses of a family that this machine has not,
    // and a name that has only those would look as if it had none.
    let hints = AddrInfoHints {
        socktype: SockType::Stream.into(),
        ..AddrInfoHints::default()
    };
    let found = dns_lookup::getaddrinfo(Some(name), None, Some(hints));
    let found = found.map_err(|error| meaning(error.kind(), error))?;
    let addresses = found.filter_map(Result::ok).map(|one| one.sockaddr.ip());
    Ok(addresses.collect())
}

fn meaning(kind: LookupErrorKind, error: LookupError) -> NotResolved {
    use LookupErrorKind as K;
    match kind {
        K::NoName | K::NoData => NotResolved::NoAddress,
        K::Again
        | K::Badflags
        | K::Fail
        | K::Family
        | K::Socktype
        | K::Service
        | K::Memory
        | K::System
        | K::Unknown
        | K::IO => NotResolved::Unknown(std::io::Error::from(error).to_string()),
    }
}

/// Where the system says in which ways it looks names up.
pub const NAME_SERVICE_SWITCH: &str = "/etc/nsswitch.conf";
/// How many questions may be under way at once; each holds a thread.
const MOST_AT_ONCE: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn meant_by(kind: LookupErrorKind) -> NotResolved {
        meaning(kind, LookupError::new(-1))
    }

    #[test]
    fn where_nss_resolve_answers_no_such_name_says_nothing() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("nsswitch.conf");
        let none = || Err(NotResolved::NoAddress);
        let mut believed = Vec::new();
        for text in [
            "passwd: files\nhosts: mymachines resolve [!UNAVAIL=return] files dns\n",
            "hosts:\tfiles resolve # and nothing else",
            "hosts: files dns\n",
            "hosts: files dns # resolve",
            "networks: resolve\n",
            "",
        ] {
            std::fs::write(&file, text).unwrap();
            believed.push(Resolver::new(&file).believed(none()) == none());
        }
        assert_eq!(believed, [false, false, true, true, true, true]);
        let absent = Resolver::new(&folder.path().join("absent"));
        assert_eq!(absent.believed(none()), none());
        let found = Ok(vec![IpAddr::from([192, 0, 2, 7])]);
        std::fs::write(&file, "hosts: resolve").unwrap();
        assert_eq!(Resolver::new(&file).believed(found.clone()), found);
    }

    /// The one question that the system answers without asking anybody.
    #[test]
    fn an_address_written_out_is_its_own_answer() {
        for text in ["192.0.2.7", "2001:db8::7"] {
            let address: IpAddr = text.parse().unwrap();

            assert_eq!(ask(text), Ok(vec![address]));
        }
    }

    #[test]
    fn only_two_of_the_system_s_answers_say_that_there_is_no_address() {
        use LookupErrorKind as K;
        for kind in [K::NoName, K::NoData] {
            assert_eq!(meant_by(kind), NotResolved::NoAddress, "{kind:?}");
        }
        for kind in [K::Again, K::Fail, K::Memory, K::System, K::Unknown, K::IO] {
            let meant = meant_by(kind);
            assert!(matches!(meant, NotResolved::Unknown(_)), "{kind:?}");
        }
    }
}
