//! A MongoDB of one member for a test: a replica set, so that it has change streams, or none.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use model::ports::Clock;
use mongodb::Client;
use mongodb::bson::{Document, doc};
use mongodb::options::{ClientOptions, Credential, Tls, TlsOptions};

use super::Certificates;
use super::process::{Server, folder, free_ports, program};
use crate::mongodb::{Credentials, Mongo, Options};

/// What kind of server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topology {
    /// A replica set of one member: it has change streams.
    ReplicaSet,
    /// A server by itself: it has none.
    Standalone,
}

/// A running MongoDB, with users `root`, `master` and `worker`, whose passwords are their names.
pub struct MongoServer {
    server: Server,
    port: u16,
    topology: Topology,
    certificates: Option<Certificates>,
}

impl MongoServer {
    /// Starts a replica set of one on an empty folder, with the roles of `docs/FLEET.md`.
    ///
    /// # Panics
    /// When this machine has no `mongod`.
    pub async fn start() -> Self {
        Self::start_with(Topology::ReplicaSet, None).await
    }

    /// Starts one that is no replica set.
    pub async fn start_standalone() -> Self {
        Self::start_with(Topology::Standalone, None).await
    }

    /// Starts one that encrypts, and lets nobody in who has no certificate.
    pub async fn start_encrypted(certificates: Certificates) -> Self {
        Self::start_with(Topology::ReplicaSet, Some(certificates)).await
    }

    async fn start_with(topology: Topology, certificates: Option<Certificates>) -> Self {
        let (folder, [port]) = (folder("mongod"), free_ports());
        std::fs::create_dir(folder.path().join("data")).expect("a folder of the test's own");
        write_key(&folder.path().join("key"));
        let mut command = command(folder.path(), port, topology, certificates.as_ref());
        let server = Server::start("mongod", folder, &mut command);
        let mut started = Self { server, port, topology, certificates };
        started.initiate().await;
        started
    }

    /// Returns its address.
    pub fn uri(&self) -> String {
        format!("mongodb://127.0.0.1:{}/?directConnection=true", self.port)
    }

    /// Returns its address as a replica set, whose members are asked where they are.
    pub fn replica_set_uri(&self) -> String {
        format!("mongodb://127.0.0.1:{}/?replicaSet=rs0", self.port)
    }

    /// Returns the options of `user` (`master` or `worker`).
    pub fn options(&self, user: &str) -> Options {
        let mut options = Options::new(self.uri());
        let (user, password) = (user.to_owned(), user.to_owned());
        options.credentials = Some(Credentials { user, password, source: "admin".into() });
        options.ca_file = self.certificates.as_ref().map(|files| files.ca.clone());
        options.certificate_file = self.certificates.as_ref().map(|files| files.client_pair.clone());
        options
    }

    /// Connects as `user`; as `master` with all indexes made.
    pub async fn connect(&self, user: &str, clock: Arc<dyn Clock>) -> Mongo {
        Self::connect_with(&self.options(user), user, clock).await
    }

    /// Connects as `master` to a database of one's own: for one of several tests that share the server, after
    /// [`MongoServer::allow_apart`].
    pub async fn connect_apart(&self, part: &str, clock: Arc<dyn Clock>) -> Mongo {
        let options = Options { database: format!("sandglass-{part}"), ..self.options("master") };
        Self::connect_with(&options, "master", clock).await
    }

    /// Lets a `master` do in every database what it may do in its own.
    pub async fn allow_apart(&self) {
        let privileges = master_privileges("");
        let grant = doc! { "grantPrivilegesToRole": "sandglass-master", "privileges": privileges };
        self.root().await.database("admin").run_command(grant).await.expect("`root` grants rights");
    }

    async fn connect_with(options: &Options, user: &str, clock: Arc<dyn Clock>) -> Mongo {
        let mongo = Mongo::connect(options, clock).await;
        let mongo = mongo.expect("a connection of a user that was made");
        if user == "master" {
            mongo.prepare().await.expect("a master makes indexes");
        }
        mongo
    }

    /// Returns a client with all rights.
    pub async fn root(&self) -> Client {
        self.client(Some("root")).await
    }

    /// Has the database refuse each chunk of this number, as an owner's own validator may.
    pub async fn refuse_chunks(&self, seq: i64) {
        let validator = doc! { "_id.seq": { "$ne": seq } };
        let change = doc! { "collMod": "chunks", "validator": validator };
        let database = self.root().await.database("sandglass");
        database.run_command(change).await.expect("`root` sets a validator");
    }

    /// Freezes it: it keeps its connections and answers nothing.
    pub fn pause(&self) {
        self.server.pause();
    }

    /// Ends a pause.
    pub fn resume(&self) {
        self.server.resume();
    }

    /// Kills it as a crash would.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Starts it again on its data and waits until it takes writes.
    pub async fn restart(&mut self) {
        let certificates = self.certificates.as_ref();
        let mut command = command(self.server.folder(), self.port, self.topology, certificates);
        self.server.restart(&mut command);
        let client = self.root().await;
        self.takes_writes(&client).await;
    }

    /// Makes the replica set, and the users while nobody is there who could be asked for a password.
    async fn initiate(&mut self) {
        let client = self.client(None).await;
        self.until(&client, doc! { "ping": 1 }, |_| true).await;
        let admin = client.database("admin");
        if self.topology == Topology::ReplicaSet {
            let member = doc! { "_id": 0, "host": format!("127.0.0.1:{}", self.port) };
            let set = doc! { "replSetInitiate": { "_id": "rs0", "members": [member] } };
            admin.run_command(set).await.expect("a replica set of one");
        }
        self.takes_writes(&client).await;
        let user = doc! { "createUser": "root", "pwd": "root", "roles": ["root"] };
        admin.run_command(user).await.expect("the first user");
        let admin = self.root().await.database("admin");
        for (user, privileges) in
            [("master", master_privileges("sandglass")), ("worker", worker_privileges())]
        {
            let role = format!("sandglass-{user}");
            let make = doc! { "createRole": &role, "privileges": privileges, "roles": [] };
            admin.run_command(make).await.expect("`root` makes a role");
            let make = doc! { "createUser": user, "pwd": user, "roles": [role] };
            admin.run_command(make).await.expect("`root` makes a user");
        }
    }

    async fn client(&self, user: Option<&str>) -> Client {
        let mut options = ClientOptions::parse(self.uri()).await.expect("the address is ours");
        options.server_selection_timeout = Some(Duration::from_secs(2));
        if let Some(user) = user {
            let credential = Credential::builder()
                .username(user.to_owned())
                .password(user.to_owned())
                .source("admin".to_owned());
            options.credential = Some(credential.build());
        }
        if let Some(certificates) = &self.certificates {
            let mut tls = TlsOptions::default();
            tls.ca_file_path = Some(certificates.ca.clone());
            tls.cert_key_file_path = Some(certificates.client_pair.clone());
            options.tls = Some(Tls::Enabled(tls));
        }
        Client::with_options(options).expect("the options are ours")
    }

    async fn takes_writes(&mut self, client: &Client) {
        let is_primary = |answer: &Document| answer.get_bool("isWritablePrimary").unwrap_or(false);
        self.until(client, doc! { "hello": 1 }, is_primary).await;
    }

    /// Asks until an answer is as it should be.
    async fn until(&mut self, client: &Client, command: Document, right: fn(&Document) -> bool) {
        let ask = || {
            let (admin, command) = (client.database("admin"), command.clone());
            async move { admin.run_command(command).await.ok().filter(right).map(drop) }
        };
        self.server.until(ask).await;
    }
}

fn command(folder: &Path, port: u16, topology: Topology, certificates: Option<&Certificates>) -> Command {
    let mut command = Command::new(program("SANDGLASS_TEST_MONGOD", "mongod"));
    command
        .arg("--dbpath")
        .arg(folder.join("data"))
        .args(["--bind_ip", "127.0.0.1", "--port", &port.to_string(), "--quiet"])
        .args(["--nounixsocket", "--wiredTigerCacheSizeGB", "0.25"])
        // Samples are of the past; nothing but the tests removes them.
        .args(["--setParameter", "ttlMonitorEnabled=false"])
        .args(["--setParameter", "diagnosticDataCollectionEnabled=false"]);
    match topology {
        Topology::ReplicaSet => {
            let key = folder.join("key");
            command.arg("--keyFile").arg(key).args(["--replSet", "rs0", "--oplogSize", "64"]);
        }
        Topology::Standalone => drop(command.arg("--auth")),
    }
    if let Some(certificates) = certificates {
        command
            .args(["--tlsMode", "requireTLS", "--tlsCertificateKeyFile"])
            .arg(&certificates.server_pair)
            .arg("--tlsCAFile")
            .arg(&certificates.ca);
    }
    command
}

/// Writes the key by which members of a replica set know each other; the server wants it unread by others.
fn write_key(path: &Path) {
    use std::io::Write as _;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let key = format!("{}{}", model::id::JobUid::random(), model::id::JobUid::random());
    file.and_then(|mut file| file.write_all(key.as_bytes())).expect("a file of the test's own");
}

/// What a master may do: everything in the database; an empty name is any.
fn master_privileges(database: &str) -> Vec<Document> {
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
    vec![doc! { "resource": { "db": database, "collection": "" }, "actions": actions.to_vec() }]
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
