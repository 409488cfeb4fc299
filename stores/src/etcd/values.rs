//! The values of keys: a document beside its format version, as one JSON text that `etcdctl` shows readably.
//!
//! Flow: model type → **`values`** → value of a key, and back.

use etcd_client::KeyValue;
use model::ports::{StoreError, Versioned};
use serde::Deserialize;

use super::connection::revision;
use crate::documents::{self, Document};

/// A value.
#[derive(Deserialize)]
struct Stored<D> {
    version: u32,
    document: D,
}

/// What is read of a value whose document cannot be read: it may be of a format that nobody here knows.
#[derive(Deserialize)]
struct Format {
    version: u32,
}

/// Returns the value that is stored for `document`.
pub(super) fn encode<D: Document>(document: &D) -> Vec<u8> {
    let (version, text) = (D::VERSION, documents::encode(document));
    format!(r#"{{"version":{version},"document":{text}}}"#).into_bytes()
}

/// Reads the document of a key, with the revision of its last change.
pub(super) fn decode<D: Document>(key: &KeyValue) -> Result<Versioned<D>, StoreError> {
    let name = String::from_utf8_lossy(key.key());
    let damaged = |reason: String| {
        StoreError::Permanent(format!(
            "key `{name}` of etcd cannot be read: {reason}\nhint: put back its earlier value, or delete the key"
        ))
    };
    let known = |version: u32| {
        documents::known::<D>(version, &name).map_err(|e| StoreError::Permanent(e.to_string()))
    };
    let stored: Stored<D> = match serde_json::from_slice(key.value()) {
        Ok(stored) => stored,
        Err(e) => {
            let format: Format = serde_json::from_slice(key.value()).map_err(|_| damaged(e.to_string()))?;
            known(format.version)?;
            return Err(damaged(e.to_string()));
        }
    };
    known(stored.version)?;
    Ok(Versioned { revision: revision(key.mod_revision()), value: stored.document })
}
