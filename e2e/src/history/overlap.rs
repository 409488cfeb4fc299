//! I6: under `skip` and `replace` the runs of a job do not overlap: by the records, in the order of etcd, and by what the
//! jobs themselves say of their starts and ends.

use std::collections::BTreeMap;

use super::evidence::{Evidence, Mark};
use super::timeline::Timeline;
use super::{Findings, History};

/// Two instants of a machine's uptime may be told in either order within this, in milliseconds.
const UPTIME_MS: i64 = 10;

pub(super) fn check(history: &History, timeline: &Timeline<'_>, findings: &mut Findings) {
    for claim in &timeline.claims {
        let alone = claim.text.is_some_and(|text| text.job.overlap != "allow");
        let Some(before) = claim.before.filter(|_| alone) else { continue };
        if let Some(other) = before.active.first() {
            let what =
                format!("run {} of `{}` was claimed at {}", claim.active.run, claim.job, claim.revision);
            findings.add("I6", format!("{what} while {} was under way", other.run));
        }
    }
    check_evidence(history, timeline, findings);
}

/// A run that says its end is over then; one that was killed is over when it has left the record.
fn check_evidence(history: &History, timeline: &Timeline<'_>, findings: &mut Findings) {
    let ends: BTreeMap<&str, i64> =
        lines(history, Mark::End).map(|end| (end.run.as_str(), end.at_ms)).collect();
    let mut last: BTreeMap<(&str, Option<&str>), &Evidence> = BTreeMap::new();
    for start in lines(history, Mark::Start) {
        // On each worker by itself, where each has its own ticks.
        let of = timeline.claims_of(&start.run).find_map(|claim| claim.of);
        let before = last.insert((&start.job, of), start);
        let alone = timeline
            .claims_of(&start.run)
            .any(|claim| claim.text.is_some_and(|text| text.job.overlap != "allow"));
        // The same run twice is told as that.
        let Some(before) = before.filter(|before| alone && before.run != start.run) else { continue };
        let over = match ends.get(before.run.as_str()) {
            Some(end) => *end <= start.at_ms + UPTIME_MS,
            None => timeline
                .claims_of(&before.run)
                .any(|claim| claim.left.is_some_and(|(revision, _)| revision <= start.fence)),
        };
        if !over {
            let what = format!("run {} of `{}` started", start.run, start.job);
            findings.add("I6", format!("{what} while {} went on, on {}", before.run, before.worker));
        }
    }
}

fn lines(history: &History, mark: Mark) -> impl Iterator<Item = &Evidence> {
    history.evidence.iter().filter(move |line| line.mark == mark)
}
