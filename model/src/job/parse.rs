//! From what a user wrote to a [`Job`], with all faults at once.

use serde_json::Value;

use super::Job;
use crate::fault::Faults;

impl Job {
    /// Reads a job from parsed JSON or YAML, with every default filled in.
    ///
    /// # Errors
    /// All faults, each with the path of its field: unknown fields, wrong types, values out of range, fields that do
    /// not apply to the job's kind, a schedule that does not parse.
    pub fn parse(_value: &Value) -> Result<Self, Faults> {
        unimplemented!()
    }
}
