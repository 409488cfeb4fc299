//! The files of a fleet: `master.toml` and `worker.toml`, with what both have in common.
//!
//! Not here: `[shell]` and `[wasm]`, which a standalone server has too.

mod etcd;
mod log;
mod master;
mod metrics;
mod mongodb;
mod worker;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use model::fault::Faults;
use model::time::Span;

use super::document::Table;
use super::section::Section;
use super::variables::refuse_unknown;
use super::{Given, load};

pub(crate) use master::MasterConfig;
pub(crate) use worker::WorkerConfig;

/// The stores that all of a fleet share.
#[derive(Debug)]
pub(crate) struct Stores {
    /// `[etcd]`
    pub(crate) etcd: stores::etcd::Options,
    /// `[mongodb]`
    pub(crate) mongodb: stores::mongodb::Options,
}

impl Stores {
    fn read(top: &mut Section<'_>, faults: &mut Faults) -> Self {
        let allow_unauthenticated = top.switch("allow_unauthenticated_stores", false, faults);
        Self {
            etcd: etcd::read(top.section("etcd", faults), allow_unauthenticated, faults),
            mongodb: mongodb::read(top.section("mongodb", faults), allow_unauthenticated, faults),
        }
    }
}

/// A file by the role that it is for.
pub(crate) enum File {
    Master(Box<MasterConfig>),
    Worker(Box<WorkerConfig>),
}

/// Reads the file of whichever role its sections are of; none when it is a standalone server's.
///
/// # Errors
/// As [`load_master`].
pub(crate) fn load_any(path: &Path, given: &Given) -> Result<Option<File>> {
    // What is not TOML is told by whoever reads it next.
    let table = super::document::parse(&super::text_of(path)?).unwrap_or_default();
    let has = |section: &str| table.contains_key(section);
    if has("master") {
        return load_master(path, given).map(|config| Some(File::Master(Box::new(config))));
    }
    if ["worker", "etcd", "mongodb"].into_iter().any(has) {
        return load_worker(path, given).map(|config| Some(File::Worker(Box::new(config))));
    }
    Ok(None)
}

/// Reads the file of a master.
///
/// # Errors
/// When it cannot be read, others may write it, or something in it is wrong: all faults, each with its place.
pub(crate) fn load_master(path: &Path, given: &Given) -> Result<MasterConfig> {
    load(Some(path), |table, faults| {
        refuse_unknown(given, faults);
        master::read(table, given, faults)
    })
}

/// Reads the file of a worker.
///
/// # Errors
/// As [`load_master`].
pub(crate) fn load_worker(path: &Path, given: &Given) -> Result<WorkerConfig> {
    load(Some(path), |table, faults| {
        refuse_unknown(given, faults);
        worker::read(table, given, faults)
    })
}

/// Asks for all that either role reads.
pub(super) fn ask(table: &Table, given: &Given, faults: &mut Faults) {
    master::read(table, given, faults);
    worker::read(table, given, faults);
}

/// Reads a time for a store.
fn time(section: &mut Section<'_>, name: &str, default: Duration, faults: &mut Faults) -> Duration {
    let default = Span::from_millis(u64::try_from(default.as_millis()).unwrap_or(u64::MAX));
    section.text(name, faults).unwrap_or_else(|| section.default(name, default)).to_std()
}

/// Reads who we are in a store: both halves or none.
fn user(section: &mut Section<'_>, faults: &mut Faults) -> Option<(String, String)> {
    let places = ["user", "password_file"].map(|name| section.place(name));
    let user: Option<String> = section.text("user", faults);
    let named: Option<std::path::PathBuf> = section.text("password_file", faults);
    match (user, named) {
        // With a fault in one of them, no second one is told for the other.
        (Some(user), Some(_)) => Some((user, section.secret("password_file", faults).unwrap_or_default())),
        (Some(user), None) => {
            faults.add_with_hint(
                places[0].clone(),
                "has no password",
                "name the file that holds it with `password_file`",
            );
            Some((user, String::new()))
        }
        (None, Some(_)) => {
            faults.add(places[1].clone(), "needs `user` beside it");
            None
        }
        (None, None) => None,
    }
}

/// Adds what a store says of its options, `NAME: what is wrong`, with the place of that name.
fn add_store_fault(section: &mut Section<'_>, fault: &str, faults: &mut Faults) {
    let (name, message) = fault.split_once(": ").unwrap_or(("", fault));
    let (option, _) = name.split_once('[').unwrap_or((name, ""));
    let place = section.place(option);
    match message.split_once("\nhint: ") {
        Some((message, hint)) => faults.add_with_hint(place, message, hint),
        None => faults.add(place, message),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use model::quantity::ByteSize;
    use model::time::Span;

    use super::*;
    use crate::config::parse;

    /// Returns the lines of both stores with a password in `dir`.
    fn stores(dir: &Path) -> String {
        let password = dir.join("password");
        fs::write(&password, "hunter2\n").unwrap();
        fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).unwrap();
        let password = password.display();
        format!(
            "[etcd]\nendpoints = [\"http://10.0.0.2:2379\"]\nuser = \"master\"\npassword_file = \"{password}\"\n\
             [mongodb]\nuri = \"mongodb://10.0.0.3/\"\nuser = \"master\"\npassword_file = \"{password}\"\n"
        )
    }

    fn told(text: &str, given: &Given) -> Vec<String> {
        let faults = parse(text, |table, faults| worker::read(table, given, faults)).unwrap_err();
        faults.as_slice().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn stores_without_credentials_are_refused_with_the_line_that_would_allow_them() {
        let text =
            "[etcd]\nendpoints = [\"http://10.0.0.2:2379\"]\n[mongodb]\nuri = \"mongodb://10.0.0.3/\"\n";
        let faults = told(text, &Given::default());
        assert_eq!(faults.len(), 2, "{faults:?}");
        for (fault, path) in faults.iter().zip(["etcd.user: ", "mongodb.user: "]) {
            assert!(fault.starts_with(path), "{fault}");
            assert!(fault.contains("`allow_unauthenticated_stores = true`"), "{fault}");
        }
        let allowed = format!("allow_unauthenticated_stores = true\n{text}");
        assert!(parse(&allowed, |table, faults| worker::read(table, &Given::default(), faults)).is_ok());
    }

    #[test]
    fn all_faults_of_a_worker_are_told_at_once_with_their_lines() {
        let text = "allow_unauthenticated_stores = true\n[etcd]\nendpoints = [\"10.0.0.2:2379\"]\nuser = \"a\"\n\
            [mongodb]\nuri = \"mongodb://a:b@10.0.0.3/\"\n[worker]\nslots = 0\nid = \"no id\"\ndata = 3\n\
            lables = 1\n[pipeline]\nbatch_bytes = \"1KiB\"\n[shell]\nenabled = 2\n";
        let faults = told(text, &Given::default());
        let places = [
            "etcd.user (line 4): has no password",
            "etcd.endpoints (line 3): `10.0.0.2:2379` must start with",
            "mongodb.uri (line 6): has a password in it",
            "worker.id (line 9): ",
            "worker.slots (line 8): must be a whole number from 1 to 10000, got `0`",
            "worker.data (line 10): must be a text in quotes, got `3`",
            "worker.lables (line 11): is not known here",
            "pipeline.batch_bytes (line 13): must be from",
            "shell.enabled (line 15): must be true or false, got `2`",
        ];
        assert_eq!(faults.len(), places.len(), "{faults:#?}");
        for (fault, place) in faults.iter().zip(places) {
            assert!(fault.starts_with(place), "`{fault}` should begin with `{place}`");
        }
        assert!(!faults.join("").contains("a:b@"), "no password is shown: {faults:?}");
    }

    #[test]
    fn a_flag_goes_before_the_environment_and_that_before_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let text =
            format!("{}[worker]\nslots = 3\nid = \"w1\"\nlabels = {{ role = \"db\" }}\n", stores(dir.path()));
        let variable = |name: &str, value: &str| (format!("SANDGLASS_OPT_{name}"), value.to_owned());
        let environment = [
            variable("SLOTS", "4"),
            variable("WORKER_ID", "w2"),
            variable("ETCD_ENDPOINTS", "http://10.0.0.8:2379, http://10.0.0.9:2379"),
            variable("SHELL_ENABLED", "no"),
        ];
        let flags = [("worker.slots", ("--slots", "5".to_owned()))];
        let given = Given { flags: flags.into(), environment: environment.into(), ..Given::default() };
        let config = parse(&text, |table, faults| worker::read(table, &given, faults)).unwrap();
        assert_eq!((config.slots, config.id.unwrap().as_str()), (Some(5), "w2"));
        assert_eq!(config.stores.etcd.endpoints, ["http://10.0.0.8:2379", "http://10.0.0.9:2379"]);
        assert_eq!(config.stores.etcd.credentials.unwrap().password, "hunter2");
        assert!(!config.allowed.shell.enabled);
        assert_eq!(config.labels["role"], "db");
        let given = Given { environment: [variable("SLOTS", "many")].into(), ..Given::default() };
        let faults = told(&text, &given);
        assert_eq!(
            faults,
            ["worker.slots (SANDGLASS_OPT_SLOTS): must be a whole number from 1 to 10000, got `many`"]
        );
    }

    /// Meant to find: an option that is not read (its name is unknown then), and one without its bounds.
    #[test]
    fn how_output_is_cut_and_shipped_is_the_owners_within_bounds() {
        let dir = tempfile::tempdir().unwrap();
        let text = format!(
            "{}[pipeline]\nchunk_bytes = \"16KiB\"\nchunk_wait = \"1s\"\nbatch_chunks = 7\nbatch_bytes = \"1MiB\"\n\
             batch_wait = \"20ms\"\npoll = \"2s\"\n",
            stores(dir.path())
        );
        let environment = [("SANDGLASS_OPT_PIPELINE_CHUNK_WAIT".to_owned(), "50ms".to_owned())];
        let flags = [("pipeline.batch_chunks", ("--batch-chunks", "9".to_owned()))];
        let given = Given { flags: flags.into(), environment: environment.into(), ..Given::default() };
        let config = parse(&text, |table, faults| worker::read(table, &given, faults)).unwrap();
        let (cut, shipped) = (config.allowed.chunking, config.pipeline);
        assert_eq!((cut.bytes, cut.wait), (ByteSize::from_kib(16), Span::from_millis(50)));
        assert_eq!((shipped.batch_chunks_max, shipped.batch_bytes_max), (9, ByteSize::from_mib(1)));
        assert_eq!((shipped.batch_wait, shipped.poll), (Span::from_millis(20), Span::from_seconds(2)));
        for (from, to, fault) in [
            ("16KiB", "1KiB", "chunk_bytes (line 10): must be from 4KiB to 64KiB, got `1KiB`"),
            ("16KiB", "65KiB", "chunk_bytes (line 10): must be from 4KiB to 64KiB, got `65KiB`"),
            ("\"1s\"", "\"0s\"", "chunk_wait (line 11): must be from 10ms to 1m, got `0s`"),
            ("= 7", "= 0", "batch_chunks (line 12): must be a whole number from 1 to 100000, got `0`"),
            ("1MiB", "33MiB", "batch_bytes (line 13): must be from 64KiB to 32MiB, got `33MiB`"),
            ("20ms", "2m", "batch_wait (line 14): must be from 10ms to 1m, got `2m`"),
            ("\"2s\"", "\"9ms\"", "poll (line 15): must be from 10ms to 1m, got `9ms`"),
        ] {
            let faults = told(&text.replace(from, to), &Given::default());
            assert_eq!(faults, [format!("pipeline.{fault}")]);
        }
    }

    #[test]
    fn a_master_without_a_good_token_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let token = dir.path().join("token");
        fs::write(&token, "secret\n").unwrap();
        fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
        let text =
            format!("{}[master]\nadmin_token_file = {token:?}\nurl = \"ftp://x\"\n", stores(dir.path()));
        let read = |text: &str| parse(text, |table, faults| master::read(table, &Given::default(), faults));
        let faults = read(&text).unwrap_err().to_string();
        assert!(faults.contains("has 6 characters") && faults.contains("openssl rand"), "{faults}");
        assert!(faults.contains("master.url (line") && faults.contains("`ftp://x`"), "{faults}");
        fs::write(&token, "0".repeat(64)).unwrap();
        let config = read(&text.replace("ftp://x", "https://jobs.example/")).unwrap();
        assert_eq!(config.url.as_deref(), Some("https://jobs.example"));
        assert!(config.admin_token_sha256.is_some());
    }

    const MASTER: &str = include_str!("../../../../deploy/master.toml");
    const WORKER: &str = include_str!("../../../../deploy/worker.toml");

    /// Returns an example with its files in `dir`; with `all`, with each line that stands behind a `#`.
    fn example(text: &str, dir: &Path, all: bool) -> String {
        let is_option = |line: &str| line.split_once(" = ").is_some_and(|(name, _)| !name.contains(' '));
        let mut lines = Vec::new();
        for line in text.lines() {
            let hidden = line.strip_prefix("# ").filter(|rest| is_option(rest));
            match hidden {
                // It stands for `uri`.
                Some(rest) if all && !rest.starts_with("uri_file") => lines.push(rest.to_owned()),
                _ => lines.push(line.to_owned()),
            }
        }
        for name in text.split('"').filter_map(|word| word.strip_prefix("/etc/sandglass/")) {
            let path = dir.join(name);
            let content = match name {
                "ca.pem" => "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(),
                "otlp-headers" => "authorization: Bearer 0\n".to_owned(),
                _ => "0".repeat(64),
            };
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let text = lines.join("\n").replace("/etc/sandglass", &dir.display().to_string());
        if all { text.replace("http://10", "https://10") } else { text }
    }

    fn faults_of(text: &str) -> Faults {
        let given = Given::default();
        let read = if text.contains("[master]") {
            parse(text, |table, faults| drop(master::read(table, &given, faults)))
        } else {
            parse(text, |table, faults| drop(worker::read(table, &given, faults)))
        };
        read.err().unwrap_or_default()
    }

    #[test]
    fn the_examples_are_read_as_they_are_and_with_every_line_of_them() {
        let dir = tempfile::tempdir().unwrap();
        for (text, all) in [(MASTER, false), (MASTER, true), (WORKER, false), (WORKER, true)] {
            let faults = faults_of(&example(text, dir.path(), all));
            assert!(faults.is_empty(), "{faults}");
        }
    }

    /// An option that no example names makes this fail: each section is asked what it knows.
    #[test]
    fn the_examples_name_every_option() {
        let dir = tempfile::tempdir().unwrap();
        for text in [MASTER, WORKER] {
            let asking: Vec<_> =
                text.lines()
                    .map(|line| {
                        if line.starts_with('[') { format!("{line}\nnonsense = 1") } else { line.to_owned() }
                    })
                    .collect();
            let faults = faults_of(&example(&asking.join("\n"), dir.path(), false));
            let sections = text.lines().filter(|line| line.starts_with('[')).count();
            assert_eq!(faults.as_slice().len(), sections, "{faults}");
            for fault in faults.as_slice() {
                for option in fault.message.split('`').skip(1).step_by(2) {
                    let named = [format!("{option} = "), format!("# {option} = ")];
                    let is_named = text.lines().any(|line| named.iter().any(|named| line.starts_with(named)));
                    assert!(is_named, "`{option}` ({}) stands in no example", fault.path);
                }
            }
        }
    }
}
