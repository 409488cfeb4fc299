//! What the worker itself keeps of a run on disk, beside the executor's folder: enough to tell of the run without
//! the job, which may be edited or deleted before a later process finishes the telling.
//!
//! Written before the run starts and again when it ends without having started; removed with the folder.
//! Not here: the output and the exit, which are the executor's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use model::id::{RunId, WorkerId};
use model::outcome::Outcome;
use model::policy::WhenCutOff;
use model::ports::StateKey;
use model::run::RunRecord;
use model::time::Span;
use serde::{Deserialize, Serialize};

/// The worker's own folder among those of the runs; no run id can have its name.
const FOLDER: &str = ".worker";
/// Says whose runs these are. Without it the folder is new.
const OWNER: &str = "owner";

/// What the worker keeps of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Note {
    /// Format of this document.
    pub(crate) version: u32,
    /// The run as it was claimed.
    pub(crate) record: RunRecord,
    /// For placement `all`: whose state it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state_of: Option<WorkerId>,
    /// The job's success codes.
    pub(crate) success_codes: Vec<i32>,
    /// What becomes of it when the worker is cut off.
    pub(crate) when_cut_off: WhenCutOff,
    /// How long it may take to end.
    pub(crate) grace: Span,
    /// How it ended, where it never had a folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<Outcome>,
}

impl Note {
    /// The format that this binary writes.
    pub(crate) const VERSION: u32 = 1;

    /// Returns the key of the state that the run is in.
    pub(crate) fn key(&self) -> StateKey {
        StateKey { job: self.record.job.clone(), worker: self.state_of.clone() }
    }
}

/// The worker's own folder among those of the runs.
#[derive(Debug, Clone)]
pub(crate) struct Notes(PathBuf);

impl Notes {
    /// Opens the folder for worker `id`; returns whether it is new: then nothing is known of earlier runs.
    pub(crate) fn open(runs: &Path, id: &WorkerId) -> io::Result<(Self, bool)> {
        let folder = runs.join(FOLDER);
        fs::create_dir_all(&folder)?;
        let owner = folder.join(OWNER);
        let is_new = match fs::read_to_string(&owner) {
            Ok(text) => text != id.as_str(),
            Err(e) if e.kind() == io::ErrorKind::NotFound => true,
            Err(e) => return Err(e),
        };
        if is_new {
            fs::write(&owner, id.as_str())?;
            fs::File::open(&owner)?.sync_all()?;
        }
        Ok((Self(folder), is_new))
    }

    /// Writes a note. Not synced: after a crash of the machine the state and the facts tell as much.
    pub(crate) fn write(&self, note: &Note) -> io::Result<()> {
        let path = self.path(&note.record.id);
        let part = path.with_extension("tmp");
        fs::write(&part, serde_json::to_vec(note)?)?;
        fs::rename(part, path)
    }

    /// Returns the note of a run; none when there is none that can be read.
    pub(crate) fn read(&self, run: &RunId) -> Option<Note> {
        let note: Note = serde_json::from_slice(&fs::read(self.path(run)).ok()?).ok()?;
        (note.version <= Note::VERSION && note.record.id == *run).then_some(note)
    }

    /// Returns the runs of which there is a note.
    pub(crate) fn runs(&self) -> io::Result<Vec<RunId>> {
        let mut runs = Vec::new();
        for file in fs::read_dir(&self.0)? {
            let name = file?.file_name();
            let run = name.to_str().and_then(|name| name.strip_suffix(".json")).map(str::parse);
            runs.extend(run.and_then(Result::ok));
        }
        Ok(runs)
    }

    /// Removes the note of a run, if there is one.
    pub(crate) fn remove(&self, run: &RunId) -> io::Result<()> {
        match fs::remove_file(self.path(run)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }

    fn path(&self, run: &RunId) -> PathBuf {
        self.0.join(format!("{run}.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_new_once_and_for_each_owner() {
        let runs = tempfile::tempdir().unwrap();
        let (a, b) = ("a".parse().unwrap(), "b".parse().unwrap());
        assert!(Notes::open(runs.path(), &a).unwrap().1);
        assert!(!Notes::open(runs.path(), &a).unwrap().1);
        assert!(Notes::open(runs.path(), &b).unwrap().1);
    }

    #[test]
    fn a_torn_note_reads_as_none() {
        let runs = tempfile::tempdir().unwrap();
        let (notes, _) = Notes::open(runs.path(), &"a".parse().unwrap()).unwrap();
        let run: RunId = "0f3c9a7be2d14c58a1b2c3d4".parse().unwrap();
        fs::write(notes.path(&run), b"{\"version\":1,").unwrap();
        assert_eq!(notes.runs().unwrap(), std::slice::from_ref(&run));
        assert_eq!(notes.read(&run), None);
        notes.remove(&run).unwrap();
        notes.remove(&run).unwrap();
        assert_eq!(notes.runs().unwrap(), []);
    }
}
