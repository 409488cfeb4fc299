//! Modules: uploaded, listed, read, deleted; and every upload that is refused.

mod common;

use axum::body::Body;
use axum::http::{Method, Request};
use common::{House, TOKEN};
use master::Options;
use model::id::Digest;
use serde_json::json;

const MODULE: &[u8] = b"\0asm\x01\0\0\0";
const WASM: [(&str, &str); 1] = [("content-type", "application/wasm")];

#[tokio::test]
async fn a_module_is_kept_once_and_read_back() {
    let house = House::new();
    let first = house.ask(Method::POST, "/api/v1/modules?name=hello.wasm", &WASM, MODULE).await;
    let module = first.expect(201);
    let digest = Digest::of(MODULE);
    assert_eq!(module["digest"], json!(digest));
    assert_eq!((module["name"].clone(), module["size"].clone()), (json!("hello.wasm"), json!("8B")));
    assert_eq!(module["report"]["shape"], "core");
    assert_eq!(first.header("location"), format!("/api/v1/modules/{digest}"));
    assert_eq!(
        house.ask(Method::POST, "/api/v1/modules?name=again", &WASM, MODULE).await.expect(200),
        module
    );
    assert_eq!(house.get(first.header("location")).await.expect(200), module);
    assert_eq!(house.get("/api/v1/modules").await.expect(200)["modules"], json!([module]));
    let content = house.get(&format!("/api/v1/modules/{digest}/content")).await;
    assert_eq!(content.bytes, MODULE);
    assert_eq!(content.header("content-type"), "application/wasm");
}

fn form(field: &str) -> (String, Vec<u8>) {
    let mut body = format!(
        "--XX\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhi\r\n--XX\r\n\
         Content-Disposition: form-data; name=\"{field}\"; filename=\"hi.wasm\"\r\nContent-Type: application/wasm\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(MODULE);
    body.extend_from_slice(b"\r\n--XX--\r\n");
    ("multipart/form-data; boundary=XX".to_owned(), body)
}

#[tokio::test]
async fn a_form_is_an_upload_too() {
    let house = House::new();
    let (kind, body) = form("file");
    let reply = house.ask(Method::POST, "/api/v1/modules", &[("content-type", &kind)], body).await;
    assert_eq!(reply.expect(201)["name"], "hi.wasm");
    let (kind, body) = form("other");
    let reply = house.ask(Method::POST, "/api/v1/modules", &[("content-type", &kind)], body).await;
    assert_eq!(reply.refused(400), "invalid_body");
    let torn = house.ask(Method::POST, "/api/v1/modules", &[("content-type", &kind)], "--XX\r\n").await;
    assert_eq!(torn.refused(400), "invalid_body");
}

#[tokio::test]
async fn what_is_no_module_is_refused_and_leaves_nothing() {
    let house = House::new();
    let reply = house.ask(Method::POST, "/api/v1/modules", &WASM, "#!/bin/sh\n").await;
    assert_eq!(reply.status, 422);
    insta::assert_json_snapshot!(reply.problem(), @r#"
{
  "status": 422,
  "code": "not_wasm",
  "title": "not a module that could run here",
  "detail": "the file does not begin as a module does; upload the `.wasm` file itself"
}
"#);
    let json = [("content-type", "application/json")];
    let reply = house.ask(Method::POST, "/api/v1/modules", &json, "{}").await;
    assert_eq!(reply.refused(415), "unsupported_media_type");
    let named = house.ask(Method::POST, "/api/v1/modules?name=a%0Ab", &WASM, MODULE).await;
    assert_eq!(named.refused(400), "invalid_query");
    assert_eq!(house.get("/api/v1/modules").await.expect(200)["modules"], json!([]));
}

/// Goal: an upload of 10 GB is refused by its announced length, before a byte of its body is asked for.
#[tokio::test]
async fn ten_gigabytes_are_refused_unread() {
    let house = House::new();
    let untouched = futures::stream::poll_fn(|_| -> std::task::Poll<Option<std::io::Result<bytes::Bytes>>> {
        panic!("the body was asked for")
    });
    let request = Request::post("/api/v1/modules")
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("content-type", "application/wasm")
        .header("content-length", "10000000000")
        .body(Body::from_stream(untouched))
        .unwrap();
    let reply = house.send(request).await;
    assert_eq!(reply.status, 413);
    insta::assert_json_snapshot!(reply.problem(), @r#"
{
  "status": 413,
  "code": "too_large",
  "title": "too large",
  "detail": "a module may have at most 32MiB"
}
"#);
}

/// Goal: an upload that announces nothing is refused when it passes the limit, and no more of it is read.
#[tokio::test]
async fn an_upload_that_grows_over_the_limit_is_refused_there() {
    let house = House::with(Options { module_bytes_max: 1000, ..Options::default() });
    let parts = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = parts.clone();
    let endless = futures::stream::repeat_with(move || {
        counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        std::io::Result::Ok(bytes::Bytes::from_static(&[0; 100]))
    });
    let request = Request::post("/api/v1/modules")
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("content-type", "application/wasm")
        .body(Body::from_stream(endless))
        .unwrap();
    assert_eq!(house.send(request).await.refused(413), "too_large");
    assert!(parts.load(std::sync::atomic::Ordering::SeqCst) <= 12);
    assert_eq!(house.get("/api/v1/modules").await.expect(200)["modules"], json!([]));
}

#[tokio::test]
async fn a_module_in_use_stays() {
    let house = House::new();
    house.ask(Method::POST, "/api/v1/modules", &WASM, MODULE).await.expect(201);
    let digest = Digest::of(MODULE);
    let job = json!({ "name": "a", "schedule": "@hourly", "wasm": { "module": digest } });
    house.post("/api/v1/jobs", job).await.expect(201);
    let path = format!("/api/v1/modules/{digest}");
    assert_eq!(house.get(&path).await.expect(200)["used_by"], json!(["a"]));
    let reply = house.delete(&path).await;
    assert_eq!(reply.refused(409), "module_in_use");
    assert_eq!(reply.problem()["detail"], "used by `a`; change or delete these jobs first");
    house.delete("/api/v1/jobs/a").await.expect(200);
    assert_eq!(house.delete(&path).await.status, 204);
    for path in [path.clone(), format!("{path}/content")] {
        assert_eq!(house.get(&path).await.refused(404), "not_found");
    }
    assert_eq!(house.delete(&path).await.refused(404), "not_found");
    assert_eq!(house.get("/api/v1/modules/sha256:xx").await.refused(400), "invalid_path");
}
