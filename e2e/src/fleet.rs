//! A fleet on one machine: real etcd and MongoDB with users and roles, masters and workers as the built binary, each
//! with its configuration in a folder of its own. All of it ends, and its folder goes, when the fleet is dropped.
//!
//! ```no_run
//! let mut fleet = e2e::fleet::Fleet::start(2, 3)?;
//! fleet.master(0).apply("name: hello\nschedule: '@yearly'\nshell: { script: echo hello }\n")?;
//! fleet.master(0).done(&["job", "run", "hello"])?;
//! fleet.master(1).run_in("hello", &["succeeded"])?;
//! fleet.worker(0).kill()?;
//! fleet.worker(0).start()?;
//! # anyhow::Ok(())
//! ```
//!
//! Not here: a single process (`node`), what asks it (`client`), what the stores' servers are (`stores::testing`).

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;
use stores::testing::{EtcdServer, MongoServer};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{Client, binary, is_root};

pub use crate::node::{Node, Role};

/// How many user ids each worker has for its jobs.
const UIDS: u32 = 1_000;
/// The first of them.
const UIDS_FROM: u32 = 2_000_000_000;

/// What a fleet is made of.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// How many masters.
    pub masters: usize,
    /// How many workers.
    pub workers: usize,
    /// How many members etcd has: one unless said.
    pub etcd_members: usize,
    /// True when each master has an address before it starts, and the same again later.
    pub fixed_ports: bool,
    /// What goes before every master's configuration, as `("SANDGLASS_OPT_…", value)`.
    pub master_variables: Vec<(String, String)>,
    /// What goes before every worker's configuration.
    pub worker_variables: Vec<(String, String)>,
}

/// A running fleet. Fields are dropped in this order: processes first, then the stores, then the folder.
pub struct Fleet {
    masters: Vec<Node>,
    workers: Vec<Node>,
    /// The etcd, to be frozen and killed; `block_on` restarts it.
    pub etcd: EtcdServer,
    /// The MongoDB, likewise.
    pub mongod: MongoServer,
    runtime: Runtime,
    folder: TempDir,
}

impl Fleet {
    /// Starts so many masters and workers, and waits until each master is ready and knows of every worker.
    ///
    /// # Errors
    /// When one of them does not come up.
    pub fn start(masters: usize, workers: usize) -> Result<Self> {
        Self::start_as(&Plan { masters, workers, ..Plan::default() })
    }

    /// Starts a fleet by a plan.
    ///
    /// # Errors
    /// When one of its processes does not come up.
    pub fn start_as(plan: &Plan) -> Result<Self> {
        let mut fleet = Self::down(plan)?;
        fleet.up()?;
        Ok(fleet)
    }

    /// Starts all masters and workers, and waits until each master is ready and knows of every worker.
    ///
    /// # Errors
    /// When one of them does not come up.
    pub fn up(&mut self) -> Result<()> {
        self.up_but(0)
    }

    /// Does what [`Fleet::up`] does, but for the last `absent` workers, which may join later.
    ///
    /// # Errors
    /// When one of the others does not come up.
    pub fn up_but(&mut self, absent: usize) -> Result<()> {
        let workers = self.workers.len() - absent;
        for node in self.masters.iter_mut().chain(&mut self.workers[..workers]) {
            node.start()?;
        }
        for master in &self.masters {
            master.ready()?;
            master.until(&format!("{} to know of {workers} workers", master.name), || {
                Ok((live_workers(master)?.len() == workers).then_some(()))
            })?;
        }
        Ok(())
    }

    /// Starts the stores, and writes the configurations; starts no master and no worker.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn down(plan: &Plan) -> Result<Self> {
        // Another test of this process may have set it up before.
        drop(rustls::crypto::ring::default_provider().install_default());
        let folder = tempfile::tempdir()?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        let evidence = folder.path().join("evidence");
        fs::create_dir(&evidence)?;
        fs::set_permissions(&evidence, fs::Permissions::from_mode(0o777))?;
        for user in ["master", "worker"] {
            secret(&folder.path().join(user), user)?;
        }
        secret(&folder.path().join("admin-token"), &"e2e0".repeat(16))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let members = plan.etcd_members.max(1);
        let (etcd, mongod) =
            runtime.block_on(async { tokio::join!(EtcdServer::start_of(members), MongoServer::start()) });
        let mut fleet = Self { masters: Vec::new(), workers: Vec::new(), etcd, mongod, runtime, folder };
        fleet.masters =
            (1..=plan.masters).map(|n| fleet.node(Role::Master, n, plan)).collect::<Result<_>>()?;
        fleet.workers =
            (1..=plan.workers).map(|n| fleet.node(Role::Worker, n, plan)).collect::<Result<_>>()?;
        Ok(fleet)
    }

    /// Returns a master, counted from 0.
    pub fn master(&mut self, n: usize) -> &mut Node {
        &mut self.masters[n]
    }

    /// Returns a worker, counted from 0; its id is `w1` and so on.
    pub fn worker(&mut self, n: usize) -> &mut Node {
        &mut self.workers[n]
    }

    /// Returns the worker of this id, as a run names it.
    ///
    /// # Errors
    /// When there is none.
    pub fn worker_named(&mut self, id: &str) -> Result<&mut Node> {
        let found = self.workers.iter_mut().find(|worker| worker.name == id);
        found.with_context(|| format!("there is no worker `{id}`"))
    }

    /// Returns the master or worker of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn node_named(&mut self, name: &str) -> Result<&mut Node> {
        let found = self.masters.iter_mut().chain(&mut self.workers).find(|node| node.name == name);
        found.with_context(|| format!("there is no process `{name}`"))
    }

    /// Returns the admin's token.
    pub fn token(&self) -> String {
        fs::read_to_string(self.folder.path().join("admin-token")).unwrap_or_default().trim().to_owned()
    }

    /// Begins something beside the fleet, on its runtime; it is given the address of etcd.
    pub fn spawn<T>(&self, begin: impl FnOnce(&Runtime, String) -> T) -> T {
        begin(&self.runtime, self.etcd.endpoint())
    }

    /// Runs something on the stores, such as `fleet.etcd.restart()`, which needs a runtime.
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Kills etcd as a crash would, and starts it again on its data.
    pub fn restart_etcd(&mut self) {
        self.etcd.kill();
        self.start_etcd();
    }

    /// Starts an etcd that was killed, on its data.
    pub fn start_etcd(&mut self) {
        self.runtime.block_on(self.etcd.restart());
    }

    /// Starts members of an etcd of several that were killed, on their data.
    pub fn start_etcd_members(&mut self, killed: &[usize]) {
        self.runtime.block_on(self.etcd.restart_members(killed));
    }

    /// Kills MongoDB as a crash would, and starts it again on its data.
    pub fn restart_mongod(&mut self) {
        self.mongod.kill();
        self.start_mongod();
    }

    /// Starts a MongoDB that was killed, on its data.
    pub fn start_mongod(&mut self) {
        self.runtime.block_on(self.mongod.restart());
    }

    /// Returns the fleet's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns a folder in which jobs of any account may write what they did: evidence that Sandglass does not keep.
    pub fn evidence(&self) -> PathBuf {
        self.folder.path().join("evidence")
    }

    /// Returns the configuration's lines about the stores, for `user` (`master` or `worker`).
    pub fn store_lines(&self, user: &str) -> String {
        let password = self.folder.path().join(user);
        let password = password.display();
        let endpoints: Vec<String> =
            self.etcd.endpoints().iter().map(|endpoint| format!("\"{endpoint}\"")).collect();
        let endpoints = endpoints.join(", ");
        format!(
            "[etcd]\nendpoints = [{endpoints}]\nuser = \"{user}\"\npassword_file = \"{password}\"\n\n\
             [mongodb]\nuri = \"{}\"\nuser = \"{user}\"\npassword_file = \"{password}\"\n\n",
            self.mongod.uri(),
        )
    }

    /// Returns what asks a server at `url`, such as a proxy before the masters.
    pub fn client_at(&self, url: &str) -> Client {
        Client { url: url.to_owned(), ..self.client([0, 0]) }
    }

    fn node(&self, role: Role, n: usize, plan: &Plan) -> Result<Node> {
        let (name, config, variables) = match role {
            Role::Master => (format!("m{n}"), self.master_config(plan.fixed_ports)?, &plan.master_variables),
            Role::Worker => (format!("w{n}"), self.worker_config(n)?, &plan.worker_variables),
        };
        let folder = self.folder.path().join(name);
        let client = self.client([plan.masters, plan.workers]);
        Node::new(role, folder, &config, variables.clone(), client)
    }

    /// Returns what asks with the admin's token; a failure shows the logs of so many masters and workers: what one waits
    /// for in vain is told by another.
    fn client(&self, [masters, workers]: [usize; 2]) -> Client {
        let names = |role: char, count: usize| (1..=count).map(move |n| format!("{role}{n}"));
        let all = names('m', masters).chain(names('w', workers));
        Client {
            binary: binary(),
            url: String::new(),
            token: self.folder.path().join("admin-token"),
            folder: self.folder.path().to_owned(),
            logs: all.map(|name| self.folder.path().join(name).join("log")).collect(),
        }
    }

    fn master_config(&self, fixed_port: bool) -> Result<String> {
        let token = self.folder.path().join("admin-token");
        // One that nobody used a moment ago.
        let port = if fixed_port { TcpListener::bind("127.0.0.1:0")?.local_addr()?.port() } else { 0 };
        Ok(format!(
            "{}[master]\nlisten = \"127.0.0.1:{port}\"\nadmin_token_file = \"{}\"\n",
            self.store_lines("master"),
            token.display()
        ))
    }

    fn worker_config(&self, n: usize) -> Result<String> {
        let data = self.folder.path().join(format!("w{n}/data"));
        let from = UIDS_FROM + u32::try_from(n)? * UIDS;
        // So that jobs write where all of them look: by a user id of their own they have a `/tmp` of their own too.
        let user = if is_root() { "default_user = \"nobody\"\n" } else { "" };
        Ok(format!(
            "{}[worker]\nid = \"w{n}\"\ndata = \"{}\"\nslots = 8\n\n[shell]\n{user}job_uid_range = \"{from}-{}\"\n",
            self.store_lines("worker"),
            data.display(),
            from + UIDS - 1,
        ))
    }
}

/// Returns the ids of the workers that a master knows to live.
///
/// # Errors
/// When it did not answer.
pub fn live_workers(master: &Client) -> Result<Vec<String>> {
    let list = master.json(&["workers", "list"])?;
    let workers = list["workers"].as_array().cloned().unwrap_or_default();
    let id = |worker: &Value| worker["identity"]["id"].as_str().unwrap_or_default().to_owned();
    Ok(workers.iter().map(id).collect())
}

/// Waits until the lease of a worker has ended, or until it is back.
///
/// # Errors
/// When it is not so in time.
pub fn until_lives(master: &Client, worker: &str, lives: bool) -> Result<()> {
    let state = if lives { "live" } else { "be gone" };
    master.until(&format!("{worker} to {state}"), || {
        // A master whose etcd was away a moment ago may refuse to say.
        let live = live_workers(master).ok();
        Ok(live.filter(|live| live.iter().any(|id| id == worker) == lives).map(drop))
    })
}

/// Writes a file that nobody else may read.
fn secret(path: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    let mut file = fs::File::options().write(true).create_new(true).mode(0o600).open(path)?;
    Ok(writeln!(file, "{text}")?)
}
