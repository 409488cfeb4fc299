//! The texts that a job had: copied from the watch, listed, compared, restored; on the stores of both modes.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

mod common;

use std::time::Duration;

use axum::http::Method;
use common::mode::Mode;
use common::stage::{As, Stage, ask};
use common::{PATIENCE, Reply, TOKEN};
use master::Options;
use serde_json::{Value, json};

fn admin() -> As {
    As::Token(TOKEN.into())
}

fn job(script: &str) -> Value {
    json!({ "name": "a", "schedule": "@every 90s", "shell": { "script": script }, "limits": { "timeout": "2h" } })
}

async fn send(stage: &Stage, method: Method, path: &str, headers: &[(&str, &str)], body: Value) -> Reply {
    ask(&stage.router, &admin(), "127.0.0.1", method, path, headers, body).await
}

/// Saves the next text of job `a`.
async fn save(stage: &Stage, script: &str, reason: &str) -> Value {
    let there = stage.admin(Method::GET, "/api/v1/jobs/a", json!(null)).await;
    let mut headers = vec![("x-reason", reason)];
    let etag = there.headers.get("etag").map(|etag| etag.to_str().unwrap().to_owned());
    headers.push(match &etag {
        Some(etag) => ("if-match", etag),
        None => ("if-none-match", "*"),
    });
    let saved = send(stage, Method::PUT, "/api/v1/jobs/a", &headers, job(script)).await;
    assert!([200, 201].contains(&saved.status.as_u16()), "{}", saved.text());
    saved.json()
}

/// Waits until so many revisions of job `a` are listed; returns them.
async fn listed(stage: &Stage, count: usize) -> Vec<Value> {
    let asking = async {
        loop {
            let page = stage.admin(Method::GET, "/api/v1/jobs/a/revisions", json!(null)).await;
            if page.status == 200 {
                let found = page.json()["revisions"].as_array().unwrap().clone();
                assert!(found.len() <= count, "{found:?}");
                if found.len() == count {
                    return found;
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("the revisions are listed")
}

fn number(revision: &Value) -> u64 {
    revision["revision"].as_u64().unwrap()
}

/// What people do with revisions, from the first save over a deletion to a restored job.
async fn texts_of_a_job_are_kept_and_come_back(mode: Mode) {
    let stage = Stage::new(mode, Options::default()).await;
    let missing = stage.admin(Method::GET, "/api/v1/jobs/a/revisions", json!(null)).await;
    assert_eq!(missing.refused(404), "not_found");
    let first = save(&stage, "echo 1", "").await;
    save(&stage, "echo 2", "because 2 is more, für alle").await;
    save(&stage, "echo 3", "").await;
    let all = listed(&stage, 3).await;
    assert_eq!(all[1]["reason"], "because 2 is more, für alle");
    assert_eq!((&all[1]["author"], &all[1]["spec_id"]), (&json!("admin"), &json!(2)));
    assert_eq!((&all[1]["changed"], &all[2]["changed"]), (&json!(["shell.script"]), &json!([])));
    assert!(number(&all[0]) > number(&all[1]) && number(&all[1]) > number(&all[2]));

    // In pages; the last one of a page still knows what it changed.
    let page = stage.admin(Method::GET, "/api/v1/jobs/a/revisions?limit=2", json!(null)).await.expect(200);
    assert_eq!(page["revisions"], json!(all[..2]));
    let next = format!("/api/v1/jobs/a/revisions?limit=2&cursor={}", page["next"].as_str().unwrap());
    let page = stage.admin(Method::GET, &next, json!(null)).await.expect(200);
    assert_eq!((&page["revisions"], page.get("next")), (&json!(all[2..]), None));
    let bad = stage.admin(Method::GET, "/api/v1/jobs/a/revisions?limit=101", json!(null)).await;
    assert_eq!(bad.refused(400), "invalid_query");

    // One of them, and two of them side by side.
    let path = |revision: &Value| format!("/api/v1/jobs/a/revisions/{}", number(revision));
    let one = stage.admin(Method::GET, &path(&all[1]), json!(null)).await.expect(200);
    assert_eq!(
        (&one["job"]["shell"]["script"], &one["changed"]),
        (&json!("echo 2"), &json!(["shell.script"]))
    );
    let diff = format!("{}/diff", path(&all[0]));
    let near = stage.admin(Method::GET, &diff, json!(null)).await.expect(200);
    let change = json!([{ "path": "shell.script", "before": "echo 2", "after": "echo 3" }]);
    assert_eq!((&near["from"], &near["changes"]), (&all[1]["revision"], &change));
    let far = format!("{diff}?from={}", number(&all[2]));
    let far = stage.admin(Method::GET, &far, json!(null)).await.expect(200);
    assert_eq!(far["changes"][0]["before"], "echo 1");
    let first_of_all = format!("{}/diff", path(&all[2]));
    let none = stage.admin(Method::GET, &first_of_all, json!(null)).await.expect(200);
    assert_eq!((none.get("from"), &none["changes"]), (None, &json!([])));
    let no = stage.admin(Method::GET, "/api/v1/jobs/a/revisions/1000000", json!(null)).await;
    assert_eq!(no.refused(404), "not_found");
    let no = stage.admin(Method::GET, "/api/v1/jobs/a/revisions/x", json!(null)).await;
    assert_eq!(no.refused(400), "invalid_path");

    // Restored: the usual rules of a save, and a revision of its own.
    let restore = format!("{}/restore", path(&all[2]));
    let blind = send(&stage, Method::POST, &restore, &[], json!(null)).await;
    assert_eq!(blind.refused(428), "if_match_required");
    let stale = [("if-match", first["saved"]["etag"].as_str().unwrap())];
    assert_eq!(send(&stage, Method::POST, &restore, &stale, json!(null)).await.refused(412), "stale");
    let now = stage.admin(Method::GET, "/api/v1/jobs/a", json!(null)).await;
    let current = [("if-match", now.header("etag")), ("x-reason", "3 was wrong")];
    let restored = send(&stage, Method::POST, &restore, &current, json!(null)).await.expect(200);
    assert_eq!(
        (&restored["job"]["shell"]["script"], &restored["saved"]["spec_id"]),
        (&json!("echo 1"), &json!(4))
    );
    let all = listed(&stage, 4).await;
    assert_eq!((&all[0]["reason"], &all[0]["changed"]), (&json!("3 was wrong"), &json!(["shell.script"])));

    // Deleted, and made anew from what it was: it goes on counting from where it counted.
    stage.admin(Method::DELETE, "/api/v1/jobs/a", json!(null)).await.expect(200);
    let all = listed(&stage, 5).await;
    assert_eq!((&all[0]["deleted"], all[0].get("uid")), (&json!(true), None));
    let gone = format!("{}/restore", path(&all[0]));
    assert_eq!(send(&stage, Method::POST, &gone, &[], json!(null)).await.refused(409), "revision_deleted");
    let gone = format!("{}/diff", path(&all[0]));
    assert_eq!(stage.admin(Method::GET, &gone, json!(null)).await.refused(409), "revision_deleted");
    let restore = format!("{}/restore", path(&all[2]));
    let back = send(&stage, Method::POST, &restore, &[], json!(null)).await.expect(201);
    assert_eq!(back["job"]["shell"]["script"], "echo 3");
    assert_eq!(back["job"]["anchor"], first["job"]["anchor"]);
    assert_ne!(back["saved"]["uid"], first["saved"]["uid"]);
    assert_eq!(back["saved"]["reason"], format!("restored revision {}", number(&all[2])));
    listed(&stage, 6).await;

    // An editor from whom shell jobs are withheld restores none.
    let narrow =
        json!({ "name": "ed", "role": "editor", "withheld": ["shell_jobs"], "password": "correct horse" });
    stage.admin(Method::POST, "/api/v1/users", narrow).await.expect(201);
    let editor = stage.log_in("ed", "correct horse").await;
    let refused = stage.ask(&editor, Method::POST, &restore, json!(null)).await;
    assert_eq!(refused.refused(403), "right_withheld");
}

/// Goal: no text is lost while MongoDB is away, a save does not wait for it, and each stands there once whoever leads.
/// Three masters, of which one leads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn saves_while_the_facts_are_away_are_copied_once_when_they_are_back() {
    let mut stage = Stage::with_its_own_servers(Options::default()).await;
    let others = [stage.another(), stage.another()];
    save(&stage, "echo 0", "").await;
    listed(&stage, 1).await;
    stage.mongo.as_mut().unwrap().kill();
    for n in 1..=5 {
        save(&stage, &format!("echo {n}"), &format!("change {n}")).await;
    }
    let away = stage.admin(Method::GET, "/api/v1/jobs/a/revisions", json!(null)).await;
    assert_eq!(away.refused(503), "store_unavailable");
    stage.mongo.as_mut().unwrap().restart().await;
    let all = listed(&stage, 6).await;
    let told: Vec<&str> = all.iter().map(|one| one["reason"].as_str().unwrap_or_default()).collect();
    assert_eq!(told, ["change 5", "change 4", "change 3", "change 2", "change 1", ""]);
    drop(others);
}

/// Goal: an installation from before there were revisions has the text of each job at once, with who saved it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_from_before_are_copied_at_the_first_start() {
    let alone = Options { leading: false, ..Options::default() };
    let mut stage = Stage::new(Mode::Standalone, alone).await;
    save(&stage, "echo 1", "").await;
    save(&stage, "echo 2", "the last one before").await;
    assert_eq!(listed(&stage, 0).await, [] as [Value; 0], "nobody leads");
    stage.router = stage.another();
    let all = listed(&stage, 1).await;
    assert_eq!((&all[0]["reason"], &all[0]["spec_id"]), (&json!("the last one before"), &json!(2)));
    save(&stage, "echo 3", "").await;
    listed(&stage, 2).await;
}

/// Goal: where the store of jobs has forgotten changes before they were copied, what stands is copied, and a deletion in
/// between is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forgotten_changes_leave_what_stands_and_what_is_gone() {
    use model::id::Revision;
    use model::revision::JobRevision;
    let alone = Options { leading: false, ..Options::default() };
    let mut stage = Stage::new(Mode::Standalone, alone).await;
    save(&stage, "echo 1", "").await;
    let (saved, _) = stage.ports.intent.get(&"a".parse().unwrap()).await.unwrap();
    let saved = saved.unwrap();
    let mut gone = saved.value.clone();
    gone.job.name = "b".parse().unwrap();
    let known = vec![JobRevision::of(Revision(1), gone)];
    stage.ports.revisions.put_revisions(known, 100).await.unwrap();
    // A mark from the future of another store: its changes are not there.
    stage.ports.revisions.note_copied(Revision(saved.revision.0 + 1000)).await.unwrap();
    stage.router = stage.another();
    listed(&stage, 1).await;
    let asking = async {
        loop {
            let page = stage.admin(Method::GET, "/api/v1/jobs/b/revisions", json!(null)).await.expect(200);
            if page["revisions"].as_array().unwrap().len() == 2 {
                return page;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let page = tokio::time::timeout(PATIENCE, asking).await.expect("the deletion is told");
    assert_eq!((&page["revisions"][0]["deleted"], page["revisions"][0].get("author")), (&json!(true), None));
}

crate::both!(texts_of_a_job_are_kept_and_come_back);
