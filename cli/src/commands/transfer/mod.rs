//! `export` and `import`: everything that is intent, from one installation to another, by the interface of each.
//!
//! Flow: server → `leave` → **archive** → `arrive` → other server. `docs/DAY_TWO.md` has the file's format.
//! Not here: which tick is whose (`model::state::moving`), and what is kept or in the way (`master::transfer`).

mod archive;
mod arrive;
mod leave;
mod lines;
mod report;

use anyhow::{Context as _, Result};
use model::id::{Digest, ModuleTag};
use model::quantity::ByteSize;
use model::time::Timestamp;
use reqwest::RequestBuilder;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::client::Client;

pub(super) use arrive::run as import;
pub(super) use leave::run as export;

/// The files of an archive, in this order. The modules stand between the first two.
const ABOUT: &str = "about.json";
const MODULES: &str = "modules.jsonl";
const SETTINGS: &str = "settings.json";
const JOBS: &str = "jobs.jsonl";

/// The format that this binary writes. A reader refuses a higher one.
const VERSION: u32 = 1;

/// What an archive says of itself, in its first file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct About {
    /// Always `sandglass export`.
    format: String,
    version: u32,
    /// The version of the binary that wrote it.
    made_by: String,
    /// The server that it is of.
    source: String,
    /// True when the source's jobs were paused by it: what they did not run is the destination's.
    cutover: bool,
    /// True when secrets are in it.
    secrets: bool,
}

/// A module as its line tells it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct ModuleLine {
    digest: Digest,
    name: String,
    size: ByteSize,
    uploaded_by: String,
    uploaded_at: Timestamp,
    tags: Vec<ModuleTag>,
}

/// Returns where a module's bytes stand in an archive.
fn module_file(digest: &Digest) -> String {
    format!("modules/{}.wasm", digest.hex())
}

/// Sends a request, however many of this user's the server has, and reads the answer.
async fn read<T: DeserializeOwned>(server: &Client, request: RequestBuilder) -> Result<T> {
    let answer = server.send_patiently(request).await?;
    answer.json().await.context("the server's answer is not what this version expects")
}
