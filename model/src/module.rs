//! An uploaded module: its identity, what was found in it, and the tags that point to it.
//!
//! Not here: what it asks of the host by what it imports (`capability`).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{Digest, ModuleTag};
use crate::quantity::ByteSize;
use crate::time::Timestamp;

/// Which of the two shapes of WebAssembly a module has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModuleShape {
    /// A core module: WASI preview 1.
    Core,
    /// A component: WASI preview 2.
    Component,
}

/// What was found in a module without running it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModuleReport {
    /// Core module or component.
    pub shape: ModuleShape,
    /// What it asks of the host, as `module::name`, sorted.
    pub imports: Vec<String>,
    /// What it offers, sorted.
    pub exports: Vec<String>,
    /// The memory that it starts with.
    pub memory_min: ByteSize,
    /// The tools that made it, where it says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub producers: Vec<String>,
}

/// An uploaded module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Module {
    /// Its identity.
    pub digest: Digest,
    /// The name under which it was uploaded; for people, not unique.
    pub name: String,
    /// Its size.
    pub size: ByteSize,
    /// Who uploaded it.
    pub uploaded_by: String,
    /// When.
    pub uploaded_at: Timestamp,
    /// What was found in it.
    pub report: ModuleReport,
}

/// Where a tag points, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tag {
    /// Its name.
    pub tag: ModuleTag,
    /// The module that it points to.
    pub digest: Digest,
    /// Who set it last.
    pub set_by: String,
    /// When.
    pub set_at: Timestamp,
}
