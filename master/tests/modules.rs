//! Modules: uploaded, listed, read, deleted; and every upload that is refused.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

mod common;

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Method, Request};
use common::mode::Mode;
use common::{House, TOKEN};
use futures::FutureExt as _;
use master::{Options, Ports};
use model::id::Digest;
use model::ports::{Clock as _, Removed};
use model::time::{Span, Timestamp};
use serde_json::json;
use stores::testing::Meddled;

const MODULE: &[u8] = b"\0asm\x01\0\0\0";
const WASM: [(&str, &str); 1] = [("content-type", "application/wasm")];

async fn a_module_is_kept_once_and_read_back(mode: Mode) {
    let house = House::new(mode).await;
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

async fn a_form_is_an_upload_too(mode: Mode) {
    let house = House::new(mode).await;
    let (kind, body) = form("file");
    let reply = house.ask(Method::POST, "/api/v1/modules", &[("content-type", &kind)], body).await;
    assert_eq!(reply.expect(201)["name"], "hi.wasm");
    let (kind, body) = form("other");
    let reply = house.ask(Method::POST, "/api/v1/modules", &[("content-type", &kind)], body).await;
    assert_eq!(reply.refused(400), "invalid_body");
    let torn = house.ask(Method::POST, "/api/v1/modules", &[("content-type", &kind)], "--XX\r\n").await;
    assert_eq!(torn.refused(400), "invalid_body");
}

async fn what_is_no_module_is_refused_and_leaves_nothing(mode: Mode) {
    let house = House::new(mode).await;
    let reply = house.ask(Method::POST, "/api/v1/modules", &WASM, "#!/bin/sh\n").await;
    assert_eq!(reply.status, 422);
    insta::allow_duplicates!(insta::assert_json_snapshot!(reply.problem(), @r#"
{
  "status": 422,
  "code": "not_wasm",
  "title": "not a module that could run here",
  "detail": "the file does not begin as a module does; upload the `.wasm` file itself"
}
"#));
    let json = [("content-type", "application/json")];
    let reply = house.ask(Method::POST, "/api/v1/modules", &json, "{}").await;
    assert_eq!(reply.refused(415), "unsupported_media_type");
    let named = house.ask(Method::POST, "/api/v1/modules?name=a%0Ab", &WASM, MODULE).await;
    assert_eq!(named.refused(400), "invalid_query");
    assert_eq!(house.get("/api/v1/modules").await.expect(200)["modules"], json!([]));
}

/// Goal: an upload of 10 GB is refused by its announced length, before a byte of its body is asked for.
async fn ten_gigabytes_are_refused_unread(mode: Mode) {
    let house = House::new(mode).await;
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
    insta::allow_duplicates!(insta::assert_json_snapshot!(reply.problem(), @r#"
{
  "status": 413,
  "code": "too_large",
  "title": "too large",
  "detail": "a module may have at most 32MiB"
}
"#));
}

/// Goal: an upload that announces nothing is refused when it passes the limit, and no more of it is read.
#[tokio::test]
async fn an_upload_that_grows_over_the_limit_is_refused_there() {
    let house = House::with(Mode::Standalone, Options { module_bytes_max: 1000, ..Options::default() }).await;
    let parts = Arc::new(std::sync::atomic::AtomicUsize::new(0));
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

async fn a_module_in_use_stays(mode: Mode) {
    let house = House::new(mode).await;
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

async fn upload(house: &House, bytes: &'static [u8], name: &str) -> Digest {
    let path = format!("/api/v1/modules?name={name}");
    house.ask(Method::POST, &path, &WASM, bytes).await.expect(201);
    Digest::of(bytes)
}

const OTHER: &[u8] = b"\0asm\x01\0\0\0 another one";

async fn a_tag_is_set_moved_and_removed(mode: Mode) {
    let house = House::new(mode).await;
    let (first, second) = (upload(&house, MODULE, "first").await, upload(&house, OTHER, "second").await);
    let path = "/api/v1/modules/tags/report:stable";
    assert_eq!(house.get(path).await.refused(404), "not_found");
    let set = house.put(path, &[], json!({ "digest": first })).await.expect(201);
    assert_eq!((set["tag"].clone(), set["set_by"].clone()), (json!("report:stable"), json!("admin")));
    let moved = house.put(path, &[], json!({ "digest": second })).await.expect(200);
    assert_eq!((moved["digest"].clone(), moved["before"].clone()), (json!(second), json!(first)));
    house.put("/api/v1/modules/tags/report:1.0", &[], json!({ "digest": second })).await.expect(201);
    let view = house.get(&format!("/api/v1/modules/{second}")).await.expect(200);
    assert_eq!(view["tags"], json!(["report:1.0", "report:stable"]));
    let list = house.get("/api/v1/modules").await.expect(200);
    let tags: Vec<_> =
        list["modules"].as_array().unwrap().iter().map(|module| module["tags"].clone()).collect();
    assert!(tags.contains(&json!([])) && tags.contains(&view["tags"]), "{list}");
    assert_eq!(house.delete(path).await.status, 204);
    assert_eq!(house.delete(path).await.refused(404), "not_found");
    // A module takes the tags that are left with it.
    assert_eq!(house.delete(&format!("/api/v1/modules/{second}")).await.status, 204);
    assert_eq!(house.get("/api/v1/modules/tags/report:1.0").await.refused(404), "not_found");
}

async fn a_tag_that_cannot_be_set_is_refused(mode: Mode) {
    let house = House::new(mode).await;
    let nowhere = json!({ "digest": Digest::of(b"nowhere") });
    let table = [
        ("report:stable", 404, "not_found"),
        ("report", 400, "invalid_path"),
        ("Report:a", 400, "invalid_path"),
        ("report:", 400, "invalid_path"),
        ("sha256:abc", 400, "invalid_path"),
    ];
    for (tag, status, code) in table {
        let reply = house.put(&format!("/api/v1/modules/tags/{tag}"), &[], nowhere.clone()).await;
        assert_eq!(reply.refused(status), code, "{tag}");
    }
    let other = house.put("/api/v1/modules/tags/a:b", &[], json!({ "module": "x" })).await;
    assert!(other.status.is_client_error(), "{other:?}");
}

/// Goal: a job saved by a tag keeps the digest, whatever happens to the tag afterwards.
async fn a_tag_is_resolved_when_a_job_is_saved(mode: Mode) {
    let house = House::new(mode).await;
    let (first, second) = (upload(&house, MODULE, "first").await, upload(&house, OTHER, "second").await);
    let tag = "/api/v1/modules/tags/report:stable";
    house.put(tag, &[], json!({ "digest": first })).await.expect(201);
    let text = json!({ "name": "a", "schedule": "@hourly", "wasm": { "module": "report:stable" } });
    let view = house.post("/api/v1/jobs", text.clone()).await.expect(201);
    assert_eq!(view["job"]["wasm"]["module"], json!(first));
    assert_eq!(view["resolved"]["tag"], "report:stable");
    assert_eq!(view["resolved"]["digest"], json!(first));
    house.put(tag, &[], json!({ "digest": second })).await.expect(200);
    let stands = house.get("/api/v1/jobs/a").await.expect(200);
    assert_eq!(stands["job"]["wasm"]["module"], json!(first));
    assert_eq!(stands.get("resolved"), None, "the job knows its digest alone");
    let saved = house.put("/api/v1/jobs/a", &[("if-match", "*")], text).await.expect(200);
    assert_eq!(saved["job"]["wasm"]["module"], json!(second));
    let yaml = "{ name: b, schedule: '@hourly', wasm: { module: 'report:stable' } }";
    let saved = house.ask(Method::POST, "/api/v1/jobs", &[("content-type", "application/yaml")], yaml).await;
    assert_eq!(saved.expect(201)["resolved"]["digest"], json!(second));
}

async fn a_tag_that_is_not_there_is_told_with_all_other_faults(mode: Mode) {
    let house = House::new(mode).await;
    let text = json!({ "name": "a", "schedule": "@often", "wasm": { "module": "report:stable", "dir": [] } });
    let reply = house.post("/api/v1/jobs", text.clone()).await;
    assert_eq!(reply.refused(422), "invalid_job");
    let problem = reply.problem();
    let paths: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|fault| fault["path"].clone()).collect();
    assert_eq!(paths.len(), 3, "{problem}");
    assert!(paths.contains(&json!("wasm.module")) && paths.contains(&json!("schedule")), "{problem}");
    let check = house.post("/api/v1/jobs/check", text).await.expect(200);
    assert_eq!(check["faults"], problem["errors"]);
}

async fn a_check_shows_what_the_module_asks_for_and_what_the_job_grants(mode: Mode) {
    let house = House::new(mode).await;
    let digest = upload(&house, MODULE, "report").await;
    house.put("/api/v1/modules/tags/report:1", &[], json!({ "digest": digest })).await.expect(201);
    let wasm = json!({ "module": "report:1", "env": { "TOKEN": "hunter2" },
        "dirs": [{ "host": "/srv/in", "guest": "/in" }], "network": ["10.0.0.5:443"] });
    let text = json!({ "name": "a", "schedule": "@hourly", "wasm": wasm });
    let check = house.post("/api/v1/jobs/check", text).await.expect(200);
    assert_eq!(check["job"]["wasm"]["module"], json!(digest));
    let grants = &check["grants"];
    assert_eq!((grants["name"].clone(), grants["tag"].clone()), (json!("report"), json!("report:1")));
    let line = |capability: &str| {
        let lines = grants["lines"].as_array().unwrap();
        lines.iter().find(|line| line["capability"] == capability).unwrap()["grants"].clone()
    };
    assert_eq!(line("files"), json!(["/srv/in as /in, read only"]));
    assert_eq!(line("network"), json!(["10.0.0.5:443"]));
    assert_eq!(line("arguments"), json!([]));
    assert_eq!(line("clocks"), json!(["always"]));
    let warnings = grants["warnings"].to_string();
    assert!(warnings.contains("has no way to connect") && warnings.contains("opens no file"), "{warnings}");
    assert!(!grants.to_string().contains("hunter2"), "values of variables are shown to nobody");
}

async fn a_memory_limit_below_what_the_module_starts_with_is_a_fault(mode: Mode) {
    let house = House::new(mode).await;
    let digest = upload(&house, MODULE, "report").await;
    let job = |memory: &str| json!({ "name": "a", "schedule": "@hourly", "wasm": { "module": digest }, "limits": { "memory": memory } });
    // The inspector of these tests finds 64 KiB in every module; a job cannot ask for less, so the next is enough.
    house.post("/api/v1/jobs", job("64KiB")).await.expect(201);
    assert_eq!(house.post("/api/v1/jobs", job("63KiB")).await.refused(422), "invalid_job");
}

/// Goal: a module that a save has looked for cannot go before the save is done.
async fn a_module_that_a_save_holds_is_not_deleted(mode: Mode) {
    let house = House::new(mode).await;
    let digest = upload(&house, MODULE, "held").await;
    let path = format!("/api/v1/modules/{digest}");
    let until = house.clock.now() + Span::from_seconds(120);
    house.ports.blobs.hold(&digest, until).await.unwrap().expect("the module is there");
    let reply = house.delete(&path).await;
    assert_eq!(reply.refused(409), "module_in_use");
    assert!(reply.problem()["detail"].as_str().unwrap().contains("being saved"), "{reply:?}");
    house.clock.pass(Span::from_seconds(120));
    assert_eq!(house.delete(&path).await.status, 204, "a save that never ended holds nothing for ever");
}

/// Goal: between the look for a module and the commit of the job that names it nobody can remove it.
async fn a_save_holds_its_module_until_it_is_written(mode: Mode) {
    let removed = Arc::new(Mutex::new(Vec::new()));
    let seen = removed.clone();
    let house = House::on(mode, Options { leading: false, ..Options::default() }, |ports| {
        let blobs = ports.blobs.clone();
        // Before each commit somebody tries to remove the module.
        let intent = Meddled::new(ports.intent.clone(), move |store, batch| {
            let (blobs, removed) = (blobs.clone(), removed.clone());
            async move {
                let tried = blobs.remove(&Digest::of(MODULE), Timestamp::from_millis(0)).await?;
                removed.lock().unwrap().push(tried);
                store.commit(batch).await
            }
            .boxed()
        });
        Ports { intent, ..ports }
    })
    .await;
    let digest = upload(&house, MODULE, "wanted").await;
    let job = json!({ "name": "a", "schedule": "@hourly", "wasm": { "module": digest } });
    house.post("/api/v1/jobs", job.clone()).await.expect(201);
    assert!(matches!(seen.lock().unwrap()[..], [Removed::Held { .. }]), "{seen:?}");
    // Once it is written nothing holds it any more: the job does.
    let gone = house.ports.blobs.remove(&digest, Timestamp::from_millis(0)).await.unwrap();
    assert_eq!(gone, Removed::Gone);
    assert_eq!(house.put("/api/v1/jobs/a", &[("if-match", "*")], job).await.refused(422), "invalid_job");
}

crate::both!(
    a_module_is_kept_once_and_read_back,
    a_form_is_an_upload_too,
    what_is_no_module_is_refused_and_leaves_nothing,
    ten_gigabytes_are_refused_unread,
    a_module_in_use_stays,
    a_tag_is_set_moved_and_removed,
    a_tag_that_cannot_be_set_is_refused,
    a_tag_is_resolved_when_a_job_is_saved,
    a_tag_that_is_not_there_is_told_with_all_other_faults,
    a_check_shows_what_the_module_asks_for_and_what_the_job_grants,
    a_memory_limit_below_what_the_module_starts_with_is_a_fault,
    a_module_that_a_save_holds_is_not_deleted,
    a_save_holds_its_module_until_it_is_written,
);
