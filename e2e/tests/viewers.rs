//! Two hundred people look at one run of a fleet: MongoDB is asked to watch once, the master's memory stays bounded, and
//! everybody gets every line.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::fleet::Fleet;
use e2e::{PATIENCE, memory_kib};
use mongodb::bson::{Document, doc};
use serde_json::{Value, json};
use tokio::task::JoinSet;

const VIEWERS: usize = 200;
const LINES: usize = 3_000;
/// What a viewer may cost the master: a connection, its buffers, and the chunks that were just read for it.
const KIB_OF_A_VIEWER: u64 = 1_024;

/// Reads a stream to its end and returns the lines in it.
async fn look(client: reqwest::Client, url: String, token: String) -> Result<Vec<String>> {
    let mut answer = client.get(url).bearer_auth(token).send().await?.error_for_status()?;
    let (mut text, mut output, mut ended) = (Vec::new(), String::new(), false);
    while let Some(part) = tokio::time::timeout(PATIENCE, answer.chunk()).await?? {
        text.extend_from_slice(&part);
        while let Some(at) = text.windows(2).position(|two| two == b"\n\n") {
            let event = String::from_utf8(text.drain(..at + 2).collect())?;
            ended |= event.contains("event: end");
            let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) else { continue };
            let chunk: Value = serde_json::from_str(data)?;
            output.push_str(chunk["text"].as_str().unwrap_or_default());
        }
    }
    anyhow::ensure!(ended, "the stream ended early, after {} bytes", output.len());
    Ok(output.lines().map(str::to_owned).collect())
}

/// Returns how many change streams stand open in MongoDB.
async fn watches(root: &mongodb::Client) -> Result<usize> {
    let all: Vec<Document> = vec![doc! { "$currentOp": { "allUsers": true, "idleCursors": true } }];
    let mut found = root.database("admin").aggregate(all).await?;
    let mut cursors = BTreeSet::new();
    while found.advance().await? {
        let operation = found.deserialize_current()?;
        let Ok(cursor) = operation.get_document("cursor") else { continue };
        if cursor.to_string().contains("$changeStream") {
            cursors.insert(cursor.get("cursorId").map(ToString::to_string));
        }
    }
    Ok(cursors.len())
}

#[test]
fn two_hundred_viewers_of_one_run_cost_one_watch_and_each_gets_every_line() -> Result<()> {
    let mut fleet = Fleet::start(1, 1)?;
    let go = fleet.evidence().join("go");
    let script = format!(
        "while [ ! -e {} ]; do sleep 0.1; done; i=0; while [ $i -lt {LINES} ]; do i=$((i+1)); echo \"line $i\"; done",
        go.display()
    );
    let token = fleet.token();
    let master = fleet.master(0);
    let job = json!({ "name": "watched", "schedule": "@yearly", "shell": { "script": script } });
    master.apply(&job.to_string())?;
    master.done(&["job", "run", "watched"])?;
    let run = master.run_in("watched", &["running"])?["id"].as_str().context("an id")?.to_owned();
    let url = format!("{}/api/v1/runs/{run}/output/stream", master.url);
    let pid = master.pid()?;
    let before = memory_kib(pid)?;
    let (lines, watches, during) = fleet.block_on(async {
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).build()?;
        let mut viewers = JoinSet::new();
        for _ in 0..VIEWERS {
            viewers.spawn(look(client.clone(), url.clone(), token.clone()));
        }
        let root = fleet.mongod.root().await;
        let deadline = tokio::time::Instant::now() + PATIENCE;
        // All of them are connected, and the watch stands, before the first line.
        while connections(pid)? < VIEWERS || watches(&root).await? == 0 {
            anyhow::ensure!(tokio::time::Instant::now() < deadline, "the viewers did not all connect");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let watches = watches(&root).await?;
        fs::write(&go, "")?;
        let (mut most, mut lines) = (0, Vec::new());
        while lines.len() < VIEWERS {
            tokio::select! {
                Some(ended) = viewers.join_next() => lines.push(ended??),
                () = tokio::time::sleep(Duration::from_millis(50)) => most = most.max(memory_kib(pid)?),
            }
        }
        anyhow::Ok((lines, watches, most.max(memory_kib(pid)?)))
    })?;
    assert_eq!(watches, 1, "one change stream for all who look");
    let whole: Vec<String> = (1..=LINES).map(|n| format!("line {n}")).collect();
    for (viewer, lines) in lines.iter().enumerate() {
        assert_eq!(lines.len(), LINES, "viewer {viewer}");
        assert_eq!(*lines, whole, "viewer {viewer}");
    }
    let grown = during.saturating_sub(before);
    println!("{VIEWERS} viewers: {before} KiB before, {during} KiB at most");
    assert!(grown < KIB_OF_A_VIEWER * VIEWERS as u64, "{grown} KiB for {VIEWERS} viewers");
    Ok(())
}

/// Returns how many sockets a process has open.
fn connections(pid: nix::unistd::Pid) -> Result<usize> {
    let files = fs::read_dir(format!("/proc/{pid}/fd"))?.flatten();
    let targets = files.filter_map(|file| fs::read_link(file.path()).ok());
    Ok(targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count())
}
