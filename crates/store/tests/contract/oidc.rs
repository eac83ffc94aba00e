//! Short words for what OpenID Connect keeps in the store.

use std::time::Duration;

use store::{
    ClientRow, ConsentRow, Exchange, GrantId, GrantRow, GrantUse, NewToken, Notice, Proof, Renewal,
    Store, TokenId, TokenKind,
};

use crate::stage::{at, email, id};

pub(crate) const ISSUER: &str = "https://id.example.org";
pub(crate) const ALICE: &str = "alice@example.org";
pub(crate) const BOB: &str = "bob@example.org";

/// A grant of the client `shop` for `address` with the id `first`, 0, 0, …, given in the session of the
/// same number at 1000 and good until 2000.
pub(crate) fn grant_of(address: &str, first: u8) -> GrantRow {
    GrantRow {
        id: grant_id(first),
        issuer: ISSUER.to_owned(),
        client: "shop".to_owned(),
        address: email(address),
        proof: Proof::Password,
        session: Some(id(first)),
        usage: GrantUse::WithSession,
        content: "{}".to_owned(),
        opened: at(1000),
        expires: at(2000),
    }
}

/// The same for offline use.
pub(crate) fn offline_of(address: &str, first: u8) -> GrantRow {
    GrantRow {
        usage: GrantUse::Offline,
        ..grant_of(address, first)
    }
}

pub(crate) fn grant_id(first: u8) -> GrantId {
    let mut octets = [0; 32];
    octets[0] = first;
    GrantId::from_random(octets)
}

pub(crate) fn token_id(number: u16) -> TokenId {
    let mut digest = [0xee; 32];
    digest[..2].copy_from_slice(&number.to_be_bytes());
    TokenId::from_sha256(digest)
}

/// A code that is good until 1060.
pub(crate) fn code(number: u16) -> NewToken {
    token(number, TokenKind::Code, 1060)
}

pub(crate) fn token(number: u16, kind: TokenKind, expires: i64) -> NewToken {
    NewToken {
        id: token_id(number),
        kind,
        expires: at(expires),
    }
}

/// An access token and, with the next number, a refresh token, both good until 1900.
pub(crate) fn pair(number: u16) -> Renewal {
    Renewal {
        tokens: vec![
            token(number, TokenKind::Access, 1900),
            token(number + 1, TokenKind::Refresh, 1900),
        ],
        content: None,
        expires: at(2000),
    }
}

/// Opens a grant with a code of the same number.
pub(crate) async fn open(store: &dyn Store, grant: &GrantRow) {
    let number = u16::from(grant.id.as_bytes()[0]);
    store.open_grant(grant, &[code(number)]).await.unwrap();
}

pub(crate) async fn exchanged(
    store: &dyn Store,
    number: u16,
    fresh: &Renewal,
    now: i64,
) -> Exchange {
    store
        .exchange(&token_id(number), fresh, at(now))
        .await
        .unwrap()
}

pub(crate) async fn is_there(store: &dyn Store, number: u16) -> bool {
    store.token(&token_id(number)).await.unwrap().is_some()
}

/// The first octets of the grants of an address, in order.
pub(crate) async fn left(store: &dyn Store, address: &str) -> Vec<u8> {
    let rows = store.grants_of_address(&email(address)).await.unwrap();
    let mut firsts: Vec<u8> = rows.iter().map(|row| row.id.as_bytes()[0]).collect();
    firsts.sort_unstable();
    firsts
}

/// Takes all notices that are due, for ten seconds.
pub(crate) async fn taken(store: &dyn Store, now: i64) -> Vec<Notice> {
    let lease = Duration::from_secs(10);
    store.take_notices(100, lease, at(now)).await.unwrap()
}

/// Takes all notices, and says of whom and of which session they tell which client.
pub(crate) async fn told(store: &dyn Store) -> Vec<String> {
    let notices = taken(store, 1000).await;
    let mut lines: Vec<String> = notices
        .iter()
        .map(|notice| {
            let session = notice.session.map(|session| session.as_bytes()[0]);
            let session = session.map_or("none".to_owned(), |first| first.to_string());
            format!("{} {} {session}", notice.client, notice.address)
        })
        .collect();
    lines.sort();
    lines
}

pub(crate) fn consent_of(address: &str, client: &str) -> ConsentRow {
    ConsentRow {
        issuer: ISSUER.to_owned(),
        client: client.to_owned(),
        address: email(address),
        scopes: "openid email".to_owned(),
        given: at(1000),
    }
}

pub(crate) fn client(id: &str) -> ClientRow {
    ClientRow {
        id: id.to_owned(),
        section: format!("[[client]]\nid = \"{id}\"\n"),
        added: at(1000),
    }
}
