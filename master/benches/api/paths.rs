//! What is asked: each row of the table with its paths, and whether the targets bound it.

use model::ports::Clock as _;
use model::time::Span;
use serde_json::Value;
use stores::SystemClock;

use crate::served::Served;
use crate::{Size, fill};

/// Jobs on one page of the walk through all of them.
const PAGE: usize = 100;
/// Other jobs that are asked for in turn.
const JOBS: usize = 1_000;
/// How far apart these stand in the list.
const STRIDE: usize = 7_919;
/// How deep the deep page of runs lies.
const DEEP_PAGES: usize = 200;

/// Returns each row: its name, its paths, and whether DESIGN's target for answers is meant.
pub(crate) fn all(master: &Served, size: Size) -> Vec<(&'static str, Vec<String>, bool)> {
    let some = |n: usize| fill::name(n * STRIDE % size.jobs);
    let of_some = |path: &str| (0..JOBS).map(|n| path.replace("JOB", &some(n))).collect::<Vec<_>>();
    let one = |path: &str| vec![format!("/api/v1{path}")];
    let yesterday = SystemClock.now() - Span::from_days(1);
    let window = format!("/runs?from={}&to={yesterday}", yesterday - Span::from_minutes(60));
    vec![
        ("health", vec!["/healthz".to_owned()], false),
        ("who is asking", one("/session"), false),
        ("one job", of_some("/api/v1/jobs/JOB"), true),
        ("jobs: the first page", one("/jobs"), true),
        ("jobs: the first page, with runs and ticks", one("/jobs?include=recent,next"), true),
        (
            "jobs: all pages of 100 in turn",
            pages(master, &format!("/api/v1/jobs?limit={PAGE}"), usize::MAX),
            true,
        ),
        ("jobs: a label and a word", one("/jobs?label=team:team-7&q=team+7"), true),
        ("runs: newest", one("/runs"), false),
        ("runs: of a job", of_some("/api/v1/runs?job=JOB"), false),
        ("runs: failed, of a worker", one("/runs?worker=worker-3&status=failed"), false),
        ("runs: failed or timed out, by hand", one("/runs?status=failed,timed_out&trigger=manual"), false),
        ("runs: longer than 55 s", one("/runs?duration_min=55s"), false),
        ("runs: an hour of yesterday", one(&window), false),
        ("runs: 200 pages deep", deep(master), false),
    ]
}

/// Returns the paths of a list's pages, at most so many.
fn pages(master: &Served, first: &str, most: usize) -> Vec<String> {
    let mut paths = vec![first.to_owned()];
    while paths.len() < most {
        let page: Value = master.get(paths.last().expect("the first is there"));
        let Some(next) = page["next"].as_str() else { break };
        paths.push(format!("{first}&cursor={next}"));
    }
    paths
}

/// Returns the path of a page that lies deep, or the last one of a short list.
fn deep(master: &Served) -> Vec<String> {
    pages(master, "/api/v1/runs?limit=50", DEEP_PAGES).split_off(1).pop().into_iter().collect()
}
