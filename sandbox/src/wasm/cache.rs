//! Compiled modules on disk: found by digest, trusted by a keyed sum, bounded by bytes.
//!
//! Machine code that somebody else wrote would run with all that the engine has, so a file counts only when its sum,
//! made with a key that only the worker's user can read, fits its bytes, its digest and the compiler that made it.
//! Whatever does not fit is a miss: the module is compiled anew and the file replaced.
//!
//! Layout: `key`; `COMPAT/DIGEST.cwasm`, the code with its sum behind it. Writers rename, so readers see all or nothing.
//!
//! Not here: compiling, and which code is in memory (`modules`).

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use model::id::Digest;
use model::ports::Clock;
use nix::unistd::geteuid;
use wasmtime::Engine;

/// Bytes of the key.
const KEY_BYTES: usize = blake3::KEY_LEN;
/// Bytes of a sum, behind the code.
const SUM_BYTES: usize = blake3::OUT_LEN;
/// How the name of a file ends while it is written.
const UNFINISHED: &str = ".tmp";
/// A file that was begun so long ago has no writer any more.
const UNFINISHED_MAX: Duration = Duration::from_secs(3_600);
/// How the name of a whole file ends.
const WHOLE: &str = ".cwasm";

/// A file: when it was last used or begun, its bytes, its path.
type Kept = (SystemTime, u64, PathBuf);

/// Compiled modules of one compiler on disk.
#[derive(Debug)]
pub(super) struct Cache {
    root: PathBuf,
    /// What the compiler and its settings come to: other code than this is never looked at.
    compat: String,
    key: [u8; KEY_BYTES],
    bytes_max: u64,
}

impl Cache {
    /// Opens the cache in `root`, made for this user alone if it is not there.
    ///
    /// # Errors
    /// When the folder is somebody else's, or as the file system says.
    pub(super) fn open(root: &Path, compiler: &Engine, bytes_max: u64) -> io::Result<Self> {
        let mut hasher = DefaultHasher::new();
        compiler.precompile_compatibility_hash().hash(&mut hasher);
        let compat = format!("{:016x}", hasher.finish());
        DirBuilder::new().recursive(true).mode(0o700).create(root.join(&compat))?;
        let owned = fs::symlink_metadata(root)?;
        if owned.uid() != geteuid().as_raw() || owned.mode() & 0o022 != 0 {
            let path = root.display();
            return Err(io::Error::other(format!(
                "`{path}` must belong to the worker's user and be writable by nobody else"
            )));
        }
        Ok(Self { root: root.to_owned(), compat, key: key(root)?, bytes_max })
    }

    /// Returns the code of a module, whole and ours; `None` when there is none such.
    pub(super) fn get(&self, digest: &Digest, clock: &dyn Clock) -> Option<File> {
        let path = self.path(digest);
        let file = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(&path).ok()?;
        match self.fits(&file, digest) {
            Ok(true) => {
                // For the order in which files go; a file system that keeps no times keeps another order.
                let _ = file.set_modified(system_time(clock));
                Some(file)
            }
            Ok(false) => {
                tracing::warn!("`{}` is not what was compiled: compiling anew", path.display());
                None
            }
            Err(e) => {
                tracing::warn!("failed to read `{}`: {e}; compiling anew", path.display());
                None
            }
        }
    }

    /// Keeps a module's code, lets go of what was used least until all fit, and returns the file as a reader has it.
    ///
    /// # Errors
    /// As the file system says.
    pub(super) fn put(&self, digest: &Digest, code: &[u8], clock: &dyn Clock) -> io::Result<File> {
        self.clean((code.len() + SUM_BYTES) as u64, clock);
        // A name that no other writer has, for this user alone.
        let mut part =
            tempfile::Builder::new().suffix(UNFINISHED).tempfile_in(self.root.join(&self.compat))?;
        part.write_all(code)?;
        part.write_all(self.sum(digest, code).as_bytes())?;
        part.as_file().set_modified(system_time(clock))?;
        part.as_file().sync_all()?;
        // Opened before it has its name: what a reader is handed is this file, and cannot be written through.
        let reader = File::open(part.path())?;
        part.persist(self.path(digest)).map_err(|kept| kept.error)?;
        File::open(self.root.join(&self.compat))?.sync_all()?;
        Ok(reader)
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.root.join(&self.compat).join(format!("{}{WHOLE}", digest.hex()))
    }

    /// Reads through the descriptor that the engine will map.
    fn fits(&self, file: &File, digest: &Digest) -> io::Result<bool> {
        let mut bytes = Vec::new();
        let mut reading = file;
        reading.read_to_end(&mut bytes)?;
        let Some(end) = bytes.len().checked_sub(SUM_BYTES) else { return Ok(false) };
        let (code, sum) = bytes.split_at(end);
        let sum: [u8; SUM_BYTES] = sum.try_into().expect("split there");
        // Compared in constant time, by the type.
        Ok(self.sum(digest, code) == blake3::Hash::from_bytes(sum))
    }

    fn sum(&self, digest: &Digest, code: &[u8]) -> blake3::Hash {
        let mut sum = blake3::Hasher::new_keyed(&self.key);
        sum.update(self.compat.as_bytes()).update(digest.hex().as_bytes()).update(code);
        sum.finalize()
    }

    /// Removes what dead writers left, and whole files from the least used on until `room` more bytes fit.
    fn clean(&self, room: u64, clock: &dyn Clock) {
        let (mut files, unfinished) = self.files();
        let begun_by_the_dead = system_time(clock) - UNFINISHED_MAX;
        for (_, _, path) in unfinished.into_iter().filter(|(begun, ..)| *begun < begun_by_the_dead) {
            let _ = fs::remove_file(path);
        }
        files.sort_by_key(|(used, ..)| *used);
        let mut all: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, bytes, path) in files {
            if all.saturating_add(room) <= self.bytes_max {
                break;
            }
            // What cannot be removed stays; the next cleaning tries again.
            let _ = fs::remove_file(path);
            all -= bytes;
        }
    }

    /// Returns the whole files of all compilers with their times and bytes, and the unfinished ones.
    fn files(&self) -> (Vec<Kept>, Vec<Kept>) {
        let folders = fs::read_dir(&self.root).into_iter().flatten().flatten();
        let entries = folders.flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten());
        let files = entries.filter_map(|entry| {
            let about = entry.metadata().ok()?;
            Some((about.modified().unwrap_or(SystemTime::UNIX_EPOCH), about.len(), entry.path()))
        });
        let ends = |path: &Path, with| path.to_str().is_some_and(|path| path.ends_with(with));
        let (whole, others): (Vec<_>, Vec<_>) = files.partition(|(_, _, path)| ends(path, WHOLE));
        (whole, others.into_iter().filter(|(_, _, path)| ends(path, UNFINISHED)).collect())
    }
}

/// Returns the key in `root`; a new one, with which no file fits, when there is none that is whole and private.
fn key(root: &Path) -> io::Result<[u8; KEY_BYTES]> {
    let path = root.join("key");
    let read = || -> io::Result<[u8; KEY_BYTES]> {
        let mut file = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(&path)?;
        let about = file.metadata()?;
        if about.uid() != geteuid().as_raw() || about.mode() & 0o077 != 0 {
            return Err(io::Error::other("others can read it"));
        }
        let mut key = [0; KEY_BYTES];
        file.read_exact(&mut key)?;
        Ok(key)
    };
    if let Ok(key) = read() {
        return Ok(key);
    }
    let part = root.join(format!("key.{}", std::process::id()));
    let key: [u8; KEY_BYTES] = rand::random();
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(&key)?;
    file.sync_all()?;
    fs::rename(part, path)?;
    Ok(key)
}

fn system_time(clock: &dyn Clock) -> SystemTime {
    let millis = u64::try_from(clock.now().as_millis()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
}
