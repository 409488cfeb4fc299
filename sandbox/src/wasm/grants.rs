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
