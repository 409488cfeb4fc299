//! A disk that is full before a run, or filled up by it: a run whose end would find no room does not start.

use std::fs;

use model::limits::Limits;
use model::outcome::Outcome;
use model::run_folder::RunFolder;

use super::disk::Small;
use super::support::{PATIENCE, Sandbox, command};

/// More pages than a folder takes without its output.
const PAGES_MAX: u64 = 10;

/// Starts a run with each number of free pages: it is refused, or has its end and counts what it could not keep.
async fn is_refused_or_has_its_end(sandbox: &Sandbox, small: &Small) {
    // Sixty thousand bytes, four times.
    let print = "(drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8)))".repeat(4);
    let data = r#"(data (i32.const 16) "\20\00\00\00\60\ea\00\00")"#;
    let job = sandbox.job(&command(&format!(r#"{data} (func (export "_start") {print})"#)));
    let mut ended = 0;
    for pages in 0..=PAGES_MAX {
        small.leave(pages);
        match sandbox.start(&job, &Limits::default()).await {
            Err(error) => small.refused(&error),
            Ok(started) => {
                let outcome = tokio::time::timeout(PATIENCE, started.running.wait()).await.unwrap();
                assert!(outcome.output.dropped > 0, "with {pages} pages: {outcome:?}");
                let folder = RunFolder::new(&sandbox.runs(), &started.run.id);
                let written: Outcome = serde_json::from_slice(&fs::read(folder.exit()).unwrap()).unwrap();
                assert_eq!(written, outcome, "with {pages} pages");
                fs::remove_dir_all(folder.path()).unwrap();
                ended += 1;
            }
        }
    }
    assert!((1..PAGES_MAX).contains(&ended), "some are refused and some run: {ended} ran");
}

/// Meant to find: a module that begins although the room for its end was refused. `exit.json` is not there.
#[tokio::test]
async fn a_module_starts_only_where_its_end_has_room() {
    let mut small = None;
    let sandbox = Sandbox::with(|options| small = Small::mount(&options.runs));
    let Some(small) = small else { return };
    is_refused_or_has_its_end(&sandbox, &small).await;
    drop(small);
}

/// Meant to find the same: the host's process writes the output, the worker the end.
#[tokio::test]
async fn a_module_in_a_process_of_its_own_starts_only_where_its_end_has_room() {
    let mut small = None;
    let sandbox = Sandbox::hosted_with(|options| small = Small::mount(&options.runs));
    let Some(small) = small else { return };
    is_refused_or_has_its_end(&sandbox, &small).await;
    drop(small);
}
