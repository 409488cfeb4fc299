//! A test that runs itself again as another process: one to hold a folder, to be refused, or to be killed.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};

/// Names the folder that a child works on; whoever has it set is the child.
const FOLDER: &str = "STORES_TEST_CHILD_FOLDER";

/// Returns the folder to work on when this process is a child.
pub(crate) fn folder_of_this_child() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "the parent tells its child by it; no configuration")]
    let folder = std::env::var_os(FOLDER);
    folder.map(PathBuf::from)
}

/// A child process that runs one test; killed when dropped.
pub(crate) struct Child(std::process::Child);

impl Child {
    /// Starts `test` of this test binary as a child on `folder`, as user `uid` where one is given.
    pub(crate) fn start(test: &str, folder: &Path, uid: Option<u32>) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("a test knows its binary"));
        command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
        command.env(FOLDER, folder).stdin(Stdio::null()).stdout(Stdio::piped());
        if let Some(uid) = uid {
            command.uid(uid).gid(uid);
        }
        Self(command.spawn().expect("the test starts itself"))
    }

    /// Returns the child's process id.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Returns what the child prints; once.
    pub(crate) fn stdout(&mut self) -> ChildStdout {
        self.0.stdout.take().expect("the output is taken once")
    }

    /// Kills it (SIGKILL) and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        self.0.kill().expect("it can be killed");
        self.0.wait().expect("it can be waited for");
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Both fail when it is gone already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
