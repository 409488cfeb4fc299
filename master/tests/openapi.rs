//! The committed OpenAPI document is the one that the routes give.

/// Goal: whoever generates code from the file has the truth. Renew it as the message says.
#[test]
fn openapi_snapshot_is_current() {
    let committed = include_str!("../openapi.json");
    assert!(
        committed == master::document_text(),
        "stale; run `cargo run -p master --example openapi > openapi.new && mv openapi.new master/openapi.json`"
    );
}
