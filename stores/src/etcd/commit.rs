//! A batch of swaps as transactions: few of them, and no swap hinders another.
//!
//! All swaps that fit go in one transaction, which compares each state's modification revision (it never repeats),
//! that of the job's own state where a swap names its head, the guard, and the cluster's epoch. When it fails, its else-branch shows how the
//! states stand: who lost drops out, and the rest goes again, in halves where others keep coming first. What etcd calls
//! too large or too long is halved.
//!
//! Flow: `intent` → **`commit`** → `connection`.

use etcd_client::{Compare, CompareOp, Txn, TxnOp, TxnOpResponse, TxnResponse};
use model::id::{Revision, WorkerId};
use model::ports::{Batch, Committed, Guard, JobWrite, StateKey, StoreError, Swap, SwapResult, Versioned};
use model::state::JobState;

use super::connection::{self, Connection, header_revision};
use super::epoch::RESTORED;
use super::error::Fault;
use super::values::{decode, encode};
use crate::batch;

/// Operations of one transaction: etcd takes 128 of each kind, of which the epoch and the guard need one each.
const OPERATIONS_MAX: usize = 126;
/// How often what has not lost is sent together before it goes in halves.
const TRIES_MAX: usize = 3;

/// Tries all swaps of a batch.
pub(super) async fn commit(connection: &Connection, batch: &Batch) -> Result<Committed, StoreError> {
    batch::check(batch)?;
    let mut run = Run { connection, batch, results: vec![None; batch.swaps.len()] };
    let mut packs: Vec<Vec<usize>> = packs(&batch.swaps);
    packs.reverse();
    while let Some(pack) = packs.pop() {
        match run.settle(&pack).await {
            Ok(true) => {}
            Ok(false) => return run.without_guard(),
            Err(Fault::TooLarge(_)) if pack.len() > 1 => {
                let (left, right) = pack.split_at(pack.len() / 2);
                let open =
                    |part: &[usize]| part.iter().copied().filter(|n| run.results[*n].is_none()).collect();
                packs.push(open(right));
                packs.push(open(left));
            }
            Err(fault) => return Err(run.failed(fault)),
        }
    }
    let results = run.results.into_iter().map(|result| result.expect("each pack was settled")).collect();
    Ok(Committed::Done(results))
}

/// Returns the numbers of the swaps, cut so that the operations of each part fit one transaction.
fn packs(swaps: &[Swap]) -> Vec<Vec<usize>> {
    let mut packs = vec![Vec::new()];
    let mut operations = 0;
    for (n, swap) in swaps.iter().enumerate() {
        let needs = if swap.job == JobWrite::Keep && swap.head.is_none() { 1 } else { 2 };
        if operations + needs > OPERATIONS_MAX {
            packs.push(Vec::new());
            operations = 0;
        }
        operations += needs;
        packs.last_mut().expect("begins with one").push(n);
    }
    packs
}

/// A batch under way.
struct Run<'a> {
    connection: &'a Connection,
    batch: &'a Batch,
    results: Vec<Option<SwapResult>>,
}

/// How one transaction went.
enum Sent {
    Written(Revision),
    GuardFailed,
    /// These lost, each with how it stands.
    Lost(Vec<(usize, Option<Versioned<JobState>>)>),
}

impl Run<'_> {
    /// Tries some swaps until each has won or lost. Returns false when the guard does not hold.
    async fn settle(&mut self, pack: &[usize]) -> Result<bool, Fault> {
        let mut tries = Tries::new(pack.to_vec());
        while let Some(part) = tries.next() {
            if !self.send(&part.swaps).await? {
                return Ok(false);
            }
            tries.left(part, |n| self.results[n].is_none());
        }
        Ok(true)
    }

    /// Sends some swaps in one transaction and keeps what it said. Returns false when the guard does not hold.
    async fn send(&mut self, pack: &[usize]) -> Result<bool, Fault> {
        let answer = self.connection.txn(self.transaction(pack)).await?;
        match self.read(pack, &answer).map_err(|e| Fault::Refused(e.to_string()))? {
            Sent::Written(revision) => {
                for n in pack {
                    self.results[*n] = Some(SwapResult::Swapped(revision));
                }
            }
            Sent::GuardFailed => return Ok(false),
            Sent::Lost(lost) => {
                for (n, now) in lost {
                    self.results[n] = Some(SwapResult::Lost(now.map(Box::new)));
                }
            }
        }
        Ok(true)
    }

    fn transaction(&self, pack: &[usize]) -> Txn {
        let (keys, epoch) = (&self.connection.keys, &self.connection.epoch);
        // No key has a revision below 0, which stands for one of an earlier epoch.
        let number = |revision| epoch.number(revision).unwrap_or(-1);
        let mut compares = vec![epoch.compare(keys.restored())];
        let mut then = Vec::with_capacity(2 * pack.len());
        let mut otherwise = vec![TxnOp::get(keys.restored(), None)];
        if let Some((id, expect)) = guarded(&self.batch.guard) {
            let made = connection::number(expect);
            compares.push(Compare::create_revision(keys.worker(id), CompareOp::Equal, made));
            otherwise.push(TxnOp::get(keys.worker(id), None));
        }
        for swap in pack.iter().map(|n| &self.batch.swaps[*n]) {
            let key = keys.state(&swap.key);
            compares.push(Compare::mod_revision(
                key.clone(),
                CompareOp::Equal,
                swap.expect.map_or(0, number),
            ));
            otherwise.push(TxnOp::get(key.clone(), None));
            if let Some(head) = swap.head {
                let key = keys.state(&StateKey::job(swap.key.job.clone()));
                compares.push(Compare::mod_revision(key.clone(), CompareOp::Equal, number(head)));
                otherwise.push(TxnOp::get(key, None));
            }
            // The job first: a watcher never sees a state without its text.
            match &swap.job {
                JobWrite::Keep => {}
                JobWrite::Put(saved) => {
                    then.push(TxnOp::put(keys.job(&swap.key.job), encode(saved.as_ref()), None));
                }
                JobWrite::Delete => then.push(TxnOp::delete(keys.job(&swap.key.job), None)),
            }
            match &swap.state {
                Some(state) => then.push(TxnOp::put(key, encode(state), None)),
                None => then.push(TxnOp::delete(key, None)),
            }
        }
        Txn::new().when(compares).and_then(then).or_else(otherwise)
    }

    fn read(&self, pack: &[usize], answer: &TxnResponse) -> Result<Sent, StoreError> {
        let epoch = &self.connection.epoch;
        let number = |revision| epoch.number(revision).unwrap_or(-1);
        if answer.succeeded() {
            return Ok(Sent::Written(epoch.revision(header_revision(answer.header()))));
        }
        let mut shown = answer.op_responses().into_iter().map(|response| match response {
            TxnOpResponse::Get(mut get) => get.take_kvs().pop(),
            _ => None,
        });
        if !epoch.holds(shown.next().flatten().as_ref()) {
            return Err(StoreError::Permanent(RESTORED.to_owned()));
        }
        if let Some((_, expect)) = guarded(&self.batch.guard) {
            let now = shown.next().flatten().map_or(0, |key| key.create_revision());
            if now != connection::number(expect) {
                return Ok(Sent::GuardFailed);
            }
        }
        let mut lost = Vec::new();
        for n in pack {
            let swap = &self.batch.swaps[*n];
            let key = shown.next().flatten();
            let now = key.as_ref().map_or(0, etcd_client::KeyValue::mod_revision);
            let moved = match swap.head {
                Some(head) => shown.next().flatten().map_or(0, |key| key.mod_revision()) != number(head),
                None => false,
            };
            if moved || now != swap.expect.map_or(0, number) {
                let stands = key.as_ref().map(|key| decode(key).map(|read| epoch.lifted(read)));
                lost.push((*n, stands.transpose()?));
            }
        }
        Ok(Sent::Lost(lost))
    }

    fn any_written(&self) -> bool {
        self.results.iter().any(|result| matches!(result, Some(SwapResult::Swapped(_))))
    }

    /// Returns what to say when the guard failed: after a part was written only the states can tell.
    fn without_guard(&self) -> Result<Committed, StoreError> {
        if self.any_written() {
            let why = "etcd: the guard of a batch failed after a part of it was written";
            return Err(StoreError::Ambiguous(why.to_owned()));
        }
        Ok(Committed::GuardFailed)
    }

    fn failed(&self, fault: Fault) -> StoreError {
        match fault.of_write() {
            StoreError::Unavailable(why) | StoreError::Permanent(why) if self.any_written() => {
                StoreError::Ambiguous(format!("a part of the batch was written: {why}"))
            }
            error => error,
        }
    }
}

/// What of a pack is still to be sent. Each transaction that fails shows at least one swap that lost, so this ends.
struct Tries(Vec<Part>);

/// Swaps that go together.
struct Part {
    swaps: Vec<usize>,
    /// How often they failed, as a part of this size.
    failed: usize,
}

impl Tries {
    fn new(swaps: Vec<usize>) -> Self {
        Self(if swaps.is_empty() { Vec::new() } else { vec![Part { swaps, failed: 0 }] })
    }

    /// Takes the part to send next.
    fn next(&mut self) -> Option<Part> {
        self.0.pop()
    }

    /// Takes back what of a part that was sent has neither won nor lost. Together again, and not each alone: many
    /// workers that fall over one herd would else send a transaction for each swap.
    fn left(&mut self, mut part: Part, is_open: impl Fn(usize) -> bool) {
        part.swaps.retain(|n| is_open(*n));
        part.failed += 1;
        if part.failed >= TRIES_MAX && part.swaps.len() > 1 {
            let second = part.swaps.split_off(part.swaps.len() / 2);
            self.0.extend(Self::new(second).0);
            part.failed = 0;
        }
        if !part.swaps.is_empty() {
            self.0.push(part);
        }
    }
}

/// Returns whose registration a guard compares with which revision; 0 for one that must not exist.
fn guarded(guard: &Guard) -> Option<(&WorkerId, Revision)> {
    match guard {
        Guard::None => None,
        Guard::Alive(id, revision) => Some((id, *revision)),
        Guard::Gone(id) => Some((id, Revision(0))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn swaps(count: usize, job: &JobWrite) -> Vec<Swap> {
        (0..count)
            .map(|n| Swap {
                key: StateKey::job(format!("job-{n}").parse().expect("a name")),
                expect: None,
                head: None,
                state: None,
                job: job.clone(),
            })
            .collect()
    }

    /// Sends a full pack of which the swaps in `theirs` are lost one by one, each just before a transaction; returns
    /// how many transactions it took.
    fn transactions(theirs: &[usize]) -> usize {
        let (mut tries, mut sent) = (Tries::new((0..Batch::SWAPS_MAX).collect()), 0);
        let (mut coming, mut lost, mut done) = (theirs.iter(), Vec::new(), 0);
        while let Some(part) = tries.next() {
            sent += 1;
            lost.extend(coming.next());
            if part.swaps.iter().any(|n| lost.contains(n)) {
                tries.left(part, |n| !lost.contains(&n));
            } else {
                done += part.swaps.len();
                tries.left(part, |_| false);
            }
        }
        assert!(done + lost.len() >= Batch::SWAPS_MAX, "each has won or lost");
        sent
    }

    /// Goal: what others have taken costs a transaction or two, not one for each swap that is left.
    /// Caught: what is left of a pack that failed twice is sent one by one.
    #[test]
    fn a_pack_that_loses_again_and_again_stays_together() {
        assert_eq!(transactions(&[]), 1);
        assert_eq!(transactions(&[7]), 2);
        assert_eq!(transactions(&[7, 8]), 3);
        let one_after_another: Vec<_> = (0..20).collect();
        let sent = transactions(&one_after_another);
        assert!(sent <= 2 * one_after_another.len(), "{sent} transactions for 20 lost swaps");
        let all: Vec<_> = (0..Batch::SWAPS_MAX).collect();
        assert!(transactions(&all) <= Batch::SWAPS_MAX + 1, "never more than one for each");
    }

    #[test]
    fn a_full_batch_of_claims_is_one_transaction() {
        assert_eq!(packs(&swaps(Batch::SWAPS_MAX, &JobWrite::Keep)).len(), 1);
    }

    #[test]
    fn swaps_that_write_jobs_too_are_cut_to_fit() {
        let packs = packs(&swaps(Batch::SWAPS_MAX, &JobWrite::Delete));
        assert_eq!(packs.iter().map(Vec::len).collect::<Vec<_>>(), [63, 57]);
        assert_eq!(packs.concat(), (0..Batch::SWAPS_MAX).collect::<Vec<_>>());
    }

    #[test]
    fn swaps_that_compare_the_jobs_own_state_too_are_cut_to_fit() {
        let mut swaps = swaps(Batch::SWAPS_MAX, &JobWrite::Keep);
        swaps.iter_mut().for_each(|swap| swap.head = Some(Revision(7)));
        assert_eq!(packs(&swaps).iter().map(Vec::len).collect::<Vec<_>>(), [63, 57]);
    }
}
