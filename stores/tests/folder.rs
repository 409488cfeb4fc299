//! What a user meets who opens a data folder: held by another process, not writable, damaged, full, too new.
//! Each message names the thing and the fix.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

mod child;

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use model::chunk::{CHUNK_BYTES_MAX, Chunk, Stream};
use model::id::{JobUid, RunId, SpecId};
use model::ports::{Batch, Guard, JobWrite, StateKey, StoreError, Swap};
use model::state::JobState;
use model::time::Timestamp;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use stores::SystemClock;
use stores::sqlite::{OpenError, Sqlite};

use child::{Child, folder_of_this_child};

fn open(folder: &Path) -> Result<Sqlite, OpenError> {
    Sqlite::open(folder, Arc::new(SystemClock))
}

fn refusal(folder: &Path) -> OpenError {
    open(folder).err().expect("the folder is refused")
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// Returns a swap that makes a state of a job that nobody else has.
fn new_state(i: u64) -> Swap {
    let key = StateKey::job(format!("job-{i}").parse().unwrap());
    let at = Timestamp::from_seconds(1_767_225_600);
    let state = JobState::new(JobUid::random(), SpecId::FIRST, None, at);
    Swap { key, expect: None, head: None, state: Some(state), job: JobWrite::Keep }
}

#[tokio::test]
async fn folder_and_files_are_for_their_owner_alone() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("deep/data");
    let store = open(&folder).unwrap();
    store.intent().commit(Batch::one(new_state(1))).await.unwrap();
    assert_eq!(mode(&folder), 0o700);
    for file in ["lock", "intent.db", "intent.db-wal", "facts.db"] {
        assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
    }
    assert_eq!(mode(&folder.join("modules")), 0o700);
}

#[tokio::test]
async fn second_open_in_the_same_process_is_refused_until_the_first_is_closed() {
    let temp = tempfile::tempdir().unwrap();
    let first = open(temp.path()).unwrap();
    let port = first.intent();
    drop(first);
    assert!(matches!(refusal(temp.path()), OpenError::InUse { .. }), "a port still holds it");
    drop(port);
    open(temp.path()).unwrap();
}

#[test]
fn folder_of_another_process_is_refused_with_its_pid() {
    if let Some(folder) = folder_of_this_child() {
        let _store = open(&folder).unwrap();
        println!("open");
        // Until the parent kills it.
        std::thread::sleep(std::time::Duration::from_secs(60));
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let mut child = Child::start("folder_of_another_process_is_refused_with_its_pid", temp.path(), None);
    let mut lines = BufReader::new(child.stdout()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with("open")), "the child opens the folder");
    let expected = format!(
        "data folder `{}` is in use by process {}\nhint: stop it first, or choose another folder; two processes \
         never share one",
        temp.path().display(),
        child.id(),
    );
    assert_eq!(refusal(temp.path()).to_string(), expected);
    child.kill();
    open(temp.path()).expect("the kernel gives the lock back when its holder dies");
}

/// As root, who may write everywhere, a child without rights tries it.
#[test]
fn folder_without_write_permission_is_refused_with_its_reason() {
    if let Some(folder) = folder_of_this_child() {
        println!("refused: {}", refusal(&folder).to_string().replace('\n', " / "));
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("data");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(temp.path(), PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o555)).unwrap();
    let nobody = nix::unistd::geteuid().is_root().then_some(65_534);
    let mut child =
        Child::start("folder_without_write_permission_is_refused_with_its_reason", &folder, nobody);
    let lines: Vec<_> = BufReader::new(child.stdout()).lines().map(Result::unwrap).collect();
    let expected = format!(
        "refused: no permission to write `{}`: Permission denied (os error 13) / hint: run as the user that owns \
         the folder, or choose another folder",
        folder.join("lock").display(),
    );
    assert!(lines.iter().any(|line| line.ends_with(&expected)), "{lines:?}");
}

#[test]
fn damaged_file_is_refused_by_its_name() {
    for file in ["intent.db", "facts.db"] {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().canonicalize().unwrap();
        drop(open(&folder).unwrap());
        std::fs::write(folder.join(file), "this was a database once\n".repeat(1000)).unwrap();
        let expected = format!(
            "database `{}` is damaged: file is not a database\nhint: put back a copy of it, or move the file away \
             to start with an empty one",
            folder.join(file).display(),
        );
        assert_eq!(refusal(&folder).to_string(), expected);
    }
}

#[tokio::test]
async fn damage_inside_a_file_is_told_and_not_retried() {
    let temp = tempfile::tempdir().unwrap();
    {
        let store = open(temp.path()).unwrap();
        let swaps = (0..100).map(new_state).collect();
        let batch = Batch { guard: Guard::None, swaps };
        store.intent().commit(batch).await.unwrap();
    }
    let path = temp.path().join("intent.db");
    let mut bytes = std::fs::read(&path).unwrap();
    // All but the first pages, which open needs.
    let from = bytes.len() / 2;
    bytes[from..].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    let error = match open(temp.path()) {
        Err(error) => error.to_string(),
        Ok(store) => store.intent().load().await.unwrap_err().to_string(),
    };
    assert!(error.contains("intent.db` is damaged: "), "{error}");
    assert!(error.contains("\nhint: put back a copy of it"), "{error}");
}

#[test]
fn newer_layout_is_refused() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().canonicalize().unwrap();
    drop(open(&folder).unwrap());
    let file = folder.join("facts.db");
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let expected = format!(
        "`{}` was written by a newer version of sandglass (format 99, this one knows 5)\nhint: start that version \
         or a later one",
        file.display(),
    );
    assert_eq!(refusal(&folder).to_string(), expected);
}

/// Goal: a folder from before there were tags, drains, accounts and alerts gets them when it is opened.
#[tokio::test]
async fn older_layout_gets_what_it_lacks() {
    let temp = tempfile::tempdir().unwrap();
    open(temp.path()).unwrap().intent().commit(Batch::one(new_state(1))).await.unwrap();
    let connection = rusqlite::Connection::open(temp.path().join("intent.db")).unwrap();
    let older = "DROP TABLE tags; DROP TABLE drains; DROP TABLE accounts; DROP TABLE alerts; \
                 PRAGMA user_version = 1;";
    connection.execute_batch(older).unwrap();
    drop(connection);
    let store = open(temp.path()).unwrap();
    assert_eq!(store.blobs().tags().await.unwrap(), []);
    assert_eq!(store.registry().undrain(&"w1".parse().unwrap()).await.unwrap(), None);
    assert_eq!(store.accounts().user(&"admin".parse().unwrap()).await.unwrap(), None);
    assert_eq!(store.alerts().notices().await.unwrap(), []);
    assert_eq!(store.intent().load().await.unwrap().states.len(), 1, "what was there stays");
}

#[tokio::test]
async fn document_of_a_newer_format_is_refused() {
    let temp = tempfile::tempdir().unwrap();
    open(temp.path()).unwrap().intent().commit(Batch::one(new_state(1))).await.unwrap();
    let connection = rusqlite::Connection::open(temp.path().join("intent.db")).unwrap();
    connection.execute("UPDATE states SET version = 9", []).unwrap();
    drop(connection);
    let error = open(temp.path()).unwrap().intent().load().await.unwrap_err();
    let expected = "state of job `job-1` was written by a newer version of sandglass (format 9, this one knows 1)\n\
                    hint: start that version or a later one";
    assert_eq!(error, StoreError::Permanent(expected.into()));
}

#[tokio::test]
async fn half_uploads_and_modules_without_a_row_go_at_open() {
    let temp = tempfile::tempdir().unwrap();
    drop(open(temp.path()).unwrap());
    let modules = temp.path().join("modules");
    let orphan = format!("{}.wasm", "0".repeat(64));
    for name in ["upload-a1B2c3", &orphan, "README"] {
        std::fs::write(modules.join(name), "rest").unwrap();
    }
    let _store = open(temp.path()).unwrap();
    let left: Vec<_> = modules.read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["README"], "what is not ours stays");
}

fn big_chunk(run: &RunId, seq: u64) -> Chunk {
    let bytes = vec![7; CHUNK_BYTES_MAX].into();
    Chunk { run: run.clone(), seq, stream: Stream::Stdout, at: Timestamp::from_seconds(0), bytes, gap: None }
}

/// A file system of 4 MiB, gone at the end.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    fn mount(at: &'a Path) -> nix::Result<Self> {
        mount(Some("tmpfs"), at, Some("tmpfs"), MsFlags::empty(), Some("size=4m"))?;
        Ok(Self(at))
    }

    fn make_room(&self) {
        mount(Some("tmpfs"), self.0, Some("tmpfs"), MsFlags::MS_REMOUNT, Some("size=32m")).unwrap();
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        umount2(self.0, MntFlags::MNT_DETACH).expect("what was mounted is unmounted");
    }
}

/// Fills a small file system; what was answered stays, what was refused says why, and room helps.
#[tokio::test]
async fn full_disk_refuses_and_loses_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let small = match Small::mount(temp.path()) {
        Ok(small) => small,
        Err(error) => return eprintln!("skipped: mounting a small file system needs root ({error})"),
    };
    let folder = small.0.join("data");
    let store = open(&folder).unwrap();
    let (intent, facts) = (store.intent(), store.facts());
    let run: RunId = "0f3c9a7be2d14c58a1b2c3d4".parse().unwrap();
    let (mut chunks, mut states) = (0, 0);
    let refused = loop {
        if let Err(error) = facts.append_chunks(vec![big_chunk(&run, chunks)]).await {
            break error;
        }
        chunks += 1;
        if let Err(error) = intent.commit(Batch::one(new_state(states))).await {
            break error;
        }
        states += 1;
    };
    let text = refused.to_string();
    assert!(matches!(refused, StoreError::Permanent(_)), "{refused:?}");
    assert!(text.starts_with("no room left for `") && text.contains("\nhint: free some space"), "{text}");
    let kept = facts.chunks(&run, 0, 1000).await.unwrap();
    assert_eq!(kept.len() as u64, chunks, "each acknowledged chunk is there, and no other");
    drop((intent, facts));
    drop(store);
    match open(&folder) {
        Ok(_) | Err(OpenError::Full { .. }) => {}
        Err(other) => panic!("a full disk is called so: {other}"),
    }
    small.make_room();
    let store = open(&folder).unwrap();
    let snapshot = store.intent().load().await.unwrap();
    assert_eq!(snapshot.states.len() as u64, states);
    store.intent().commit(Batch::one(new_state(10_000))).await.expect("with room again it goes on");
}
