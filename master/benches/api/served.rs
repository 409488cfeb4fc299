//! A master in a process of its own, whose memory is nobody else's: this program once more, told where the stores are.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use master::{Master, Options, Ports};
use model::ports::Clock;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use stores::SystemClock;
use stores::etcd::{self, Etcd};
use stores::mongodb::{self, Mongo};
use stores::sqlite::Sqlite;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::common::{TOKEN, mode};

/// How long a master may take to know all jobs.
const PATIENCE: Duration = Duration::from_secs(300);

/// Where the stores are.
pub(crate) enum Place {
    /// In a folder.
    Sqlite(PathBuf),
    /// At these addresses, for the user `master`.
    Fleet {
        /// As `http://…`.
        etcd: String,
        /// As `mongodb://…`.
        mongodb: String,
    },
}

impl Place {
    /// Reads the command line of a master's process; none: this is the bench itself.
    pub(crate) fn read(arguments: &[String]) -> Option<Self> {
        match arguments {
            [serve, folder] if serve == "serve" => Some(Self::Sqlite(folder.into())),
            [serve, etcd, mongodb] if serve == "serve" => {
                Some(Self::Fleet { etcd: etcd.clone(), mongodb: mongodb.clone() })
            }
            _ => None,
        }
    }

    fn arguments(&self) -> Vec<String> {
        match self {
            Self::Sqlite(folder) => vec!["serve".into(), folder.display().to_string()],
            Self::Fleet { etcd, mongodb } => vec!["serve".into(), etcd.clone(), mongodb.clone()],
        }
    }

    /// Opens the stores.
    async fn ports(&self) -> Ports {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        match self {
            Self::Sqlite(folder) => {
                let store = Sqlite::open(folder, clock.clone()).expect("the folder is ours");
                mode::of_sqlite(&store, clock)
            }
            Self::Fleet { etcd, mongodb } => {
                let named = || "master".to_owned();
                let mut options = etcd::Options::new([etcd.clone()]);
                options.credentials = Some(etcd::Credentials { user: named(), password: named() });
                let intent = Etcd::connect(&options, clock.clone()).await.expect("our own etcd");
                let mut options = mongodb::Options::new(mongodb.clone());
                let source = "admin".to_owned();
                options.credentials = Some(mongodb::Credentials { user: named(), password: named(), source });
                let mongo = Mongo::connect(&options, clock.clone()).await.expect("our own MongoDB");
                mode::of_fleet(&intent, &mongo, clock)
            }
        }
    }
}

/// Is the master, until it is killed.
pub(crate) async fn serve(place: Place) {
    let options = Options {
        admin_token_sha256: Some(Sha256::digest(TOKEN).into()),
        requests_per_second: None,
        leading: false,
        ..Options::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let address = listener.local_addr().expect("it is bound");
    let master = Master::new(options, place.ports().await);
    println!("{address}");
    master.serve(listener, CancellationToken::new()).await;
}

/// A master's process; killed when dropped.
pub(crate) struct Served {
    child: Child,
    address: String,
    /// Where it answers.
    pub(crate) url: String,
}

impl Served {
    /// Starts one and waits until it listens.
    pub(crate) fn start(place: &Place) -> Self {
        let own = std::env::current_exe().expect("a program knows where it lies");
        let mut child = Command::new(own)
            .args(place.arguments())
            // As its unit and its container do.
            .env("MALLOC_ARENA_MAX", "2")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts once more");
        let mut address = String::new();
        let printed = child.stdout.take().expect("piped above");
        BufReader::new(printed).read_line(&mut address).expect("it says where it listens");
        let address = address.trim().to_owned();
        assert!(!address.is_empty(), "the master ended before it listened");
        Self { url: format!("http://{address}"), child, address }
    }

    /// Waits until lists show so many jobs.
    pub(crate) fn wait_for(&self, jobs: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.get("/api/v1/jobs?limit=1")["total"] != jobs {
            assert!(Instant::now() < deadline, "the master does not know {jobs} jobs");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Asks once and returns the JSON of the answer; null for one that is no success.
    pub(crate) fn get(&self, path: &str) -> Value {
        let ask = format!(
            "GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {TOKEN}\r\nconnection: close\r\n\r\n"
        );
        let mut stream = TcpStream::connect(&self.address).expect("the master listens");
        stream.write_all(ask.as_bytes()).expect("it takes requests");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers in text");
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        if answer.starts_with("HTTP/1.1 200 ") {
            return serde_json::from_str(body).expect("a body of known length is JSON");
        }
        Value::Null
    }

    /// Returns how much memory it has now.
    pub(crate) fn memory_mib(&self) -> f64 {
        self.memory("VmRSS:")
    }

    /// Returns the most memory that it has had.
    pub(crate) fn memory_most_mib(&self) -> f64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, field: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kib: f64 = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).expect("it runs");
        kib / 1024.0
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
