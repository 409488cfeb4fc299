//! Two masters of a fleet: one of them does the chores, the other follows when it is killed; what either is asked for
//! holds at both.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use e2e::PATIENCE;
use e2e::fleet::Fleet;

/// What a master logs when it begins to lead.
const LEADS: &str = "this master leads: recorder";

const JOB: &str = "name: short\nschedule: '0 0 1 1 *'\nshell: { script: 'true' }\n";

/// Waits until one of two masters leads; returns which.
fn leading(fleet: &mut Fleet) -> Result<usize> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(n) = (0..2).find(|n| fleet.master(*n).whole_log().contains(LEADS)) {
            return Ok(n);
        }
        ensure!(Instant::now() < deadline, "no master leads:\n{}", fleet.master(0).log());
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Mutations: a master that campaigns once; a drain that is kept by the master that was asked.
#[test]
fn a_killed_leader_is_followed_and_a_drain_holds_at_every_master() -> Result<()> {
    let mut fleet = Fleet::start(2, 2)?;
    let leads = leading(&mut fleet)?;
    let other = 1 - leads;
    assert!(!fleet.master(other).whole_log().contains(LEADS), "one of them leads");

    fleet.master(leads).done(&["workers", "drain", "w1", "--reason", "a disk"])?;
    let master = fleet.master(other);
    master.until("the other master to show the drain", || {
        let list = master.json(&["workers", "list"])?;
        Ok((list["workers"][0]["status"]["draining"] == true).then_some(()))
    })?;

    fleet.master(leads).kill()?;
    let master = fleet.master(other);
    master.apply(JOB)?;
    master.done(&["job", "run", "short"])?;
    let run = master.run_in("short", &["succeeded"])?;
    assert_eq!(run["worker"], "w2", "the drained one takes nothing: {run}");
    master.until("the other master to lead", || Ok(master.whole_log().contains(LEADS).then_some(())))?;
    master.done(&["workers", "undrain", "w1"])?;
    Ok(())
}
