//! A test that runs itself again as another process: one to hold a folder, to be refused, or to be killed.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};

use tempfile::TempDir;

/// Names the folder that a child works on; whoever has it set is the child.
const FOLDER: &str = "STORES_TEST_CHILD_FOLDER";

/// Returns the folder to work on when this process is a child.
pub(crate) fn folder_of_this_child() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "the parent tells its child by it; no configuration")]
    let folder = std::env::var_os(FOLDER);
    folder.map(PathBuf::from)
}

/// A child process that runs one test; killed when dropped.
pub(crate) struct Child {
    process: std::process::Child,
    /// Where another user's copy of this binary is.
    _copy: Option<TempDir>,
}

impl Child {
    /// Starts `test` of this test binary as a child on `folder`, as user `uid` where one is given.
    pub(crate) fn start(test: &str, folder: &Path, uid: Option<u32>) -> Self {
        let own = std::env::current_exe().expect("a test knows its binary");
        // Another user may not reach the folder of the build.
        let copy = uid.map(|_| copied(&own));
        let program = copy.as_ref().map_or(own, |copy| copy.path().join("test"));
        let mut command = Command::new(program);
        command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
        command.env(FOLDER, folder).stdin(Stdio::null()).stdout(Stdio::piped());
        if let Some(uid) = uid {
            command.uid(uid).gid(uid);
        }
        Self { process: command.spawn().expect("the test starts itself"), _copy: copy }
    }

    /// Returns the child's process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Returns what the child prints; once.
    pub(crate) fn stdout(&mut self) -> ChildStdout {
        self.process.stdout.take().expect("the output is taken once")
    }

    /// Kills it (SIGKILL) and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("it can be killed");
        self.process.wait().expect("it can be waited for");
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Both fail when it is gone already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Returns a folder that everybody may look into, with a copy of a program called `test`.
fn copied(program: &Path) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for a copy");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("it is ours");
    fs::copy(program, folder.path().join("test")).expect("a test can be copied");
    folder
}
