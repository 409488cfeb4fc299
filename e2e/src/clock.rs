//! Clocks of single processes, set by `libfaketime`: the machine's own stays as it is, and so do boot time and intervals.

use std::path::{Path, PathBuf};

/// Where Debian puts it.
const PLACES: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
];

/// Returns the library: where `SANDGLASS_TEST_FAKETIME` says, else where a package puts it.
#[expect(clippy::disallowed_methods, reason = "the project's own commands tell tests by the environment")]
pub(crate) fn library() -> Option<PathBuf> {
    let told = std::env::var_os("SANDGLASS_TEST_FAKETIME").map(PathBuf::from);
    told.into_iter().chain(PLACES.map(PathBuf::from)).find(|path| path.is_file())
}

/// Returns the environment of a process whose clock follows a file.
pub(crate) fn variables(library: &Path, file: &Path) -> [(String, String); 5] {
    let [library, file] = [library, file].map(|path| path.display().to_string());
    [
        ("LD_PRELOAD", library),
        ("FAKETIME_TIMESTAMP_FILE", file),
        // Else a change is seen seconds later.
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        // A wall clock that is set moves no interval and no boot time.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ("FAKETIME_DONT_RESET", "1".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
}
