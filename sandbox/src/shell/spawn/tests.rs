//! Each way of starting a child, forced, on real processes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use super::*;
use crate::cgroup::Group;
use crate::shell::contain::{Cwd, Joins};

/// What a script that started in this way printed, and its status.
fn run(way: Way, joins: &Joins, script: &str) -> (String, i32) {
    let (read, write) = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).unwrap();
    let arguments = ["-c".to_owned(), script.to_owned()];
    let child = start_by(&[way], joins, &write, "/bin/sh", &arguments).unwrap();
    drop(write);
    let mut text = String::new();
    File::from(read).read_to_string(&mut text).unwrap();
    (text, reap(child.pid, true).unwrap().unwrap().status)
}

fn start_by(
    ways: &[Way],
    joins: &Joins,
    stdout: &OwnedFd,
    name: &str,
    arguments: &[String],
) -> Result<Child, SpawnError> {
    let null = File::options().read(true).write(true).open("/dev/null").unwrap();
    let environment: BTreeMap<_, _> = [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into();
    let program = Program::find(name, arguments, &environment).unwrap();
    let containment = Containment {
        joins,
        streams: [null.as_fd(), stdout.as_fd(), null.as_fd()],
        script: None,
        account: None,
        places: None,
        own_proc: false,
        apart: 0,
        cwd: &Cwd { path: c"/".to_owned(), or_root: false },
        no_new_privs: true,
    };
    spawn_by(ways, &program, &containment)
}

#[test]
fn each_way_starts_the_program_with_fresh_signals_in_its_own_session() {
    for way in [Way::Shared, Way::Copied] {
        let text = "test $$ = \"$(cut -d' ' -f6 /proc/$$/stat)\"; echo $?; umask; ulimit -Sc; \
            exec grep -E '^(SigBlk|SigIgn)' /proc/self/status";
        let (text, status) = run(way, &Joins::default(), text);
        let zeros = "0".repeat(16);
        let signals: String = ["SigBlk", "SigIgn"].map(|name| format!("{name}:\t{zeros}\n")).concat();
        assert_eq!((text, status), (format!("0\n0022\n0\n{signals}"), 0), "{way:?}");
    }
}

/// A version 2 group of this test alone, removed with it; none where this host lets us make none.
struct OwnGroup(Group);

impl OwnGroup {
    fn make(name: &str) -> Option<Self> {
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
        let line = mounts.lines().find(|line| line.contains(" - cgroup2 "))?;
        let mount = Path::new(line.split(' ').nth(4)?);
        let name = format!("sandglass-test-{name}-{}", std::process::id());
        Group::make(&name, Some(mount), &BTreeMap::new()).ok().map(Self)
    }
}

impl Drop for OwnGroup {
    fn drop(&mut self) {
        self.0.remove();
    }
}

#[test]
fn each_way_leads_into_the_group() {
    let Some(group) = OwnGroup::make("ways") else {
        eprintln!("skipped: no version 2 group can be made here");
        return;
    };
    let joins = Joins::open(&group.0).unwrap();
    let name = group.0.unified().unwrap().file_name().unwrap().to_str().unwrap();
    for way in Way::ALL {
        let (text, _) = run(way, &joins, "cat /proc/self/cgroup");
        assert!(text.contains(&format!("0::/{name}\n")), "{way:?}: {text}");
    }
}

#[test]
fn a_birth_that_the_group_refuses_is_a_join_that_is_refused() {
    let Some(group) = OwnGroup::make("gone") else {
        eprintln!("skipped: no version 2 group can be made here");
        return;
    };
    let joins = Joins::open(&group.0).unwrap();
    drop(group);
    let null = OwnedFd::from(File::options().write(true).open("/dev/null").unwrap());
    let arguments: [String; 0] = [];
    let refused = start_by(&Way::ALL, &joins, &null, "/bin/true", &arguments).unwrap_err();
    assert_eq!((refused.stage, refused.error.raw_os_error()), (Stage::Cgroup, Some(libc::ENODEV)));
}

#[test]
fn each_way_tells_the_step_that_failed() {
    for way in [Way::Shared, Way::Copied] {
        let null = OwnedFd::from(File::options().write(true).open("/dev/null").unwrap());
        let failed = |joins: &Joins, name: &str| start_by(&[way], joins, &null, name, &[]).unwrap_err();
        let missing = failed(&Joins::default(), "/no/such/program");
        assert_eq!(
            (missing.stage, missing.error.raw_os_error()),
            (Stage::Exec, Some(libc::ENOENT)),
            "{way:?}"
        );
        // A file that takes no writing stands for a group that lets nobody in.
        let closed = Joins::of(vec![File::open("/dev/null").unwrap()]);
        let refused = failed(&closed, "/bin/true");
        assert_eq!(
            (refused.stage, refused.error.raw_os_error()),
            (Stage::Cgroup, Some(libc::EBADF)),
            "{way:?}"
        );
    }
}

#[test]
#[expect(clippy::zombie_processes, reason = "`settle` reaps it by its number")]
fn a_child_that_is_killed_before_exec_did_not_start() {
    // The report of a child that came no further than its groups, and told no error.
    let frame = Frame::map().unwrap();
    let argument = std::process::Command::new("/bin/true").spawn().unwrap();
    let pid = i32::try_from(argument.id()).unwrap();
    let error = settle(pid, frame.report()).unwrap_err();
    assert_eq!(error.stage, Stage::Cgroup);
    assert!(error.error.to_string().contains("killed before"), "{error:?}");
}

#[test]
fn the_signal_mask_of_the_thread_comes_back() {
    let status = || std::fs::read_to_string("/proc/thread-self/status").unwrap();
    let blocked = |status: String| status.lines().find(|l| l.starts_with("SigBlk")).unwrap().to_owned();
    let before = blocked(status());
    let held = Masked::all();
    assert_ne!(blocked(status()), before);
    drop(held);
    assert_eq!(blocked(status()), before);
}
