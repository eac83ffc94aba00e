//! How often the mail server may be asked, by whom and about whom.
//!
//! Limits stand before the mail server (`product.md`, promise 3): it sees all our questions come
//! from one address and would punish everybody for one guesser (`mail.md` §5, §6). What is counted
//! is the account as the mail server knows it, not the address as it was typed: `alice+x` is asked
//! about alice, and two domains may lead to one mailbox.
//!
//! Wrong passwords lock nobody out, which any stranger could bring about; they make the next try
//! wait, longer each time. How it is seen to that the waits are the guesser's and not the owner's is
//! in `docs/decisions/0017-waits-and-rests.md`.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use protocol::email::EmailAddress;
use store::{Admission, AttemptId, AttemptKey, AttemptLimit, Beyond, StoreError};

use crate::app::{App, Door};
use crate::breaker::Asked;
use crate::customer::networks_of;
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
        let customer = self.customer();
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

    /// Counts a question before it is put, or says when to come back.
    pub(super) async fn count(&self, app: &App) -> Result<Counted, TurnedAway> {
        let now = app.clock.now().to_seconds();
        let as_stranger = self.wrong_passwords(Standing::Stranger);
        let mut wrong = app.store.admit(&as_stranger, now).await?;
        if let Admission::Busy { .. } = wrong
            && let standing @ (Standing::FirstTry | Standing::Known) = self.standing(app).await?
        {
            let limits = self.wrong_passwords(standing);
            wrong = app.store.admit(&limits, now).await?;
        }
        let wrong = match wrong {
            Admission::Admitted(wrong) => wrong,
            Admission::Busy { retry_after } => return Err(TurnedAway::Busy { retry_after }),
        };
        match app.store.admit(&self.questions(), now).await? {
            Admission::Admitted(question) => Ok(Counted { wrong, question }),
            Admission::Busy { retry_after } => {
                forgive(app, &wrong).await;
                Err(TurnedAway::Busy { retry_after })
            }
        }
    }

    /// Remembers that this network has opened this account. If that cannot be done, the owner is a
    /// stranger there next time, and waits when strangers do.
    pub(super) async fn remember(&self, app: &App) {
        let now = app.clock.now().to_seconds();
        // Once a day is often enough.
        let today = limit(&self.opened(), &REMEMBERED_AGAIN);
        let remembered = limit(&self.opened(), &REMEMBERED);
        if let Err(error) = app.store.admit(&[today, remembered], now).await {
            tracing::warn!(%error, "a network that has opened an account is not remembered");
        }
    }

    /// How this network stands to this account.
    async fn standing(&self, app: &App) -> Result<Standing, StoreError> {
        let now = app.clock.now().to_seconds();
        let is_there = async |key: &str, window| {
            let one = Rule {
                most: NonZeroU32::MIN,
                window,
                beyond: Beyond::None,
            };
            let busy = app.store.busy(&[limit(key, &one)], now).await?;
            Ok::<_, StoreError>(busy.is_some())
        };
        if is_there(&self.opened(), REMEMBERED.window).await? {
            return Ok(Standing::Known);
        }
        let Self {
            account, network, ..
        } = self;
        let tried = format!("wrong {account} from {network}");
        if is_there(&tried, ACCOUNT_FROM_NETWORK.window).await? {
            return Ok(Standing::Stranger);
        }
        Ok(Standing::FirstTry)
    }

    /// How many questions may be put in all, answered or not. These are not forgiven: a mail server
    /// that answers nobody would otherwise be asked without end.
    fn questions(&self) -> Vec<AttemptLimit> {
        let Self {
            account, network, ..
        } = self;
        let mut limits = vec![
            limit(
                &format!("asked {account} from {network}"),
                &QUESTIONS_FOR_ACCOUNT,
            ),
            limit(&format!("asked from {network}"), &QUESTIONS_FROM_NETWORK),
        ];
        limits.extend(self.wider(|wider| format!("asked from {wider}"), &QUESTIONS_FROM_WIDER));
        limits
    }

    /// How many wrong passwords there may be, and how long to wait beyond. Each is counted by all
    /// keys; which of them make somebody wait goes by their standing.
    fn wrong_passwords(&self, standing: Standing) -> Vec<AttemptLimit> {
        let Self {
            server,
            domain,
            account,
            network,
            ..
        } = self;
        let (for_account, for_all) = match standing {
            Standing::Stranger => (false, false),
            Standing::FirstTry => (true, false),
            Standing::Known => (true, true),
        };
        let spared = |rule, is_spared| if is_spared { COUNTED_ONLY } else { rule };
        let mut limits = vec![
            limit(
                &format!("wrong {account} from {network}"),
                &ACCOUNT_FROM_NETWORK,
            ),
            limit(&format!("wrong {account}"), &spared(ACCOUNT, for_account)),
            limit(&format!("wrong from {network}"), &FROM_NETWORK),
            limit(&format!("wrong in {domain}"), &spared(IN_DOMAIN, for_all)),
            limit(&format!("wrong at {server}"), &spared(AT_SERVER, for_all)),
        ];
        limits.extend(self.wider(|wider| format!("wrong from {wider}"), &FROM_WIDER));
        limits
    }

    fn wider(&self, key: impl Fn(&str) -> String, rule: &Rule) -> Option<AttemptLimit> {
        self.wider_network
            .as_deref()
            .map(|wider| limit(&key(wider), rule))
    }

    fn opened(&self) -> String {
        format!("opened {} from {}", self.account, self.network)
    }

    /// Whom the question is about and whose it is, as it may stand in memory.
    pub(super) fn asked(&self) -> Asked<'_> {
        Asked {
            account: &self.account,
            network: self.customer(),
        }
    }

    fn customer(&self) -> &str {
        self.wider_network.as_ref().unwrap_or(&self.network)
    }
}

/// How a network stands to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It has tried wrong passwords: it waits with all others who have.
    Stranger,
    /// It has tried none lately, so that it may be the owner's: it does not wait for those who
    /// guess at this account elsewhere.
    FirstTry,
    /// It has opened the account lately: it waits only for itself, and for its own network.
    Known,
}

/// A question that was counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    wrong: AttemptId,
    question: AttemptId,
}

impl Counted {
    /// The password was not wrong: it was right, or nobody could say.
    pub(super) async fn was_not_wrong(&self, app: &App) {
        forgive(app, &self.wrong).await;
    }

    /// The mail server was not troubled at all.
    pub(super) async fn was_not_put(&self, app: &App) {
        self.was_not_wrong(app).await;
        forgive(app, &self.question).await;
    }
}

/// Why a question is not put now.
#[derive(Debug)]
pub(super) enum TurnedAway {
    /// There were too many.
    Busy {
        /// When to come back.
        retry_after: Duration,
    },
    /// The store could not count it.
    Store(StoreError),
}

impl From<StoreError> for TurnedAway {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Takes a question out of a count. If that cannot be done it stays there, which is the safe side,
/// and whoever asked still gets the mail server's answer.
async fn forgive(app: &App, counted: &AttemptId) {
    if let Err(error) = app.store.forgive(counted).await {
        tracing::warn!(%error, "an attempt that was none stays counted");
    }
}

fn limit(what: &str, rule: &Rule) -> AttemptLimit {
    AttemptLimit {
        key: AttemptKey::new(hex_of(&["attempt", what])),
        most: rule.most,
        window: rule.window,
        beyond: rule.beyond,
    }
}

/// How many, within what time, and what comes beyond.
#[derive(Clone, Copy, Debug)]
struct Rule {
    most: NonZeroU32,
    window: Duration,
    beyond: Beyond,
}

impl Rule {
    const fn stop(most: NonZeroU32, window: Duration) -> Self {
        let beyond = Beyond::None;
        Self {
            most,
            window,
            beyond,
        }
    }

    /// Beyond `most`, waits from `first` to `longest` seconds.
    const fn slow(most: NonZeroU32, window: Duration, first: u64, longest: u64) -> Self {
        let beyond = Beyond::Slowly {
            first: Duration::from_secs(first),
            longest: Duration::from_secs(longest),
        };
        Self {
            most,
            window,
            beyond,
        }
    }
}

/// The number itself; none of those below is zero.
const fn n(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

const QUARTER: Duration = Duration::from_secs(15 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

const QUESTIONS_FOR_ACCOUNT: Rule = Rule::stop(n(30), QUARTER);
const QUESTIONS_FROM_NETWORK: Rule = Rule::stop(n(120), QUARTER);
const QUESTIONS_FROM_WIDER: Rule = Rule::stop(n(240), QUARTER);

/// 0, 0, 0, 2, 4, 8 s and so on: 12 tries in the first ten minutes, then 12 an hour.
const ACCOUNT_FROM_NETWORK: Rule = Rule::slow(n(3), HOUR, 2, 300);
const ACCOUNT: Rule = Rule::slow(n(24), HOUR, 2, 30);
const FROM_NETWORK: Rule = Rule::slow(n(48), QUARTER, 2, 60);
const FROM_WIDER: Rule = Rule::slow(n(96), QUARTER, 2, 60);
const IN_DOMAIN: Rule = Rule::slow(n(200), QUARTER, 1, 5);
const AT_SERVER: Rule = Rule::slow(n(600), QUARTER, 1, 2);
/// Makes nobody wait.
const COUNTED_ONLY: Rule = Rule::stop(NonZeroU32::MAX, HOUR);

const REMEMBERED: Rule = Rule::stop(NonZeroU32::MAX, DAY.saturating_mul(30));
const REMEMBERED_AGAIN: Rule = Rule::stop(n(1), DAY);
