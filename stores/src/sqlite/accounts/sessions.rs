//! Sessions, by the SHA-256 of their secret.
//!
//! Taking one is a single DELETE that returns it: of many takers, one gets it.

use model::ports::Session;
use model::time::Timestamp;
use rusqlite::{Connection, Statement, params};

use crate::sqlite::columns::{Document, decode, encode};
use crate::sqlite::error::Fault;

pub(super) fn put(connection: &Connection, session: &Session) -> Result<(), Fault> {
    let sql = "INSERT OR REPLACE INTO sessions (secret_sha256, expires_at, version, document)
               VALUES (?, ?, ?, ?)";
    let expires_at = session.expires_at.as_millis();
    let row = params![session.secret_sha256, expires_at, Session::VERSION, encode(session)];
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

pub(super) fn find(connection: &Connection, secret: &str, now: Timestamp) -> Result<Option<Session>, Fault> {
    let sql = "SELECT version, document FROM sessions WHERE secret_sha256 = ? AND expires_at > ?";
    first(&mut *connection.prepare_cached(sql)?, secret, now)
}

pub(super) fn take(connection: &Connection, secret: &str, now: Timestamp) -> Result<Option<Session>, Fault> {
    let sql = "DELETE FROM sessions WHERE secret_sha256 = ? AND expires_at > ?
               RETURNING version, document";
    first(&mut *connection.prepare_cached(sql)?, secret, now)
}

pub(super) fn prune(connection: &Connection, now: Timestamp) -> Result<(), Fault> {
    let sql = "DELETE FROM sessions WHERE expires_at <= ?";
    connection.prepare_cached(sql)?.execute([now.as_millis()])?;
    Ok(())
}

fn first(statement: &mut Statement<'_>, secret: &str, now: Timestamp) -> Result<Option<Session>, Fault> {
    let mut rows = statement.query(params![secret, now.as_millis()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let session = decode(row.get(0)?, &row.get::<_, String>(1)?, "of a user")?;
    // Read to its end, so that a statement that removes has removed.
    while rows.next()?.is_some() {}
    Ok(Some(session))
}
