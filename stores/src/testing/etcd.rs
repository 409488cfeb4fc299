//! An etcd of one member for a test.

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
    server: Server,
    ports: [u16; 2],
    certificates: Option<Certificates>,
}

impl EtcdServer {
    /// Starts one on an empty folder, with the roles of `docs/FLEET.md`.
    ///
    /// # Panics
    /// When this machine has no etcd.
    pub async fn start() -> Self {
        Self::start_with(None).await
    }

    /// Starts one that encrypts, and lets nobody in who has no certificate.
    pub async fn start_encrypted(certificates: Certificates) -> Self {
        Self::start_with(Some(certificates)).await
    }

    async fn start_with(certificates: Option<Certificates>) -> Self {
        let (folder, ports) = (folder("etcd"), free_ports());
        let mut command = command(folder.path(), ports, certificates.as_ref());
        let server = Server::start("etcd", folder, &mut command);
        let mut started = Self { server, ports, certificates };
        let mut client = started.answering(None).await;
        set_roles(&mut client).await;
        started
    }

    /// Returns its address.
    pub fn endpoint(&self) -> String {
        let scheme = if self.certificates.is_some() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.ports[0])
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

    /// Returns a client with all rights.
    pub async fn root(&self) -> Client {
        let client = Client::connect([self.endpoint()], Some(self.client_options(Some("root")))).await;
        client.expect("a connection of `root`")
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

    /// Starts it again on its data and waits until it answers.
    pub async fn restart(&mut self) {
        let mut command = command(self.server.folder(), self.ports, self.certificates.as_ref());
        self.server.restart(&mut command);
        drop(self.answering(Some("root")).await);
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

    async fn answering(&mut self, user: Option<&str>) -> Client {
        let (endpoint, options) = (self.endpoint(), self.client_options(user));
        let ask = || {
            let (endpoint, options) = (endpoint.clone(), options.clone());
            async move {
                let mut client = Client::connect([endpoint], Some(options)).await.ok()?;
                client.get(PREFIX, None).await.is_ok().then_some(client)
            }
        };
        self.server.until(ask).await
    }
}

fn read(certificate: &Path) -> String {
    std::fs::read_to_string(certificate).expect("a certificate that the test wrote")
}

fn command(folder: &Path, [client, peer]: [u16; 2], certificates: Option<&Certificates>) -> Command {
    let scheme = if certificates.is_some() { "https" } else { "http" };
    let (client, peer) = (format!("{scheme}://127.0.0.1:{client}"), format!("http://127.0.0.1:{peer}"));
    let mut command = Command::new(program("SANDGLASS_TEST_ETCD", "etcd"));
    command
        .arg("--data-dir")
        .arg(folder.join("data"))
        .args(["--name", "one", "--log-level", "warn", "--auth-token", "simple"])
        .args(["--listen-client-urls", &client, "--advertise-client-urls", &client])
        .args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer])
        .args(["--initial-cluster", &format!("one={peer}")])
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
