//! Uploaded modules as the interface shows them.

use model::id::JobName;
use model::module::Module;
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

/// A module and who uses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModuleView {
    /// The module.
    #[serde(flatten)]
    pub module: Module,
    /// Jobs that run it, sorted by name.
    pub used_by: Vec<JobName>,
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
