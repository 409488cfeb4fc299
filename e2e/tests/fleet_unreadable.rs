//! Keys about workers that nobody can read, as a newer version or a slip of somebody's hand leaves them: they are passed
//! over and told of, once each, and the fleet goes on.

use anyhow::{Context as _, Result};
use e2e::fleet::Fleet;

const JOB: &str = "name: short\nschedule: '0 0 1 1 *'\nshell: { script: 'true' }\n";

/// Keys of workers that are not there, and what stands in them: no JSON, and a format of the future.
const KEYS: [(&str, &str); 3] = [
    ("/sandglass/worker/w7", "nonsense"),
    ("/sandglass/worker-status/w8", r#"{"version":99,"document":{}}"#),
    ("/sandglass/drain/w9", r#"{"version":1,"document":{"by":3}}"#),
];

/// Caught: such a key that fails the whole look (no worker gets that far), that is passed over in silence, and that is told at
/// each look.
#[test]
fn keys_of_workers_that_cannot_be_read_are_told_once_and_cost_nothing_else() -> Result<()> {
    let mut fleet = Fleet::start(1, 1)?;
    fleet.block_on(async {
        let mut root = fleet.etcd.root().await;
        for (key, value) in KEYS {
            root.put(key, value, None).await.with_context(|| format!("`{key}`"))?;
        }
        anyhow::Ok(())
    })?;
    let worker = fleet.worker(0);
    worker.until("the worker to warn of each", || {
        let log = worker.whole_log();
        Ok(KEYS.iter().all(|(key, _)| warnings(&log, key) > 0).then_some(()))
    })?;
    let master = fleet.master(0);
    master.apply(JOB)?;
    master.done(&["job", "run", "short"])?;
    master.run_in("short", &["succeeded"])?;
    // From one report of the worker's to the next it looks some times.
    let reported = || Ok::<_, anyhow::Error>(master.json(&["workers", "list"])?["workers"].clone());
    let first = reported()?;
    assert_eq!(first.as_array().map(Vec::len), Some(1), "{first}");
    master.until("another report", || {
        Ok((reported()?[0]["status"]["at"] != first[0]["status"]["at"]).then_some(()))
    })?;
    for log in [fleet.master(0).whole_log(), fleet.worker(0).whole_log()] {
        for (key, _) in KEYS {
            assert_eq!(warnings(&log, key), 1, "`{key}` is told once:\n{log}");
        }
    }
    Ok(())
}

/// Returns how often a key was told of.
fn warnings(log: &str, key: &str) -> usize {
    let told =
        |line: &&str| line.contains("passed over among the workers") && line.contains(&format!("`{key}`"));
    log.lines().filter(told).count()
}
