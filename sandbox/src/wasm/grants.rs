//! Turns what a job grants its module into open directories, arguments and variables, or refuses it.
//!
//! A directory is opened beneath its root step by step, by a library that lets no `..` and no link lead out
//! (`openat2` with `RESOLVE_BENEATH` where the kernel has it), and the guest gets that same open file: a link that is
//! swapped in between leads nowhere. Paths outside the roots are refused before the file system is asked, so that a
//! job cannot probe what is there.
//!
//! Not here: keeping the guest inside an open directory (the engine's file functions do), its network (`network`).

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd as _;
use std::path::{Component, Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};
use model::outcome::Stage;
use model::ports::{RunRef, StartError};
use model::workload::{DirMode, Env, Wasm};

/// A directory that was granted and opened.
#[derive(Debug)]
pub(super) struct OpenDir {
    file: File,
    pub(super) guest: String,
    pub(super) mode: DirMode,
}

impl OpenDir {
    /// Returns a path to the open directory itself, wherever it is moved.
    pub(super) fn path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.file.as_raw_fd()))
    }
}

/// Opens the granted directories beneath `roots`.
///
/// # Errors
/// The job's doing, with the field, its value and what would help.
pub(super) fn open(wasm: &Wasm, roots: &[PathBuf]) -> Result<Vec<OpenDir>, StartError> {
    let mut dirs: Vec<OpenDir> = Vec::new();
    for (i, grant) in wasm.dirs.iter().enumerate() {
        if dirs.iter().any(|dir| dir.guest == grant.guest) {
            let message = format!("`wasm.dirs[{i}].guest`: two directories are granted as `{}`", grant.guest);
            return Err(StartError::job(Stage::Grants, message));
        }
        let refused = |why| StartError::job(Stage::Grants, format!("`wasm.dirs[{i}].host`: {why}"));
        let file = open_dir(&grant.host, roots).map_err(refused)?;
        dirs.push(OpenDir { file, guest: grant.guest.clone(), mode: grant.mode });
    }
    Ok(dirs)
}

/// Opens one directory beneath the first root that lets it; the error says why none does.
fn open_dir(host: &str, roots: &[PathBuf]) -> Result<File, String> {
    let path = Path::new(host);
    let plain = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    if !path.is_absolute() || !plain {
        return Err(format!("`{host}` must be an absolute path without `..`"));
    }
    let mut why = not_allowed(host, roots);
    for root in roots {
        let Ok(beneath) = path.strip_prefix(root) else { continue };
        match open_beneath(root, beneath) {
            Ok(file) => return Ok(file),
            Err(e) => why = told(host, root, &e),
        }
    }
    Err(why)
}

/// Opens `beneath` in `root`, which alone may be reached by a link: it is the owner's word.
fn open_beneath(root: &Path, beneath: &Path) -> io::Result<File> {
    let root = Dir::open_ambient_dir(root, ambient_authority())?;
    let beneath = if beneath.as_os_str().is_empty() { Path::new(".") } else { beneath };
    // To read: whoever runs the guest must be allowed to, or the job hears so before it starts.
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(libc::O_DIRECTORY | libc::O_NONBLOCK);
    Ok(root.open_with(beneath, &options)?.into_std())
}

fn told(host: &str, root: &Path, e: &io::Error) -> String {
    // The library's own refusal has no number; the kernel's lack of permission has.
    if e.kind() == ErrorKind::PermissionDenied && e.raw_os_error().is_none() {
        let root = root.display();
        return format!(
            "`{host}` leads out of `{root}` by a link\n\
             hint: name the directory itself, beneath what the worker's owner allows with `--wasm-root`"
        );
    }
    format!("failed to open directory `{host}`: {e}")
}

fn not_allowed(host: &str, roots: &[PathBuf]) -> String {
    if roots.is_empty() {
        return format!(
            "directory `{host}` cannot be granted: this worker allows none\n\
             hint: its owner can allow one with `--wasm-root`"
        );
    }
    let roots: Vec<_> = roots.iter().map(|root| format!("`{}`", root.display())).collect();
    format!(
        "directory `{host}` cannot be granted: this worker allows what is beneath {}\n\
         hint: its owner can allow more with `--wasm-root`",
        roots.join(", ")
    )
}

/// Returns the variables of a run: its zone, the job's own, and what names the run, which nobody can replace.
pub(super) fn variables(run: &RunRef, job: &Env) -> Vec<(String, String)> {
    let mut all = Env::default().0;
    all.insert("TZ".into(), run.timezone.clone());
    all.extend(job.0.clone());
    let own = [
        ("SANDGLASS_JOB", run.job.to_string()),
        ("SANDGLASS_RUN", run.id.to_string()),
        ("SANDGLASS_ATTEMPT", run.attempt.to_string()),
        ("SANDGLASS_SCHEDULED_AT", run.scheduled_at.to_string()),
        ("SANDGLASS_FENCE", run.fence.to_string()),
        ("SANDGLASS_WORKER", run.worker.to_string()),
    ];
    all.extend(own.map(|(name, value)| (name.to_owned(), value)));
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, symlink};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;

    /// Goal: whoever may write beneath a root cannot have a directory outside of it granted by swapping a link in at the
    /// right moment. Method: swap all the time, open all the time, and look at what was opened. Caught when the path is
    /// checked first and opened by name then.
    #[test]
    fn a_link_that_is_swapped_in_while_a_directory_is_opened_leads_nowhere() {
        let place = tempfile::tempdir().unwrap();
        let (root, outside) = (place.path().join("root"), place.path().join("outside"));
        fs::create_dir_all(root.join("real/deep")).unwrap();
        fs::create_dir_all(outside.join("deep")).unwrap();
        let forbidden = fs::metadata(outside.join("deep")).unwrap().ino();
        symlink(&outside, root.join("link")).unwrap();
        let (turn, done) = (root.join("turn"), AtomicBool::new(false));
        fs::rename(root.join("real"), &turn).unwrap();
        let wanted = turn.join("deep").to_str().unwrap().to_owned();
        let (mut opened, mut refused) = (0, 0);
        thread::scope(|scope| {
            scope.spawn(|| {
                // A moment with the directory, one with the link, one with neither.
                while !done.load(Ordering::Relaxed) {
                    fs::rename(&turn, root.join("real")).unwrap();
                    fs::rename(root.join("link"), &turn).unwrap();
                    fs::rename(&turn, root.join("link")).unwrap();
                    fs::rename(root.join("real"), &turn).unwrap();
                }
            });
            for _ in 0..20_000 {
                match open_dir(&wanted, std::slice::from_ref(&root)) {
                    Ok(dir) => {
                        opened += 1;
                        let inode = dir.metadata().unwrap().ino();
                        if inode == forbidden {
                            done.store(true, Ordering::Relaxed);
                            panic!("a directory outside of the root was opened");
                        }
                    }
                    Err(_) => refused += 1,
                }
            }
            done.store(true, Ordering::Relaxed);
        });
        println!("{opened} times opened, {refused} times refused");
    }
}
