//! What alerts know of the facts: ends that nobody has looked at (a mark on their rows), and the history of notices.

use std::sync::Arc;

use async_trait::async_trait;
use model::alert::Notice;
use model::id::{ChannelName, JobName, NoticeId};
use model::ports::{AlertLog, NoticeQuery, StoreError, Untold};
use model::run::RangeRecord;
use model::time::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::Shared;
use super::columns::{Document, decode, encode};
use super::error::Fault;
use super::facts::runs;

/// Most rows that one call returns, whatever it asks for.
const ROWS_MAX: usize = 1000;

pub(super) struct SqliteAlertLog {
    pub(super) shared: Arc<Shared>,
}

#[async_trait]
impl AlertLog for SqliteAlertLog {
    async fn untold(&self, limit: usize) -> Result<Untold, StoreError> {
        let read = move |connection: &Connection| {
            Ok(Untold { runs: runs::untold(connection, limit)?, ranges: ranges(connection, limit)? })
        };
        self.shared.facts.read(read).await
    }

    async fn mark_told(&self, told: &Untold) -> Result<(), StoreError> {
        let told = told.clone();
        let mark = move |connection: &Connection| {
            told.runs.iter().try_for_each(|run| runs::mark_told(connection, run))?;
            told.ranges.iter().try_for_each(|range| mark_range(connection, range))
        };
        self.shared.facts.write(mark).await
    }

    async fn put_history(&self, notices: Vec<Notice>) -> Result<(), StoreError> {
        let put = move |connection: &Connection| notices.iter().try_for_each(|one| put(connection, one));
        self.shared.facts.write(put).await
    }

    async fn history(&self, query: NoticeQuery) -> Result<Vec<Notice>, StoreError> {
        self.shared.facts.read(move |connection| list(connection, &query)).await
    }

    async fn prune_history(&self, before: Timestamp) -> Result<(), StoreError> {
        let prune = move |connection: &Connection| {
            let before = [before.as_millis()];
            let sql = "DELETE FROM deliveries WHERE notice IN (SELECT id FROM notices WHERE made_at < ?)";
            connection.prepare_cached(sql)?.execute(before)?;
            connection.prepare_cached("DELETE FROM notices WHERE made_at < ?")?.execute(before)?;
            Ok(())
        };
        self.shared.facts.write(prune).await
    }
}

fn ranges(connection: &Connection, limit: usize) -> Result<Vec<RangeRecord>, Fault> {
    let limit = limit.clamp(1, ROWS_MAX);
    let sql = format!("SELECT version, document, uid FROM ranges WHERE untold = 1 LIMIT {limit}");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut ranges = Vec::new();
    while let Some(row) = rows.next()? {
        let (text, uid): (String, String) = (row.get(1)?, row.get(2)?);
        ranges.push(decode(row.get(0)?, &text, uid)?);
    }
    Ok(ranges)
}

fn mark_range(connection: &Connection, range: &RangeRecord) -> Result<(), Fault> {
    let sql = "UPDATE ranges SET untold = 0 WHERE uid = ? AND worker = ? AND begins = ? AND ends = ?";
    let worker = range.worker.as_ref().map_or("", |worker| worker.as_str());
    let row = params![range.uid.as_str(), worker, range.from.as_millis(), range.to.as_millis()];
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

fn put(connection: &Connection, notice: &Notice) -> Result<(), Fault> {
    let sql = "INSERT OR REPLACE INTO notices (id, made_at, job, condition, version, document)
               VALUES (?, ?, ?, ?, ?, ?)";
    connection.prepare_cached(sql)?.execute(params![
        notice.id.as_str(),
        notice.made_at.as_millis(),
        notice.job.as_ref().map(JobName::as_str),
        notice.condition.as_str(),
        Notice::VERSION,
        encode(notice),
    ])?;
    let sql = "INSERT OR REPLACE INTO deliveries (notice, channel, state) VALUES (?, ?, ?)";
    for delivery in &notice.deliveries {
        let row = [notice.id.as_str(), delivery.channel.as_str(), delivery.state.as_str()];
        connection.prepare_cached(sql)?.execute(row)?;
    }
    Ok(())
}

fn list(connection: &Connection, query: &NoticeQuery) -> Result<Vec<Notice>, Fault> {
    let mut terms: Vec<String> = vec!["1".into()];
    let mut values: Vec<Value> = Vec::new();
    let text = |text: &str| Value::Text(text.to_owned());
    if let Some(job) = &query.job {
        terms.push("job = ?".into());
        values.push(text(job.as_str()));
    }
    if !query.condition.is_empty() {
        terms.push(format!("condition IN ({})", vec!["?"; query.condition.len()].join(", ")));
        values.extend(query.condition.iter().map(|condition| text(condition.as_str())));
    }
    let wanted = [
        ("channel", query.channel.as_ref().map(ChannelName::as_str)),
        ("state", query.state.map(|state| state.as_str())),
    ];
    for (column, wanted) in wanted {
        if let Some(wanted) = wanted {
            terms.push(format!(
                "EXISTS (SELECT 1 FROM deliveries WHERE notice = notices.id AND {column} = ?)"
            ));
            values.push(text(wanted));
        }
    }
    if let Some(from) = query.from {
        terms.push("made_at >= ?".into());
        values.push(from.as_millis().into());
    }
    if let Some(to) = query.to {
        terms.push("made_at < ?".into());
        values.push(to.as_millis().into());
    }
    if let Some((at, id)) = &query.after {
        terms.push("(made_at, id) < (?, ?)".into());
        values.extend([at.as_millis().into(), text(NoticeId::as_str(id))]);
    }
    let (terms, limit) = (terms.join(" AND "), query.limit.clamp(1, ROWS_MAX));
    let sql = format!(
        "SELECT version, document, id FROM notices WHERE {terms} ORDER BY made_at DESC, id DESC LIMIT {limit}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut notices = Vec::new();
    while let Some(row) = rows.next()? {
        let (text, id): (String, String) = (row.get(1)?, row.get(2)?);
        notices.push(decode(row.get(0)?, &text, id)?);
    }
    Ok(notices)
}
