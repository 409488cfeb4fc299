//! The demo job's module does what its page says.

use model::limits::Limits;
use model::ports::ModuleInspector as _;
use sandbox::wasm::Inspector;

use super::support::Sandbox;

const HELLO: &str = include_str!("../../../cli/demo/hello.wat");

#[tokio::test]
async fn the_demo_module_greets_and_names_its_run() {
    let sandbox = Sandbox::new();
    let ended = sandbox.run_text(HELLO).await;
    assert_eq!(ended.code(), 0);
    let expected = "Hello from a WebAssembly module!\n  job:     nightly\n  \
        run:     000000000000000000000001\n  attempt: 2\n";
    assert_eq!(String::from_utf8_lossy(&ended.stdout), expected);
}

#[tokio::test]
async fn a_large_environment_does_not_disturb_the_demo_module() {
    let sandbox = Sandbox::new();
    let mut job = sandbox.job(HELLO);
    job.env.0.insert("LARGE".into(), "x".repeat(200_000));
    let ended = sandbox.run(&job, &Limits::default()).await;
    assert_eq!(ended.code(), 0);
    assert!(ended.stdout.ends_with(b"attempt: 2\n"));
}

#[test]
fn the_demo_module_passes_as_an_upload() {
    let report = Inspector::default().inspect(&wat::parse_str(HELLO).unwrap()).unwrap();
    assert_eq!(report.imports.len(), 3);
}
