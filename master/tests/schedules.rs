//! Schedules in the interface: in words, in the reader's language, with anchors, and once they have ended.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

mod common;

use axum::http::Method;
use common::House;
use common::mode::Mode;
use insta::assert_json_snapshot;
use model::time::Span;
use serde_json::{Value, json};

fn shell(name: &str, schedule: &str) -> Value {
    json!({ "name": name, "schedule": schedule, "shell": { "script": "true" } })
}

const JSON: (&str, &str) = ("content-type", "application/json");

async fn a_preview_tells_words_instants_and_changes_of_the_clock_in_the_language_of_the_reader(mode: Mode) {
    let house = House::new(mode).await;
    let ask = json!({
        "text": "30 2 * * 0", "timezone": "Europe/Berlin", "from": "2026-03-28T00:00:00Z", "count": 2,
    });
    let chinese = [JSON, ("accept-language", "zh-CN,zh;q=0.9,en;q=0.5")];
    let told = house.ask(Method::POST, "/api/v1/schedules/preview", &chinese, ask.to_string()).await;
    assert_eq!((told.header("content-language"), told.header("vary")), ("zh", "accept-language"));
    insta::allow_duplicates!(assert_json_snapshot!(told.expect(200), @r#"
    {
      "words": "每周日 02:30",
      "zone": "Europe/Berlin",
      "clock_changes": "时钟拨快时，不存在的时刻在跳过后立即运行；时钟拨慢时，出现两次的时刻只运行一次",
      "warnings": [],
      "status": "active",
      "next": [
        {
          "at": "2026-03-29T01:00:00Z",
          "local": "2026-03-29T03:00:00+02:00",
          "note": "改在 03:00 运行，当天没有 02:30"
        },
        {
          "at": "2026-04-05T00:30:00Z",
          "local": "2026-04-05T02:30:00+02:00"
        }
      ]
    }
    "#));
    let english = house.post("/api/v1/schedules/preview", ask.clone()).await;
    assert_eq!(english.header("content-language"), "en");
    insta::allow_duplicates!(assert_json_snapshot!(english.expect(200), @r#"
    {
      "words": "at 02:30 on Sunday",
      "zone": "Europe/Berlin",
      "clock_changes": "when the clock goes forward, a time that does not exist runs right after; when it goes back, a time that comes twice runs once",
      "warnings": [],
      "status": "active",
      "next": [
        {
          "at": "2026-03-29T01:00:00Z",
          "local": "2026-03-29T03:00:00+02:00",
          "note": "runs at 03:00, 02:30 does not exist that day"
        },
        {
          "at": "2026-04-05T00:30:00Z",
          "local": "2026-04-05T02:30:00+02:00"
        }
      ]
    }
    "#));
    let mut asked = ask;
    asked["language"] = json!("zh");
    let by_field = house.post("/api/v1/schedules/preview", asked).await;
    assert_eq!(by_field.header("content-language"), "zh");
    assert_eq!(by_field.json(), told.json());
}

async fn every_answer_with_words_follows_the_language_of_the_reader(mode: Mode) {
    let house = House::new(mode).await;
    let chinese = [JSON, ("accept-language", "zh")];
    let job = shell("a", "0 9 * * 1-5");
    let saved = house.ask(Method::POST, "/api/v1/jobs", &chinese, job.to_string()).await;
    let read = house.ask(Method::GET, "/api/v1/jobs/a", &chinese, "").await;
    let paused = house.ask(Method::POST, "/api/v1/jobs/a/pause", &chinese, "{}").await;
    let resumed = house.ask(Method::POST, "/api/v1/jobs/a/resume", &chinese, "").await;
    let checked = house.ask(Method::POST, "/api/v1/jobs/check", &chinese, job.to_string()).await;
    let words = "每个工作日 09:00（工作日指周一至周五）";
    for reply in [&saved, &read, &paused, &resumed, &checked] {
        assert_eq!(reply.header("content-language"), "zh", "{reply:?}");
        assert_eq!(reply.json()["schedule"]["words"], words);
    }
    let list = house.ask(Method::GET, "/api/v1/jobs", &chinese, "").await;
    assert_eq!((list.header("content-language"), &list.json()["jobs"][0]["words"]), ("zh", &json!(words)));
    let list = house.ask(Method::GET, "/api/v1/jobs?language=en", &chinese, "").await;
    let english = &list.json()["jobs"][0]["words"];
    assert_eq!((list.header("content-language"), english), ("en", &json!("at 09:00 Monday to Friday")));
    let refused = house.ask(Method::GET, "/api/v1/jobs/none", &chinese, "").await;
    assert_eq!(refused.header("content-language"), "en");
}

async fn the_anchor_is_that_of_the_first_save_and_edits_keep_it(mode: Mode) {
    let house = House::new(mode).await;
    let start = "2026-12-01T08:00:00Z";
    house.clock.pass(Span::from_millis(700));
    let mut view = house.post("/api/v1/jobs", shell("a", "@every 90s")).await.expect(201);
    for (schedule, first) in [
        ("@every 90s", "2026-12-01T08:01:30Z"),
        ("@every 7m", "2026-12-01T08:07:00Z"),
        ("0 9 * * *", "2026-12-01T09:00:00Z"),
        ("@every 1h", "2026-12-01T09:00:00Z"),
    ] {
        let etag = view["saved"]["etag"].as_str().unwrap().to_owned();
        house.clock.pass(Span::from_seconds(10));
        view = house.put("/api/v1/jobs/a", &[("if-match", &etag)], shell("a", schedule)).await.expect(200);
        let counted = schedule.starts_with("@every");
        let anchor = if counted { json!(start) } else { Value::Null };
        assert_eq!((&view["schedule"]["anchor"], &view["job"]["anchor"]), (&anchor, &anchor), "{schedule}");
        assert_eq!(view["schedule"]["next"][0]["at"], first, "{schedule}");
        assert_eq!(view["schedule"]["words"].as_str().unwrap().contains(start), counted, "{view}");
    }
}

async fn an_anchor_of_the_text_counts_and_stays(mode: Mode) {
    let house = House::new(mode).await;
    let mut job = shell("a", "@every 14d");
    job["anchor"] = json!("2026-01-05T01:00:00+01:00");
    let first = house.post("/api/v1/jobs", job).await.expect(201);
    assert_eq!(first["schedule"]["next"][0]["at"], "2026-12-07T00:00:00Z");
    let etag = [("if-match", first["saved"]["etag"].as_str().unwrap())];
    let second = house.put("/api/v1/jobs/a", &etag, shell("a", "@every 7d")).await.expect(200);
    assert_eq!(second["job"]["anchor"], "2026-01-05T00:00:00Z");
    let mut wrong = shell("b", "@every 14d");
    wrong["anchor"] = json!("next monday");
    let refused = house.post("/api/v1/jobs", wrong).await;
    assert_eq!(refused.refused(422), "invalid_job");
    assert_eq!(refused.problem()["errors"][0]["path"], "anchor");
}

/// Goal: an export gives the same ticks elsewhere. Method: what one server shows is saved on another, later.
async fn a_job_read_from_one_server_has_the_same_ticks_on_another(mode: Mode) {
    let (one, other) = (House::new(mode).await, House::new(mode).await);
    one.clock.pass(Span::from_millis(12_345));
    other.clock.pass(Span::from_minutes(77));
    one.clock.pass(Span::from_minutes(76));
    let shown = one.post("/api/v1/jobs", shell("a", "@every 11m")).await.expect(201);
    let moved = other.post("/api/v1/jobs", shown["job"].clone()).await.expect(201);
    assert_eq!(moved["job"], shown["job"]);
    assert_eq!(moved["schedule"]["next"], shown["schedule"]["next"]);
    let checked = other.post("/api/v1/jobs/check", shell("a", "@every 11m")).await.expect(200);
    assert_eq!(checked["schedule"]["next"], shown["schedule"]["next"]);
}

async fn what_has_ended_is_saved_and_shown_as_ended(mode: Mode) {
    let house = House::new(mode).await;
    for (name, schedule, last) in [
        ("once", "@at 2026-11-30T09:00:00+01:00", "2026-11-30T08:00:00+00:00"),
        ("year", "0 9 1 * * 2024-2025", "2025-12-01T09:00:00+00:00"),
    ] {
        let view = house.post("/api/v1/jobs", shell(name, schedule)).await.expect(201);
        assert_eq!(view["schedule"]["status"], "ended");
        assert_eq!(view["schedule"]["ended"], format!("ended: its last time was {last}"));
        assert_eq!(view["schedule"]["next"], json!([]));
        let etag = [("if-match", view["saved"]["etag"].as_str().unwrap())];
        house.put(&format!("/api/v1/jobs/{name}"), &etag, view["job"].clone()).await.expect(200);
    }
    let list = house.get("/api/v1/jobs").await.expect(200);
    for job in list["jobs"].as_array().unwrap() {
        assert_eq!((&job["status"], &job["next_at"]), (&json!("ended"), &Value::Null), "{job}");
    }
    let never = house.post("/api/v1/jobs", shell("never", "0 0 30 2 *")).await;
    assert_eq!(never.refused(422), "invalid_job");
    assert!(never.problem()["detail"].as_str().unwrap().contains("never fires"));
}

async fn a_schedule_stands_as_its_job_does_until_it_ends(mode: Mode) {
    let house = House::new(mode).await;
    let status = async |name: &str| {
        let view = house.get(&format!("/api/v1/jobs/{name}")).await.expect(200);
        let list = house.get("/api/v1/jobs").await.expect(200);
        let listed = list["jobs"].as_array().unwrap().iter().find(|job| job["name"] == name).unwrap().clone();
        assert_eq!(listed["status"], view["schedule"]["status"]);
        assert_eq!(listed["zone"], view["schedule"]["zone"]);
        view["schedule"]["status"].as_str().unwrap().to_owned()
    };
    house.post("/api/v1/jobs", shell("a", "CRON_TZ=Asia/Tokyo 0 9 * * *")).await.expect(201);
    assert_eq!(status("a").await, "active");
    house.act("/api/v1/jobs/a/pause").await.expect(200);
    assert_eq!(status("a").await, "paused");
    let mut off = shell("b", "0 9 * * *");
    off["enabled"] = json!(false);
    house.post("/api/v1/jobs", off).await.expect(201);
    assert_eq!(status("b").await, "disabled");
    house.post("/api/v1/jobs", shell("c", "@at 2026-12-01T08:00:10Z")).await.expect(201);
    assert_eq!(status("c").await, "active");
    house.clock.pass(Span::from_seconds(10));
    assert_eq!(status("c").await, "ended");
}

crate::both!(
    a_preview_tells_words_instants_and_changes_of_the_clock_in_the_language_of_the_reader,
    every_answer_with_words_follows_the_language_of_the_reader,
    the_anchor_is_that_of_the_first_save_and_edits_keep_it,
    an_anchor_of_the_text_counts_and_stays,
    a_job_read_from_one_server_has_the_same_ticks_on_another,
    what_has_ended_is_saved_and_shown_as_ended,
    a_schedule_stands_as_its_job_does_until_it_ends,
);
