//! A disk that is full before a run, or filled up by it: a run whose end would find no room does not start.

use std::fs;

use model::limits::Limits;
use model::outcome::{End, Outcome};
use model::run_folder::RunFolder;

use crate::disk::Small;
use crate::support::{Host, script};

/// More pages than a folder takes without its output.
const PAGES_MAX: u64 = 10;
/// What the script prints: more than these pages.
const PRINTED: u64 = 200_000;

/// Starts a run with each number of free pages: it is refused, or has its end and counts what it could not keep.
async fn is_refused_or_has_its_end(host: &Host, small: &Small) {
    let mut ended = 0;
    for pages in 0..=PAGES_MAX {
        small.leave(pages);
        let text = script(&format!("head -c {PRINTED} /dev/zero"));
        match host.start(text, Limits::default()).await {
            Err(error) => small.refused(&error),
            Ok((run, running)) => {
                let outcome = running.wait().await;
                assert_eq!(outcome.end, End::Exited { code: 0 }, "with {pages} pages");
                let output = outcome.output;
                assert_eq!(output.kept + output.dropped, PRINTED, "with {pages} pages: {output:?}");
                let folder = RunFolder::new(&host.runs, &run.id);
                let written: Outcome = serde_json::from_slice(&fs::read(folder.exit()).unwrap()).unwrap();
                assert_eq!(written, outcome, "with {pages} pages");
                fs::remove_dir_all(folder.path()).unwrap();
                ended += 1;
            }
        }
    }
    assert!((1..PAGES_MAX).contains(&ended), "some are refused and some run: {ended} ran");
}

/// Meant to find: a run that begins although the room for its end was refused. With two free pages it is told as lost.
#[tokio::test]
async fn a_run_with_a_shim_starts_only_where_its_end_has_room() {
    let dir = tempfile::tempdir().unwrap();
    let Some(small) = Small::mount(&dir.path().join("runs")) else { return };
    let host = Host::supervised_at(dir);
    is_refused_or_has_its_end(&host, &small).await;
    drop(small);
}

/// Meant to find the same: `exit.json` is not there.
#[tokio::test]
async fn a_run_on_a_thread_starts_only_where_its_end_has_room() {
    let dir = tempfile::tempdir().unwrap();
    let Some(small) = Small::mount(&dir.path().join("runs")) else { return };
    let host = Host::at(dir);
    is_refused_or_has_its_end(&host, &small).await;
    drop(small);
}
