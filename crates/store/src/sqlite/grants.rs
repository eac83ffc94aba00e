//! The statements about grants and their tokens.

use protocol::email::EmailAddress;
use protocol::time::UnixSeconds;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};

use super::statement::execute;
use super::{SqliteStore, standings, stored};
use crate::error::StoreError;
use crate::future::BoxFuture;
use crate::grant::{
    Exchange, FoundToken, GrantId, GrantRow, GrantUse, Grants, NewToken, Renewal, TokenId,
    TokenKind,
};
use crate::session::SessionId;

impl Grants for SqliteStore {
    fn open_grant<'a>(
        &'a self,
        grant: &'a GrantRow,
        tokens: &'a [NewToken],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let (grant, tokens) = (grant.clone(), tokens.to_vec());
        Box::pin(self.write(move |transaction| open(transaction, &grant, &tokens)))
    }

    fn token<'a>(
        &'a self,
        token: &'a TokenId,
    ) -> BoxFuture<'a, Result<Option<FoundToken>, StoreError>> {
        Box::pin(async move { self.read(|connection| find_token(connection, token)) })
    }

    fn exchange<'a>(
        &'a self,
        token: &'a TokenId,
        renewal: &'a Renewal,
        now: UnixSeconds,
    ) -> BoxFuture<'a, Result<Exchange, StoreError>> {
        let (token, renewal) = (*token, renewal.clone());
        Box::pin(self.write(move |transaction| exchange(transaction, &token, &renewal, now)))
    }

    fn renew_grant<'a>(
        &'a self,
        grant: &'a GrantId,
        renewal: &'a Renewal,
        now: UnixSeconds,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let (grant, renewal) = (*grant, renewal.clone());
        Box::pin(self.write(move |transaction| renew(transaction, &grant, &renewal, now)))
    }

    fn end_grant<'a>(&'a self, grant: &'a GrantId) -> BoxFuture<'a, Result<bool, StoreError>> {
        let grant = *grant;
        Box::pin(self.write(move |transaction| end(transaction, &grant)))
    }

    fn end_token<'a>(&'a self, token: &'a TokenId) -> BoxFuture<'a, Result<bool, StoreError>> {
        let token = *token;
        Box::pin(self.write(move |transaction| end_token(transaction, &token)))
    }

    fn grants_of_client<'a>(
        &'a self,
        client: &'a str,
    ) -> BoxFuture<'a, Result<Vec<GrantRow>, StoreError>> {
        Box::pin(async move { self.read(|connection| list(connection, "client", client)) })
    }

    fn grants_of_address<'a>(
        &'a self,
        address: &'a EmailAddress,
    ) -> BoxFuture<'a, Result<Vec<GrantRow>, StoreError>> {
        let address = address.canonical().to_string();
        Box::pin(async move { self.read(|connection| list(connection, "address", &address)) })
    }
}

fn open(
    transaction: &Transaction<'_>,
    grant: &GrantRow,
    tokens: &[NewToken],
) -> Result<(), StoreError> {
    execute(
        transaction,
        "INSERT INTO grants
             (id, issuer, client, address, proof, session, offline, content, opened, expires)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        (
            grant.id.as_bytes(),
            &grant.issuer,
            &grant.client,
            grant.address.canonical().to_string(),
            grant.proof.as_str(),
            grant.session.as_ref().map(SessionId::as_bytes),
            grant.usage == GrantUse::Offline,
            &grant.content,
            grant.opened.as_seconds(),
            grant.expires.as_seconds(),
        ),
    )?;
    if grant.usage == GrantUse::Offline {
        standings::granted(transaction, grant)?;
    }
    add(transaction, &grant.id, tokens)
}

fn find_token(connection: &Connection, id: &TokenId) -> Result<Option<FoundToken>, StoreError> {
    let found = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS}, tokens.kind, tokens.expires, tokens.spent
             FROM tokens JOIN grants ON grants.id = tokens.grant_id WHERE tokens.id = ?1"
        ))?
        .query_one([id.as_bytes()], |row| {
            let token = (row.get::<_, String>(10)?, row.get(11)?, row.get(12)?);
            Ok((columns(row)?, token))
        })
        .optional()?;
    let Some((grant, (kind, expires, spent))) = found else {
        return Ok(None);
    };
    Ok(Some(FoundToken {
        grant: grant.read()?,
        kind: kind_of(&kind)?,
        expires: UnixSeconds::from_seconds(expires),
        spent: Option::map(spent, UnixSeconds::from_seconds),
    }))
}

fn exchange(
    transaction: &Transaction<'_>,
    id: &TokenId,
    renewal: &Renewal,
    now: UnixSeconds,
) -> Result<Exchange, StoreError> {
    let found = transaction
        .prepare_cached(
            "SELECT grant_id, spent FROM tokens
             WHERE id = ?1 AND kind <> 'access' AND expires > ?2",
        )?
        .query_one((id.as_bytes(), now.as_seconds()), |row| {
            Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?))
        })
        .optional()?;
    let Some((grant, spent)) = found else {
        return Ok(Exchange::Gone);
    };
    if let Some(spent) = spent {
        let spent = UnixSeconds::from_seconds(spent);
        return Ok(Exchange::Again { spent });
    }
    if !renew(transaction, &GrantId::from_random(grant), renewal, now)? {
        return Ok(Exchange::Gone);
    }
    execute(
        transaction,
        "UPDATE tokens SET spent = ?2 WHERE id = ?1",
        (id.as_bytes(), now.as_seconds()),
    )?;
    Ok(Exchange::First)
}

fn renew(
    transaction: &Transaction<'_>,
    id: &GrantId,
    renewal: &Renewal,
    now: UnixSeconds,
) -> Result<bool, StoreError> {
    let renewed = execute(
        transaction,
        "UPDATE grants SET content = coalesce(?2, content), expires = max(expires, ?3)
         WHERE id = ?1 AND expires > ?4",
        (
            id.as_bytes(),
            &renewal.content,
            renewal.expires.as_seconds(),
            now.as_seconds(),
        ),
    )?;
    if renewed == 0 {
        return Ok(false);
    }
    add(transaction, id, &renewal.tokens)?;
    Ok(true)
}

fn add(
    transaction: &Transaction<'_>,
    grant: &GrantId,
    tokens: &[NewToken],
) -> Result<(), StoreError> {
    for token in tokens {
        execute(
            transaction,
            "INSERT INTO tokens (id, grant_id, kind, expires) VALUES (?1, ?2, ?3, ?4)",
            (
                token.id.as_bytes(),
                grant.as_bytes(),
                word(token.kind),
                token.expires.as_seconds(),
            ),
        )?;
    }
    Ok(())
}

fn end(transaction: &Transaction<'_>, id: &GrantId) -> Result<bool, StoreError> {
    let whose: Option<String> = transaction
        .prepare_cached("DELETE FROM grants WHERE id = ?1 RETURNING address")?
        .query_one([id.as_bytes()], |row| row.get(0))
        .optional()?;
    if let Some(address) = &whose {
        standings::forget(transaction, address)?;
    }
    Ok(whose.is_some())
}

fn end_token(transaction: &Transaction<'_>, id: &TokenId) -> Result<bool, StoreError> {
    let ended = execute(
        transaction,
        "DELETE FROM tokens WHERE id = ?1",
        [id.as_bytes()],
    )?;
    Ok(ended > 0)
}

pub(super) fn purge(transaction: &Transaction<'_>, now: UnixSeconds) -> Result<u64, StoreError> {
    let tokens = execute(
        transaction,
        "DELETE FROM tokens WHERE expires <= ?1",
        [now.as_seconds()],
    )?;
    let grants = execute(
        transaction,
        "DELETE FROM grants WHERE expires <= ?1",
        [now.as_seconds()],
    )?;
    Ok(tokens + grants)
}

fn list(
    connection: &Connection,
    column: &'static str,
    value: &str,
) -> Result<Vec<GrantRow>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM grants WHERE {column} = ?1 ORDER BY opened DESC, id"
    ))?;
    let rows = statement.query_map([value], columns)?;
    rows.map(|row| row?.read()).collect()
}

/// A row as the database has it, not believed yet.
struct Stored {
    id: [u8; 32],
    issuer: String,
    client: String,
    address: String,
    proof: String,
    session: Option<[u8; 32]>,
    offline: bool,
    content: String,
    opened: i64,
    expires: i64,
}

impl Stored {
    fn read(self) -> Result<GrantRow, StoreError> {
        Ok(GrantRow {
            id: GrantId::from_random(self.id),
            issuer: self.issuer,
            client: self.client,
            address: stored::address(&self.address, "grants")?,
            proof: stored::proof(&self.proof, "grants")?,
            session: self.session.map(SessionId::from_sha256),
            usage: if self.offline {
                GrantUse::Offline
            } else {
                GrantUse::WithSession
            },
            content: self.content,
            opened: UnixSeconds::from_seconds(self.opened),
            expires: UnixSeconds::from_seconds(self.expires),
        })
    }
}

fn columns(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        id: row.get(0)?,
        issuer: row.get(1)?,
        client: row.get(2)?,
        address: row.get(3)?,
        proof: row.get(4)?,
        session: row.get(5)?,
        offline: row.get(6)?,
        content: row.get(7)?,
        opened: row.get(8)?,
        expires: row.get(9)?,
    })
}

const fn word(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Code => "code",
        TokenKind::Access => "access",
        TokenKind::Refresh => "refresh",
    }
}

fn kind_of(word: &str) -> Result<TokenKind, StoreError> {
    match word {
        "code" => Ok(TokenKind::Code),
        "access" => Ok(TokenKind::Access),
        "refresh" => Ok(TokenKind::Refresh),
        _ => Err(StoreError::Senseless {
            table: "tokens",
            column: "kind",
        }),
    }
}

/// The columns of a grant, in the order of [`columns`].
const COLUMNS: &str = "grants.id, issuer, client, address, proof, session, offline, content,
    opened, grants.expires";
