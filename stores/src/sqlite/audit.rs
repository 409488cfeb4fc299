//! The audit: lines that are only ever added, by ids that sort as they were written.

use std::sync::Arc;

use async_trait::async_trait;
use model::audit::AuditLine;
use model::id::AuditId;
use model::ports::{Audit, AuditQuery, StoreError};
use model::time::Timestamp;
use rusqlite::{Connection, params};

use super::Shared;
use super::columns::{Document, decode, encode, to_sql};
use super::error::Fault;

/// Most rows that one call returns, whatever it asks for.
const ROWS_MAX: usize = 1000;

pub(super) struct SqliteAudit {
    pub(super) shared: Arc<Shared>,
}

#[async_trait]
impl Audit for SqliteAudit {
    async fn put_lines(&self, lines: Vec<AuditLine>) -> Result<(), StoreError> {
        let put = move |connection: &Connection| lines.iter().try_for_each(|line| put(connection, line));
        self.shared.facts.write(put).await
    }

    async fn lines(&self, query: AuditQuery) -> Result<Vec<AuditLine>, StoreError> {
        self.shared.facts.read(move |connection| list(connection, &query)).await
    }

    async fn prune_audit(&self, before: Timestamp) -> Result<(), StoreError> {
        let prune = move |connection: &Connection| {
            connection.prepare_cached("DELETE FROM audit WHERE at < ?")?.execute([before.as_millis()])?;
            Ok(())
        };
        self.shared.facts.write(prune).await
    }
}

fn put(connection: &Connection, line: &AuditLine) -> Result<(), Fault> {
    let sql = "INSERT INTO audit (id, at, user, target, denied, version, document)
               VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    let row = params![
        line.id.as_str(),
        line.at.as_millis(),
        line.user,
        line.target,
        line.is_denied(),
        AuditLine::VERSION,
        encode(line)
    ];
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

fn list(connection: &Connection, query: &AuditQuery) -> Result<Vec<AuditLine>, Fault> {
    let sql = "SELECT id, version, document FROM audit
               WHERE (?1 IS NULL OR user = ?1) AND (?2 IS NULL OR substr(target, 1, length(?2)) = ?2)
                 AND (?3 IS NULL OR denied = ?3) AND (?4 IS NULL OR at >= ?4) AND (?5 IS NULL OR at < ?5)
                 AND (?6 IS NULL OR id < ?6)
               ORDER BY id DESC LIMIT ?7";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![
        query.user,
        query.target,
        query.denied,
        query.from.map(Timestamp::as_millis),
        query.to.map(Timestamp::as_millis),
        query.after.as_ref().map(AuditId::as_str),
        to_sql(query.limit.min(ROWS_MAX) as u64)
    ])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        lines.push(decode(row.get(1)?, &row.get::<_, String>(2)?, id)?);
    }
    Ok(lines)
}
