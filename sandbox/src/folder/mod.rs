//! A run's folder on disk: made before anything of the workload runs, complete when its end is known.
//!
//! Both executors write through here: `spec.json` first, then output by [`SegmentWriter`], at last `exit.json` by one
//! rename. A later process finds by [`left_behind`] what an earlier one began.
//!
//! What a crash of a process needs is written, what a crash of the machine needs is synced. Of a run that was under
//! way when its machine crashed nobody asks more than that it is lost, which the boot id tells: a start syncs
//! nothing. The end is synced before it is told, once for all files of the folder.
//!
//! Not here: the names of the files (`model::run_folder`), the frames (`model::segment`), shipping and removing
//! a finished folder (the worker).

mod brake;
mod chunking;
mod end;
mod frames;
mod segment;
mod settle;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use model::outcome::{Outcome, Stage};
use model::ports::{RunRef, StartError};
use model::run_folder::{RunFolder, RunSpec};
use model::workload::Kind;
use nix::errno::Errno;
use nix::fcntl::{FallocateFlags, fallocate};

pub use brake::HELD_LOOK;
pub use chunking::Chunking;
pub use segment::SegmentWriter;
pub use settle::settle;

/// Bytes set aside on disk for `exit.json`, so that a full disk does not lose how a run ended.
const EXIT_RESERVED_BYTES: u16 = 4_096;

/// The folder of one run that this process writes.
#[derive(Debug, Clone)]
pub struct Folder {
    names: RunFolder,
}

impl Folder {
    /// Makes the folder of `run` under `runs`, writes its spec and sets aside the blocks of its end. When this returns,
    /// every later process of this boot finds the first two, and a disk that fills up meanwhile still takes the last.
    ///
    /// # Errors
    /// At stage `Folder`, the worker's doing: the disk is full, no permission, or the run has a folder already
    /// (so that no run is started twice by one worker). Nothing of the folder is left then.
    pub fn create(runs: &Path, run: &RunRef, kind: Kind) -> Result<Self, StartError> {
        let names = RunFolder::new(runs, &run.id);
        let folder = Self { names };
        folder.write_spec(runs, run, kind).map_err(|e| {
            if e.kind() == io::ErrorKind::AlreadyExists {
                let path = folder.path().display();
                let message = format!("the folder `{path}` exists: this run was begun before");
                return StartError::worker(Stage::Folder, message);
            }
            folder.discard();
            refused("write the run's folder", folder.path(), &e)
        })?;
        if let Err(e) = folder.reserve_exit() {
            folder.discard();
            return Err(refused("set room aside for the run's end in", &folder.exit_part(), &e));
        }
        Ok(folder)
    }

    /// Returns the folder that stands under `names` already.
    pub fn existing(names: RunFolder) -> Self {
        Self { names }
    }

    /// Returns the folder's path.
    pub fn path(&self) -> &Path {
        self.names.path()
    }

    /// Returns the names of the folder's files.
    pub fn names(&self) -> &RunFolder {
        &self.names
    }

    /// Puts a small file into the folder by rename: another process sees all of it or nothing. Not synced.
    ///
    /// # Errors
    /// As the file system says.
    pub fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let (part, whole) = (self.path().join(format!("{name}.tmp")), self.path().join(name));
        // Not truncated on open: for `exit.json` the blocks were set aside when the folder was made.
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&part)?;
        file.write_all(bytes)?;
        file.set_len(bytes.len() as u64)?;
        fs::rename(part, whole)
    }

    /// Writes how the run ended: another process sees all of it or nothing. Not synced: whoever tells the end calls
    /// [`Folder::secure`] before.
    ///
    /// # Errors
    /// As the file system says. The outcome is still true and known to who called; say both.
    pub fn write_exit(&self, outcome: &Outcome) -> io::Result<()> {
        self.put("exit.json", &serde_json::to_vec(outcome)?)
    }

    /// Returns how the run ended; none while nobody has written it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn outcome(&self) -> io::Result<Option<Outcome>> {
        read_json(&self.names.exit())
    }

    /// Writes how the run ended; when this returns the folder is on disk, its spec and its output included.
    ///
    /// The rename goes before the sync, so that one journal commit of the file system takes all of it: a crash in
    /// between may leave a file that is not whole, which reads as none, of an end that nobody was told.
    ///
    /// # Errors
    /// As the file system says. The outcome is still true and known to who called; say both.
    pub fn finish(&self, outcome: &Outcome) -> io::Result<()> {
        self.write_exit(outcome)?;
        self.secure()
    }

    /// Does what [`Folder::finish`] does, of a run whose output nobody synced yet.
    ///
    /// # Errors
    /// As the file system says. The outcome is still true and known to who called; say both.
    pub fn finish_all(&self, outcome: &Outcome) -> io::Result<()> {
        self.write_exit(outcome)?;
        let output = &outcome.output;
        // An empty segment is nothing but its name.
        if (output.kept, output.dropped) != (0, 0) {
            File::open(self.names.output())?.sync_data()?;
        }
        self.secure()
    }

    /// Sets blocks aside for `exit.json`. Before the program begins: a run whose end nobody could write would be told
    /// as lost, and its output with it.
    fn reserve_exit(&self) -> io::Result<()> {
        let mut exit = private_file(&self.exit_part())?;
        let keep_size = FallocateFlags::FALLOC_FL_KEEP_SIZE;
        loop {
            return match fallocate(&exit, keep_size, 0, EXIT_RESERVED_BYTES.into()) {
                Ok(()) => Ok(()),
                Err(Errno::EINTR) => continue,
                // A file system that cannot set blocks aside has them once something stands in them.
                Err(Errno::EOPNOTSUPP | Errno::ENOSYS) => exit.write_all(&[0; EXIT_RESERVED_BYTES as usize]),
                Err(e) => Err(e.into()),
            };
        }
    }

    /// Where the exit stands until it is whole.
    fn exit_part(&self) -> PathBuf {
        self.path().join("exit.json.tmp")
    }

    /// Makes the files of the run's output, for a process that may not enter the folder: the segment, and the note of
    /// its end, which [`Folder::forget_note`] removes. See [`SegmentWriter::over`].
    ///
    /// # Errors
    /// At stage `Folder`, the worker's doing.
    pub fn output_files(&self) -> Result<(File, File), StartError> {
        let made = |path: PathBuf| private_file(&path).map_err(|e| refused("make", &path, &e));
        Ok((made(self.names.output())?, made(self.names.end())?))
    }

    /// Removes the note of an output whose writer has come to its end.
    pub fn forget_note(&self) {
        // One that stays is empty, and says nothing to who settles the folder.
        let _ = fs::remove_file(self.names.end());
    }

    /// Removes the folder of a run that did not start. What cannot be removed stays and is logged.
    pub fn discard(&self) {
        if let Err(e) = fs::remove_dir_all(self.path())
            && e.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!("failed to remove `{}`: {e}", self.path().display());
        }
    }

    /// Brings the folder's names, its spec and its end, if that is known, to disk.
    ///
    /// # Errors
    /// As the file system says.
    pub fn secure(&self) -> io::Result<()> {
        for file in [self.names.exit(), self.names.spec()] {
            match File::open(file) {
                Ok(file) => file.sync_all()?,
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
        }
        sync_dir(self.path())?;
        self.path().parent().map_or(Ok(()), sync_dir)
    }

    fn write_spec(&self, runs: &Path, run: &RunRef, kind: Kind) -> io::Result<()> {
        let own = || DirBuilder::new().mode(0o700).create(self.path());
        match own() {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).mode(0o700).create(runs)?;
                own()?;
            }
            made => made?,
        }
        let spec = RunSpec { version: RunSpec::VERSION, run: run.clone(), kind };
        let mut file = private_file(&self.names.spec())?;
        file.write_all(&serde_json::to_vec(&spec)?)?;
        Ok(())
    }
}

/// Returns why a run does not start: what could not be done in its folder, and what its owner can do about it. The
/// worker's doing.
pub(crate) fn refused(doing: &str, path: &Path, e: &io::Error) -> StartError {
    let hint = match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "\nhint: free space on the disk of the data folder"
        }
        io::ErrorKind::PermissionDenied => "\nhint: the worker's user must own the data folder",
        _ => "",
    };
    StartError::worker(Stage::Folder, format!("failed to {doing} `{}`: {e}{hint}", path.display()))
}

/// A run's folder that an earlier process began.
#[derive(Debug)]
pub struct LeftBehind {
    /// Its folder.
    pub folder: Folder,
    /// The run, as its spec says.
    pub run: RunRef,
    /// How it ended, if that process lived to write it.
    pub outcome: Option<Outcome>,
}

/// Returns the folders of `kind` under `runs`. A folder without a whole spec never ran anything and is removed.
///
/// # Errors
/// When `runs` cannot be read, or holds a folder of a newer format, which only a newer version may touch.
pub fn left_behind(runs: &Path, kind: Kind) -> io::Result<Vec<LeftBehind>> {
    let mut found = Vec::new();
    for name in folder_names(runs)? {
        let Ok(id) = name.parse() else { continue };
        let folder = Folder::existing(RunFolder::new(runs, &id));
        let Some(spec) = read_json::<RunSpec>(&folder.names.spec())? else {
            folder.discard();
            continue;
        };
        if spec.version > RunSpec::VERSION {
            let path = folder.path().display();
            let message = format!("`{path}` was written by a newer version (format {})", spec.version);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        if spec.kind == kind {
            let outcome = folder.outcome()?;
            if outcome.is_some() {
                // Who wrote it may have died before its sync.
                folder.secure()?;
            }
            found.push(LeftBehind { folder, run: spec.run, outcome });
        }
    }
    Ok(found)
}

/// Returns the names in `runs`, sorted; none when it is not there yet.
fn folder_names(runs: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(runs) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string().ok());
    }
    names.sort();
    Ok(names)
}

/// Reads a JSON file; `None` when it is not there or not whole.
fn read_json<T: serde::de::DeserializeOwned>(path: &PathBuf) -> io::Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use model::id::Fence;
    use model::outcome::End;
    use model::time::Timestamp;

    use super::*;

    fn run(id: &str) -> RunRef {
        RunRef {
            id: id.parse().unwrap(),
            job: "j".parse().unwrap(),
            attempt: 1,
            scheduled_at: Timestamp::from_seconds(1),
            fence: Fence(7),
            worker: "w".parse().unwrap(),
            timezone: "UTC".into(),
        }
    }

    #[test]
    fn a_folder_is_found_again_with_its_outcome() {
        let runs = tempfile::tempdir().unwrap();
        let (a, b) = (run("0f3c9a7be2d14c58a1b2c3d4"), run("1f3c9a7be2d14c58a1b2c3d4"));
        let folder = Folder::create(runs.path(), &a, Kind::Shell).unwrap();
        Folder::create(runs.path(), &b, Kind::Wasm).unwrap();
        assert!(left_behind(runs.path(), Kind::Shell).unwrap()[0].outcome.is_none());
        let outcome = Outcome::bare(End::Exited { code: 3 }, Timestamp::from_seconds(2));
        folder.finish(&outcome).unwrap();
        let found = left_behind(runs.path(), Kind::Shell).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((&found[0].run, &found[0].outcome), (&a, &Some(outcome)));
    }

    #[test]
    fn a_run_has_one_folder_and_a_second_start_is_refused() {
        let runs = tempfile::tempdir().unwrap();
        let a = run("0f3c9a7be2d14c58a1b2c3d4");
        let folder = Folder::create(runs.path(), &a, Kind::Shell).unwrap();
        let refused = Folder::create(runs.path(), &a, Kind::Shell).unwrap_err();
        assert_eq!(refused.stage, Stage::Folder);
        assert!(folder.names().spec().exists(), "the refusal leaves the first folder alone");
    }

    #[test]
    fn a_folder_without_a_whole_spec_never_ran_and_goes() {
        let runs = tempfile::tempdir().unwrap();
        let torn = runs.path().join("0f3c9a7be2d14c58a1b2c3d4");
        fs::create_dir(&torn).unwrap();
        fs::write(torn.join("spec.json"), b"{\"version\":1,").unwrap();
        assert!(left_behind(runs.path(), Kind::Shell).unwrap().is_empty());
        assert!(!torn.exists());
        assert!(left_behind(&runs.path().join("none"), Kind::Shell).unwrap().is_empty());
    }
}
