//! Programs in other languages, each made by its own compiler: a core module of Go, a component that is a script in
//! JavaScript with its engine, and one that `jco` made around a preview 1 module. `cargo xtask programs` makes them and
//! says what it cannot have.
//!
//! Not here: interpreters of others, and what is refused (`e2e/tests/programs.rs`); Rust and C (`plugins`).

use std::fs;
use std::path::PathBuf;

use model::limits::Limits;
use model::ports::ModuleInspector as _;
use model::quantity::ByteSize;
use model::time::Span;
use model::workload::{DirMode, Wasm};
use sandbox::wasm::Inspector;

use super::support::{Ended, Sandbox, grant};

/// Returns a program; `None`, announced, where it was not made.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the programs are")]
fn program(name: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("SANDGLASS_TEST_PROGRAMS").map(PathBuf::from);
    let module = folder.and_then(|folder| fs::read(folder.join(format!("{name}.wasm"))).ok());
    if module.is_none() {
        eprintln!("skipped: no program in {name} (`cargo xtask programs` makes it or says what is missing)");
    }
    module
}

/// Starts a program, which may take minutes to compile, and waits for its end.
async fn ended(sandbox: &Sandbox, job: &Wasm) -> Ended {
    let limits = Limits {
        memory: Some(ByteSize::from_mib(128)),
        timeout: Span::from_seconds(600),
        ..Limits::default()
    };
    sandbox.run(job, &limits).await
}

fn printed(ended: &Ended) -> String {
    String::from_utf8_lossy(&ended.stdout).into_owned()
}

#[tokio::test]
async fn a_program_in_go_reads_a_granted_file_and_uses_its_goroutines() {
    let Some(bytes) = program("go") else { return };
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("names.json"), r#"["Ada", "Bob"]"#).unwrap();
    let sandbox = Sandbox::with(|options| {
        (options.memory_max, options.roots) = (ByteSize::from_mib(128), vec![place.path().to_owned()]);
    });
    let mut job = sandbox.job_of(bytes);
    assert_eq!(ended(&sandbox, &job).await.code(), 1, "without a grant there is nothing to read");
    job.dirs = vec![grant(place.path(), "/in", DirMode::Ro)];
    let run = ended(&sandbox, &job).await;
    assert_eq!(run.code(), 0);
    let text = printed(&run);
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["hello, Ada", "hello, Bob"]);
}

#[tokio::test]
async fn a_component_in_javascript_has_its_arguments_and_fails_when_it_throws() {
    let Some(bytes) = program("javascript") else { return };
    let report = Inspector::default().inspect(&bytes).unwrap();
    assert!(report.imports.iter().all(|import| import.starts_with("wasi:")), "{:?}", report.imports);
    let sandbox = Sandbox::with(|options| options.memory_max = ByteSize::from_mib(128));
    let mut job = sandbox.job_of(bytes);
    job.args = vec!["Ada".into()];
    let run = ended(&sandbox, &job).await;
    assert_eq!(run.code(), 0);
    assert_eq!(printed(&run), "hello, Ada\n{\"by\":\"JavaScript\",\"squares\":[1,4,9]}\n");
    job.args = vec!["nobody".into()];
    let run = ended(&sandbox, &job).await;
    assert!(printed(&run).starts_with("hello, nobody\n"));
    assert_ne!(run.outcome.status(&[0]), model::run::RunStatus::Succeeded, "{:?}", run.outcome);
}

/// An adapter stands between the program and preview 2, which knows success and failure and no number.
#[tokio::test]
async fn a_component_around_a_preview_1_program_prints_and_tells_5_as_1() {
    let Some(bytes) = program("adapted") else { return };
    let report = Inspector::default().inspect(&bytes).unwrap();
    assert!(report.imports.iter().all(|import| import.starts_with("wasi:")), "{:?}", report.imports);
    let sandbox = Sandbox::with(|options| options.memory_max = ByteSize::from_mib(128));
    let run = ended(&sandbox, &sandbox.job_of(bytes)).await;
    assert_eq!((run.code(), printed(&run).as_str()), (1, "hello by the adapter\n"));
}
