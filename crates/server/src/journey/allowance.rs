//! How often the mail server may be asked, by whom and about whom.
//!
//! Limits stand before the mail server (`product.md`, promise 3): it sees all our questions come
//! from one address and would punish everybody for one guesser (`mail.md` §5, §6). What is counted
//! is the account as the mail server knows it, not the address as it was typed: `alice+x` is asked
//! about alice, and two domains may lead to one mailbox.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use protocol::email::EmailAddress;
use store::{AttemptKey, AttemptLimit};

use crate::app::Door;
use crate::hashed::hex_of;
use crate::queue::{Full, Line};

/// Who asks the mail server about whom.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    server: String,
    domain: String,
    account: String,
    network: String,
    wider_network: Option<String>,
}

impl Asker {
    /// A browser at `client` asks about `address`, behind `door`.
    pub(super) fn new(door: &Door, address: &EmailAddress, client: IpAddr) -> Self {
        let server = door.settings.mailbox.system();
        let realm = door
            .settings
            .backend_domain
            .as_ref()
            .unwrap_or_else(|| address.domain());
        let name = address.local().split('+').next().unwrap_or_default();
        let (network, wider_network) = networks_of(client);
        Self {
            domain: address.domain().to_string(),
            account: format!("{name}@{realm} {server}"),
            server,
            network,
            wider_network,
        }
    }

    /// The lines in which a question stands while it is asked. The caller's own come first: who is
    /// told to wait for others has not asked too much.
    pub(super) fn lines(&self) -> [Line; 4] {
        let Self {
            server,
            account,
            network,
            ..
        } = self;
        let customer = self.wider_network.as_ref().unwrap_or(network);
        let line = |name, most, when_full| Line {
            name,
            most,
            when_full,
        };
        [
            line(format!("account {account} from {network}"), 1, Full::Caller),
            line(format!("account {account}"), 3, Full::Caller),
            // One guesser leaves most places to the others.
            line(format!("server {server} from {customer}"), 4, Full::Caller),
            line(format!("server {server}"), 16, Full::Server),
        ]
    }

    /// How many questions may be put in all, answered or not. These are never forgiven: a mail
    /// server that answers nobody would otherwise be asked without end.
    pub(super) fn questions(&self) -> Vec<AttemptLimit> {
        let Self {
            account, network, ..
        } = self;
        let mut limits = vec![
            limit(
                &format!("asked {account} from {network}"),
                QUESTIONS_FOR_ACCOUNT,
            ),
            limit(&format!("asked from {network}"), QUESTIONS_FROM_NETWORK),
        ];
        limits.extend(self.wider(|wider| format!("asked from {wider}"), QUESTIONS_FROM_WIDER));
        limits
    }

    /// How many wrong passwords there may be. The smallest allowance is for one account from one
    /// network, so that a stranger elsewhere who guesses does not soon lock out the owner.
    pub(super) fn wrong_passwords(&self) -> Vec<AttemptLimit> {
        let Self {
            server,
            domain,
            account,
            network,
            ..
        } = self;
        let mut limits = vec![
            limit(
                &format!("wrong {account} from {network}"),
                WRONG_FOR_ACCOUNT_FROM_NETWORK,
            ),
            limit(&format!("wrong {account}"), WRONG_FOR_ACCOUNT),
            limit(&format!("wrong from {network}"), WRONG_FROM_NETWORK),
            limit(&format!("wrong in {domain}"), WRONG_IN_DOMAIN),
            limit(&format!("wrong at {server}"), WRONG_AT_SERVER),
        ];
        limits.extend(self.wider(|wider| format!("wrong from {wider}"), WRONG_FROM_WIDER));
        limits
    }

    fn wider(&self, key: impl Fn(&str) -> String, most: NonZeroU32) -> Option<AttemptLimit> {
        self.wider_network
            .as_deref()
            .map(|wider| limit(&key(wider), most))
    }
}

/// The widest network that is one customer's.
pub(super) fn customer(client: IpAddr) -> String {
    let (network, wider_network) = networks_of(client);
    wider_network.unwrap_or(network)
}

fn limit(what: &str, most: NonZeroU32) -> AttemptLimit {
    AttemptLimit {
        key: AttemptKey::new(hex_of(&["attempt", what])),
        most,
        window: WINDOW,
    }
}

/// One customer's network: a v4 address, or the first 64 bits of a v6 address, of which a customer
/// may have thousands within the first 48.
pub(super) fn networks_of(client: IpAddr) -> (String, Option<String>) {
    match client.to_canonical() {
        IpAddr::V4(address) => (address.to_string(), None),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            (
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64"),
                Some(format!("{a:x}:{b:x}:{c:x}::/48")),
            )
        }
    }
}

/// How long a question is remembered.
const WINDOW: Duration = Duration::from_secs(15 * 60);
const QUESTIONS_FOR_ACCOUNT: NonZeroU32 = NonZeroU32::new(30).unwrap();
const QUESTIONS_FROM_NETWORK: NonZeroU32 = NonZeroU32::new(120).unwrap();
const QUESTIONS_FROM_WIDER: NonZeroU32 = NonZeroU32::new(240).unwrap();
const WRONG_FOR_ACCOUNT_FROM_NETWORK: NonZeroU32 = NonZeroU32::new(6).unwrap();
const WRONG_FOR_ACCOUNT: NonZeroU32 = NonZeroU32::new(24).unwrap();
const WRONG_FROM_NETWORK: NonZeroU32 = NonZeroU32::new(48).unwrap();
const WRONG_FROM_WIDER: NonZeroU32 = NonZeroU32::new(96).unwrap();
const WRONG_IN_DOMAIN: NonZeroU32 = NonZeroU32::new(200).unwrap();
const WRONG_AT_SERVER: NonZeroU32 = NonZeroU32::new(600).unwrap();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_what_one_customer_has() {
        for (client, network, wider) in [
            ("203.0.113.7", "203.0.113.7", None),
            ("::ffff:203.0.113.7", "203.0.113.7", None),
            (
                "2001:db8:1:2:3:4:5:6",
                "2001:db8:1:2::/64",
                Some("2001:db8:1::/48"),
            ),
        ] {
            let wider = wider.map(str::to_owned);
            assert_eq!(
                networks_of(client.parse().unwrap()),
                (network.to_owned(), wider)
            );
        }
    }
}
