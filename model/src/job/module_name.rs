//! The module of a job's text by a tag: found before the text is parsed, and replaced by the digest that it points to.
//!
//! A job keeps the digest alone, so that moving a tag changes no job; the text that a user keeps in a file may say the
//! tag, and each save says it anew.
//!
//! Flow: text → **`module_tag`** → store → **`set_module`** → `Job::parse`.

use serde_json::Value;

use crate::id::{Digest, ModuleTag};

/// Returns the tag by which a job's text names its module; none when it names it by a digest, or not at all.
pub fn module_tag(job: &Value) -> Option<ModuleTag> {
    job.get("wasm")?.get("module")?.as_str()?.parse().ok()
}

/// Puts the module's digest in the place of what the text said.
pub fn set_module(job: &mut Value, digest: &Digest) {
    if let Some(wasm) = job.get_mut("wasm").and_then(Value::as_object_mut) {
        wasm.insert("module".into(), digest.as_str().into());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tag_is_found_and_replaced_where_it_stands() {
        let digest = Digest::of(b"module");
        let mut job = json!({ "name": "a", "wasm": { "module": "report:stable", "args": ["x"] } });
        assert_eq!(module_tag(&job).unwrap().as_str(), "report:stable");
        set_module(&mut job, &digest);
        assert_eq!(job, json!({ "name": "a", "wasm": { "module": digest, "args": ["x"] } }));
        assert_eq!(module_tag(&job), None, "a digest is no tag");
        for other in [json!({}), json!({ "wasm": 1 }), json!({ "wasm": { "module": 1 } }), json!([])] {
            assert_eq!(module_tag(&other), None);
        }
    }
}
