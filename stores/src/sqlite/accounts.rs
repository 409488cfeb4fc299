//! Sessions, by the SHA-256 of their secret.
//!
//! Taking one is a single DELETE that returns it: of many takers, one gets it.

use std::sync::Arc;

use async_trait::async_trait;
use model::ports::{Accounts, Session, StoreError};
use model::time::Timestamp;
use rusqlite::{Connection, Statement, params};

use super::Shared;
use super::columns::{Document, decode, encode};
use super::error::Fault;

pub(super) struct SqliteAccounts {
    pub(super) shared: Arc<Shared>,
}

#[async_trait]
impl Accounts for SqliteAccounts {
    async fn put_session(&self, session: Session) -> Result<(), StoreError> {
        let put = move |connection: &Connection| {
            let sql = "INSERT OR REPLACE INTO sessions (secret_sha256, expires_at, version, document)
                       VALUES (?, ?, ?, ?)";
            let expires_at = session.expires_at.as_millis();
            let row = params![session.secret_sha256, expires_at, Session::VERSION, encode(&session)];
            connection.prepare_cached(sql)?.execute(row)?;
            Ok(())
        };
        self.shared.intent.write(put).await
    }

    async fn session(&self, secret_sha256: &str, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let secret = secret_sha256.to_owned();
        let find = move |connection: &Connection| {
            let sql = "SELECT version, document FROM sessions WHERE secret_sha256 = ? AND expires_at > ?";
            first(&mut *connection.prepare_cached(sql)?, &secret, now)
        };
        self.shared.intent.read(find).await
    }

    async fn take_session(&self, secret_sha256: &str, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let secret = secret_sha256.to_owned();
        let take = move |connection: &Connection| {
            let sql = "DELETE FROM sessions WHERE secret_sha256 = ? AND expires_at > ?
                       RETURNING version, document";
            first(&mut *connection.prepare_cached(sql)?, &secret, now)
        };
        self.shared.intent.write(take).await
    }

    async fn prune_sessions(&self, now: Timestamp) -> Result<(), StoreError> {
        let prune = move |connection: &Connection| {
            let sql = "DELETE FROM sessions WHERE expires_at <= ?";
            connection.prepare_cached(sql)?.execute([now.as_millis()])?;
            Ok(())
        };
        self.shared.intent.write(prune).await
    }
}

fn first(statement: &mut Statement<'_>, secret: &str, now: Timestamp) -> Result<Option<Session>, Fault> {
    let mut rows = statement.query(params![secret, now.as_millis()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let session = decode(row.get(0)?, &row.get::<_, String>(1)?, "of a user")?;
    // Read to its end, so that a statement that removes has removed.
    while rows.next()?.is_some() {}
    Ok(Some(session))
}
