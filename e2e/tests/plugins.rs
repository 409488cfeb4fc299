//! The job files of the example plugins: each is taken as it stands, and its job does what its page says.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use e2e::Server;

/// A file's name and what is in it.
type File = (&'static str, &'static str);

/// What the granted directory holds under each name that a job file uses, and what its job prints.
const EXPECTED: &[(&str, &[File], &str)] = &[
    ("hello", &[], "Hello, reader!"),
    (
        "checksum",
        &[("a", "hello\n")],
        "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  /archive/a",
    ),
    ("report", &[("sales.csv", "who,sold\nAda,2\nBob,4\n")], "2 rows written to /out/sales.md"),
    ("disk-check", &[("file", "12345")], "/spool has 5.0 B, at most 500MiB allowed"),
    (
        "tally",
        &[("access.log", "10.0.0.7 GET\n10.0.0.9 GET\n10.0.0.7 GET\n")],
        "       2  10.0.0.7\n       1  10.0.0.9\n2 different values in 3 lines",
    ),
    ("port-check", &[], " is open ("),
];

/// Where a server listens unless it is told otherwise, as a job file names it.
const SERVER: &str = "127.0.0.1:7480";

/// Goal: a job file works as it stands. Method: push the module as its first lines say and apply it; then run it
/// with a directory of the test's own on the host's side of a grant, and with the test's own server.
#[test]
fn each_job_file_is_taken_and_its_job_succeeds() -> Result<()> {
    let Some(modules) = modules() else {
        eprintln!("skipped: `cargo xtask test` builds the modules and names their folder");
        return Ok(());
    };
    let granted = tempfile::tempdir()?;
    let server = Server::start(&["--no-demo", "--wasm-root", &granted.path().to_string_lossy()])?;
    for (plugin, files, expected) in EXPECTED {
        let module = Path::new(&modules).join(format!("{plugin}.wasm"));
        if !module.exists() {
            eprintln!("skipped: {plugin}, which was not built (`cargo xtask plugins` says what is missing)");
            continue;
        }
        let folder = granted.path().join(plugin);
        fs::create_dir(&folder)?;
        // A server of root's runs modules as a user of their own, and what that user may not write no grant gives.
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777))?;
        for (name, text) in *files {
            fs::write(folder.join(name), text)?;
        }
        let job = job_file(plugin)?;
        let tag = format!("{plugin}:latest");
        let push = format!("sandglass module push plugins/target/modules/{plugin}.wasm --tag {tag}");
        assert!(job.contains(&push), "the job file of {plugin} says how its module is pushed");
        server.done(&["module", "push", &module.to_string_lossy(), "--tag", &tag])?;
        server.apply(&job)?;
        let own = server.url.trim_start_matches("http://");
        server.apply(&with_host(&job, &folder.to_string_lossy()).replace(SERVER, own))?;
        let name = job.lines().find_map(|line| line.strip_prefix("name: ")).context("the job's name")?;
        let printed = server.done(&["job", "run", name, "--follow"])?;
        assert!(printed.contains(expected), "{plugin} printed:\n{printed}");
    }
    Ok(())
}

/// Goal: a component reaches what its job grants and nothing else, when nobody looks on. Method: the same module by its
/// schedule, once with the server's own address granted and once with another port of it.
#[test]
fn a_component_connects_by_its_schedule_to_what_its_job_grants() -> Result<()> {
    let module = modules().map(|modules| Path::new(&modules).join("port-check.wasm"));
    let Some(module) = module.filter(|module| module.exists()) else {
        eprintln!("skipped: `cargo xtask plugins` builds port-check, or says what is missing");
        return Ok(());
    };
    let server = Server::start(&["--no-demo"])?;
    server.done(&["module", "push", &module.to_string_lossy(), "--tag", "port-check:latest"])?;
    let own = server.url.trim_start_matches("http://");
    for (name, network) in [("granted", own), ("refused", "127.0.0.1:1")] {
        server.apply(&format!(
            "name: {name}\nschedule: '*/5 * * * * *'\nwasm: {{ module: 'port-check:latest', args: ['{own}'], \
             network: ['{network}'] }}\nlimits: {{ timeout: 1m, memory: 32MiB }}\n"
        ))?;
    }
    let ended = |name: &str| {
        let run = server.run_in(name, &["succeeded", "failed", "trapped", "not_started"])?;
        let id = run["id"].as_str().context("an id")?;
        let output = server.until("its output", || {
            let output = server.done(&["run", "logs", id])?;
            Ok((!output.is_empty()).then_some(output))
        })?;
        anyhow::Ok((server.json(&["run", "show", id])?, output))
    };
    let (run, output) = ended("granted")?;
    let told = |run: &serde_json::Value| format!("{} by {}", run["status"], run["trigger"]);
    assert_eq!(told(&run), r#""succeeded" by "schedule""#, "{run}\n{output}");
    assert_eq!(output, format!("{own} is open ({own})\n"));
    let (run, output) = ended("refused")?;
    assert_eq!(told(&run), r#""failed" by "schedule""#, "{run}\n{output}");
    assert!(output.contains("cannot be reached: Permission denied"), "{output}");
    assert_eq!(run["outcome"]["usage"]["network_refused"]["first"], own, "{run}");
    Ok(())
}

#[test]
fn every_plugin_has_a_page_and_a_job_file() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins");
    let listed = fs::read_to_string(folder.join("README.md"))?;
    let mut found = 0;
    for entry in fs::read_dir(&folder)? {
        let plugin = entry?;
        let name = plugin.file_name().to_string_lossy().into_owned();
        if !plugin.path().is_dir() || name == "target" {
            continue;
        }
        found += 1;
        assert!(plugin.path().join("README.md").is_file(), "{name} has a page");
        job_file(&name)?;
        assert!(listed.contains(&format!("[{name}]({name})")), "{name} stands in plugins/README.md");
        assert!(EXPECTED.iter().any(|(known, ..)| *known == name), "{name} is run by the test above");
    }
    assert!(found >= 6, "{found} plugins");
    Ok(())
}

fn job_file(plugin: &str) -> Result<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(plugin).join("job.yaml");
    fs::read_to_string(&file).with_context(|| file.display().to_string())
}

/// Returns the job with another directory of the host in each of its grants.
fn with_host(job: &str, host: &str) -> String {
    let mut parts = job.split("host: ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.split_once(',').map_or("", |(_, rest)| rest);
        text.push_str(&format!("host: {host},{rest}"));
    }
    text
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told by the environment where the built modules are"
)]
fn modules() -> Option<String> {
    std::env::var("SANDGLASS_TEST_MODULES").ok()
}
