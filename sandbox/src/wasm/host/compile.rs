//! Compiles one module in a process of its own, and ends.
//!
//! The module is somebody's upload and compiling takes as long as that makes it: so it happens where it can be killed,
//! with bounds of the kernel's on time and memory, and without anything worth stealing.
//!
//! Flow: `compiler` (worker) → line → **`serve`**. Not here: the bounds, and whether the result is kept.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;

use super::link::Link;
use super::message::FromHost;
use crate::wasm::compiler::precompile;
use crate::wasm::engine;

/// Compiles the module in the first descriptor into the second.
///
/// # Errors
/// When the worker is gone, or sent something else.
pub(super) fn serve(link: &Link, fds: Vec<OwnedFd>) -> io::Result<()> {
    let fds: Result<[_; 2], _> = fds.try_into();
    let [module, code] = fds.map_err(|_| io::Error::other("files are missing"))?.map(File::from);
    let said = match compiled(module, code) {
        Ok(()) => FromHost::Compiled,
        Err(why) => FromHost::NotCompiled { why },
    };
    link.try_send(&said, &[]).map(drop)
}

fn compiled(mut module: File, mut code: File) -> Result<(), String> {
    let failed = |e: io::Error| e.to_string();
    let mut bytes = Vec::new();
    io::Seek::rewind(&mut module).map_err(failed)?;
    module.read_to_end(&mut bytes).map_err(failed)?;
    let compiler = engine::for_compiling().map_err(|e| format!("{e:#}"))?;
    let made = precompile(&compiler, &bytes).map_err(|e| format!("{e:#}"))?;
    code.write_all(&made).map_err(failed)
}
