//! What went wrong, as RFC 9457 writes it.

use model::fault::Fault;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::SavedView;

/// A request that was not answered as asked. `code` is stable: programs decide by it, people read the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// Stable word for what is wrong.
    #[schema(example = "invalid_job")]
    pub code: String,
    /// What is wrong, in a few words; the same for each problem of this code.
    #[schema(value_type = String, example = "the job has faults")]
    pub title: Box<str>,
    /// What is wrong this time and what to do about it.
    pub detail: String,
    /// What is wrong field by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
    /// Who saved the job last, where that is why the request failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Box<SavedView>>,
    /// Names the request in the server's log.
    #[serde(default, skip_serializing_if = "is_empty")]
    #[schema(value_type = String)]
    pub request_id: Box<str>,
}

fn is_empty(text: &str) -> bool {
    text.is_empty()
}
