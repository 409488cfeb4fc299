//! Nobody is there to run anything: a thousand jobs of a fleet without a worker. Each tick has its story meanwhile, one message
//! tells of all of them, one worker that comes runs what the missed policies owe and no more, and etcd stays as it was.
//!
//! What ran is counted by the jobs themselves. Among the other tests the ticks are seconds apart; `cargo xtask soak alerts`
//! takes five minutes, with jobs of every minute.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::fleet::{Fleet, Plan};
use e2e::soak::{millis, now_ms};
use e2e::{Client, PATIENCE, hook, http};
use serde_json::{Value, json};

/// How many jobs, and how many of them catch up.
const JOBS: usize = 1_000;
const LATEST: usize = 100;
/// Writes to etcd that a span without a worker may cost, whatever falls due in it: leases and leaders, no tick.
const WRITES_MAX: i64 = 100;
/// By how much etcd's data may grow in it.
const GROWTH_MAX: i64 = 256 << 10;

/// How long nobody is there.
struct Span {
    /// From one tick to the next.
    apart: Duration,
    ticks: usize,
    start_deadline: Duration,
    /// How long notices wait for each other.
    group: Duration,
    /// Every how many jobs are asked for their ticks.
    sample: usize,
}

const SHORT: Span = Span {
    apart: Duration::from_secs(2),
    ticks: 10,
    start_deadline: Duration::from_secs(1),
    group: Duration::from_secs(2),
    sample: 25,
};
const LONG: Span = Span {
    apart: Duration::from_secs(60),
    ticks: 5,
    start_deadline: Duration::from_secs(30),
    group: Duration::from_secs(20),
    sample: 1,
};

impl Span {
    /// Returns the schedule of so many ticks from `first` on, which is in the first seconds of a minute, and none after.
    fn schedule(&self, first: jiff::Timestamp) -> String {
        let first = first.to_zoned(jiff::tz::TimeZone::UTC);
        let (minute, second) = (first.minute(), first.second());
        let date = format!("{} {} {}", first.hour(), first.day(), first.month());
        let apart = i64::try_from(self.apart.as_secs()).unwrap_or(1);
        let last = i64::try_from(self.ticks - 1).unwrap_or(0) * apart;
        if apart < 60 {
            return format!("{second}-{}/{apart} {minute} {date} *", i64::from(second) + last);
        }
        format!("{second} {minute}-{} {date} *", i64::from(minute) + last / 60)
    }

    /// Returns the first tick: soon, and so that the last is in the same minute, or the same hour.
    fn first(&self, lead_ms: i64) -> Result<jiff::Timestamp> {
        let unit = if self.apart.as_secs() < 60 { 60 } else { 3_600 };
        let mut at = (now_ms() + lead_ms) / 1_000 + 1;
        if at % unit + i64::try_from(self.apart.as_secs())? * i64::try_from(self.ticks)? >= unit {
            at += unit - at % unit;
        }
        Ok(jiff::Timestamp::from_second(at)?)
    }

    fn tick_ms(&self, first: jiff::Timestamp, n: usize) -> Result<i64> {
        Ok(first.as_millisecond() + i64::try_from(self.apart.as_millis())? * i64::try_from(n)?)
    }
}

/// Returns the ticks of a job since `first`, the earliest first: what an earlier save had is no concern of ours.
fn ticks(master: &Client, job: &str, first: jiff::Timestamp) -> Result<Vec<Value>> {
    let token = format!("Bearer {}", master.token());
    let to = first + Duration::from_secs(3_600);
    let url = format!("{}/api/v1/jobs/{job}/ticks?limit=500&from={first}&to={to}", master.url);
    let answer = http::send("GET", &url, &[("authorization", &token)], "")?;
    ensure!(answer.status == 200, "{}", answer.body);
    let page = answer.json();
    let mut ticks = page["ticks"].as_array().cloned().context("ticks")?;
    ticks.reverse();
    Ok(ticks)
}

fn says(tick: &Value, kind: &str, words: &[&str]) -> bool {
    let reason = tick["reason"].as_str().unwrap_or_default();
    tick["kind"] == kind && words.iter().all(|word| reason.contains(word))
}

/// Returns what etcd holds: how often it was written to, and its data once what was replaced is gone. It was asked before at
/// revision `before`.
fn etcd_now(fleet: &Fleet, before: i64) -> Result<(i64, i64)> {
    fleet.block_on(async {
        let mut root = fleet.etcd.root().await;
        let status = root.status().await?;
        let revision = status.header().context("a header")?.revision();
        if revision > before {
            let options = etcd_client::CompactionOptions::new().with_physical();
            root.compact(revision, Some(options)).await?;
        }
        root.defragment().await?;
        anyhow::Ok((revision, root.status().await?.db_size()))
    })
}

fn unattended(span: &Span) -> Result<()> {
    let (url, posted) = hook::start()?;
    let (name, value) = hook::ALLOWED;
    let plan = Plan {
        masters: 1,
        workers: 1,
        master_variables: vec![(name.to_owned(), value.to_owned())],
        worker_variables: vec![("SANDGLASS_OPT_SLOTS".to_owned(), "32".to_owned())],
        ..Plan::default()
    };
    let mut fleet = Fleet::down(&plan)?;
    fleet.up_but(1)?;
    let evidence = fleet.evidence().join("ran");
    let group = format!("{}s", span.group.as_secs());
    let channel =
        json!({ "name": "hook", "via": { "type": "webhook", "url": url }, "group": group, "every": "0s" });
    let rule = json!({ "name": "all", "on": ["missed", "recovered"], "channels": ["hook"] });
    for (part, list) in
        [("channels", json!({ "channels": [channel] })), ("rules", json!({ "rules": [rule] }))]
    {
        let file = fleet.folder().join(part);
        fs::write(&file, list.to_string())?;
        fleet.master(0).done(&["alert", "set", part, &file.to_string_lossy()])?;
    }
    let jobs: Vec<String> = (0..JOBS).map(|n| format!("job-{n:03}")).collect();
    let policy = |n: usize| if n < LATEST { "latest" } else { "none" };
    // Saved in time before the first tick, however long that takes here.
    let mut lead_ms = 12_000;
    let first = loop {
        let first = span.first(lead_ms)?;
        let schedule = span.schedule(first);
        let job = |(n, name): (usize, &String)| {
            let script = format!("echo $SANDGLASS_JOB $SANDGLASS_SCHEDULED_AT >> {}", evidence.display());
            format!(
                "name: {name}\nschedule: '{schedule}'\nstart_deadline: {}s\nmissed: {{ policy: {} }}\n\
                 shell: {{ script: '{script}' }}\n---\n",
                span.start_deadline.as_secs(),
                policy(n)
            )
        };
        fleet.master(0).apply(&jobs.iter().enumerate().map(job).collect::<String>())?;
        let left_ms = first.as_millisecond() - now_ms();
        eprintln!("saved {left_ms} ms before the first tick");
        if left_ms > 0 {
            break first;
        }
        lead_ms *= 2;
    };

    // Each tick is overdue for a while, and then missed.
    let master = fleet.master(0);
    let patience = PATIENCE + span.apart;
    for name in [&jobs[0], &jobs[LATEST]] {
        master.until_within(patience, &format!("a tick of `{name}` to be overdue"), || {
            let late = |tick: &Value| says(tick, "overdue", &["late: no worker is alive"]);
            Ok(ticks(master, name, first)?.iter().any(late).then_some(()))
        })?;
    }
    let missed = ["`none`", "no worker is alive"];
    master.until_within(patience, "the first tick to be missed", || {
        Ok(ticks(master, &jobs[LATEST], first)?
            .first()
            .is_some_and(|tick| says(tick, "missed", &missed))
            .then_some(()))
    })?;
    let alert = posted.recv_timeout(patience + span.group).context("no alert came")?;
    ensure!(alert["count"] == JOBS, "one message tells of all: {}", alert["subject"]);
    let text = alert["notices"][0]["text"].as_str().unwrap_or_default();
    ensure!(text.ends_with("no worker is alive"), "{text}");
    // From here on nothing more is told, and nothing is written, whatever falls due.
    let page = || master.json(&["alert", "list", "-n", "500", "--state", "waiting"]);
    master.until("all of it to be filed", || Ok((page()?["items"] == json!([])).then_some(())))?;
    let (written, size) = etcd_now(&fleet, 0)?;
    let last_ms = span.tick_ms(first, span.ticks - 1)? + i64::try_from(span.start_deadline.as_millis())?;
    let master = fleet.master(0);
    let all_over = Duration::from_millis(u64::try_from((last_ms - now_ms()).max(0))?);
    master.until_within(all_over + PATIENCE, "the last tick to be past its deadline", || {
        Ok((now_ms() > last_ms + 1_000).then_some(()))
    })?;
    for (n, name) in jobs.iter().enumerate().step_by(span.sample) {
        let told = ticks(master, name, first)?;
        ensure!(told.len() == span.ticks, "each tick of `{name}` is told: {told:?}");
        let (last, before) = told.split_last().context("a tick")?;
        let word = if n < LATEST { "runs only the newest" } else { "`none`" };
        let ended = if n < LATEST { before } else { &told };
        let all = ended.iter().all(|tick| says(tick, "missed", &[word, "no worker is alive"]));
        ensure!(all, "`{name}`: {told:?}");
        ensure!(n >= LATEST || says(last, "overdue", &["no worker is alive"]), "`{name}`: {last}");
    }
    let (then_written, then_size) = etcd_now(&fleet, written)?;
    eprintln!("etcd: {} writes, {size} B before, {then_size} B after", then_written - written);
    ensure!(then_written - written <= WRITES_MAX, "{} writes without a worker", then_written - written);
    ensure!(then_size - size <= GROWTH_MAX, "etcd grew from {size} to {then_size} B");
    ensure!(posted.try_recv().is_err(), "a missed tick is told once, not each that follows");

    fleet.worker(0).start()?;
    let lines =
        || fs::read_to_string(&evidence).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    let master = fleet.master(0);
    master.until("each catch-up to run", || Ok((lines().len() >= LATEST).then_some(())))?;
    let recovery = posted.recv_timeout(PATIENCE + span.group).context("no recovery came")?;
    ensure!(recovery["count"] == LATEST, "one message tells that it is over: {}", recovery["subject"]);
    let all = recovery["notices"].as_array().context("notices")?;
    ensure!(all.iter().all(|notice| notice["condition"] == "recovered"), "{recovery}");
    for (n, name) in jobs.iter().enumerate().step_by(span.sample) {
        let told = master.until(&format!("the ticks of `{name}` to be settled"), || {
            let told = ticks(master, name, first)?;
            let open =
                |tick: &Value| ["overdue", "pending", "taken"].iter().any(|kind| tick["kind"] == *kind);
            Ok((!told.iter().any(open)).then_some(told))
        })?;
        let (last, before) = told.split_last().context("a tick")?;
        ensure!(before.iter().all(|tick| tick["kind"] == "missed"), "`{name}`: {told:?}");
        let kind = if n < LATEST { "run" } else { "missed" };
        ensure!(last["kind"] == kind && (n >= LATEST || last["status"] == "succeeded"), "`{name}`: {last}");
    }
    let mut ran: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for line in lines() {
        let (job, at) = line.split_once(' ').context("a line of a job")?;
        ran.entry(job.to_owned()).or_default().push(millis(at)?);
    }
    let newest = span.tick_ms(first, span.ticks - 1)?;
    let owed: BTreeMap<String, Vec<i64>> =
        jobs[..LATEST].iter().map(|job| (job.clone(), vec![newest])).collect();
    ensure!(ran == owed, "one catch-up each of the newest tick, and none where the policy is `none`");
    ensure!(posted.try_recv().is_err(), "nothing else is told");
    Ok(())
}

/// Caught: a ledger that looks at no policy while nobody is there (ticks stay overdue); a master that writes the
/// record of each job with a missed tick, one by one; rules by which `latest` catches up with each missed tick.
#[test]
fn a_thousand_jobs_without_a_worker_have_their_stories_one_alert_and_one_recovery() -> Result<()> {
    unattended(&SHORT)
}

/// As above; run by `cargo xtask soak alerts`.
#[test]
#[ignore = "takes seven minutes: `cargo xtask soak alerts` runs it"]
fn a_thousand_jobs_of_every_minute_without_a_worker_for_five_minutes() -> Result<()> {
    unattended(&LONG)
}
