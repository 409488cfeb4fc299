//! What a module asks for beside what a job grants it: shown before the job is saved.

use model::capability::Capability;
use model::id::{Digest, ModuleTag};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a job's module can ask for, and what the job grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GrantsView {
    /// The module.
    pub module: Digest,
    /// The name under which it was uploaded.
    pub name: String,
    /// The tag that the text named it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<ModuleTag>,
    /// One line for each kind of thing that a module can ask for.
    pub lines: Vec<GrantLine>,
    /// Where the two do not fit: asked for and not granted, or granted and of no use.
    pub warnings: Vec<String>,
}

/// One kind of thing: what asks for it, and what is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GrantLine {
    /// Of what.
    pub capability: Capability,
    /// The imports that ask for it; none: the module cannot ask.
    pub imports: Vec<String>,
    /// What the job grants, in words; empty: nothing.
    pub grants: Vec<String>,
}
