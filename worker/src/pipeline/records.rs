//! Run records on their way: of each run the newest version, in batches.
//!
//! A version that is overtaken while it waits is never sent. What failed is sent again unless something newer waits.

use std::collections::BTreeMap;

use model::id::RunId;
use model::run::RunRecord;

/// Records in one batch.
const BATCH_MAX: usize = 1_000;

/// Records that wait, and those on their way.
#[derive(Debug)]
pub(super) struct Records {
    waiting: BTreeMap<RunId, RunRecord>,
    sending: Vec<RunRecord>,
    /// Records in the next batch: fewer for a while after one was refused.
    batch_max: usize,
}

impl Default for Records {
    fn default() -> Self {
        Self { waiting: BTreeMap::new(), sending: Vec::new(), batch_max: BATCH_MAX }
    }
}

impl Records {
    /// Adds a version; the one of the higher order stays.
    pub(super) fn put(&mut self, record: RunRecord) {
        match self.waiting.get(&record.id) {
            Some(waiting) if waiting.order() > record.order() => {}
            _ => drop(self.waiting.insert(record.id.clone(), record)),
        }
    }

    /// Forgets what waits of a run.
    pub(super) fn forget(&mut self, run: &RunId) {
        self.waiting.remove(run);
    }

    /// Returns true when nothing waits and nothing is on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.sending.is_empty()
    }

    /// Takes the next batch; none while one is on its way or nothing waits.
    pub(super) fn next(&mut self) -> Option<Vec<RunRecord>> {
        if !self.sending.is_empty() || self.waiting.is_empty() {
            return None;
        }
        while self.sending.len() < self.batch_max {
            let Some((_, record)) = self.waiting.pop_first() else { break };
            self.sending.push(record);
        }
        Some(self.sending.clone())
    }

    /// Notes that the batch on its way arrived; returns the runs whose final record it held.
    pub(super) fn arrived(&mut self) -> Vec<RunId> {
        self.batch_max = (self.batch_max * 2).min(BATCH_MAX);
        let arrived = std::mem::take(&mut self.sending).into_iter();
        arrived.filter(|record| record.status.is_final()).map(|record| record.id).collect()
    }

    /// Notes that something in the batch on its way is refused for good: the next one is half as long. Returns the
    /// record that it is, once it was alone.
    pub(super) fn refused(&mut self) -> Option<RunRecord> {
        if self.sending.len() <= 1 {
            return self.sending.pop();
        }
        self.batch_max = self.sending.len() / 2;
        self.failed();
        None
    }

    /// Notes that the batch on its way did not arrive.
    pub(super) fn failed(&mut self) {
        for record in std::mem::take(&mut self.sending) {
            self.put(record);
        }
    }
}

#[cfg(test)]
mod tests {
    use model::id::{Fence, JobUid, SpecId};
    use model::run::{Beginning, RunStatus, Trigger};
    use model::time::{Span, Timestamp};
    use model::workload::Kind;

    use super::*;

    fn record(n: u64, fence: u64, status: RunStatus) -> RunRecord {
        let beginning = Beginning {
            id: format!("{n:024x}").parse().unwrap(),
            job: "job".parse().unwrap(),
            uid: JobUid::random(),
            spec_id: SpecId::FIRST,
            kind: Kind::Shell,
            trigger: Trigger::Schedule,
            scheduled_at: Timestamp::from_millis(0),
            attempt: 1,
            retention: Span::from_days(1),
        };
        RunRecord { status, fence: Some(Fence(fence)), ..RunRecord::begin(beginning) }
    }

    #[test]
    fn of_each_run_the_newest_version_goes_once() {
        let mut records = Records::default();
        records.put(record(1, 5, RunStatus::Claimed));
        records.put(record(1, 5, RunStatus::Running));
        records.put(record(1, 5, RunStatus::Claimed));
        records.put(record(2, 6, RunStatus::Failed));
        let batch = records.next().unwrap();
        assert_eq!(
            batch.iter().map(|record| record.status).collect::<Vec<_>>(),
            [RunStatus::Running, RunStatus::Failed]
        );
        records.put(record(1, 5, RunStatus::Succeeded));
        assert!(records.next().is_none(), "one batch at a time");
        assert_eq!(records.arrived(), [batch[1].id.clone()]);
        assert_eq!(records.next().unwrap()[0].status, RunStatus::Succeeded);
    }

    #[test]
    fn what_failed_goes_again_unless_something_newer_waits() {
        let mut records = Records::default();
        records.put(record(1, 5, RunStatus::Claimed));
        records.put(record(2, 5, RunStatus::Claimed));
        records.next().unwrap();
        records.put(record(1, 5, RunStatus::Failed));
        records.put(record(3, 5, RunStatus::Claimed));
        records.failed();
        let statuses: Vec<_> = records.next().unwrap().into_iter().map(|record| record.status).collect();
        assert_eq!(statuses, [RunStatus::Failed, RunStatus::Claimed, RunStatus::Claimed]);
        records.arrived();
        assert!(records.is_empty());
    }
}
