//! A MongoDB of one member for a test: a replica set, so that it has change streams.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use model::ports::Clock;
use mongodb::Client;
use mongodb::bson::{Document, doc};
use mongodb::options::ClientOptions;
use nix::sys::signal::Signal;
use tempfile::TempDir;

use super::process::{Process, free_ports, program};
use crate::mongodb::{Credentials, Mongo, Options};

/// How long a start is waited for at most; generous, for a busy machine.
const START: Duration = Duration::from_secs(120);

/// A running MongoDB, with users `root`, `master` and `worker`, whose passwords are their names.
pub struct MongoServer {
    process: Process,
    folder: TempDir,
    port: u16,
}

impl MongoServer {
    /// Starts one on an empty folder, with the roles of `docs/FLEET.md`.
    ///
    /// # Panics
    /// When this machine has no `mongod`.
    pub async fn start() -> Self {
        let program = program("SANDGLASS_TEST_MONGOD", "mongod");
        let folder = tempfile::Builder::new().prefix("sandglass-mongod-").tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        write_key(&folder.path().join("key"));
        let [port] = free_ports();
        let process = start(&program, folder.path(), port);
        let mut server = Self { process, folder, port };
        server.initiate().await;
        server
    }

    /// Returns its address.
    pub fn uri(&self) -> String {
        format!("mongodb://127.0.0.1:{}/?directConnection=true", self.port)
    }

    /// Returns the options of `user` (`master` or `worker`).
    pub fn options(&self, user: &str) -> Options {
        let mut options = Options::new(self.uri());
        let (user, password) = (user.to_owned(), user.to_owned());
        options.credentials = Some(Credentials { user, password, source: "admin".into() });
        options
    }

    /// Connects as `user`; as `master` with all indexes made.
    pub async fn connect(&self, user: &str, clock: Arc<dyn Clock>) -> Mongo {
        let mongo = Mongo::connect(&self.options(user), clock).await.unwrap();
        if user == "master" {
            mongo.prepare().await.unwrap();
        }
        mongo
    }

    /// Returns a client with all rights.
    pub async fn root(&self) -> Client {
        self.client(Some("root")).await
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

    /// Starts it again on its data and waits until it takes writes.
    pub async fn restart(&mut self) {
        let program = program("SANDGLASS_TEST_MONGOD", "mongod");
        self.process = start(&program, self.folder.path(), self.port);
        let client = self.root().await;
        self.until(&client, doc! { "hello": 1 }, |answer| {
            answer.get_bool("isWritablePrimary").unwrap_or(false)
        })
        .await;
    }

    /// Makes the replica set, and the users while nobody is there who could be asked for a password.
    async fn initiate(&mut self) {
        let client = self.client(None).await;
        self.until(&client, doc! { "ping": 1 }, |_| true).await;
        let member = doc! { "_id": 0, "host": format!("127.0.0.1:{}", self.port) };
        let admin = client.database("admin");
        admin.run_command(doc! { "replSetInitiate": { "_id": "rs0", "members": [member] } }).await.unwrap();
        self.until(&client, doc! { "hello": 1 }, |answer| {
            answer.get_bool("isWritablePrimary").unwrap_or(false)
        })
        .await;
        let user = doc! { "createUser": "root", "pwd": "root", "roles": ["root"] };
        admin.run_command(user).await.unwrap();
        let admin = self.root().await.database("admin");
        for (user, privileges) in [("master", master_privileges()), ("worker", worker_privileges())] {
            let role = format!("sandglass-{user}");
            let make = doc! { "createRole": &role, "privileges": privileges, "roles": [] };
            admin.run_command(make).await.unwrap();
            let make = doc! { "createUser": user, "pwd": user, "roles": [role] };
            admin.run_command(make).await.unwrap();
        }
    }

    async fn client(&self, user: Option<&str>) -> Client {
        let mut options = ClientOptions::parse(self.uri()).await.unwrap();
        options.server_selection_timeout = Some(Duration::from_secs(2));
        if let Some(user) = user {
            let credential = mongodb::options::Credential::builder()
                .username(user.to_owned())
                .password(user.to_owned())
                .source("admin".to_owned());
            options.credential = Some(credential.build());
        }
        Client::with_options(options).unwrap()
    }

    /// Asks until an answer is as it should be.
    async fn until(&mut self, client: &Client, command: Document, right: impl Fn(&Document) -> bool) {
        let deadline = Instant::now() + START;
        loop {
            let answer = client.database("admin").run_command(command.clone()).await;
            if answer.is_ok_and(|answer| right(&answer)) {
                return;
            }
            let log = self.folder.path().join("log");
            assert!(!self.process.ended(), "mongod ended: {}", std::fs::read_to_string(&log).unwrap());
            assert!(
                Instant::now() < deadline,
                "mongod does not answer: {}",
                std::fs::read_to_string(&log).unwrap()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

fn start(program: &Path, folder: &Path, port: u16) -> Process {
    let mut command = Command::new(program);
    command
        .arg("--dbpath")
        .arg(folder.join("data"))
        .arg("--keyFile")
        .arg(folder.join("key"))
        .args(["--bind_ip", "127.0.0.1", "--port", &port.to_string(), "--replSet", "rs0", "--quiet"])
        .args(["--nounixsocket", "--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64"])
        // Samples are of the past; nothing but the tests removes them.
        .args(["--setParameter", "ttlMonitorEnabled=false"])
        .args(["--setParameter", "diagnosticDataCollectionEnabled=false"]);
    Process::start(&mut command, &folder.join("log"))
}

/// Writes the key by which members of a replica set know each other; the server wants it unread by others.
fn write_key(path: &Path) {
    use std::io::Write as _;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).unwrap();
    let key = format!("{}{}", model::id::JobUid::random(), model::id::JobUid::random());
    file.write_all(key.as_bytes()).unwrap();
}

/// What a master may do: everything in the database.
fn master_privileges() -> Vec<Document> {
    let actions = [
        "find",
        "insert",
        "update",
        "remove",
        "createCollection",
        "createIndex",
        "collMod",
        "changeStream",
        "listCollections",
        "listIndexes",
    ];
    vec![doc! { "resource": { "db": "sandglass", "collection": "" }, "actions": actions.to_vec() }]
}

/// What a worker may do: write runs and output, read modules.
fn worker_privileges() -> Vec<Document> {
    let on = |collection: &str, actions: &[&str]| {
        doc! { "resource": { "db": "sandglass", "collection": collection }, "actions": actions.to_vec() }
    };
    vec![
        on("runs", &["find", "insert", "update"]),
        on("chunks", &["find", "insert"]),
        on("modules", &["find"]),
        on("module_bytes.files", &["find"]),
        on("module_bytes.chunks", &["find"]),
    ]
}
