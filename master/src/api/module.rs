//! Uploaded modules as the interface shows them.

use model::capability::Capability;
use model::id::{Digest, JobName, ModuleTag};
use model::module::{Module, Tag};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What to call an upload.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// Name for people; without it the file's own name, or `module.wasm`.
    #[param(max_length = 200)]
    pub name: Option<String>,
}

/// The multipart form of an upload.
#[derive(Debug, ToSchema)]
pub struct ModuleUpload {
    /// The module's bytes; its file name is the module's name where the query names none.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    pub file: String,
}

/// A module, what it asks for, what points to it and who uses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModuleView {
    /// The module.
    #[serde(flatten)]
    pub module: Module,
    /// What it can ask of the host, by its imports.
    pub asks_for: Vec<Capability>,
    /// Tags that point to it, sorted.
    pub tags: Vec<ModuleTag>,
    /// Jobs that run it, sorted by name.
    pub used_by: Vec<JobName>,
}

/// Where to point a tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "digest": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }))]
pub struct TagRequest {
    /// The module.
    pub digest: Digest,
}

/// A tag as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TagView {
    /// The tag.
    #[serde(flatten)]
    pub tag: Tag,
    /// The module that it pointed to before this request moved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Digest>,
}

/// All modules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModuleList {
    /// The modules, newest first.
    pub modules: Vec<ModuleView>,
}

/// A module's bytes as they are; no JSON.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct WasmBytes(pub Vec<u8>);
