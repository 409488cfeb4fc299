//! Who tries first: every worker computes the same order of the live workers for a job, and waits its turn.
//!
//! Rendezvous hashing: a worker that comes or goes moves only the jobs that were or become its own. The order saves
//! lost swaps; that a tick is claimed once is the swap's doing alone.

use model::id::{JobName, WorkerId};

/// Returns how many of `rivals` come before `me` for `job`.
pub(crate) fn rank<'a>(job: &JobName, me: &WorkerId, rivals: impl Iterator<Item = &'a WorkerId>) -> u32 {
    u32::try_from(before(job, me, rivals).count()).unwrap_or(u32::MAX)
}

/// Returns those of `rivals` that come before `me` for `job`. `me` among them does not count.
pub(crate) fn before<'a>(
    job: &JobName,
    me: &WorkerId,
    rivals: impl Iterator<Item = &'a WorkerId>,
) -> impl Iterator<Item = &'a WorkerId> {
    let job = fnv(job.as_str());
    let mine = (score(job, me), me);
    rivals.filter(move |rival| *rival != me && (score(job, rival), *rival) > mine)
}

fn score(job: u64, worker: &WorkerId) -> u64 {
    mix(job ^ mix(fnv(worker.as_str())))
}

/// FNV-1a: the same on every machine and in every version, unlike the standard library's hash.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The finalizer of splitmix64: spreads names that differ in one letter.
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workers(count: usize) -> Vec<WorkerId> {
        (0..count).map(|n| format!("w{n}").parse().unwrap()).collect()
    }

    fn job(n: usize) -> JobName {
        format!("job-{n}").parse().unwrap()
    }

    #[test]
    fn each_job_has_one_worker_of_each_rank() {
        let workers = workers(7);
        for n in 0..100 {
            let mut ranks: Vec<_> = workers.iter().map(|w| rank(&job(n), w, workers.iter())).collect();
            ranks.sort_unstable();
            assert_eq!(ranks, [0, 1, 2, 3, 4, 5, 6]);
        }
    }

    #[test]
    fn jobs_are_spread_evenly() {
        let workers = workers(8);
        let mut first = [0; 8];
        for n in 0..8_000 {
            let best = workers.iter().position(|w| rank(&job(n), w, workers.iter()) == 0).unwrap();
            first[best] += 1;
        }
        assert!(first.iter().all(|jobs| (800..1_200).contains(jobs)), "{first:?}");
    }

    #[test]
    fn a_worker_that_goes_moves_only_its_own_jobs() {
        let (all, fewer) = (workers(5), workers(4));
        for n in 0..500 {
            let best = |workers: &[WorkerId]| {
                workers.iter().find(|w| rank(&job(n), w, workers.iter()) == 0).unwrap().clone()
            };
            let before = best(&all);
            assert!(before == all[4] || before == best(&fewer));
        }
    }
}
