//! Jobs: saved, read, listed and deleted; what is refused, and how it is said.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

mod common;

use axum::body::Body;
use axum::http::Method;
use common::House;
use common::mode::Mode;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

fn shell(name: &str) -> Value {
    json!({ "name": name, "schedule": "0 9 * * *", "shell": { "script": "echo hello" } })
}

async fn a_saved_job_is_read_back_with_its_defaults(mode: Mode) {
    let house = House::new(mode).await;
    let saved = house.post("/api/v1/jobs", shell("a")).await;
    let view = saved.expect(201);
    assert_eq!(saved.header("location"), "/api/v1/jobs/a");
    assert_eq!(saved.header("etag"), view["saved"]["etag"]);
    assert_eq!(view["saved"]["author"], "admin");
    assert_eq!(view["job"]["limits"]["timeout"], "10m");
    assert_eq!(view["schedule"]["next"][0]["at"], "2026-12-01T09:00:00Z");
    let read = house.get("/api/v1/jobs/a").await;
    assert_eq!(read.expect(200), view);
    assert_eq!(read.header("etag"), saved.header("etag"));
    let known = [("if-none-match", saved.header("etag"))];
    assert_eq!(house.ask(Method::GET, "/api/v1/jobs/a", &known, Body::empty()).await.status, 304);
}

async fn a_job_in_yaml_is_the_same_job(mode: Mode) {
    let house = House::new(mode).await;
    let yaml = "name: a\nschedule: '0 9 * * *'\nshell:\n  script: |\n    echo hello\n  env: { K: V }\n";
    let saved = house.ask(Method::POST, "/api/v1/jobs", &[("content-type", "application/yaml")], yaml).await;
    let view = saved.expect(201);
    assert_eq!(view["job"]["shell"]["script"], "echo hello\n");
    assert_eq!(view["job"]["shell"]["env"]["K"], "V");
}

async fn broken_yaml_is_answered_with_line_and_column(mode: Mode) {
    let house = House::new(mode).await;
    let yaml = "name: a\nlabels: { team: data\nschedule: '* * * * *'\n";
    let reply = house.ask(Method::POST, "/api/v1/jobs", &[("content-type", "application/yaml")], yaml).await;
    insta::allow_duplicates!(assert_json_snapshot!(reply.problem(), @r#"
{
  "status": 400,
  "code": "invalid_body",
  "title": "the body does not read",
  "detail": "the body is not valid YAML: while parsing a flow mapping, did not find expected ',' or '}' at line 3, column 9"
}
"#));
}

async fn three_faults_are_answered_at_once(mode: Mode) {
    let house = House::new(mode).await;
    let job = json!({
        "name": "a", "schedule": "61 * * * *", "shell": { "script": "true" },
        "limits": { "memory": "many" }, "colour": "red",
    });
    let reply = house.post("/api/v1/jobs", job).await;
    assert_eq!(reply.status, 422);
    insta::allow_duplicates!(assert_json_snapshot!(reply.problem(), @r#"
{
  "status": 422,
  "code": "invalid_job",
  "title": "the job has faults",
  "detail": "colour: unknown field\nhint: fields here are name, description, labels, enabled, schedule, timezone, dst, weekdays, anchor, jitter, shell, wasm, limits, success_codes, placement, overlap, missed, start_deadline, on_worker_loss, when_cut_off, retries, retention, alerts\nschedule: minute: `61` is not in 0-59\n  61 * * * *\n  ^^\nlimits.memory: must be a size like `64KiB`, `256MiB` or `2GiB`, got `many`",
  "errors": [
    {
      "path": "colour",
      "message": "unknown field",
      "said": {
        "template": "unknown field"
      },
      "hint": "fields here are name, description, labels, enabled, schedule, timezone, dst, weekdays, anchor, jitter, shell, wasm, limits, success_codes, placement, overlap, missed, start_deadline, on_worker_loss, when_cut_off, retries, retention, alerts",
      "hint_said": {
        "template": "fields here are {}",
        "values": [
          "name, description, labels, enabled, schedule, timezone, dst, weekdays, anchor, jitter, shell, wasm, limits, success_codes, placement, overlap, missed, start_deadline, on_worker_loss, when_cut_off, retries, retention, alerts"
        ]
      }
    },
    {
      "path": "schedule",
      "message": "minute: `61` is not in 0-59\n  61 * * * *\n  ^^",
      "said": {
        "template": "{}\n{}",
        "values": [
          {
            "template": "{}: `{}` is not in {}-{}",
            "values": [
              {
                "template": "minute"
              },
              "61",
              "0",
              "59"
            ]
          },
          "  61 * * * *\n  ^^"
        ]
      }
    },
    {
      "path": "limits.memory",
      "message": "must be a size like `64KiB`, `256MiB` or `2GiB`, got `many`",
      "said": {
        "template": "must be a size like `64KiB`, `256MiB` or `2GiB`, got `{}`",
        "values": [
          "many"
        ]
      }
    }
  ]
}
"#));
}

async fn a_name_that_is_taken_is_refused_with_who_has_it(mode: Mode) {
    let house = House::new(mode).await;
    house.post("/api/v1/jobs", shell("a")).await.expect(201);
    let reply = house.post("/api/v1/jobs", shell("a")).await;
    assert_eq!(reply.refused(409), "name_taken");
    assert_eq!(reply.problem()["current"]["author"], "admin");
}

async fn a_put_makes_a_job_and_then_asks_for_what_it_follows(mode: Mode) {
    let house = House::new(mode).await;
    let first = house.put("/api/v1/jobs/a", &[], shell("a")).await;
    first.expect(201);
    assert_eq!(house.put("/api/v1/jobs/a", &[], shell("a")).await.refused(428), "if_match_required");
    let none = [("if-none-match", "*")];
    assert_eq!(house.put("/api/v1/jobs/a", &none, shell("a")).await.refused(409), "name_taken");

    let mut next = shell("a");
    next["description"] = json!("better");
    let second = house.put("/api/v1/jobs/a", &[("if-match", first.header("etag"))], next).await;
    let view = second.expect(200);
    assert_eq!(view["saved"]["spec_id"], 2);
    assert_eq!(view["saved"]["uid"], first.json()["saved"]["uid"]);
    assert_ne!(second.header("etag"), first.header("etag"));
}

async fn a_stale_if_match_is_refused_with_who_saved_and_when(mode: Mode) {
    let house = House::new(mode).await;
    let first = house.put("/api/v1/jobs/a", &[], shell("a")).await;
    let etag = [("if-match", first.header("etag")), ("x-reason", "the second")];
    house.put("/api/v1/jobs/a", &etag, shell("a")).await.expect(200);
    let reply = house.put("/api/v1/jobs/a", &etag, shell("a")).await;
    assert_eq!(reply.refused(412), "stale");
    let mut problem = reply.problem();
    problem["current"]["uid"] = json!("[uid]");
    problem["current"]["etag"] = json!("[etag]");
    insta::allow_duplicates!(assert_json_snapshot!(problem, @r#"
{
  "status": 412,
  "code": "stale",
  "title": "somebody else saved the job meanwhile",
  "detail": "`admin` saved job `a` at 2026-12-01T08:00:00Z: read it, put your change into it, and save again",
  "current": {
    "uid": "[uid]",
    "spec_id": 2,
    "author": "admin",
    "reason": "the second",
    "saved_at": "2026-12-01T08:00:00Z",
    "etag": "[etag]"
  }
}
"#));
    let gone = [("if-match", "\"00-1\"")];
    assert_eq!(house.put("/api/v1/jobs/b", &gone, shell("b")).await.refused(412), "job_gone");
}

async fn a_job_keeps_its_name(mode: Mode) {
    let house = House::new(mode).await;
    let reply = house.put("/api/v1/jobs/a", &[], shell("b")).await;
    assert_eq!(reply.refused(422), "invalid_job");
    assert_eq!(reply.problem()["errors"][0]["path"], "name");
    assert_eq!(house.post("/api/v1/jobs", shell("check")).await.refused(422), "invalid_job");
}

async fn a_job_with_a_module_that_is_not_there_is_refused(mode: Mode) {
    let house = House::new(mode).await;
    let digest = format!("sha256:{}", "0".repeat(64));
    let job = json!({ "name": "a", "schedule": "@hourly", "wasm": { "module": digest } });
    let reply = house.post("/api/v1/jobs", job).await;
    assert_eq!(reply.refused(422), "invalid_job");
    assert_eq!(reply.problem()["errors"][0]["path"], "wasm.module");
}

async fn a_body_of_another_form_or_size_is_a_problem(mode: Mode) {
    let house = House::new(mode).await;
    let text = [("content-type", "text/plain")];
    let reply = house.ask(Method::POST, "/api/v1/jobs", &text, "name: a").await;
    assert_eq!(reply.refused(415), "unsupported_media_type");
    let json = [("content-type", "application/json")];
    let large = " ".repeat(4 * 1024 * 1024 + 1);
    assert_eq!(house.ask(Method::POST, "/api/v1/jobs", &json, large).await.refused(413), "too_large");
    assert_eq!(house.ask(Method::POST, "/api/v1/jobs", &json, "{").await.refused(400), "invalid_body");
    let named = house.get("/api/v1/jobs/Bad_Name").await;
    assert_eq!(named.refused(400), "invalid_path");
    assert_eq!(
        named.problem()["detail"],
        "must be 1 to 63 of `a-z`, `0-9` and `-`, not starting with `-`, got `Bad_Name`"
    );
    assert_eq!(house.get("/api/v1/jobs/nothing").await.refused(404), "not_found");
}

async fn a_deleted_job_is_gone_and_its_name_is_free(mode: Mode) {
    let house = House::new(mode).await;
    let first = house.job("a", "0 9 * * *").await;
    let stale = [("if-match", "\"other\"")];
    let reply = house.ask(Method::DELETE, "/api/v1/jobs/a", &stale, Body::empty()).await;
    assert_eq!(reply.refused(412), "stale");
    house.delete("/api/v1/jobs/a").await.expect(200);
    assert_eq!(house.get("/api/v1/jobs/a").await.refused(404), "not_found");
    assert_eq!(house.delete("/api/v1/jobs/a").await.refused(404), "not_found");
    assert_eq!(house.get("/api/v1/jobs").await.expect(200)["total"], 0);
    let second = house.job("a", "0 9 * * *").await;
    assert_ne!(first["saved"]["uid"], second["saved"]["uid"]);
}

async fn a_list_is_paged_without_a_gap(mode: Mode) {
    let house = House::new(mode).await;
    for i in 0..7 {
        house.job(&format!("job-{i}"), "0 9 * * *").await;
    }
    let mut names = Vec::new();
    let mut path = "/api/v1/jobs?limit=3".to_owned();
    loop {
        let page = house.get(&path).await.expect(200);
        assert_eq!(page["total"], 7);
        names.extend(page["jobs"].as_array().unwrap().iter().map(|job| job["name"].clone()));
        match page["next"].as_str() {
            Some(next) => path = format!("/api/v1/jobs?limit=3&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(names, (0..7).map(|i| json!(format!("job-{i}"))).collect::<Vec<_>>());
    for bad in ["limit=0", "limit=501", "cursor=%21", "label=team", "include=all", "colour=red", "kind=java"]
    {
        assert_eq!(house.get(&format!("/api/v1/jobs?{bad}")).await.refused(400), "invalid_query", "{bad}");
    }
}

async fn filters_combine(mode: Mode) {
    let house = House::new(mode).await;
    for (name, team, enabled) in [("a", "data", true), ("b", "data", false), ("c", "web", true)] {
        let mut job = shell(name);
        job["labels"] = json!({ "team": team });
        job["enabled"] = json!(enabled);
        job["description"] = json!(format!("Job of {team}"));
        house.post("/api/v1/jobs", job).await.expect(201);
    }
    house.act("/api/v1/jobs/a/pause").await.expect(200);
    let names = async |query: &str| {
        let page = house.get(&format!("/api/v1/jobs?{query}")).await.expect(200);
        let names: Vec<String> =
            page["jobs"].as_array().unwrap().iter().map(|job| job["name"].as_str().unwrap().into()).collect();
        names.join(" ")
    };
    assert_eq!(names("label=team:data").await, "a b");
    assert_eq!(names("label=team:data&enabled=true").await, "a");
    assert_eq!(names("q=WEB").await, "c");
    assert_eq!(names("paused=false&enabled=true&kind=shell").await, "c");
    assert_eq!(names("kind=wasm").await, "");
    assert_eq!(names("names=c,gone,a").await, "a c");
    assert_eq!(names("names=c,a&label=team:data").await, "a");
    assert_eq!(names("names=").await, "");
    assert_eq!(house.get("/api/v1/jobs?names=a,%21").await.refused(400), "invalid_query");
}

async fn a_list_says_when_each_runs_next(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "*/15 * * * *").await;
    let page = house.get("/api/v1/jobs?include=recent,next").await.expect(200);
    let job = &page["jobs"][0];
    assert_eq!(job["next_at"], "2026-12-01T08:15:00Z");
    assert_eq!(job["next"].as_array().unwrap().len(), 5);
    assert_eq!(job["recent"], json!([]));
    assert_eq!(job["kind"], "shell");
    let paused = house.act("/api/v1/jobs/a/pause").await.expect(200);
    assert_eq!(paused["schedule"]["next"], json!([]));
    assert_eq!(house.get("/api/v1/jobs").await.expect(200)["jobs"][0].get("next_at"), None);
}

async fn a_check_saves_nothing_and_says_who_could_run_it(mode: Mode) {
    let house = House::new(mode).await;
    common::world::register(&house, &[("role", "db")]).await;
    let mut job = shell("a");
    job["placement"] = json!({ "labels": { "role": "web" } });
    job["limits"] = json!({ "memory": "64MiB" });
    let reply = house.post("/api/v1/jobs/check", job).await.expect(200);
    assert_eq!(reply["valid"], true);
    insta::allow_duplicates!(assert_json_snapshot!(reply["workers"], @r#"
[
  {
    "worker": "w1",
    "fits": false,
    "reasons": [
      "its label `role` is `db`, not `web`",
      "it cannot hold `limits.memory`: no memory controller; delegate one to the worker"
    ],
    "notes": [
      "jobs run as the worker's own user"
    ]
  }
]
"#));
    assert_eq!(house.get("/api/v1/jobs").await.expect(200)["total"], 0);

    // By labels and limits both could.
    let off = "shell jobs are switched off";
    common::world::register_as(&house, "w2", &[], Some(off)).await;
    let reply = house.post("/api/v1/jobs/check", shell("a")).await.expect(200);
    let told: Vec<_> =
        reply["workers"].as_array().unwrap().iter().map(|w| (&w["fits"], &w["reasons"])).collect();
    assert_eq!(told, [(&json!(true), &json!([])), (&json!(false), &json!([off]))]);

    let reply = house.post("/api/v1/jobs/check", json!({ "name": "A" })).await.expect(200);
    assert_eq!(reply["valid"], false);
    assert!(reply["faults"].as_array().unwrap().len() >= 3, "{reply}");
}

async fn a_preview_says_what_a_schedule_means(mode: Mode) {
    let house = House::new(mode).await;
    let ask = json!({ "text": "30 9 * * mon-fri", "timezone": "Europe/Berlin", "count": 2 });
    let reply = house.post("/api/v1/schedules/preview", ask).await.expect(200);
    insta::allow_duplicates!(assert_json_snapshot!(reply, @r#"
{
  "words": "at 09:30 Monday to Friday",
  "zone": "Europe/Berlin",
  "clock_changes": "when the clock goes forward, a time that does not exist runs right after; when it goes back, a time that comes twice runs once",
  "warnings": [],
  "status": "active",
  "next": [
    {
      "at": "2026-12-01T08:30:00Z",
      "local": "2026-12-01T09:30:00+01:00"
    },
    {
      "at": "2026-12-02T08:30:00Z",
      "local": "2026-12-02T09:30:00+01:00"
    }
  ]
}
"#));
    let typo = house.post("/api/v1/schedules/preview", json!({ "text": "30 25 * * *" })).await;
    assert_eq!(typo.refused(422), "invalid_schedule");
    insta::allow_duplicates!(assert_json_snapshot!(typo.problem()["errors"], @r#"
[
  {
    "path": "schedule",
    "message": "hour: `25` is not in 0-23\n  30 25 * * *\n     ^^",
    "said": {
      "template": "{}\n{}",
      "values": [
        {
          "template": "{}: `{}` is not in {}-{}",
          "values": [
            {
              "template": "hour"
            },
            "25",
            "0",
            "23"
          ]
        },
        "  30 25 * * *\n     ^^"
      ]
    },
    "hint": "minutes stand before hours: `30 2` is 02:30",
    "hint_said": {
      "template": "minutes stand before hours: `30 2` is 02:30"
    }
  }
]
"#));
    let many = json!({ "text": "* * * * *", "count": 101 });
    assert_eq!(house.post("/api/v1/schedules/preview", many).await.refused(400), "invalid_body");
}

crate::both!(
    a_saved_job_is_read_back_with_its_defaults,
    a_job_in_yaml_is_the_same_job,
    broken_yaml_is_answered_with_line_and_column,
    three_faults_are_answered_at_once,
    a_name_that_is_taken_is_refused_with_who_has_it,
    a_put_makes_a_job_and_then_asks_for_what_it_follows,
    a_stale_if_match_is_refused_with_who_saved_and_when,
    a_job_keeps_its_name,
    a_job_with_a_module_that_is_not_there_is_refused,
    a_body_of_another_form_or_size_is_a_problem,
    a_deleted_job_is_gone_and_its_name_is_free,
    a_list_is_paged_without_a_gap,
    filters_combine,
    a_list_says_when_each_runs_next,
    a_check_saves_nothing_and_says_who_could_run_it,
    a_preview_says_what_a_schedule_means,
);
