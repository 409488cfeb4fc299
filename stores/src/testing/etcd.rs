//! An etcd of one member for a test.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use etcd_client::{Client, Permission, PermissionType};
use model::ports::Clock;
use nix::sys::signal::Signal;
use tempfile::TempDir;

use super::process::{Process, free_ports, program};
use crate::etcd::{Credentials, Etcd, Options};

/// How long a start is waited for at most; generous, for a busy machine.
const START: Duration = Duration::from_secs(60);
/// The prefix of all keys.
const PREFIX: &str = "/sandglass/";
/// The key after all of them: `0` follows `/`.
const AFTER_PREFIX: &str = "/sandglass0";

/// A running etcd, with users `root`, `master` and `worker`, whose passwords are their names.
pub struct EtcdServer {
    process: Process,
    folder: TempDir,
    ports: [u16; 2],
}

impl EtcdServer {
    /// Starts one on an empty folder, with the roles of `docs/FLEET.md`.
    ///
    /// # Panics
    /// When this machine has no etcd.
    pub async fn start() -> Self {
        let program = program("SANDGLASS_TEST_ETCD", "etcd");
        let folder = tempfile::Builder::new().prefix("sandglass-etcd-").tempdir().unwrap();
        let ports = free_ports();
        let process = start(&program, folder.path(), ports);
        let mut server = Self { process, folder, ports };
        let mut client = server.answering(None).await;
        set_roles(&mut client).await;
        server
    }

    /// Returns its address.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[0])
    }

    /// Returns the options of `user` (`master` or `worker`).
    pub fn options(&self, user: &str) -> Options {
        let mut options = Options::new([self.endpoint()]);
        options.credentials = Some(Credentials { user: user.into(), password: user.into() });
        options
    }

    /// Connects as `user`.
    pub async fn connect(&self, user: &str, clock: Arc<dyn Clock>) -> Etcd {
        Etcd::connect(&self.options(user), clock).await.unwrap()
    }

    /// Returns a client with all rights.
    pub async fn root(&self) -> Client {
        let options = etcd_client::ConnectOptions::new().with_user("root", "root");
        Client::connect([self.endpoint()], Some(options)).await.unwrap()
    }

    /// Freezes it: it keeps its connections and answers nothing.
    pub fn pause(&self) {
        self.process.signal(Signal::SIGSTOP);
    }

    /// Ends a pause.
    pub fn resume(&self) {
        self.process.signal(Signal::SIGCONT);
    }

    /// Kills it as a crash would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again on its data and waits until it answers.
    pub async fn restart(&mut self) {
        let program = program("SANDGLASS_TEST_ETCD", "etcd");
        self.process = start(&program, self.folder.path(), self.ports);
        drop(self.answering(Some("root")).await);
    }

    async fn answering(&mut self, user: Option<&str>) -> Client {
        let deadline = Instant::now() + START;
        loop {
            let options = user.map(|user| etcd_client::ConnectOptions::new().with_user(user, user));
            let options = options.unwrap_or_default().with_timeout(Duration::from_secs(2));
            if let Ok(mut client) = Client::connect([self.endpoint()], Some(options)).await
                && client.get(PREFIX, None).await.is_ok()
            {
                return client;
            }
            let log = self.folder.path().join("log");
            assert!(!self.process.ended(), "etcd ended: {}", std::fs::read_to_string(&log).unwrap());
            assert!(
                Instant::now() < deadline,
                "etcd does not answer: {}",
                std::fs::read_to_string(&log).unwrap()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn start(program: &Path, folder: &Path, [client, peer]: [u16; 2]) -> Process {
    let (client, peer) = (format!("http://127.0.0.1:{client}"), format!("http://127.0.0.1:{peer}"));
    let mut command = Command::new(program);
    command
        .arg("--data-dir")
        .arg(folder.join("data"))
        .args(["--name", "one", "--log-level", "warn", "--auth-token", "simple"])
        .args(["--listen-client-urls", &client, "--advertise-client-urls", &client])
        .args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer])
        .args(["--initial-cluster", &format!("one={peer}")])
        // On 64-bit ARM etcd 3.4 starts only when it is told to.
        .env("ETCD_UNSUPPORTED_ARCH", "arm64");
    Process::start(&mut command, &folder.join("log"))
}

/// Makes the users and roles that `docs/FLEET.md` tells an owner to make, and asks everybody who they are from then on.
async fn set_roles(client: &mut Client) {
    let all = allow(PermissionType::Readwrite, "", "");
    let mut auth = client.auth_client();
    auth.user_add("root", "root", None).await.unwrap();
    auth.user_grant_role("root", "root").await.unwrap();
    auth.role_add("sandglass-master").await.unwrap();
    auth.role_grant_permission("sandglass-master", all).await.unwrap();
    auth.role_add("sandglass-worker").await.unwrap();
    for permission in worker_permissions() {
        auth.role_grant_permission("sandglass-worker", permission).await.unwrap();
    }
    for user in ["master", "worker"] {
        auth.user_add(user, user, None).await.unwrap();
        auth.user_grant_role(user, format!("sandglass-{user}")).await.unwrap();
    }
    auth.auth_enable().await.unwrap();
}

/// What a worker may do: read jobs and states, write states and what is its own kind's.
fn worker_permissions() -> [Permission; 3] {
    [
        allow(PermissionType::Read, "job/", "state0"),
        allow(PermissionType::Readwrite, "state/", "state0"),
        // `worker/` and `worker-status/`.
        allow(PermissionType::Readwrite, "worker-", "worker0"),
    ]
}

/// Returns a permission from one key to another, both beneath the prefix; without `to`, for all keys of the prefix.
fn allow(kind: PermissionType, from: &str, to: &str) -> Permission {
    let end = if to.is_empty() { AFTER_PREFIX.to_owned() } else { format!("{PREFIX}{to}") };
    Permission::new(kind, format!("{PREFIX}{from}")).with_range_end(end)
}
