//! An etcd for a test: of one member, or of several, each of which can be killed by itself.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use etcd_client::{Certificate, Client, ConnectOptions, Identity, Permission, PermissionType, TlsOptions};
use model::ports::Clock;

use super::Certificates;
use super::process::{Server, folder, free_ports, program};
use crate::etcd::{Credentials, Etcd, Options, Tls};

/// The prefix of all keys.
const PREFIX: &str = "/sandglass/";
/// The key after all of them: `0` follows `/`.
const AFTER_PREFIX: &str = "/sandglass0";

/// A running etcd, with users `root`, `master` and `worker`, whose passwords are their names.
pub struct EtcdServer {
    members: Vec<Member>,
    certificates: Option<Certificates>,
}

/// One process of it.
struct Member {
    server: Server,
    ports: Ports,
    /// What all of them are told of each other.
    cluster: String,
}

/// Where a member listens: to clients, and to the others.
#[derive(Debug, Clone, Copy)]
struct Ports {
    client: u16,
    peer: u16,
}

impl EtcdServer {
    /// Starts one on an empty folder, with the roles of `docs/FLEET.md`.
    ///
    /// # Panics
    /// When this machine has no etcd.
    pub async fn start() -> Self {
        Self::start_with(1, None).await
    }

    /// Starts one of so many members: 1 or 3.
    pub async fn start_of(members: usize) -> Self {
        Self::start_with(members, None).await
    }

    /// Starts one that encrypts, and lets nobody in who has no certificate.
    pub async fn start_encrypted(certificates: Certificates) -> Self {
        Self::start_with(1, Some(certificates)).await
    }

    /// Starts one as an owner has it at first, with these options: it has no users and asks nobody who they are.
    pub async fn start_open(options: &[&str]) -> Self {
        let mut started = Self::spawn(1, None, options);
        drop(started.answering(0, None).await);
        started
    }

    async fn start_with(members: usize, certificates: Option<Certificates>) -> Self {
        let mut started = Self::spawn(members, certificates, &[]);
        let mut client = started.answering(0, None).await;
        set_roles(&mut client).await;
        for n in 1..started.members.len() {
            drop(started.answering(n, Some("root")).await);
        }
        started
    }

    fn spawn(members: usize, certificates: Option<Certificates>, options: &[&str]) -> Self {
        let [a, b, c, d, e, f] = free_ports();
        let ports = [[a, b], [c, d], [e, f]].map(|[client, peer]| Ports { client, peer });
        let ports = &ports[..members];
        let named = ports.iter().map(|ports| format!("{}=http://127.0.0.1:{}", ports.name(), ports.peer));
        let cluster = named.collect::<Vec<_>>().join(",");
        let start = |ports: &Ports| {
            let folder = folder("etcd");
            let mut command = command(folder.path(), *ports, &cluster, certificates.as_ref());
            Member {
                server: Server::start("etcd", folder, command.args(options)),
                ports: *ports,
                cluster: cluster.clone(),
            }
        };
        Self { members: ports.iter().map(start).collect(), certificates }
    }

    /// Returns its address, or that of its first member.
    pub fn endpoint(&self) -> String {
        self.endpoint_of(0)
    }

    /// Returns the addresses of all members.
    pub fn endpoints(&self) -> Vec<String> {
        (0..self.members.len()).map(|n| self.endpoint_of(n)).collect()
    }

    fn endpoint_of(&self, n: usize) -> String {
        let scheme = if self.certificates.is_some() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.members[n].ports.client)
    }

    /// Returns the options of `user` (`master` or `worker`).
    pub fn options(&self, user: &str) -> Options {
        let mut options = Options::new([self.endpoint()]);
        options.credentials = Some(Credentials { user: user.into(), password: user.into() });
        options.tls = self.certificates.as_ref().map(|files| Tls {
            ca: Some(read(&files.ca)),
            identity: Some((read(&files.client), read(&files.client_key))),
            domain: None,
        });
        options
    }

    /// Connects as `user`.
    pub async fn connect(&self, user: &str, clock: Arc<dyn Clock>) -> Etcd {
        Etcd::connect(&self.options(user), clock).await.expect("a connection of a user that was made")
    }

    /// Connects as `master` to keys of one's own beneath the prefix, for one of several tests that share it.
    pub async fn connect_apart(&self, part: &str, clock: Arc<dyn Clock>) -> Etcd {
        let options = Options { prefix: format!("{PREFIX}{part}/"), ..self.options("master") };
        Etcd::connect(&options, clock).await.expect("a connection of a user that was made")
    }

    /// Returns a client with all rights.
    pub async fn root(&self) -> Client {
        let client = Client::connect([self.endpoint()], Some(self.client_options(Some("root")))).await;
        client.expect("a connection of `root`")
    }

    /// Freezes it: it keeps its connections and answers nothing.
    pub fn pause(&self) {
        self.members.iter().for_each(|member| member.server.pause());
    }

    /// Ends a pause.
    pub fn resume(&self) {
        self.members.iter().for_each(|member| member.server.resume());
    }

    /// Kills it as a crash would.
    pub fn kill(&mut self) {
        self.members.iter_mut().for_each(|member| member.server.kill());
    }

    /// Starts it again on its data and waits until it answers.
    pub async fn restart(&mut self) {
        let all: Vec<usize> = (0..self.members.len()).collect();
        self.restart_members(&all).await;
    }

    /// Returns what `etcdctl` needs to take a snapshot and to put it back, of a cluster of one member: who we are in its own
    /// variables, and that member's options.
    pub fn for_etcdctl(&self) -> [(&'static str, String); 6] {
        let Member { server, ports, cluster } = &self.members[0];
        [
            ("ETCDCTL_ENDPOINTS", self.endpoint()),
            ("ETCDCTL_USER", "root:root".to_owned()),
            ("ETCD_DATA", server.folder().join("data").display().to_string()),
            ("ETCD_NAME", ports.name()),
            ("ETCD_CLUSTER", cluster.clone()),
            ("ETCD_PEER", format!("http://127.0.0.1:{}", ports.peer)),
        ]
    }

    /// Removes all that it kept, after it was killed.
    ///
    /// # Panics
    /// When its folder cannot be removed.
    pub fn empty(&self) {
        for member in &self.members {
            let data = member.server.folder().join("data");
            std::fs::remove_dir_all(data).expect("the folder of a server that was killed");
        }
    }

    /// Kills one member as a crash would.
    pub fn kill_member(&mut self, n: usize) {
        self.members[n].server.kill();
    }

    /// Starts members that were killed again on their data and waits until each answers.
    pub async fn restart_members(&mut self, killed: &[usize]) {
        for n in killed {
            let member = &mut self.members[*n];
            let folder = member.server.folder();
            let mut command = command(folder, member.ports, &member.cluster, self.certificates.as_ref());
            member.server.restart(&mut command);
        }
        for n in killed {
            drop(self.answering(*n, Some("root")).await);
        }
    }

    /// Returns which member leads.
    ///
    /// # Panics
    /// When none does, or one does not answer.
    pub async fn leader(&self) -> usize {
        for (n, endpoint) in self.endpoints().into_iter().enumerate() {
            let client = Client::connect([endpoint], Some(self.client_options(Some("root")))).await;
            let status =
                client.expect("a connection of `root`").status().await.expect("a member that answers");
            if status.header().is_some_and(|header| header.member_id() == status.leader()) {
                return n;
            }
        }
        panic!("no member of etcd leads")
    }

    fn client_options(&self, user: Option<&str>) -> ConnectOptions {
        // Setting roles is not tried twice, and a busy machine may stand still for seconds.
        let options = ConnectOptions::new().with_timeout(Duration::from_secs(20));
        let options = match user {
            Some(user) => options.with_user(user, user),
            None => options,
        };
        let Some(certificates) = &self.certificates else { return options };
        let identity = Identity::from_pem(read(&certificates.client), read(&certificates.client_key));
        let ca = Certificate::from_pem(read(&certificates.ca));
        options.with_tls(TlsOptions::new().ca_certificate(ca).identity(identity))
    }

    async fn answering(&mut self, n: usize, user: Option<&str>) -> Client {
        let (endpoint, options) = (self.endpoint_of(n), self.client_options(user));
        let ask = || {
            let (endpoint, options) = (endpoint.clone(), options.clone());
            async move {
                let mut client = Client::connect([endpoint], Some(options)).await.ok()?;
                client.get(PREFIX, None).await.is_ok().then_some(client)
            }
        };
        self.members[n].server.until(ask).await
    }
}

fn read(certificate: &Path) -> String {
    std::fs::read_to_string(certificate).expect("a certificate that the test wrote")
}

impl Ports {
    /// Returns the member's name.
    fn name(self) -> String {
        format!("member-{}", self.peer)
    }
}

fn command(folder: &Path, ports: Ports, cluster: &str, certificates: Option<&Certificates>) -> Command {
    let scheme = if certificates.is_some() { "https" } else { "http" };
    let client = format!("{scheme}://127.0.0.1:{}", ports.client);
    let peer = format!("http://127.0.0.1:{}", ports.peer);
    let mut command = Command::new(program("SANDGLASS_TEST_ETCD", "etcd"));
    command
        .arg("--data-dir")
        .arg(folder.join("data"))
        .args(["--name", &ports.name(), "--log-level", "warn", "--auth-token", "simple"])
        .args(["--listen-client-urls", &client, "--advertise-client-urls", &client])
        .args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer])
        .args(["--initial-cluster", cluster])
        // On 64-bit ARM etcd 3.4 starts only when it is told to.
        .env("ETCD_UNSUPPORTED_ARCH", "arm64");
    if let Some(certificates) = certificates {
        command
            .arg("--client-cert-auth")
            .arg("--cert-file")
            .arg(&certificates.server)
            .arg("--key-file")
            .arg(&certificates.server_key)
            .arg("--trusted-ca-file")
            .arg(&certificates.ca);
    }
    command
}

/// Makes the users and roles that `docs/FLEET.md` tells an owner to make, and asks everybody who they are from then on.
async fn set_roles(client: &mut Client) {
    let all = allow(PermissionType::Readwrite, "", "");
    let mut auth = client.auth_client();
    auth.user_add("root", "root", None).await.expect("etcd sets roles");
    auth.user_grant_role("root", "root").await.expect("etcd sets roles");
    auth.role_add("sandglass-master").await.expect("etcd sets roles");
    auth.role_grant_permission("sandglass-master", all).await.expect("etcd sets roles");
    auth.role_add("sandglass-worker").await.expect("etcd sets roles");
    for permission in worker_permissions() {
        auth.role_grant_permission("sandglass-worker", permission).await.expect("etcd sets roles");
    }
    for user in ["master", "worker"] {
        auth.user_add(user, user, None).await.expect("etcd sets roles");
        auth.user_grant_role(user, format!("sandglass-{user}")).await.expect("etcd sets roles");
    }
    auth.auth_enable().await.expect("etcd sets roles");
}

/// What a worker may do: read jobs, states and who should drain; write states and what is its own kind's.
fn worker_permissions() -> [Permission; 4] {
    [
        allow(PermissionType::Read, "drain/", "drain0"),
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
