//! A guest has what its job grants, and nothing else.

use std::fs;
use std::os::unix::fs::symlink;

use model::limits::Limits;
use model::outcome::Stage;
use model::ports::Whose;
use model::workload::{DirMode, HiddenText, Wasm};

use super::support::{Ended, Sandbox, command, grant};

const BAD_DESCRIPTOR: i32 = 8;
const NOT_PERMITTED: i32 = 63;
const CREATE: u32 = 1;
const READ: u64 = 2;
const WRITE: u64 = 64;

/// Opens a path in the first granted directory and exits with the error number.
fn opener(path: &str, create: u32, rights: u64) -> String {
    command(&format!(
        r#"(data (i32.const 100) "{path}")
        (func (export "_start") (call $exit (call $path_open (i32.const 3) (i32.const 1) (i32.const 100)
            (i32.const {}) (i32.const {create}) (i64.const {rights}) (i64.const 0) (i32.const 0) (i32.const 0))))"#,
        path.len()
    ))
}

/// Prints what one of the string lists of WASI holds, each string with its zero byte.
fn printer(list: &str) -> String {
    command("").replace(
        "(memory",
        &format!(
            r#"(import "wasi_snapshot_preview1" "{list}_sizes_get" (func $sizes (param i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "{list}_get" (func $get (param i32 i32) (result i32)))
            (func (export "_start")
                (drop (call $sizes (i32.const 0) (i32.const 20)))
                (drop (call $get (i32.const 100) (i32.const 5000)))
                (i32.store (i32.const 16) (i32.const 5000))
                (drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8))))
            (memory"#
        ),
    )
}

fn strings(ended: &Ended) -> Vec<String> {
    let text = String::from_utf8(ended.stdout.clone()).unwrap();
    text.split_terminator('\0').map(str::to_owned).collect()
}

/// A sandbox whose root is `root` in its folder, with a file in it, one outside, and a link from in to out.
fn rooted() -> Sandbox {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("root");
    fs::create_dir_all(root.join("in")).unwrap();
    fs::write(root.join("in/file"), "inside").unwrap();
    fs::write(place.path().join("secret"), "outside").unwrap();
    symlink(place.path().join("secret"), root.join("in/link")).unwrap();
    symlink("../../secret", root.join("in/relative")).unwrap();
    symlink(place.path(), root.join("out")).unwrap();
    let mut sandbox = Sandbox::with(|options| options.roots = vec![root]);
    sandbox.place = Some(place);
    sandbox
}

fn granted(sandbox: &Sandbox, text: &str, dir: &str, mode: DirMode) -> Wasm {
    let root = sandbox.place.as_ref().unwrap().path().join("root");
    let mut job = sandbox.job(text);
    job.dirs = vec![grant(&root.join(dir), "/data", mode)];
    job
}

#[tokio::test]
async fn without_a_grant_no_directory_is_there() {
    let ended = Sandbox::new().run_text(&opener("file", 0, READ)).await;
    assert_eq!(ended.code(), BAD_DESCRIPTOR);
}

#[tokio::test]
async fn a_granted_directory_is_read_and_written_only_as_granted() {
    let sandbox = rooted();
    let table = [
        ("file", 0, READ, DirMode::Ro, 0),
        ("file", 0, WRITE, DirMode::Ro, NOT_PERMITTED),
        ("new", CREATE, WRITE, DirMode::Ro, NOT_PERMITTED),
        ("new", CREATE, WRITE, DirMode::Rw, 0),
    ];
    for (path, create, rights, mode, code) in table {
        let job = granted(&sandbox, &opener(path, create, rights), "in", mode);
        assert_eq!(
            sandbox.run(&job, &Limits::default()).await.code(),
            code,
            "{path} {create} {rights} {mode:?}"
        );
    }
    assert!(sandbox.place.as_ref().unwrap().path().join("root/in/new").exists());
}

#[tokio::test]
async fn no_path_leads_out_of_a_granted_directory() {
    let sandbox = rooted();
    for path in ["../../secret", "../in/../../secret", "/etc/passwd", "link", "relative", "../out/secret"] {
        for mode in [DirMode::Ro, DirMode::Rw] {
            let job = granted(&sandbox, &opener(path, 0, READ), "in", mode);
            let code = sandbox.run(&job, &Limits::default()).await.code();
            assert_eq!(code, NOT_PERMITTED, "{path}");
        }
    }
}

#[tokio::test]
async fn a_directory_outside_the_roots_is_refused_with_the_option() {
    let sandbox = rooted();
    let job = granted(&sandbox, &opener("file", 0, READ), "../", DirMode::Ro);
    for (host, words) in [
        ("/etc", "`--wasm-root`"),
        ("relative/in", "absolute"),
        (&*job.dirs[0].host, "`..`"),
        (&*job.dirs[0].host.replace("../", "out"), "by a link"),
        (&*job.dirs[0].host.replace("../", "missing"), "No such file"),
        (&*job.dirs[0].host.replace("../", "in/file"), "Not a directory"),
    ] {
        let mut job = job.clone();
        job.dirs[0].host = host.to_owned();
        let refused = sandbox.start(&job, &Limits::default()).await.err().unwrap();
        assert_eq!((refused.stage, refused.whose), (Stage::Grants, Whose::Job), "{refused}");
        assert!(refused.message.starts_with("`wasm.dirs[0].host`: "), "{refused}");
        assert!(refused.message.contains(words) && refused.message.contains(host), "{refused}");
    }
    let rootless = Sandbox::new();
    let mut job = rootless.job(&opener("file", 0, READ));
    job.dirs = vec![grant("/srv".as_ref(), "/srv", DirMode::Ro)];
    let refused = rootless.start(&job, &Limits::default()).await.err().unwrap();
    assert!(refused.message.contains("`/srv`") && refused.message.contains("allows none"), "{refused}");
}

#[tokio::test]
async fn network_and_user_are_refused_with_their_reason() {
    let sandbox = Sandbox::new();
    let mut job = sandbox.job(&command(r#"(func (export "_start"))"#));
    job.network = vec!["10.0.0.5:443".parse().unwrap()];
    let refused = sandbox.start(&job, &Limits::default()).await.err().unwrap();
    assert_eq!((refused.stage, refused.whose), (Stage::Grants, Whose::Job));
    assert!(refused.message.contains("`10.0.0.5:443`") && refused.message.contains("preview 1"), "{refused}");
    (job.network, job.user) = (Vec::new(), Some("nobody".into()));
    let refused = sandbox.start(&job, &Limits::default()).await.err().unwrap();
    assert_eq!((refused.stage, refused.whose), (Stage::User, Whose::Job));
    assert!(refused.message.contains("`user: nobody`"), "{refused}");
}

#[tokio::test]
async fn the_environment_is_exactly_what_a_run_and_its_job_say() {
    let sandbox = Sandbox::new();
    let mut job = sandbox.job(&printer("environ"));
    job.env.0.insert("COLOUR".into(), "blue=green".into());
    job.env.0.insert("SANDGLASS_JOB".into(), "forged".into());
    let ended = sandbox.run(&job, &Limits::default()).await;
    let expected = [
        "COLOUR=blue=green",
        "SANDGLASS_ATTEMPT=2",
        "SANDGLASS_FENCE=42",
        "SANDGLASS_JOB=nightly",
        "SANDGLASS_RUN=000000000000000000000001",
        "SANDGLASS_SCHEDULED_AT=2023-11-14T22:13:20Z",
        "SANDGLASS_WORKER=w1",
        "TZ=Europe/Berlin",
    ];
    assert_eq!(strings(&ended), expected);
}

#[tokio::test]
async fn the_arguments_begin_with_the_modules_name() {
    let sandbox = Sandbox::new();
    let mut job = sandbox.job(&printer("args"));
    job.args = vec!["--from".into(), String::new(), "größe".into()];
    assert_eq!(strings(&sandbox.run(&job, &Limits::default()).await), ["test.wasm", "--from", "", "größe"]);
}

#[tokio::test]
async fn standard_input_is_the_jobs_text_and_then_its_end() {
    let sandbox = Sandbox::new();
    let text = command("").replace(
        "(memory",
        r#"(import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (func (export "_start")
            (i32.store (i32.const 0) (i32.const 100)) (i32.store (i32.const 4) (i32.const 1000))
            (loop $l
                (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 12)))
                (i32.store (i32.const 16) (i32.const 100))
                (i32.store (i32.const 20) (i32.load (i32.const 12)))
                (drop (call $fd_write (i32.const 2) (i32.const 16) (i32.const 1) (i32.const 8)))
                (br_if $l (i32.load (i32.const 12)))))
        (memory"#,
    );
    let mut job = sandbox.job(&text);
    assert_eq!(sandbox.run(&job, &Limits::default()).await.stderr, b"");
    job.stdin = HiddenText("one\ntwo\n".repeat(500));
    assert_eq!(sandbox.run(&job, &Limits::default()).await.stderr, job.stdin.0.as_bytes());
}
