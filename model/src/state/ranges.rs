//! Ends that wait in the record until the facts store has them: ranges of ticks, and single runs.
//!
//! An entry of ticks means *each tick in `[from, to]` that has no run record*. Both kinds are bounded: ranges merge,
//! first by reason and at last as `several`; a single run that finds no place stays where it is or is refused.
//!
//! Not here: who writes them to the facts store (master).

use super::ticks::MILLISECOND;
use super::{Cause, JobState, Skip, SkipReason, UNRECORDED_MAX, Unrecorded, Unrun};
use crate::id::JobUid;
use crate::time::Timestamp;

/// Most single runs among the ends: half, so that ranges, which must never be refused, always find a place.
const RUNS_MAX: usize = UNRECORDED_MAX / 2;
/// Most ranges among the ends.
const RANGES_MAX: usize = UNRECORDED_MAX - RUNS_MAX;
/// Most ranges of jobs before this one (of the same name), so that this one's own find a place.
pub(super) const FOREIGN_RANGES_MAX: usize = RANGES_MAX / 2;

/// Returns true when the end of one more run finds a place.
pub(super) fn has_room_for_run(state: &JobState) -> bool {
    state.unrecorded.iter().filter(|entry| matches!(entry, Unrecorded::Run { .. })).count() < RUNS_MAX
}

/// Adds the end of one run; false when there is no place.
pub(super) fn add_run(state: &mut JobState, entry: Unrecorded) -> bool {
    let room = has_room_for_run(state);
    if room {
        state.unrecorded.push(entry);
    }
    room
}

/// Ends each tick in `[from, to]` of the record's own job that has no run record.
pub(super) fn add_ticks(state: &mut JobState, from: Timestamp, to: Timestamp, end: Unrun) {
    debug_assert!(from <= to, "a range begins before it ends");
    let uid = state.uid.clone();
    let told = ranges_of(state, &uid).into_iter().any(|range| range.from <= from && to <= range.to);
    if told {
        return; // Its place was taken by `several` before its own reason was known.
    }
    state.unrecorded.push(Unrecorded::Ticks { uid: uid.clone(), from, to, end });
    merge_first(state, &uid, Merge::SameEnd);
    while count_ranges(state) > RANGES_MAX && compress(state, &uid) {}
}

/// Has the record's own ranges after `since` begin where the one before ends: up to the last of them no tick is left open,
/// whichever text it is of.
pub(super) fn close_gaps(state: &mut JobState, since: Timestamp) {
    let uid = state.uid.clone();
    let mut ended = since;
    for range in ranges_of(state, &uid).into_iter().filter(|range| range.to > since) {
        if let Unrecorded::Ticks { from, .. } = &mut state.unrecorded[range.index]
            && *from > ended
        {
            *from = ended + MILLISECOND;
        }
        ended = ended.max(range.to);
    }
}

/// Makes ranges fewer until those of all jobs together are at most `max`; false when that cannot be.
pub(super) fn shrink(state: &mut JobState, max: usize) -> bool {
    let mut uids: Vec<JobUid> = Vec::new();
    for entry in &state.unrecorded {
        if let Unrecorded::Ticks { uid, .. } = entry
            && !uids.contains(uid)
        {
            uids.push(uid.clone());
        }
    }
    for uid in uids {
        while count_ranges(state) > max && compress(state, &uid) {}
    }
    count_ranges(state) <= max
}

/// Joins two neighbouring ranges of one job, those that lose least first; false when there is but one.
fn compress(state: &mut JobState, uid: &JobUid) -> bool {
    [Merge::SameEnd, Merge::SameReason, Merge::Several, Merge::AcrossOwners]
        .into_iter()
        .any(|how| merge_first(state, uid, how))
}

fn count_ranges(state: &JobState) -> usize {
    state.unrecorded.iter().filter(|entry| matches!(entry, Unrecorded::Ticks { .. })).count()
}

/// Which neighbours may be joined.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Merge {
    /// Those that say the same.
    SameEnd,
    /// Those of one reason, whichever run was in the way.
    SameReason,
    /// All, as `several`.
    Several,
    /// All, also across ticks whose own end is to come or was told; the range tells of them then.
    AcrossOwners,
}

struct Range {
    index: usize,
    from: Timestamp,
    to: Timestamp,
    end: Unrun,
}

/// Returns the ranges of one job, by their beginning.
fn ranges_of(state: &JobState, wanted: &JobUid) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::new();
    for (index, entry) in state.unrecorded.iter().enumerate() {
        if let Unrecorded::Ticks { uid, from, to, end } = entry
            && uid == wanted
        {
            ranges.push(Range { index, from: *from, to: *to, end: end.clone() });
        }
    }
    ranges.sort_by_key(|range| range.from);
    ranges
}

/// Joins the first pair of neighbours that may be joined in this way.
fn merge_first(state: &mut JobState, uid: &JobUid, how: Merge) -> bool {
    let ranges = ranges_of(state, uid);
    let found = ranges.windows(2).find_map(|pair| {
        let [before, after] = pair else { return None };
        let told = *uid == state.uid && state.told.is_some_and(|told| told > before.to);
        let owned = told || has_owner_between(state, uid, before.to, after.from);
        let owned = owned && how != Merge::AcrossOwners;
        let end = joined(&before.end, &after.end, how)?;
        (!owned).then_some((before.index, after.index, before.to.max(after.to), end))
    });
    let Some((kept, gone, until, joined_end)) = found else { return false };
    if let Unrecorded::Ticks { to, end, .. } = &mut state.unrecorded[kept] {
        *to = until;
        *end = joined_end;
    }
    state.unrecorded.remove(gone);
    true
}

/// Returns what two neighbours say together; none when they may not be joined in this way.
fn joined(a: &Unrun, b: &Unrun, how: Merge) -> Option<Unrun> {
    if a == b {
        return Some(a.clone());
    }
    match (how, a, b) {
        (Merge::SameEnd, _, _) => None,
        (_, Unrun::Skipped(one), Unrun::Skipped(other)) if one.why == other.why && one.by == other.by => {
            Some(Unrun::Skipped(Skip { run: None, ..one.clone() }))
        }
        (Merge::SameReason, _, _) => None,
        _ => Some(Unrun::Skipped(Skip::new(SkipReason::Several, None))),
    }
}

/// Returns true when a tick between two ranges is owned: its own end is to come and may differ.
fn has_owner_between(state: &JobState, uid: &JobUid, after: Timestamp, before: Timestamp) -> bool {
    let between = |cause: &Cause| match cause {
        Cause::Tick { at, .. } => after < *at && *at < before,
        Cause::Request { .. } => false,
    };
    let active = state.active.iter().any(|run| run.uid == *uid && between(&run.cause));
    let own = *uid == state.uid;
    active
        || own && state.waiting.iter().any(|waiting| between(&waiting.cause))
        || own && state.retries.iter().any(|owed| between(&owed.cause))
}
