//! An etcd of three members under load: one of them is killed, the leader too, and then so many that nothing can be
//! agreed on any more. What started is read from what the jobs wrote.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::PATIENCE;
use e2e::evidence::{more_starts, once_each, starts, ticking};
use e2e::fleet::{Fleet, Plan};
use e2e::soak::millis;

/// How many jobs are due each second.
const JOBS: usize = 6;
/// How long nothing starts without a quorum.
const SILENT: Duration = Duration::from_secs(6);

/// Caught: a configuration of which only the first endpoint is used, as by a client that keeps to a dead member; a claim
/// without an answer that counts as won (claims do not go on). Not caught: one that counts as lost, since what stands in the
/// record after all is owed again.
#[test]
fn a_member_of_three_may_die_and_without_a_quorum_ticks_are_late_and_none_is_lost() -> Result<()> {
    let plan = Plan { masters: 1, workers: 2, etcd_members: 3, ..Plan::default() };
    let mut fleet = Fleet::start_as(&plan)?;
    let evidence = fleet.evidence();
    let names: Vec<String> = (0..JOBS).map(|n| format!("load-{n}")).collect();
    let jobs: String = names.iter().map(|name| ticking(name, &evidence)).collect();
    fleet.master(0).apply(&jobs)?;
    more_starts(fleet.master(0), &evidence, &names[JOBS - 1], 3)?;

    // The first, which every process was told of first; then whoever leads.
    fleet.etcd.kill_member(0);
    for name in &names {
        more_starts(fleet.master(0), &evidence, name, 5)?;
    }
    fleet.start_etcd_members(&[0]);
    let leader = fleet.block_on(fleet.etcd.leader());
    fleet.etcd.kill_member(leader);
    for name in &names {
        more_starts(fleet.master(0), &evidence, name, 5)?;
    }

    // Two of three are gone: nothing can be claimed, and nothing is.
    let other = (leader + 1) % 3;
    fleet.etcd.kill_member(other);
    until_silent(&mut fleet, &evidence, &names)?;
    fleet.start_etcd_members(&[leader, other]);
    for name in &names {
        more_starts(fleet.master(0), &evidence, name, 8)?;
    }
    fleet.master(0).ready()?;
    for name in &names {
        fleet.master(0).done(&["job", "pause", name])?;
    }
    for name in &names {
        once_each(&evidence, name)?;
        settled(&mut fleet, &evidence, name)?;
    }
    Ok(())
}

/// Waits until nothing has started for a while.
fn until_silent(fleet: &mut Fleet, evidence: &Path, names: &[String]) -> Result<()> {
    let count = || names.iter().map(|name| starts(evidence, name).len()).sum::<usize>();
    let mut last = (count(), std::time::Instant::now());
    fleet.master(0).until_within(PATIENCE, "the starts to end without a quorum", || {
        if count() != last.0 {
            last = (count(), std::time::Instant::now());
        }
        Ok((last.1.elapsed() > SILENT).then_some(()))
    })
}

/// Every second from the first start to the last has a start: what was late ran.
fn settled(fleet: &mut Fleet, evidence: &Path, name: &str) -> Result<()> {
    let ticks = || {
        let ticks = starts(evidence, name).into_iter().map(|[at, ..]| millis(&at));
        let mut ticks = ticks.collect::<Result<Vec<i64>>>()?;
        ticks.sort_unstable();
        Ok::<_, anyhow::Error>(ticks)
    };
    let gap = |ticks: &[i64]| ticks.windows(2).find(|pair| pair[1] - pair[0] != 1_000).map(<[i64]>::to_vec);
    let whole = fleet
        .master(0)
        .until(&format!("every tick of `{name}`"), || Ok(gap(&ticks()?).is_none().then_some(())));
    let gap = gap(&ticks()?);
    ensure!(whole.is_ok(), "ticks of `{name}` between {gap:?} did not start: {whole:?}");
    Ok(())
}
