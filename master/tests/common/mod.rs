//! A master on the stores of either mode, with a clock that a test moves; its router is called as a function.
#![expect(dead_code, reason = "each test file uses a part of it")]
#![expect(clippy::unwrap_used, reason = "test support: a failure is a failed test")]

pub(crate) mod facts;
pub(crate) mod mode;
pub(crate) mod receiver;
pub(crate) mod seed;
pub(crate) mod stage;
pub(crate) mod tail;
pub(crate) mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use master::{Master, Options, Ports};
use model::module::{ModuleReport, ModuleShape};
use model::ports::{Clock, ModuleInspector, Rejection};
use model::quantity::ByteSize;
use model::time::{BootTime, Span, Timestamp};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use facts::OnClock;
use mode::{Kept, Mode};

/// The admin's token.
pub(crate) const TOKEN: &str = "0123456789abcdef";
/// How long a test waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Between two questions.
const PAUSE: Duration = Duration::from_millis(5);

/// A clock that a test moves.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    /// Moves the clock on.
    pub(crate) fn pass(&self, span: Span) {
        self.0.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Sets the clock back.
    pub(crate) fn set_back(&self, span: Span) {
        self.0.fetch_sub(i64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn boot_time(&self) -> BootTime {
        BootTime::from_millis(u64::try_from(self.0.load(Ordering::SeqCst)).unwrap())
    }
}

/// Returns an inspector for tests.
pub(crate) fn inspector() -> Arc<dyn ModuleInspector> {
    Arc::new(ByMagic)
}

/// Takes what begins as a module does. The real inspector is the sandbox's, which knows no master.
struct ByMagic;

impl ModuleInspector for ByMagic {
    fn inspect(&self, bytes: &[u8]) -> Result<ModuleReport, Rejection> {
        if !bytes.starts_with(b"\0asm") {
            let message = "the file does not begin as a module does; upload the `.wasm` file itself".into();
            return Err(Rejection { code: "not_wasm", message });
        }
        Ok(ModuleReport {
            shape: ModuleShape::Core,
            imports: vec!["wasi_snapshot_preview1::fd_write".into()],
            exports: vec!["_start".into(), "memory".into()],
            memory_min: ByteSize::from_kib(64),
            producers: Vec::new(),
        })
    }
}

/// A master with its stores.
pub(crate) struct House {
    pub(crate) clock: Arc<TestClock>,
    /// The stores themselves, without what a test has put around them.
    pub(crate) ports: Ports,
    pub(crate) master: Master,
    pub(crate) router: Router,
    pub(crate) shutdown: CancellationToken,
    _tasks: JoinSet<()>,
    _stores: Kept,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    /// Returns the body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Returns the body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Returns a header.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no header {name}: {self:?}")).to_str().unwrap()
    }

    /// Returns a problem, after its form was checked, without its request's id.
    pub(crate) fn problem(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let mut problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16(), "{problem}");
        let id = problem.as_object_mut().unwrap().remove("request_id").expect("a problem names its request");
        assert_eq!(id, self.header("x-request-id"));
        problem
    }

    /// Returns the body as JSON, after its status was checked.
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        if self.bytes.is_empty() { Value::Null } else { self.json() }
    }

    /// Returns the code of a problem, after its status was checked.
    pub(crate) fn refused(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self.problem()["code"].as_str().unwrap().to_owned()
    }
}

impl House {
    /// Builds a master whose clock stands at 2026-12-01 08:00:00 UTC, a Tuesday.
    pub(crate) async fn new(mode: Mode) -> Self {
        Self::with(mode, Options::default()).await
    }

    /// Builds a master with other options.
    pub(crate) async fn with(mode: Mode, options: Options) -> Self {
        Self::on(mode, options, |ports| ports).await
    }

    /// Builds a master with other options on ports that `change` puts something around.
    pub(crate) async fn on(mode: Mode, options: Options, change: impl FnOnce(Ports) -> Ports) -> Self {
        let start: Timestamp = "2026-12-01T08:00:00Z".parse().unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(start.as_millis())));
        let (ports, kept) = mode::open(mode, clock.clone()).await;
        let (inner, watches) = (ports.facts.clone(), Arc::default());
        let ports = Ports { facts: Arc::new(OnClock { inner, clock: clock.clone(), watches }), ..ports };
        let sum: [u8; 32] = Sha256::digest(TOKEN).into();
        let options = Options { admin_token_sha256: Some(sum), ..options };
        let master = Master::new(options, change(ports.clone()));
        let shutdown = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let (background, token) = (master.clone(), shutdown.clone());
        tasks.spawn(async move { background.background(token).await });
        Self { clock, ports, router: master.router(), master, shutdown, _tasks: tasks, _stores: kept }
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = tokio::time::timeout(PATIENCE, axum::body::to_bytes(body, usize::MAX));
        let bytes = bytes.await.expect("the answer ends").unwrap().to_vec();
        Reply { status: parts.status, headers: parts.headers, bytes }
    }

    /// Sends a request as the admin, with headers and a body.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Reply {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost:7480")
            .header("authorization", format!("Bearer {TOKEN}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    /// Reads.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path, &[], Body::empty()).await
    }

    /// Posts JSON.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.ask(Method::POST, path, &[("content-type", "application/json")], body.to_string()).await
    }

    /// Posts nothing.
    pub(crate) async fn act(&self, path: &str) -> Reply {
        self.ask(Method::POST, path, &[], Body::empty()).await
    }

    /// Puts JSON, with other headers beside.
    pub(crate) async fn put(&self, path: &str, headers: &[(&str, &str)], body: Value) -> Reply {
        let mut all = vec![("content-type", "application/json")];
        all.extend_from_slice(headers);
        self.ask(Method::PUT, path, &all, body.to_string()).await
    }

    /// Deletes.
    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.ask(Method::DELETE, path, &[], Body::empty()).await
    }

    /// Saves a shell job with this schedule.
    pub(crate) async fn job(&self, name: &str, schedule: &str) -> Value {
        // Longer than any run of a test: no run is taken to outlast its timeout.
        let job = serde_json::json!({ "name": name, "schedule": schedule, "shell": { "script": "echo hello" },
            "limits": { "timeout": "2h" } });
        self.post("/api/v1/jobs", job).await.expect(201)
    }

    /// Asks again until `done`.
    pub(crate) async fn until(&self, path: &str, done: impl Fn(&Value) -> bool) -> Value {
        let asking = async {
            loop {
                let value = self.get(path).await.expect(200);
                if done(&value) {
                    return value;
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("{path} never became so"))
    }
}
