//! Facts of a newer version, read by an older one: a kind that is not known is none, and the words beside it stand.
//!
//! For fields that only say in another way what a text says too. What decides something is never read so.

use serde::de::DeserializeOwned;
use serde::{Deserialize as _, Deserializer};

/// Reads a value, or nothing where it has a kind that this version does not know.
///
/// # Errors
/// When there is no value at all where one should be.
pub fn known<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let value = Option::<serde_json::Value>::deserialize(deserializer)?;
    Ok(value.and_then(|value| serde_json::from_value(value).ok()))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use crate::state::Settled;

    #[derive(Deserialize)]
    struct Record {
        #[serde(default, deserialize_with = "super::known")]
        settled: Option<Settled>,
    }

    #[test]
    fn a_kind_of_a_newer_version_is_none_and_the_rest_is_read() {
        let read = |text| serde_json::from_value::<Record>(text).unwrap().settled;
        assert_eq!(read(json!({ "settled": { "kind": "killed_before" } })), Some(Settled::KilledBefore));
        assert_eq!(read(json!({ "settled": { "kind": "abducted", "by": 7 } })), None);
        assert_eq!(read(json!({ "settled": null })), None);
        assert_eq!(read(json!({})), None);
    }
}
