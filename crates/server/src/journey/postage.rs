//! How many letters may be sent, to whom and for whom, and what wrong codes do to that.
//!
//! Two letters an hour of each network come out of a reserve; all others share what there is for
//! everybody and for the letter's domain, so that whoever asks for much does not keep the rest from
//! signing in. A mailbox is counted by what stands before `+`, as the mail server knows it
//! (`browserid.md` §8.1 F23).

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::slice;
use std::time::Duration;

use protocol::email::EmailAddress;
use store::{Admission, AttemptKey, AttemptLimit, Beyond, StoreError};

use crate::app::App;
use crate::customer::{customer, networks_of};
use crate::hashed::hex_of;

/// Who asks for a letter: the narrow network, and all that one customer may have.
struct Sender {
    network: String,
    customer: String,
}

/// Counts a letter, or says when the next one may be sent.
///
/// Forgiving what was admitted gives the mailbox its letter back, and nobody else: the network asked,
/// and the relay was asked, whatever became of it.
pub(super) async fn admit(
    app: &App,
    address: &EmailAddress,
    client: IpAddr,
) -> Result<Admission, StoreError> {
    let now = app.clock.now().to_seconds();
    let sender = Sender::at(client);
    let [own_wrong, all_wrong] = sender.wrong_codes();
    let to_mailbox = sender.to(address);
    // Looked at first, and counted last: a letter that nobody has room for takes nothing from the
    // mailbox, and one that the mailbox has no room for nothing from everybody.
    for limits in [slice::from_ref(&own_wrong), &to_mailbox] {
        if let Some(retry_after) = app.store.busy(limits, now).await? {
            return Ok(Admission::Busy { retry_after });
        }
    }
    let of_the_reserve = app.store.admit(&sender.of_the_reserve(), now).await?;
    if let Admission::Busy { .. } = of_the_reserve {
        // Those who guess together stop what is shared, and nobody's reserve.
        if let Some(retry_after) = app.store.busy(&[all_wrong], now).await? {
            return Ok(Admission::Busy { retry_after });
        }
        let shared = app.store.admit(&sender.shared(address), now).await?;
        if let Admission::Busy { .. } = shared {
            return Ok(shared);
        }
    }
    app.store.admit(&to_mailbox, now).await
}

/// Counts a wrong code. After too many of them no more letters are sent: for a network alone, or,
/// where many networks guess together, for everybody but out of the reserve.
pub(super) async fn count_wrong_code(app: &App, client: IpAddr) -> Result<(), StoreError> {
    let now = app.clock.now().to_seconds();
    let [own, of_all] = Sender::at(client).wrong_codes();
    // More than its share of one network does not stop everybody.
    if let Admission::Busy { .. } = app.store.admit(&[own], now).await? {
        return Ok(());
    }
    if let Admission::Admitted(_) = app.store.admit(&[of_all], now).await? {
        return Ok(());
    }
    let once = [limit("that codes are guessed was said", 1, HOUR)];
    if let Admission::Admitted(_) = app.store.admit(&once, now).await? {
        tracing::warn!(
            outcome = "guessed-at",
            most = WRONG_CODES,
            "mailed code: so many wrong codes within an hour that only the reserve is sent from"
        );
    }
    Ok(())
}

impl Sender {
    fn at(client: IpAddr) -> Self {
        let (network, _) = networks_of(client);
        let customer = customer(client);
        Self { network, customer }
    }

    /// Whoever is counted out from one network can still be confirmed from another: a stranger must
    /// not be able to use up all letters of somebody with three requests.
    fn to(&self, address: &EmailAddress) -> [AttemptLimit; 3] {
        let network = &self.network;
        let name = address.local().split('+').next().unwrap_or_default();
        let mailbox = format!("{name}@{}", address.domain());
        [
            limit(&format!("to {mailbox} from {network}"), 3, QUARTER),
            limit(&format!("to {mailbox}"), 8, HOUR),
            limit(&format!("to {mailbox}, a day"), 20, DAY),
        ]
    }

    /// What every letter counts against.
    fn own(&self) -> [AttemptLimit; 3] {
        let Self { network, customer } = self;
        [
            limit(&format!("from {network}"), 12, QUARTER),
            limit(&format!("from {customer}, an hour"), 60, HOUR),
            limit("in all", 3000, HOUR),
        ]
    }

    fn of_the_reserve(&self) -> Vec<AttemptLimit> {
        let mut limits = self.own().to_vec();
        let key = format!("of the reserve for {}", self.customer);
        limits.push(limit(&key, 2, HOUR));
        limits
    }

    fn shared(&self, address: &EmailAddress) -> Vec<AttemptLimit> {
        let mut limits = self.own().to_vec();
        limits.push(limit(
            &format!("shared, to {}", address.domain()),
            200,
            HOUR,
        ));
        limits.push(limit("shared", 600, HOUR));
        limits
    }

    fn wrong_codes(&self) -> [AttemptLimit; 2] {
        let key = format!("wrong codes from {}", self.customer);
        [
            limit(&key, 30, HOUR),
            limit("wrong codes", WRONG_CODES, HOUR),
        ]
    }
}

fn limit(what: &str, most: u32, window: Duration) -> AttemptLimit {
    AttemptLimit {
        key: AttemptKey::new(hex_of(&["letter", what])),
        most: NonZeroU32::new(most).unwrap_or(NonZeroU32::MIN),
        window,
        beyond: Beyond::None,
    }
}

/// How many codes may be wrong within an hour, everywhere: two in a million of all there are.
const WRONG_CODES: u32 = 200;
const QUARTER: Duration = Duration::from_secs(15 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
