//! Accounts: users, tokens, windows of attempts and lines of the audit that wait as rows of one table, told apart by
//! their kind; sessions in a table of their own.
//!
//! There is one writer, so a statement or two in one write are one step.

mod sessions;

use std::sync::Arc;

use async_trait::async_trait;
use model::account::{ApiToken, User};
use model::audit::AuditLine;
use model::id::{AuditId, Revision, TokenId, UserName};
use model::ports::{Accounts, Attempts, Session, StoreError, Versioned};
use model::settings::Settings;
use model::time::{Span, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::Shared;
use super::changes::next_revision;
use super::columns::{Document, decode, encode, from_sql, to_sql};
use super::error::Fault;

const USER: &str = "user";
const TOKEN: &str = "token";
const ATTEMPTS: &str = "attempts";
const WAITING: &str = "waiting";
const SETTINGS: &str = "settings";

pub(super) struct SqliteAccounts {
    pub(super) shared: Arc<Shared>,
}

#[async_trait]
impl Accounts for SqliteAccounts {
    async fn put_session(&self, session: Session) -> Result<(), StoreError> {
        self.shared.intent.write(move |connection: &Connection| sessions::put(connection, &session)).await
    }

    async fn session(&self, secret_sha256: &str, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let secret = secret_sha256.to_owned();
        self.shared.intent.read(move |connection| sessions::find(connection, &secret, now)).await
    }

    async fn take_session(&self, secret_sha256: &str, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let secret = secret_sha256.to_owned();
        let take = move |connection: &Connection| sessions::take(connection, &secret, now);
        self.shared.intent.write(take).await
    }

    async fn prune_accounts(&self, now: Timestamp) -> Result<(), StoreError> {
        let prune = move |connection: &Connection| {
            sessions::prune(connection, now)?;
            let sql = "DELETE FROM accounts WHERE expires_at <= ?";
            connection.prepare_cached(sql)?.execute([now.as_millis()])?;
            Ok(())
        };
        self.shared.intent.write(prune).await
    }

    async fn users(&self) -> Result<Vec<Versioned<User>>, StoreError> {
        self.shared.intent.read(|connection| all(connection, USER, usize::MAX)).await
    }

    async fn user(&self, name: &UserName) -> Result<Option<Versioned<User>>, StoreError> {
        let name = name.clone();
        self.shared.intent.read(move |connection| one(connection, USER, name.as_str())).await
    }

    async fn swap_user(
        &self,
        name: &UserName,
        expect: Option<Revision>,
        user: Option<User>,
    ) -> Result<bool, StoreError> {
        let name = name.clone();
        let swap = move |connection: &Connection| {
            if revision(connection, USER, name.as_str())? != expect {
                return Ok(false);
            }
            match &user {
                Some(user) => put(connection, USER, name.as_str(), None, user)?,
                None => remove(connection, USER, name.as_str())?,
            }
            Ok(true)
        };
        self.shared.intent.write(swap).await
    }

    async fn tokens(&self) -> Result<Vec<ApiToken>, StoreError> {
        self.shared.intent.read(|connection| values(all(connection, TOKEN, usize::MAX)?)).await
    }

    async fn token(&self, secret_sha256: &str) -> Result<Option<ApiToken>, StoreError> {
        let secret = secret_sha256.to_owned();
        let find = move |connection: &Connection| Ok(one(connection, TOKEN, &secret)?.map(|one| one.value));
        self.shared.intent.read(find).await
    }

    async fn put_token(&self, token: ApiToken) -> Result<(), StoreError> {
        self.shared.intent.write(move |connection: &Connection| put_token(connection, &token)).await
    }

    async fn change_token(
        &self,
        id: &TokenId,
        name: Option<String>,
        expires_at: Option<Timestamp>,
    ) -> Result<Option<(ApiToken, ApiToken)>, StoreError> {
        let id = id.clone();
        let change = move |connection: &Connection| {
            let tokens: Vec<ApiToken> = values(all(connection, TOKEN, usize::MAX)?)?;
            let Some(stood) = tokens.into_iter().find(|token| token.id == id) else { return Ok(None) };
            let name = name.clone().unwrap_or_else(|| stood.name.clone());
            let next = ApiToken { name, expires_at: expires_at.or(stood.expires_at), ..stood.clone() };
            put_token(connection, &next)?;
            Ok(Some((stood, next)))
        };
        self.shared.intent.write(change).await
    }

    async fn remove_token(&self, id: &TokenId) -> Result<Option<ApiToken>, StoreError> {
        let id = id.clone();
        let take = move |connection: &Connection| {
            let tokens: Vec<ApiToken> = values(all(connection, TOKEN, usize::MAX)?)?;
            let found = tokens.into_iter().find(|token| token.id == id);
            if let Some(token) = &found {
                remove(connection, TOKEN, &token.secret_sha256)?;
            }
            Ok(found)
        };
        self.shared.intent.write(take).await
    }

    async fn note_use(&self, secret_sha256: &str, at: Timestamp) -> Result<(), StoreError> {
        let secret = secret_sha256.to_owned();
        let note = move |connection: &Connection| {
            let Some(found) = one::<ApiToken>(connection, TOKEN, &secret)? else { return Ok(()) };
            put_token(connection, &ApiToken { last_used_at: Some(at), ..found.value })
        };
        self.shared.intent.write(note).await
    }

    async fn count_attempt(&self, key: &str, now: Timestamp, window: Span) -> Result<Attempts, StoreError> {
        let key = key.to_owned();
        let count = move |connection: &Connection| {
            let stood = one::<Attempts>(connection, ATTEMPTS, &key)?.map(|one| one.value);
            let next = match stood.filter(|stood| stood.until > now) {
                Some(stood) => Attempts { count: stood.count.saturating_add(1), ..stood },
                None => Attempts { count: 1, until: now + window },
            };
            put(connection, ATTEMPTS, &key, Some(next.until), &next)?;
            Ok(next)
        };
        self.shared.intent.write(count).await
    }

    async fn forget_attempts(&self, key: &str) -> Result<(), StoreError> {
        let key = key.to_owned();
        self.shared.intent.write(move |connection: &Connection| remove(connection, ATTEMPTS, &key)).await
    }

    async fn settings(&self) -> Result<Option<Versioned<Settings>>, StoreError> {
        self.shared.intent.read(|connection| one(connection, SETTINGS, "")).await
    }

    async fn swap_settings(&self, expect: Option<Revision>, settings: Settings) -> Result<bool, StoreError> {
        let swap = move |connection: &Connection| {
            if revision(connection, SETTINGS, "")? != expect {
                return Ok(false);
            }
            put(connection, SETTINGS, "", None, &settings)?;
            Ok(true)
        };
        self.shared.intent.write(swap).await
    }

    async fn put_waiting(&self, line: AuditLine) -> Result<(), StoreError> {
        let keep = move |connection: &Connection| put(connection, WAITING, line.id.as_str(), None, &line);
        self.shared.intent.write(keep).await
    }

    async fn waiting(&self, limit: usize) -> Result<Vec<AuditLine>, StoreError> {
        self.shared.intent.read(move |connection| values(all(connection, WAITING, limit)?)).await
    }

    async fn forget_waiting(&self, ids: &[AuditId]) -> Result<(), StoreError> {
        let ids = ids.to_vec();
        let forget = move |connection: &Connection| {
            ids.iter().try_for_each(|id| remove(connection, WAITING, id.as_str()))
        };
        self.shared.intent.write(forget).await
    }
}

fn put_token(connection: &Connection, token: &ApiToken) -> Result<(), Fault> {
    put(connection, TOKEN, &token.secret_sha256, token.expires_at, token)
}

fn put<D: Document>(
    connection: &Connection,
    kind: &str,
    name: &str,
    expires_at: Option<Timestamp>,
    document: &D,
) -> Result<(), Fault> {
    let revision = next_revision(connection)?;
    let sql = "INSERT OR REPLACE INTO accounts (kind, name, revision, expires_at, version, document)
               VALUES (?, ?, ?, ?, ?, ?)";
    let expires_at = expires_at.map(Timestamp::as_millis);
    let row = params![kind, name, to_sql(revision.0), expires_at, D::VERSION, encode(document)];
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

fn remove(connection: &Connection, kind: &str, name: &str) -> Result<(), Fault> {
    connection.prepare_cached("DELETE FROM accounts WHERE kind = ? AND name = ?")?.execute([kind, name])?;
    Ok(())
}

fn revision(connection: &Connection, kind: &str, name: &str) -> Result<Option<Revision>, Fault> {
    let sql = "SELECT revision FROM accounts WHERE kind = ? AND name = ?";
    let found: Option<i64> =
        connection.prepare_cached(sql)?.query_row([kind, name], |row| row.get(0)).optional()?;
    found.map(|revision| Ok(Revision(from_sql(revision)?))).transpose()
}

fn one<D: Document>(connection: &Connection, kind: &str, name: &str) -> Result<Option<Versioned<D>>, Fault> {
    let sql = "SELECT revision, version, document FROM accounts WHERE kind = ? AND name = ?";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([kind, name])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let revision = Revision(from_sql(row.get(0)?)?);
    Ok(Some(Versioned { revision, value: decode(row.get(1)?, &row.get::<_, String>(2)?, name)? }))
}

/// Returns what is of a kind, sorted by name: at most `limit`.
fn all<D: Document>(connection: &Connection, kind: &str, limit: usize) -> Result<Vec<Versioned<D>>, Fault> {
    let sql = "SELECT revision, version, document, name FROM accounts WHERE kind = ? ORDER BY name LIMIT ?";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![kind, to_sql(limit as u64)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let revision = Revision(from_sql(row.get(0)?)?);
        let (text, name): (String, String) = (row.get(2)?, row.get(3)?);
        found.push(Versioned { revision, value: decode(row.get(1)?, &text, name)? });
    }
    Ok(found)
}

#[expect(clippy::unnecessary_wraps, reason = "the last step of a read that may fail")]
fn values<D>(all: Vec<Versioned<D>>) -> Result<Vec<D>, Fault> {
    Ok(all.into_iter().map(|one| one.value).collect())
}
