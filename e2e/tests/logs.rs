//! The log of a server as programs read it: JSON on demand, and of each run one span that all of its lines bear.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use e2e::Server;
use serde_json::Value;

/// Caught: a line about a run that does not say which (no span), and a line that is no JSON.
#[test]
fn every_line_is_json_on_demand_and_what_concerns_a_run_bears_its_span() -> Result<()> {
    let server = Server::start(&["--no-demo", "--log-json"])?;
    server.apply("name: told\nschedule: '@yearly'\nshell: { script: 'exit 3' }\n")?;
    server.done(&["job", "run", "told"])?;
    let run = server.run_in("told", &["failed"])?;
    let log = fs::read_to_string(server.beside().join("log"))?;
    let lines =
        log.lines().map(|line| serde_json::from_str(line).with_context(|| format!("no JSON: {line}")));
    let lines: Vec<Value> = lines.collect::<Result<_>>()?;
    let says = |line: &&Value, words: &str| line["message"].as_str().is_some_and(|text| text.contains(words));
    for words in ["started", "ended as failed"] {
        let line = lines.iter().find(|line| says(line, words)).with_context(|| format!("no line: {log}"))?;
        let span = line["spans"].as_array().into_iter().flatten().find(|span| span["name"] == "run");
        let span = span.with_context(|| format!("no span: {line}"))?;
        ensure!(span["run.id"] == run["id"] && span["worker.id"] == run["worker"], "{span} is not of {run}");
        ensure!(span["job.id"] == "told" && span["attempt"] == 1, "{span}");
        ensure!(line["level"] == "INFO" && line["timestamp"].is_string(), "{line}");
    }
    Ok(())
}
