//! The example modules, built from source by a real toolchain, do in the sandbox what their pages say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use model::limits::Limits;
use model::ports::ModuleInspector as _;
use model::workload::{DirMode, HiddenText};
use sandbox::wasm::Inspector;

use super::support::{Sandbox, grant};

const COMMAND: &str = "wasm32-wasip1";
const COMPONENT: &str = "wasm32-wasip2";

/// Returns the bytes of an example in C, which `cargo xtask plugins` builds; `None`, announced, where it could not.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are told by the environment where the built modules are"
)]
fn plugin_in_c(name: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("SANDGLASS_TEST_MODULES").map(PathBuf::from);
    let module = folder.and_then(|folder| fs::read(folder.join(format!("{name}.wasm"))).ok());
    if module.is_none() {
        eprintln!("skipped: `{name}` was not built (`cargo xtask test` builds it or says what is missing)");
    }
    module
}

/// Builds the examples once and returns the bytes of one; `None`, announced, where this Rust cannot build for WASI.
fn plugin(name: &str) -> Option<Vec<u8>> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let folder =
        BUILT.get_or_init(|| build(COMMAND, &["--workspace", "--exclude", "port-check"])).as_ref()?;
    Some(fs::read(folder.join(format!("{name}.wasm"))).unwrap())
}

/// Returns the bytes of the example that is a component.
fn component() -> Option<Vec<u8>> {
    let folder = build(COMPONENT, &["--package", "port-check"])?;
    Some(fs::read(folder.join("port-check.wasm")).unwrap())
}

fn build(triple: &str, packages: &[&str]) -> Option<PathBuf> {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap().stdout;
    let sysroot = String::from_utf8(sysroot).unwrap();
    if !Path::new(sysroot.trim()).join("lib/rustlib").join(triple).is_dir() {
        eprintln!("skipped: this Rust cannot build for {triple} (`rustup target add {triple}`)");
        return None;
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugins");
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../plugins/Cargo.toml");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--locked", "--target", triple, "--manifest-path", manifest])
        .args(packages)
        .arg("--target-dir")
        .arg(&target)
        .status()
        .unwrap();
    assert!(built.success(), "the plugins build");
    Some(target.join(triple).join("release"))
}

#[tokio::test]
async fn hello_greets_whom_it_is_told() {
    let Some(bytes) = plugin("hello") else { return };
    let report = Inspector::default().inspect(&bytes).unwrap();
    assert!(report.imports.iter().all(|import| import.starts_with("wasi_snapshot_preview1::")));
    let sandbox = Sandbox::new();
    let mut job = sandbox.job_of(bytes);
    job.args = vec!["Ada".into()];
    let ended = sandbox.run(&job, &Limits::default()).await;
    assert_eq!(ended.code(), 0);
    let text = String::from_utf8(ended.stdout).unwrap();
    assert!(text.starts_with("Hello, Ada!\nSANDGLASS_JOB = nightly\n"), "{text}");
}

#[tokio::test]
async fn checksum_prints_a_line_for_each_file() {
    let Some(bytes) = plugin("checksum") else { return };
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("sub")).unwrap();
    fs::write(place.path().join("sub/b"), "abc").unwrap();
    fs::write(place.path().join("a"), "").unwrap();
    let sandbox = Sandbox::with(|options| options.roots = vec![place.path().to_owned()]);
    let mut job = sandbox.job_of(bytes);
    job.args = vec!["/in".into()];
    let ended = sandbox.run(&job, &Limits::default()).await;
    assert_eq!(ended.code(), 1, "without a grant there is nothing to read");
    job.dirs = vec![grant(place.path(), "/in", DirMode::Ro)];
    let ended = sandbox.run(&job, &Limits::default()).await;
    assert_eq!(ended.code(), 0);
    let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  /in/a\n\
        ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  /in/sub/b\n";
    assert_eq!(String::from_utf8(ended.stdout).unwrap(), expected);
}

#[tokio::test]
async fn report_reads_csv_and_writes_markdown() {
    let Some(bytes) = plugin("report") else { return };
    let place = tempfile::tempdir().unwrap();
    let (input, output) = (place.path().join("in"), place.path().join("out"));
    fs::create_dir(&input).unwrap();
    fs::create_dir(&output).unwrap();
    fs::write(input.join("sales.csv"), "who,sold\nAda,2\nBob,4\n").unwrap();
    let sandbox = Sandbox::with(|options| options.roots = vec![place.path().to_owned()]);
    let mut job = sandbox.job_of(bytes);
    job.args = vec!["/in/sales.csv".into(), "/out/sales.md".into()];
    job.dirs = vec![grant(&input, "/in", DirMode::Ro), grant(&output, "/out", DirMode::Rw)];
    let ended = sandbox.run(&job, &Limits::default()).await;
    assert_eq!((ended.code(), &*ended.stdout), (0, &b"2 rows written to /out/sales.md\n"[..]));
    assert!(fs::read_to_string(output.join("sales.md")).unwrap().contains("sum 6, mean 3.00"));

    (job.args, job.dirs) = (vec!["-".into()], Vec::new());
    job.stdin = HiddenText("a,b\n1\n".into());
    let ended = sandbox.run(&job, &Limits::default()).await;
    assert_eq!(ended.code(), 1);
    assert!(String::from_utf8(ended.stderr).unwrap().contains("row 2 has 1 fields"));
}

#[tokio::test]
async fn disk_check_fails_above_its_threshold() {
    let Some(bytes) = plugin("disk-check") else { return };
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("file"), vec![0; 5000]).unwrap();
    let sandbox = Sandbox::with(|options| options.roots = vec![place.path().to_owned()]);
    let mut job = sandbox.job_of(bytes);
    job.dirs = vec![grant(place.path(), "/spool", DirMode::Ro)];
    for (most, code) in [("5KiB", 0), ("4KiB", 1), ("plenty", 2)] {
        job.args = vec!["/spool".into(), most.into()];
        assert_eq!(sandbox.run(&job, &Limits::default()).await.code(), code, "{most}");
    }
}

#[tokio::test]
async fn port_check_reaches_what_is_granted_and_fails_without() {
    let Some(bytes) = component() else { return };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let open = listener.local_addr().unwrap().to_string();
    let sandbox = Sandbox::new();
    let mut job = sandbox.job_of(bytes);
    job.args = vec![open.clone()];
    let refused = sandbox.run(&job, &Limits::default()).await;
    let text = String::from_utf8(refused.stdout.clone()).unwrap();
    assert_eq!(refused.code(), 1, "without a grant nothing is reached");
    assert!(text.contains("cannot be reached: Permission denied"), "{text}");
    assert!(refused.outcome.usage.network_refused.is_some());
    job.network = vec![open.parse().unwrap()];
    let ended = sandbox.run(&job, &Limits::default()).await;
    assert_eq!(ended.code(), 0);
    assert_eq!(String::from_utf8(ended.stdout).unwrap(), format!("{open} is open ({open})\n"));
    job.args = vec!["nowhere".into()];
    assert_ne!(sandbox.run(&job, &Limits::default()).await.code(), 0);
}

#[tokio::test]
async fn tally_counts_a_column() {
    let Some(bytes) = plugin_in_c("tally") else { return };
    let place = tempfile::tempdir().unwrap();
    // As many values as make its table grow.
    let lines: String = (0..5000).map(|i| format!("x  v{}\tz\n", i % 2000)).collect();
    fs::write(place.path().join("log"), lines + "short\n\nx v7").unwrap();
    let sandbox = Sandbox::with(|options| options.roots = vec![place.path().to_owned()]);
    let mut job = sandbox.job_of(bytes);
    job.args = vec!["/in/log".into(), "2".into(), "1".into()];
    let ended = sandbox.run(&job, &Limits::default()).await;
    assert_eq!(ended.code(), 1, "without a grant there is nothing to read");
    assert!(String::from_utf8(ended.stderr).unwrap().contains("hint: grant its directory"));
    job.dirs = vec![grant(place.path(), "/in", DirMode::Ro)];
    let ended = sandbox.run(&job, &Limits::default()).await;
    assert_eq!(ended.code(), 0);
    let expected = "       4  v7\n2000 different values in 5003 lines\n";
    assert_eq!(String::from_utf8(ended.stdout).unwrap(), expected);
    job.args = vec!["/in/log".into(), "0".into()];
    assert_eq!(sandbox.run(&job, &Limits::default()).await.code(), 2);
}
