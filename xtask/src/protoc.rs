//! Finds `protoc`, which generates the client of etcd at build time: on the PATH, else the one that a crate carries,
//! so that nobody installs it by hand.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

/// Returns where `protoc` is.
pub(crate) fn find() -> Result<PathBuf> {
    if let Some(set) = std::env::var_os("PROTOC") {
        return Ok(set.into());
    }
    if let Some(found) = crate::command::on_path("protoc") {
        return Ok(found);
    }
    protoc_bin_vendored::protoc_bin_path()
        .context("no `protoc` for this kind of machine; install it (Debian: protobuf-compiler) or set PROTOC")
}
