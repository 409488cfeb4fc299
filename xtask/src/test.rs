//! `test`: everything, in the order in which faults are cheapest to find.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::command::{Count, built, cargo, is_root, program, run, run_tests, run_tests_again};
use crate::random::{self, Load};
use crate::server::Server;
use crate::suites::Suites;
use crate::{browser, check, fleet, fuzz, packages, page, plugins, programs, services, vm};

/// What the machine runs, by test binary: all that a kernel with version 2 alone could do differently, but hundreds of
/// runs, for which a machine without hardware help takes minutes.
const IN_THE_MACHINE: &[(&str, &[&str])] = &[("sandbox", &["cgroup::"]), (SHELL, TOO_SLOW)];
/// The tests of shell runs that are left out there.
const TOO_SLOW: &[&str] =
    &["--skip", "hundred", "--skip", "thousand", "--skip", "flood", "--skip", "without_groups"];
/// The tests of shell runs, and the program that they find beside themselves.
const SHELL: &str = "shell";
const BESIDE: &str = "shell-supervisor";
/// The tests of the service below a systemd.
const BELOW_SYSTEMD: &str = "systemd";
/// Who has no privileges on any host: `nobody`.
const ORDINARY: u32 = 65_534;

/// Which of the slower parts to run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts {
    /// The tests in a browser.
    pub(crate) browser: bool,
    /// The tests in a machine of their own.
    pub(crate) machine: bool,
    /// Random requests.
    pub(crate) random: bool,
}

/// Runs every test and prints how many.
pub(crate) fn test(parts: Parts) -> Result<()> {
    let began = Instant::now();
    // Found or installed first, so that what is missing is told in the first minute.
    let chromium = if parts.browser { Some(browser::find()?) } else { None };
    let schemathesis = if parts.random { Some(random::find()?) } else { None };
    if parts.machine {
        vm::find()?;
    }
    let services = services::find()?;
    let modules = plugins::build()?.folder;
    page::build()?;
    let (programs, maker) = (programs::fetch()?, fuzz::module_maker()?);
    check::check()?;

    let mut count = run_tests(page::npm().args(["run", "test"]))?;
    run(cargo().args(["build", "--package", "cli", "--locked"]))?;
    let prepare = |command: &mut Command| {
        command
            .env("SANDGLASS_TEST_MODULES", &modules)
            .env("SANDGLASS_TEST_PROGRAMS", &programs)
            .env(fuzz::MAKER, &maker);
        services.tell(command);
    };
    let workspace = ["test", "--workspace", "--locked"];
    let suites = Suites::build(cargo().args(workspace))?;
    count.add(suites.run(&prepare)?);
    count.add(run_tests(cargo().args(workspace).arg("--doc"))?);
    if is_root() {
        count.add(as_an_ordinary_user(&suites)?);
    }
    if parts.machine {
        count.add(in_a_machine(&suites)?);
    }
    if let Some(schemathesis) = schemathesis {
        count.add(random::ask(&schemathesis, &Load::of_tests())?);
    }
    if let Some(chromium) = chromium {
        count.add(in_the_browser(&chromium, &modules, &programs)?);
    }
    eprintln!("── all of it took {} s", began.elapsed().as_secs());
    if count.flaky > 0 {
        println!("\n{} of them only when run once more, alone: named above, to be mended", count.flaky);
    }
    println!("\ntotal: {} passed, {} failed", count.passed, count.failed);
    Ok(())
}

/// Runs the page's tests in a browser.
pub(crate) fn browser_only() -> Result<()> {
    let chromium = browser::find()?;
    let modules = plugins::build()?.folder;
    page::build()?;
    run(cargo().args(["build", "--package", "cli", "--locked"]))?;
    in_the_browser(&chromium, &modules, &programs::fetch()?).map(|_| ())
}

/// Builds what is needed and runs the page's tests behind nginx, with `wrk` for a part of the load.
pub(crate) fn browser_behind_a_proxy() -> Result<()> {
    packages::see_to("wrk", "masters behind nginx are asked by `wrk`")?;
    packages::see_to("nginx", "masters stand behind nginx")?;
    let chromium = browser::find()?;
    page::build()?;
    run(cargo().args(["build", "--workspace", "--bins", "--locked"]))?;
    on_a_fleet(&chromium, &["--", "proxy.spec.ts"]).map(|_| ())
}

/// Builds the service and its tests, and runs them below each systemd that there is a unit for.
pub(crate) fn below_each_systemd() -> Result<()> {
    run(cargo().args(["build", "--package", "cli", "--locked"]))?;
    let tests = ["test", "--workspace", "--locked", "--test", BELOW_SYSTEMD];
    let tests = Suites::build(cargo().args(tests))?.named(BELOW_SYSTEMD)?;
    vm::run_tests_below_systemd(&tests).map(|_| ())
}

/// Runs the tests of shell runs again, as a user without privileges, from a folder that this user may read.
fn as_an_ordinary_user(suites: &Suites) -> Result<Count> {
    let folder = PathBuf::from(format!("/var/tmp/sandglass-test-{}", std::process::id()));
    fs::create_dir(&folder).context("a folder for the tests as an ordinary user")?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
    for target in [SHELL, BESIDE] {
        fs::copy(suites.named(target)?, folder.join(target)).context("a copy of the tests")?;
        fs::set_permissions(folder.join(target), fs::Permissions::from_mode(0o755))?;
    }
    let tests = || {
        let mut tests = program(folder.join(SHELL), ".");
        tests.current_dir("/").uid(ORDINARY).gid(ORDINARY);
        tests
    };
    let count = run_tests_again(tests, &[]);
    fs::remove_dir_all(&folder).context("the copies of the tests")?;
    count
}

/// Runs the tests of groups and shell runs on version 2 alone, as root and as an ordinary user in a delegated subtree, and
/// those of the service as systemd starts it.
fn in_a_machine(suites: &Suites) -> Result<Count> {
    let mut tasks = Vec::new();
    for (target, tests) in IN_THE_MACHINE {
        let program = suites.named(target)?;
        for by in [vm::As::Root, vm::As::Delegated] {
            let words = ["--test-threads=2"].iter().chain(*tests);
            let arguments = words.map(|word| (*word).to_owned()).collect();
            tasks.push(vm::Task { program: program.clone(), arguments, by });
        }
    }
    vm::run_tests(tasks, &[suites.named(BESIDE)?])
}

/// Starts the built binary on an empty folder and runs the page's tests against it.
fn in_the_browser(chromium: &Path, modules: &Path, programs: &Path) -> Result<Count> {
    let folder = built()?.join("browser-tests");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("the data of earlier tests in a browser")?;
    }
    let granted = folder.with_file_name("browser-tests-granted");
    fs::create_dir_all(&granted).context("a folder to grant to modules")?;
    fs::write(granted.join("hello.txt"), "hello\n").context("a file in it")?;
    let root = granted.to_str().context("a folder whose name is text")?;
    let mut server = Server::start(&folder, &["--wasm-root", root])?;
    let count = run_tests(
        page::npm()
            .args(["run", "e2e"])
            .env("CHROMIUM", chromium)
            .env("SANDGLASS_BINARY", built()?.join("sandglass"))
            .env("SANDGLASS_SERVER", &server.url)
            .env("SANDGLASS_LOGIN", &server.login)
            .env("SANDGLASS_TOKEN", fs::read_to_string(folder.join("admin-token"))?.trim())
            .env("SANDGLASS_TEST_MODULES", modules)
            .env("SANDGLASS_TEST_PROGRAMS", programs)
            .env("SANDGLASS_TEST_GRANTED", &granted),
    );
    server.stop()?;
    let mut count = count?;
    count.add(on_a_fleet(chromium, &[])?);
    Ok(count)
}

/// Runs the page's tests of a fleet against a master of one; `words` are for their runner.
fn on_a_fleet(chromium: &Path, words: &[&str]) -> Result<Count> {
    let nginx = services::find()?.nginx;
    let fleet = fleet::Passing::up(1, 2)?;
    let count = run_tests(
        page::npm()
            .args(["run", "e2e"])
            .args(words)
            .env("CHROMIUM", chromium)
            .env("SANDGLASS_BINARY", built()?.join("sandglass"))
            .env("SANDGLASS_FLEET", &fleet.folder)
            .env("SANDGLASS_SERVER", &fleet.url)
            .env("SANDGLASS_TOKEN", &fleet.token)
            .env("SANDGLASS_TEST_NGINX", nginx.unwrap_or_default()),
    );
    fleet.down()?;
    count
}
