//! A master on the stores of either mode, spoken to by whoever a test wants to be.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use master::{Master, Options, Peer, Ports};
use model::ports::{Clock, Duty};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use stores::SystemClock;
use stores::testing::{EtcdServer, MongoServer};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::mode::{self, Kept, Mode};
use super::{PATIENCE, Reply, TOKEN};

/// A master, its ports, and what must live as long.
pub(crate) struct Stage {
    pub(crate) router: Router,
    pub(crate) ports: Ports,
    pub(crate) mongo: Option<MongoServer>,
    pub(crate) etcd: Option<EtcdServer>,
    _stores: Kept,
    _tasks: JoinSet<()>,
}

/// By what somebody comes in.
#[derive(Debug, Clone)]
pub(crate) enum As {
    Nobody,
    Token(String),
    Cookie(String),
}

impl Stage {
    /// A master on the stores of a mode.
    pub(crate) async fn new(mode: Mode, options: Options) -> Self {
        let (ports, kept) = mode::open(mode, Arc::new(SystemClock)).await;
        Self::of(options, ports, (None, None), kept)
    }

    /// A master of a fleet on an etcd and a MongoDB that no other test has, for one that kills either.
    pub(crate) async fn with_its_own_servers(options: Options) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (etcd, mongod) = tokio::join!(EtcdServer::start(), MongoServer::start());
        let intent = etcd.connect("master", clock.clone()).await;
        let mongo = mongod.connect("master", clock.clone()).await;
        let ports = mode::of_fleet(&intent, &mongo, clock);
        Self::of(options, ports, (Some(etcd), Some(mongod)), Box::new((intent, mongo)))
    }

    fn of(
        options: Options,
        ports: Ports,
        (etcd, mongo): (Option<EtcdServer>, Option<MongoServer>),
        stores: Kept,
    ) -> Self {
        let mut tasks = JoinSet::new();
        let router = beside(options, &ports, &mut tasks);
        Self { router, ports, mongo, etcd, _stores: stores, _tasks: tasks }
    }

    /// Returns another master on the same stores.
    pub(crate) fn another(&mut self) -> Router {
        beside(Options::default(), &self.ports, &mut self._tasks)
    }

    /// Starts another master on the same stores, which goes as by SIGKILL when its tasks are dropped.
    pub(crate) fn leading(&self, name: &str, options: Options) -> (String, JoinSet<()>) {
        let mut tasks = JoinSet::new();
        drop(beside(Options { name: name.into(), ..options }, &self.ports, &mut tasks));
        (name.to_owned(), tasks)
    }

    /// Returns which master tells alerts, once one does.
    pub(crate) async fn alerter(&self) -> String {
        let asking = async {
            loop {
                if let Some(name) = self.ports.election.leader(Duty::Alerter).await.unwrap() {
                    return name;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.expect("one leads")
    }

    /// Sends JSON as somebody.
    pub(crate) async fn ask(&self, who: &As, method: Method, path: &str, body: Value) -> Reply {
        ask(&self.router, who, "127.0.0.1", method, path, &[], body).await
    }

    /// As the admin by the configured token.
    pub(crate) async fn admin(&self, method: Method, path: &str, body: Value) -> Reply {
        self.ask(&As::Token(TOKEN.into()), method, path, body).await
    }

    /// Makes a user with a password, and returns a token of theirs and the cookie of a session.
    pub(crate) async fn user(&self, name: &str, role: &str) -> (As, As) {
        let user = json!({ "name": name, "role": role, "password": "correct horse" });
        self.admin(Method::POST, "/api/v1/users", user).await.expect(201);
        let cookie = self.log_in(name, "correct horse").await;
        let made = self.ask(&cookie, Method::POST, "/api/v1/tokens", json!({ "name": "test" })).await;
        let secret = made.expect(201)["secret"].as_str().unwrap().to_owned();
        (As::Token(secret), cookie)
    }

    /// Logs in by a password.
    pub(crate) async fn log_in(&self, name: &str, password: &str) -> As {
        let body = json!({ "name": name, "password": password });
        let reply = self.ask(&As::Nobody, Method::POST, "/api/v1/session", body).await;
        reply.expect(201);
        As::Cookie(reply.header("set-cookie").split(';').next().unwrap().to_owned())
    }
}

fn beside(options: Options, ports: &Ports, tasks: &mut JoinSet<()>) -> Router {
    let sum: [u8; 32] = Sha256::digest(TOKEN).into();
    let master = Master::new(Options { admin_token_sha256: Some(sum), ..options }, ports.clone());
    let background = master.clone();
    tasks.spawn(async move { background.background(CancellationToken::new()).await });
    master.router()
}

/// Sends JSON as somebody, from an address, with other headers beside.
pub(crate) async fn ask(
    router: &Router,
    who: &As,
    from: &str,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Value,
) -> Reply {
    let mut request = Request::builder().method(method).uri(path).header("host", "localhost:7480");
    request = match who {
        As::Nobody => request,
        As::Token(token) => request.header("authorization", format!("Bearer {token}")),
        As::Cookie(cookie) => {
            request.header("cookie", cookie.as_str()).header("sec-fetch-site", "same-origin")
        }
    };
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request =
        request.header("content-type", "application/json").body(Body::from(body.to_string())).unwrap();
    let address = SocketAddr::new(from.parse().unwrap(), 4711);
    request.extensions_mut().insert(ConnectInfo(Peer { address, encrypted: false }));
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = tokio::time::timeout(PATIENCE, axum::body::to_bytes(body, usize::MAX));
    let bytes = bytes.await.expect("the answer ends").unwrap().to_vec();
    Reply { status: parts.status, headers: parts.headers, bytes }
}
