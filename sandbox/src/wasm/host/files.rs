//! How many files a host process may have open: as many as all its guests and all its code at one time can need, so
//! that one guest's files are never the reason why another gets none.
//!
//! Flow: `hosts` → **`most`** → `confine` (the bound of the process). Not here: the bound of one guest
//! (`guest::RESOURCES_MAX`).

use model::host_note::HostNote;
use nix::sys::resource::{Resource, getrlimit};

use super::message::Settings;
use crate::wasm::code::WEIGHT_MIN;
use crate::wasm::guest::RESOURCES_MAX;

/// Files of one run beside those that its guest opens: its code, its output and its note; and two for each of the
/// sixteen directories that a job may be granted.
const RUN_FILES: u64 = 3 + 2 * 16;
/// Files of one module that a thread keeps: its code, or an image of each memory of a component.
const CODE_FILES_MAX: u64 = 4;
/// Files of one thread: its runtime's, its engine's, those of lookups of names.
const THREAD_FILES: u64 = 64;
/// Files of the process: its line, its standard streams, the first runtime.
const PROCESS_FILES: u64 = 64;

/// Returns the most that a host of these settings can need.
pub(super) fn most(settings: &Settings) -> u64 {
    let slots = settings.slots.max(1) as u64;
    let kept = settings.code_bytes_max.as_bytes() / WEIGHT_MIN + 1;
    let runs = slots.saturating_mul(RESOURCES_MAX as u64 + RUN_FILES);
    let threads = (settings.threads.max(1) as u64).saturating_mul(kept * CODE_FILES_MAX + THREAD_FILES);
    runs.saturating_add(threads).saturating_add(PROCESS_FILES)
}

/// Returns what the owner should know where the system allows fewer than `most`.
pub(super) fn note(most: u64) -> Option<HostNote> {
    let (_, allowed) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    (allowed < most).then_some(HostNote::OpenFiles { allowed, needed: most })
}

#[cfg(test)]
mod tests {
    use model::quantity::ByteSize;

    use super::*;
    use crate::folder::Chunking;

    fn settings(slots: usize, threads: usize) -> Settings {
        Settings {
            roots: Vec::new(),
            threads,
            slots,
            memory_max: ByteSize::from_mib(64),
            code_bytes_max: ByteSize::from_mib(128),
            chunking: Chunking::default(),
        }
    }

    #[test]
    fn full_guests_and_full_caches_fit_together() {
        // 32 guests with all their files, eight threads that keep as many small modules as they may.
        let guests = 32 * (RESOURCES_MAX as u64 + RUN_FILES);
        let code = 8 * 256 * CODE_FILES_MAX;
        let most = most(&settings(32, 8));
        assert!(most > guests + code && most < guests + code + 1024, "{most}");
    }

    #[test]
    fn a_system_that_allows_fewer_is_told_of() {
        assert_eq!(note(1), None);
        let note = note(u64::MAX).expect("no system allows so many");
        assert!(note.to_string().contains("LimitNOFILE"), "{note}");
    }
}
