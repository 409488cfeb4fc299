//! A module's machine code, in a file that nobody writes any more.
//!
//! The file was read and checked through the very descriptor that the engine maps, so what was verified is what runs:
//! it is sealed memory, or a file of the private cache that only the worker's user can write.
//!
//! Flow: `modules` makes → **`Code`**, here or in a host process → `thread` loads.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt as _;

use wasmtime::component::Component;
use wasmtime::{Engine, Module, Precompiled};

use super::program::Loaded;

/// What the smallest code counts as where it is kept, so that not too many files are open.
pub(super) const WEIGHT_MIN: u64 = 512 << 10;

/// A module's machine code.
pub(super) struct Code {
    /// The name under which the module was uploaded; empty when nobody knows it.
    pub(super) name: String,
    /// Invariant: holds what a compiler of this worker made of a validated module, checked since it was last written.
    file: File,
    bytes: u64,
}

impl Code {
    /// Returns the code in `file`, which keeps the invariant of this type: it was checked, and nobody writes it.
    ///
    /// # Errors
    /// As the file system says.
    pub(super) fn of(name: String, file: File) -> io::Result<Self> {
        let bytes = file.metadata()?.len();
        Ok(Self { name, file, bytes })
    }

    /// Returns how much memory the code counts as.
    pub(super) fn weight(&self) -> u64 {
        self.bytes.max(WEIGHT_MIN)
    }

    /// Loads the code into the engine of one thread: mapped, or copied where files may not be mapped as code. A
    /// component is always copied: the engine maps one by its path alone, which a guest's process may not open.
    #[expect(unsafe_code, reason = "code that was compiled for one engine can enter another only this way")]
    pub(super) fn load(&self, engine: &Engine) -> wasmtime::Result<Loaded> {
        // SAFETY: the file holds what this worker's own compiler made of a validated module and is not written any
        // more (see the invariant of `file`); the engine checks that its configuration and kind fit.
        let mapped = unsafe { Module::deserialize_open_file(engine, self.file.try_clone()?) };
        let refused = match mapped {
            Ok(module) => return Ok(Loaded::Module(module)),
            Err(refused) => refused,
        };
        let Ok(bytes) = self.read() else { return Err(refused) };
        if matches!(Engine::detect_precompiled(&bytes), Some(Precompiled::Component)) {
            // SAFETY: as above.
            return Ok(Loaded::Component(unsafe { Component::deserialize(engine, bytes) }?));
        }
        // SAFETY: as above.
        Ok(Loaded::Module(unsafe { Module::deserialize(engine, bytes) }?))
    }

    /// For components, and for a file system that is mounted without the right to execute: it maps no code.
    fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(self.bytes).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut bytes, 0)?;
        Ok(bytes)
    }
}

impl AsFd for Code {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}
