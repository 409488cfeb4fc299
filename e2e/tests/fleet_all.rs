//! Placement `all` in a fleet: each tick once on each worker while workers join and die, and what people do to the job reaches
//! all of them, whichever master they ask and whether it lives on or not.
//!
//! What started is read from a file that the job writes beside Sandglass, and from claims' own instants: masters, workers
//! and this test are on one machine, so one clock tells what came after what.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use e2e::evidence::ticks_pass;
use e2e::fleet::{Fleet, Plan};
use e2e::{Client, Server, http};
use serde_json::Value;

/// A job that is due each second on every worker, and says so with `mark`.
fn ticking(evidence: &Path, mark: &str) -> String {
    let line = format!("$SANDGLASS_WORKER $SANDGLASS_SCHEDULED_AT $SANDGLASS_ATTEMPT {mark}");
    format!(
        "name: each\nschedule: '* * * * * *'\noverlap: allow\nplacement: {{ mode: all }}\n\
         shell: {{ script: 'echo \"{line}\" >> {}/each' }}\n",
        evidence.display()
    )
}

/// A job that runs when it is asked to, until it is killed or `go` is there.
fn asked(evidence: &Path) -> String {
    format!(
        "name: asked\nschedule: '0 0 1 1 *'\nplacement: {{ mode: all }}\nlimits: {{ timeout: 20m }}\n\
         shell: {{ script: 'echo on $SANDGLASS_WORKER; while [ ! -e {}/go ]; do sleep 0.1; done' }}\n",
        evidence.display()
    )
}

/// Returns the starts that were noted: worker, instant, attempt and mark of each.
fn starts(evidence: &Path) -> Vec<[String; 4]> {
    let text = fs::read_to_string(evidence.join("each")).unwrap_or_default();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    text.lines().filter_map(|line| words(line).try_into().ok()).collect()
}

/// Waits until each of `workers` has noted `more` starts with `mark` from now on.
fn more_starts(client: &Client, evidence: &Path, workers: &[&str], mark: &str, more: usize) -> Result<()> {
    let count = |worker: &str| {
        starts(evidence).iter().filter(|[on, _, _, noted]| on == worker && noted == mark).count()
    };
    let before: Vec<usize> = workers.iter().map(|worker| count(worker)).collect();
    client.until(&format!("{more} more starts on each of {workers:?}"), || {
        let mut pairs = workers.iter().zip(&before);
        Ok(pairs.all(|(worker, before)| count(worker) >= before + more).then_some(()))
    })
}

/// No tick may have started twice on one worker in one attempt.
fn once_each(evidence: &Path) -> Result<()> {
    let mut seen = BTreeSet::new();
    for [worker, at, attempt, _] in starts(evidence) {
        ensure!(seen.insert((worker.clone(), at.clone(), attempt)), "{worker} started the tick {at} twice");
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the clock of this machine is that of all that it starts")]
fn now_ms() -> Result<i64> {
    Ok(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?)
}

fn ask(client: &Client, method: &str, path: &str) -> Result<Value> {
    let token = format!("Bearer {}", client.token());
    let url = format!("{}/api/v1{path}", client.url);
    let answer = http::send(method, &url, &[("authorization", &token)], "")?;
    ensure!(answer.status < 300, "{method} {path}: {} {}", answer.status, answer.json());
    Ok(answer.json())
}

/// Returns the milliseconds of an instant of the interface.
fn ms(instant: &Value) -> Result<i64> {
    let text = instant.as_str().context("an instant")?;
    millis(text)
}

fn millis(text: &str) -> Result<i64> {
    let at: jiff::Timestamp = text.parse().with_context(|| format!("`{text}` is no instant"))?;
    Ok(at.as_millisecond())
}

/// Every tick on each worker since it joined is told, each once, and the ledger agrees with what started.
fn ledger_is_whole(client: &Client, evidence: &Path, workers: &[&str]) -> Result<()> {
    let view = ask(client, "GET", "/jobs/each")?;
    let told = client.until("all that started to be told as run", || {
        let mut told: BTreeMap<(String, i64), String> = BTreeMap::new();
        let mut path = "/jobs/each/ticks?limit=500".to_owned();
        loop {
            let page = ask(client, "GET", &path)?;
            for tick in page["ticks"].as_array().context("ticks")? {
                let Some(worker) = tick["worker"].as_str() else { continue };
                let key = (worker.to_owned(), ms(&tick["at"])?);
                let kind = tick["kind"].as_str().unwrap_or_default().to_owned();
                ensure!(told.insert(key, kind).is_none(), "a tick is told twice: {tick}");
            }
            match page["next"].as_str() {
                Some(next) => path = format!("/jobs/each/ticks?limit=500&cursor={next}"),
                None => break,
            }
        }
        let mut ran = starts(evidence).into_iter();
        let all = ran.all(|[worker, at, ..]| {
            let at = millis(&at).expect("an instant");
            told.get(&(worker, at)).is_some_and(|kind| kind == "run")
        });
        Ok(all.then_some(told))
    })?;
    for worker in workers {
        let states = view["state"]["workers"].as_array().context("workers")?;
        let state = states.iter().find(|state| state["worker"] == *worker).context("its state")?;
        let joined = ms(&state["joined"])?;
        let ticks: Vec<i64> =
            told.keys().filter(|(on, at)| on == worker && *at > joined).map(|(_, at)| *at).collect();
        ensure!(ticks.windows(2).all(|pair| pair[1] - pair[0] == 1_000), "a tick of {worker} has no story");
        ensure!(
            ticks.first().is_some_and(|first| first - joined <= 1_000),
            "{worker} joined at {joined}: {ticks:?}"
        );
        let earlier = starts(evidence)
            .into_iter()
            .filter(|[on, ..]| on == worker)
            .any(|[_, at, ..]| millis(&at).expect("an instant") <= joined);
        ensure!(!earlier, "{worker} ran a tick from before it joined");
    }
    Ok(())
}

/// Caught: a worker that joins and runs old ticks; a tick that two records own (workers claim from the job's own, too); a
/// record that is made anew when its worker comes back. Meant to find: ticks of a worker that is away that nobody tells of.
#[test]
fn each_tick_runs_once_on_each_worker_while_one_joins_and_one_dies_at_a_tick() -> Result<()> {
    let mut fleet = Fleet::down(&Plan { masters: 2, workers: 3, ..Plan::default() })?;
    let evidence = fleet.evidence();
    for n in 0..2 {
        fleet.master(n).start()?;
        fleet.worker(n).start()?;
    }
    fleet.master(0).ready()?;
    fleet.master(1).ready()?;
    fleet.master(0).apply(&ticking(&evidence, "a"))?;
    more_starts(fleet.master(1), &evidence, &["w1", "w2"], "a", 3)?;
    fleet.worker(2).start()?;
    more_starts(fleet.master(1), &evidence, &["w1", "w2", "w3"], "a", 3)?;
    // Just as it begins with a tick.
    more_starts(fleet.master(1), &evidence, &["w2"], "a", 1)?;
    fleet.worker(1).kill()?;
    more_starts(fleet.master(1), &evidence, &["w1", "w3"], "a", 4)?;
    let master = fleet.master(1);
    master.until("the one that died to be told as away", || {
        let view = ask(master, "GET", "/jobs/each")?;
        let states = view["state"]["workers"].as_array().cloned().unwrap_or_default();
        let away =
            states.iter().find(|state| state["worker"] == "w2").map(|state| state["standing"] == "away");
        Ok((states.len() == 3 && away == Some(true)).then_some(()))
    })?;
    fleet.worker(1).start()?;
    more_starts(fleet.master(1), &evidence, &["w1", "w2", "w3"], "a", 3)?;
    fleet.master(0).done(&["job", "pause", "each"])?;
    once_each(&evidence)?;
    ledger_is_whole(fleet.master(1), &evidence, &["w1", "w2", "w3"])
}

/// Returns the claims of `each` that were made after `since` with a text before `spec`.
fn claims_after(client: &Client, since: i64, spec: u64) -> Result<Vec<Value>> {
    let mut late = Vec::new();
    for run in client.runs("each")? {
        let claimed = run["claimed_at"].as_str().map(|_| ms(&run["claimed_at"])).transpose()?;
        let older = run["spec_id"].as_u64().unwrap_or_default() < spec;
        if older && claimed.is_some_and(|at| at > since) {
            late.push(run);
        }
    }
    Ok(late)
}

/// Caught: a claim that does not compare the job's own record (the worker that hears of a save late claims the old text, P9);
/// a worker's record that does not take the pause (claims go on); records that a master has follow in place of their workers
/// (nothing starts under the new text while no master lives).
#[test]
fn edits_and_pauses_hold_on_every_worker_once_they_are_answered() -> Result<()> {
    let mut fleet = Fleet::start(2, 2)?;
    let evidence = fleet.evidence();
    fleet.master(0).apply(&ticking(&evidence, "v1"))?;
    more_starts(fleet.master(0), &evidence, &["w1", "w2"], "v1", 2)?;
    for version in 2..=5_u64 {
        let mark = format!("v{version}");
        let asked = usize::try_from(version % 2)?;
        // One of the workers hears of it late, when the job has fallen due again.
        fleet.worker(0).freeze()?;
        fleet.master(asked).apply(&ticking(&evidence, &mark))?;
        let answered = now_ms()?;
        ticks_pass(fleet.master(asked))?;
        fleet.worker(0).thaw()?;
        let master = fleet.master(asked);
        more_starts(master, &evidence, &["w1", "w2"], &mark, 2)?;
        let late = claims_after(master, answered, version)?;
        ensure!(late.is_empty(), "claimed after text {version} was saved: {late:?}");
    }
    fleet.master(1).done(&["job", "pause", "each"])?;
    let paused = now_ms()?;
    // Both masters die with the answer on its way: the workers follow by themselves.
    fleet.master(0).done(&["job", "resume", "each"])?;
    fleet.master(0).apply(&ticking(&evidence, "v6"))?;
    let answered = now_ms()?;
    fleet.master(0).kill()?;
    fleet.master(1).kill()?;
    let client = fleet.master(0);
    more_starts(client, &evidence, &["w1", "w2"], "v6", 3)?;
    client.start()?;
    client.ready()?;
    let late = claims_after(client, answered, 6)?;
    ensure!(late.is_empty(), "claimed after the last text was saved: {late:?}");
    let resumed = client.runs("each")?.into_iter().filter(|run| run["spec_id"] == 5);
    for run in resumed {
        ensure!(ms(&run["claimed_at"])? <= answered && paused <= answered, "{run}");
    }
    fleet.worker(0).freeze()?;
    fleet.master(0).done(&["job", "pause", "each"])?;
    let paused = now_ms()?;
    ticks_pass(fleet.master(0))?;
    fleet.worker(0).thaw()?;
    let client = fleet.master(0);
    client.until("both workers to have followed the pause", || {
        let view = ask(client, "GET", "/jobs/each")?;
        let states = view["state"]["workers"].as_array().cloned().unwrap_or_default();
        Ok((states.len() == 2 && states.iter().all(|state| state["standing"] == "ready")).then_some(()))
    })?;
    let late = claims_after(client, paused, 7)?;
    ensure!(late.is_empty(), "claimed after the pause: {late:?}");
    once_each(&evidence)?;
    fleet.master(0).done(&["job", "delete", "each"])?;
    let client = fleet.master(0);
    client.until("nothing to be left of the job", || {
        Ok((!client.ask(&["job", "get", "each"])?.status.success()).then_some(()))
    })
}

/// Caught: a key that asks twice at the other master; a kill that only the record that the master read takes; `?kill=true` that
/// lets workers go on; a run-now that is ordered of one worker alone (the run of the other has no record).
#[test]
fn a_run_now_and_a_kill_reach_every_worker_from_either_master() -> Result<()> {
    let mut fleet = Fleet::start(2, 2)?;
    let evidence = fleet.evidence();
    fleet.master(0).apply(&asked(&evidence))?;
    let on_workers = |reply: &Value| -> BTreeMap<String, String> {
        let runs = reply["runs"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        runs.iter().map(|on| (text(&on["worker"]), text(&on["run"]))).collect()
    };
    let first = fleet.master(0).json(&["job", "run", "asked", "--idempotency-key", "k"])?;
    let runs = on_workers(&first);
    assert_eq!(runs.keys().collect::<Vec<_>>(), ["w1", "w2"], "{first}");
    let again = fleet.master(1).json(&["job", "run", "asked", "--idempotency-key", "k"])?;
    assert_eq!((on_workers(&again), again["known"].as_bool()), (runs.clone(), Some(true)));
    let is = |client: &Client, run: &str, status: &str| -> Result<Option<()>> {
        Ok((ask(client, "GET", &format!("/runs/{run}"))?["status"] == status).then_some(()))
    };
    for run in runs.values() {
        let client = fleet.master(1);
        client.until(&format!("run {run} to run"), || is(client, run, "running"))?;
    }
    // One of them alone, then all.
    fleet.master(1).done(&["run", "kill", &runs["w1"]])?;
    let client = fleet.master(0);
    client.until("the one on w1 to be killed", || is(client, &runs["w1"], "killed"))?;
    assert!(is(client, &runs["w2"], "running")?.is_some(), "the other goes on");
    fleet.master(1).done(&["job", "kill", "asked"])?;
    let client = fleet.master(0);
    client.until("the one on w2 to be killed", || is(client, &runs["w2"], "killed"))?;
    // A delete with `kill` ends what runs, on both.
    let second = on_workers(&fleet.master(1).json(&["job", "run", "asked"])?);
    for run in second.values() {
        let client = fleet.master(0);
        client.until(&format!("run {run} to run"), || is(client, run, "running"))?;
    }
    fleet.master(0).done(&["job", "delete", "--kill", "asked"])?;
    for run in second.values() {
        let client = fleet.master(1);
        client.until(&format!("run {run} to be killed"), || is(client, run, "killed"))?;
    }
    // Followed to their ends, one after the other; a worker that drains is not asked.
    fs::write(evidence.join("go"), "")?;
    fleet.master(0).apply(&asked(&evidence))?;
    let output = fleet.master(1).ask(&["job", "run", "asked", "--follow"])?;
    let told = e2e::told(&output);
    assert!(output.status.success(), "{told}");
    for words in ["on every matching worker: 2 runs", "on w1", "on w2"] {
        assert!(told.contains(words), "`{words}`: {told}");
    }
    fleet.master(0).done(&["workers", "drain", "w2"])?;
    let third = on_workers(&fleet.master(1).json(&["job", "run", "asked"])?);
    assert_eq!(third.keys().collect::<Vec<_>>(), ["w1"]);
    Ok(())
}

#[test]
fn standalone_runs_it_on_its_one_worker() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let evidence = server.beside().join("evidence");
    fs::create_dir(&evidence)?;
    fs::set_permissions(&evidence, std::os::unix::fs::PermissionsExt::from_mode(0o777))?;
    server.apply(
        "name: each\nschedule: '* * * * * *'\nplacement: { mode: all }\nshell: { script: 'echo here' }\n",
    )?;
    server.run_in("each", &["succeeded"])?;
    let reply = server.json(&["job", "run", "each"])?;
    assert_eq!(reply["runs"].as_array().map(Vec::len), Some(1), "{reply}");
    let run = reply["run"].as_str().context("a run")?;
    server.until("the run that was asked for to succeed", || {
        Ok((ask(&server, "GET", &format!("/runs/{run}"))?["status"] == "succeeded").then_some(()))
    })?;
    server.done(&["job", "delete", "each"])?;
    Ok(())
}
