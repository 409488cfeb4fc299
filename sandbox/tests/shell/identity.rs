//! Who scripts run as: what the owner allows, what a job gets, what its outcome says of it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;

use crate::adopt::again;
use crate::support::{Host, script, until};
use model::isolation::Isolation;
use model::limits::{LimitName, Limits};
use model::outcome::{End, Stage};
use model::ports::Executor as _;
use model::quantity::ByteSize;
use model::workload::Shell;
use nix::unistd::{User, geteuid};
use sandbox::shell::{OwnTmp, ShellPolicy};

fn as_user(name: &str, text: &str) -> Shell {
    Shell { user: Some(name.into()), ..script(text) }
}

fn no_root(why: &str) -> bool {
    let skipped = !geteuid().is_root();
    if skipped {
        eprintln!("skipped: needs root, {why}");
    }
    skipped
}

#[tokio::test]
async fn a_job_without_a_user_has_a_user_id_of_its_own_and_no_privileges() {
    if no_root("to change to another user") {
        return;
    }
    let host = Host::new();
    let text = "id -u; id -G; grep -E '^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs)' /proc/$$/status | cut -f2; echo $HOME $USER";
    let ran = host.run(script(text), Limits::default()).await;
    let said = ran.outcome.ran_as.unwrap();
    let none = "0000000000000000";
    let expected = format!("{0}\n{0}\n{none}\n{none}\n{none}\n{none}\n1\n", said.uid);
    let text = String::from_utf8(ran.stdout).unwrap();
    assert!(text.starts_with(&expected), "{text}");
    assert!((2_000_000_000..=2_000_009_999).contains(&said.uid));
    assert_eq!(host.executor.enforceable().isolation, Some(said.isolation));
    let isolated = said.isolation == Isolation::Isolated;
    assert!(
        text.ends_with(if isolated { "\n/tmp sandglass-job\n" } else { "\n/ sandglass-job\n" }),
        "{text}"
    );
    assert!(isolated || said.why.contains("`/tmp`"), "{said:?}");
}

#[tokio::test]
async fn runs_at_one_time_have_different_user_ids() {
    if no_root("to change to another user") {
        return;
    }
    let host = Host::new();
    let wait = || host.run(script("sleep 0.5; id -u"), Limits::default());
    let (one, two, three) = tokio::join!(wait(), wait(), wait());
    let mut uids = [one, two, three].map(|ran| ran.outcome.ran_as.unwrap().uid);
    uids.sort_unstable();
    assert!(uids[0] < uids[1] && uids[1] < uids[2], "{uids:?}");
}

#[tokio::test]
async fn root_and_unlisted_users_are_refused_and_listed_ones_are_contained() {
    if no_root("to change to another user") {
        return;
    }
    let host = Host::new();
    let refused = host.start(as_user("root", ""), Limits::default()).await.err().unwrap();
    assert!(refused.message.contains("`allow_root = true` in `[shell]`"), "{refused}");
    let refused = host.start(as_user("daemon", ""), Limits::default()).await.err().unwrap();
    assert!(refused.message.contains("`users` in `[shell]`"), "{refused}");

    let policy = ShellPolicy { allow_root: true, users: vec!["daemon".into()], ..ShellPolicy::default() };
    let host = Host::with(policy);
    for (user, uid) in [("root", "0\n"), ("daemon", "1\n")] {
        let ran = host.run(as_user(user, "id -u"), Limits::default()).await;
        assert_eq!(String::from_utf8(ran.stdout).unwrap(), uid);
        let said = ran.outcome.ran_as.unwrap();
        assert_eq!((said.user.as_str(), said.isolation), (user, Isolation::Contained), "{said:?}");
    }
    // Who names a user gets that user's surroundings, as under cron.
    let mark = tempfile::Builder::new().prefix("sandglass-mark").tempfile_in("/tmp").unwrap();
    let looks = format!("test -e {}", mark.path().display());
    assert_eq!(
        host.run(as_user("daemon", &looks), Limits::default()).await.outcome.end,
        End::Exited { code: 0 }
    );
}

/// Returns an account of this host, not root's, that belongs to a group beside its own.
fn in_two_groups() -> Option<User> {
    let groups = fs::read_to_string("/etc/group").ok()?;
    let members = groups.lines().filter_map(|line| line.rsplit(':').next()).flat_map(|list| list.split(','));
    members.filter_map(|name| User::from_name(name).ok()?).find(|user| !user.uid.is_root())
}

/// Caught when a run has its user's own group alone, or those of the worker.
#[tokio::test]
async fn a_listed_user_has_its_groups_as_after_a_login() {
    if no_root("to change to another user") {
        return;
    }
    let Some(user) = in_two_groups() else {
        eprintln!("skipped: no account of this host belongs to a second group");
        return;
    };
    let id = std::process::Command::new("id").args(["-G", &user.name]).output().unwrap();
    let sorted = |text: Vec<u8>| {
        let text = String::from_utf8(text).unwrap();
        text.split_whitespace().map(|gid| gid.parse::<u32>().unwrap()).collect::<BTreeSet<_>>()
    };
    let groups = sorted(id.stdout);
    assert!(groups.len() > 1, "{groups:?}");
    let host = Host::with(ShellPolicy { users: vec![user.name.clone()], ..ShellPolicy::default() });
    let ran = host.run(as_user(&user.name, "id -G"), Limits::default()).await;
    assert_eq!(sorted(ran.stdout), groups);
}

#[tokio::test]
async fn the_default_user_runs_what_names_no_user() {
    if no_root("to change to another user") {
        return;
    }
    let policy = ShellPolicy {
        default_user: Some("nobody".into()),
        own_tmp: OwnTmp::Always,
        ..ShellPolicy::default()
    };
    let host = Host::with(policy);
    let ran = host.run(script("id -un; id -G; pwd; ls /tmp | wc -l"), Limits::default()).await;
    let text = String::from_utf8(ran.stdout).unwrap();
    assert!(text.starts_with("nobody\n65534\n/\n"), "{text}");
    let has_own = !host.executor.enforceable().notes.iter().any(|note| note.contains("no job has a `/tmp`"));
    assert!(!has_own || text.ends_with("\n0\n"), "{text}");
    assert_eq!(ran.outcome.ran_as.unwrap().isolation, Isolation::Contained, "other runs have the same user");
}

#[tokio::test]
async fn a_set_user_id_program_gains_nothing_unless_job_and_owner_say_so() {
    if no_root("to make a set-user-id program") {
        return;
    }
    if fs::canonicalize("/usr/bin/id").is_ok_and(|program| program.ends_with("busybox")) {
        eprintln!("skipped: this host's `id` gives up by itself what it gains");
        return;
    }
    // Where nothing is mounted over it, and set-user-id programs count.
    let dir = tempfile::tempdir_in("/var/tmp").unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let copy = dir.path().join("id");
    let copied = std::process::Command::new("cp").arg("/usr/bin/id").arg(&copy).status().unwrap();
    assert!(copied.success());
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o4755)).unwrap();
    let gain = |privilege_gain| Shell { privilege_gain, ..script(&format!("{} -u", copy.display())) };

    let host = Host::with(ShellPolicy { allow_privilege_gain: true, ..ShellPolicy::default() });
    let ran = host.run(gain(false), Limits::default()).await;
    let uid = ran.outcome.ran_as.unwrap().uid;
    assert_eq!(String::from_utf8(ran.stdout).unwrap(), format!("{uid}\n"));
    let gained = host.run(gain(true), Limits::default()).await;
    assert_eq!(gained.stdout, b"0\n", "asked for and allowed, it is root: the test above could fail");

    let refused = Host::new().start(gain(true), Limits::default()).await.err().unwrap();
    assert_eq!(refused.stage, Stage::User);
    assert!(refused.message.contains("`allow_privilege_gain = true` in `[shell]`"), "{refused}");
}

#[tokio::test]
async fn a_missing_interpreter_and_a_closed_directory_are_told_apart() {
    let dir = tempfile::tempdir_in("/var/tmp").unwrap();
    let program = dir.path().join("program");
    let host = Host::new();
    let failed = async |text: &str, mode| {
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let written = std::process::Command::new("sh")
            .args(["-c", "printf %s \"$1\" > \"$2\" && chmod 755 \"$2\"", "sh", text])
            .arg(&program)
            .status();
        assert!(written.unwrap().success());
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
        let shell = Shell { interpreter: vec![program.display().to_string()], ..script("") };
        host.start(shell, Limits::default()).await.err().unwrap().message
    };
    let named = failed("#!/no/such/shell -e\n", 0o755).await;
    assert!(named.contains("names `/no/such/shell`, which is not there"), "{named}");
    let unknown = failed("echo no first line\n", 0o755).await;
    assert!(unknown.contains("must start with `#!`"), "{unknown}");
    if geteuid().is_root() {
        let closed = failed("#!/bin/sh\n", 0o700).await;
        assert!(closed.contains("may this account read each directory"), "{closed}");
    }
}

#[tokio::test]
async fn a_limit_that_the_owner_lets_go_is_told_in_the_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = again("identity::without_limits", folder.path());
    if geteuid().is_root() {
        process.uid(65_534).gid(65_534);
    }
    let output = process.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test]
#[ignore = "the process of `a_limit_that_the_owner_lets_go_is_told_in_the_outcome`"]
async fn without_limits() {
    let lets_go = [LimitName::Memory].into();
    let host = Host::with(ShellPolicy { allow_unenforced: lets_go, ..ShellPolicy::default() });
    let memory =
        host.executor.enforceable().limits.into_iter().find(|s| s.limit == LimitName::Memory).unwrap();
    let limits = Limits { memory: Some(ByteSize::from_mib(64)), pids: Some(32), ..Limits::default() };
    if memory.held {
        eprintln!("skipped: an ordinary user has memory limits on this host");
        return;
    }
    assert!(memory.by.contains("`allow_unenforced`"), "{memory:?}");
    let refused = host.start(script(""), limits.clone()).await.err().unwrap();
    assert!(refused.message.contains("`limits.pids`"), "what is not let go is refused: {refused}");
    let ran = host.run(script("true"), Limits { pids: None, ..limits }).await;
    assert_eq!(ran.outcome.end, End::Exited { code: 0 });
    let applied = ran.outcome.applied.iter().find(|applied| applied.limit == LimitName::Memory).unwrap();
    assert!(!applied.held && !applied.by.is_empty(), "{applied:?}");
    assert_eq!(ran.outcome.ran_as.unwrap().isolation, Isolation::Contained);
    until("nothing to be left", || host.groups().is_empty()).await;
}
