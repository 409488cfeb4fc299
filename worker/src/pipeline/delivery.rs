//! How far the telling of one run has come, and what is to be done next.
//!
//! Output first, then the record of its end, then the folder goes. The end is told only once the store of intent has
//! settled it: a run that was settled as lost keeps its outcome as the late one.

use model::id::RunId;
use model::run::RunRecord;
use model::run_folder::RunFolder;

use super::tail::Tail;

/// How the end of a run was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// By the completion of this process.
    Done,
    /// By somebody else before it: the outcome is a late one.
    Late,
    /// By somebody before it, perhaps by an earlier completion of ours: the facts tell.
    Unclear,
    /// It came to nothing and is owed again under the same id: whoever claims it next tells of it.
    Owed,
}

/// What is to be done next about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing until something happens.
    Wait,
    /// Its output is to be read to its end.
    Read,
    /// Its record, which is the final one, is to be written.
    PutFinal,
    /// Its outcome is to be kept as the late one, if that is what it is.
    PutLate,
    /// Its folder is to be removed.
    Remove,
}

/// One run on its way into the facts.
#[derive(Debug)]
pub(super) struct Delivery {
    /// The newest version of its record.
    pub(super) record: RunRecord,
    /// Its output; none while it is being read.
    pub(super) tail: Option<Tail>,
    /// Chunks that the facts have.
    pub(super) delivered: u64,
    /// Bytes of its output on disk that were not read yet, as last looked at.
    pub(super) waiting: u64,
    /// True while its writer is to be held back.
    pub(super) held: bool,
    /// True once nothing more is written to its output.
    pub(super) ended: bool,
    /// How many chunks there are, once all are read.
    pub(super) whole: Option<u64>,
    pub(super) settled: Option<Settled>,
    /// True while the last step is under way.
    pub(super) busy: bool,
    /// True once the facts tell its end.
    pub(super) told: bool,
}

impl Delivery {
    /// Returns the delivery of a run whose first `delivered` chunks the facts have.
    pub(super) fn new(record: RunRecord, folder: &RunFolder, delivered: u64) -> Self {
        let tail = Tail::new(record.id.clone(), folder.output(), delivered);
        Self {
            record,
            tail: Some(tail),
            delivered,
            waiting: 0,
            held: false,
            ended: false,
            whole: None,
            settled: None,
            busy: false,
            told: false,
        }
    }

    pub(super) fn run(&self) -> &RunId {
        &self.record.id
    }

    /// Notes that the output was read to its end, after the run had ended.
    pub(super) fn read_to_end(&mut self, tail: &Tail) {
        let dropped = self.record.outcome.as_ref().map_or(0, |outcome| outcome.output.dropped);
        self.whole = Some(tail.chunks());
        self.record.output = Some(tail.summary(dropped));
    }

    /// Returns what is to be done next.
    pub(super) fn next(&self) -> Next {
        match (self.ended, self.whole, self.settled) {
            _ if self.busy => Next::Wait,
            (false, ..) => Next::Wait,
            (true, None, _) => Next::Read,
            (true, Some(chunks), _) if self.delivered < chunks => Next::Wait,
            (true, Some(_), None) => Next::Wait,
            (true, Some(_), Some(_)) if self.told => Next::Remove,
            (true, Some(_), Some(Settled::Done)) => Next::PutFinal,
            (true, Some(_), Some(Settled::Late | Settled::Unclear)) => Next::PutLate,
            (true, Some(_), Some(Settled::Owed)) => Next::Wait, // It is forgotten at once.
        }
    }
}
