//! Decides whose output is held back, because too much of it waits on disk for the facts store.
//!
//! A little below the bound it is let go again, so that a run is not held and let go with each batch.
//! Not here: how a writer hears of it (`tail`).

use model::quantity::ByteSize;

use crate::options::PipelineOptions;

/// Returns whether what waits is too much, given whether it was.
fn is_full(was: bool, waiting: u64, max: ByteSize) -> bool {
    let max = max.as_bytes();
    let let_go = max - max / 4;
    waiting >= if was { let_go } else { max }
}

/// How the worker stands with its quota.
#[derive(Debug, Default)]
pub(super) struct Quota {
    full: bool,
}

impl Quota {
    /// Notes how much waits in all; returns whether that changed anything.
    pub(super) fn note(&mut self, waiting: u64, options: &PipelineOptions) -> bool {
        let full = is_full(self.full, waiting, options.quota);
        std::mem::replace(&mut self.full, full) != full
    }

    /// Returns whether all runs are held back.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Returns whether a run is held back, of whose output so much waits, given whether it was.
    pub(super) fn holds(&self, was: bool, waiting: u64, options: &PipelineOptions) -> bool {
        self.full || is_full(was, waiting, options.quota_per_run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_held_at_its_bound_and_let_go_a_quarter_below() {
        let options = PipelineOptions {
            quota: ByteSize::from_bytes(1_000),
            quota_per_run: ByteSize::from_bytes(400),
            ..PipelineOptions::default()
        };
        let mut quota = Quota::default();
        let holds = |quota: &Quota, was, waiting| quota.holds(was, waiting, &options);
        assert!(!holds(&quota, false, 399));
        assert!(holds(&quota, false, 400));
        assert!(holds(&quota, true, 300));
        assert!(!holds(&quota, true, 299));
        assert!(!quota.note(999, &options));
        assert!(quota.note(1_000, &options) && holds(&quota, false, 0), "all of them");
        assert!(!quota.note(750, &options) && quota.is_full());
        assert!(quota.note(749, &options) && !holds(&quota, false, 0));
    }
}
