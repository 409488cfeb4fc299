//! Alerts that wait: settings, notices and memory as rows of one table, told apart by their kind.
//!
//! There is one writer, so a statement or two in one write are one step.

use std::sync::Arc;

use async_trait::async_trait;
use model::alert::{AlertSettings, Memory, Notice, Subject};
use model::id::{NoticeId, Revision};
use model::ports::{Alerts, StoreError, Versioned};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::Shared;
use super::changes::next_revision;
use super::columns::{Document, decode, encode, from_sql, to_sql};
use super::error::Fault;

const SETTINGS: &str = "settings";
const NOTICE: &str = "notice";
const MEMORY: &str = "memory";

pub(super) struct SqliteAlerts {
    pub(super) shared: Arc<Shared>,
}

#[async_trait]
impl Alerts for SqliteAlerts {
    async fn alert_settings(&self) -> Result<Option<Versioned<AlertSettings>>, StoreError> {
        let read = |connection: &Connection| Ok(all(connection, SETTINGS)?.pop());
        self.shared.intent.read(read).await
    }

    async fn swap_alert_settings(
        &self,
        expect: Option<Revision>,
        settings: AlertSettings,
    ) -> Result<bool, StoreError> {
        let swap = move |connection: &Connection| {
            if revision(connection, SETTINGS, "")? != expect {
                return Ok(false);
            }
            put(connection, SETTINGS, "", &settings)?;
            Ok(true)
        };
        self.shared.intent.write(swap).await
    }

    async fn notices(&self) -> Result<Vec<Notice>, StoreError> {
        let read = |connection: &Connection| values(all(connection, NOTICE)?);
        self.shared.intent.read(read).await
    }

    async fn add_notices(&self, notices: Vec<Notice>) -> Result<(), StoreError> {
        self.shared.intent.write(move |connection: &Connection| put_where(connection, &notices, false)).await
    }

    async fn update_notices(&self, notices: Vec<Notice>) -> Result<(), StoreError> {
        self.shared.intent.write(move |connection: &Connection| put_where(connection, &notices, true)).await
    }

    async fn forget_notices(&self, ids: &[NoticeId]) -> Result<(), StoreError> {
        let ids = ids.to_vec();
        let forget = move |connection: &Connection| {
            ids.iter().try_for_each(|id| remove(connection, NOTICE, id.as_str()))
        };
        self.shared.intent.write(forget).await
    }

    async fn memories(&self) -> Result<Vec<Memory>, StoreError> {
        let read = |connection: &Connection| values(all(connection, MEMORY)?);
        self.shared.intent.read(read).await
    }

    async fn put_memories(&self, memories: Vec<Memory>) -> Result<(), StoreError> {
        let keep = move |connection: &Connection| {
            memories.iter().try_for_each(|memory| put(connection, MEMORY, memory.subject.as_str(), memory))
        };
        self.shared.intent.write(keep).await
    }

    async fn forget_memories(&self, subjects: &[Subject]) -> Result<(), StoreError> {
        let subjects = subjects.to_vec();
        let forget = move |connection: &Connection| {
            subjects.iter().try_for_each(|subject| remove(connection, MEMORY, subject.as_str()))
        };
        self.shared.intent.write(forget).await
    }
}

/// Writes those notices of which one is there, or of which none is.
fn put_where(connection: &Connection, notices: &[Notice], there: bool) -> Result<(), Fault> {
    for notice in notices {
        if revision(connection, NOTICE, notice.id.as_str())?.is_some() == there {
            put(connection, NOTICE, notice.id.as_str(), notice)?;
        }
    }
    Ok(())
}

fn put<D: Document>(connection: &Connection, kind: &str, name: &str, document: &D) -> Result<(), Fault> {
    let revision = next_revision(connection)?;
    let sql =
        "INSERT OR REPLACE INTO alerts (kind, name, revision, version, document) VALUES (?, ?, ?, ?, ?)";
    let row = params![kind, name, to_sql(revision.0), D::VERSION, encode(document)];
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

fn remove(connection: &Connection, kind: &str, name: &str) -> Result<(), Fault> {
    connection.prepare_cached("DELETE FROM alerts WHERE kind = ? AND name = ?")?.execute([kind, name])?;
    Ok(())
}

fn revision(connection: &Connection, kind: &str, name: &str) -> Result<Option<Revision>, Fault> {
    let sql = "SELECT revision FROM alerts WHERE kind = ? AND name = ?";
    let found: Option<i64> =
        connection.prepare_cached(sql)?.query_row([kind, name], |row| row.get(0)).optional()?;
    found.map(|revision| Ok(Revision(from_sql(revision)?))).transpose()
}

fn all<D: Document>(connection: &Connection, kind: &str) -> Result<Vec<Versioned<D>>, Fault> {
    let sql = "SELECT revision, version, document, name FROM alerts WHERE kind = ?";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([kind])?;
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
