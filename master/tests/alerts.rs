//! Alerts from an end to a receiver: real sockets, real HTTP, real SMTP over TLS.
//!
//! Not here: what is worth a notice and how notices are put together (`model::alert`), and the same with the binaries of
//! a fleet (`e2e`).
#![expect(clippy::unwrap_used, reason = "test support: a failure is a failed test")]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::{HeaderMap, Method};
use common::House;
use common::mode::Mode;
use common::receiver::{MailServer, Webhooks};
use common::seed::seed;
use common::stage::{As, Stage};
use common::world::{claim, end, register};
use hmac::{Hmac, KeyInit as _, Mac as _};
use master::{AlertOptions, Options};
use model::chunk::{Chunk, Stream};
use model::id::{Fence, JobUid, RunId, SpecId};
use model::limits::Limits;
use model::outcome::{End, Outcome, Stop};
use model::run::{Beginning, OutputSummary, RunRecord, RunStatus, Trigger};
use model::time::{Span, Timestamp};
use model::workload::Kind;
use serde_json::{Value, json};
use sha2::Sha256;

fn options(ca: Option<&str>) -> Options {
    // The binary does it at its start.
    drop(rustls::crypto::ring::default_provider().install_default());
    let alerts = AlertOptions {
        url: Some("https://jobs.example".into()),
        allow: vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()],
        ca: ca.map(|ca| ca.as_bytes().to_vec()),
        look_every: Duration::from_millis(50),
        ..AlertOptions::default()
    };
    Options { alerts, ..Options::default() }
}

fn now() -> Timestamp {
    use model::ports::Clock as _;
    stores::SystemClock.now()
}

/// Returns the record of a run of job `name` that ended so.
fn run(name: &str, status: RunStatus) -> RunRecord {
    let (uid, at) = (JobUid::random(), now());
    let beginning = Beginning {
        id: RunId::for_tick(&uid, at, 1, None),
        job: name.parse().unwrap(),
        uid,
        spec_id: SpecId::FIRST,
        kind: Kind::Shell,
        trigger: Trigger::Schedule,
        scheduled_at: at,
        attempt: 1,
        retention: Span::from_days(1),
    };
    let record = RunRecord::begin(beginning);
    RunRecord {
        status,
        ended_at: Some(at),
        fence: Some(Fence(7)),
        worker: Some("w1".parse().unwrap()),
        ..record
    }
}

/// Returns the run as it was stopped at its timeout, with two lines of output in the store.
async fn timed_out(stage: &Stage, name: &str) -> RunRecord {
    let record = run(name, RunStatus::TimedOut);
    let limits = Limits { timeout: Span::from_minutes(10), ..Limits::default() };
    let mut outcome = Outcome::bare(End::Signaled { signal: 15, core: false }, now());
    outcome.stop = Some(Stop::Timeout);
    outcome.limits = Some(limits);
    let bytes = "first line\nsecond line\n";
    let chunk = Chunk {
        run: record.id.clone(),
        seq: 0,
        stream: Stream::Stdout,
        at: now(),
        bytes: bytes.into(),
        gap: None,
    };
    stage.ports.facts.append_chunks(vec![chunk]).await.unwrap();
    let output = OutputSummary { chunks: 1, bytes: bytes.len() as u64, dropped: 0, sha256: String::new() };
    RunRecord { outcome: Some(outcome.told()), output: Some(output), ..record }
}

async fn set(stage: &Stage, part: &str, value: Value) -> Value {
    stage.admin(Method::PUT, &format!("/api/v1/alerts/{part}"), value).await.expect(200)
}

/// Sets channels that wait for nothing, and a rule that tells all of them of these conditions.
async fn tell(stage: &Stage, channels: Vec<Value>, on: &[&str]) {
    let names: Vec<_> = channels.iter().map(|channel| channel["name"].clone()).collect();
    let at_once = |mut channel: Value| {
        channel["group"] = json!("0s");
        channel["every"] = json!("0s");
        channel
    };
    set(stage, "channels", json!({ "channels": channels.into_iter().map(at_once).collect::<Vec<_>>() }))
        .await;
    set(stage, "rules", json!({ "rules": [{ "name": "all", "on": on, "channels": names }] })).await;
}

fn webhook(name: &str, url: &str) -> Value {
    json!({ "name": name, "via": { "type": "webhook", "url": url, "secret": "a key of the test" } })
}

fn email(name: &str, mails: &MailServer, security: &str) -> Value {
    let port = if security == "tls" { mails.tls_port } else { mails.starttls_port };
    json!({ "name": name, "via": { "type": "email", "server": "localhost", "port": port, "security": security,
        "user": "sandglass", "password": "a password", "from": "jobs@example.org",
        "to": ["ops@example.org", "ada@example.org"] } })
}

/// Waits until each notice of a job in the history is settled, and returns them.
async fn settled(stage: &Stage, query: &str, count: usize) -> Vec<Value> {
    let began = std::time::Instant::now();
    loop {
        let page = stage.admin(Method::GET, &format!("/api/v1/alerts?limit=500&{query}"), Value::Null).await;
        let items = page.expect(200)["items"].as_array().unwrap().clone();
        let waits =
            |one: &Value| one["deliveries"].as_array().unwrap().iter().any(|d| d["state"] == "waiting");
        if items.len() >= count && !items.iter().any(waits) {
            return items;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "{items:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn signature_holds(header: &str, body: &[u8]) -> bool {
    let (t, sum) = header.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(b"a key of the test").unwrap();
    mac.update(format!("{t}.").as_bytes());
    mac.update(body);
    mac.verify_slice(&hex::decode(sum).unwrap()).is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timeout_is_told_by_webhook_chat_and_mail_with_all_that_one_wants_to_know() {
    let (hooks, mails) = (Webhooks::start().await, MailServer::start().await);
    hooks.usually(r#"{"code":0,"errcode":0}"#);
    let stage = Stage::new(Mode::Standalone, options(Some(&mails.certificate))).await;
    let to = |path: &str| format!("{}/{path}", hooks.url);
    let channels = vec![
        webhook("hook", &to("hook")),
        json!({ "name": "own", "via": { "type": "webhook", "url": to("own"), "template": r#"{"say":{{text}},"n":{{count}}}"# } }),
        json!({ "name": "slack", "via": { "type": "slack", "url": to("slack") } }),
        json!({ "name": "feishu", "via": { "type": "feishu", "url": to("feishu"), "secret": "f" } }),
        json!({ "name": "dingtalk", "via": { "type": "dingtalk", "url": to("dingtalk"), "secret": "d" } }),
        email("mail", &mails, "starttls"),
        email("mail-tls", &mails, "tls"),
    ];
    tell(&stage, channels, &["timed_out"]).await;
    let record = timed_out(&stage, "nightly").await;
    stage.ports.facts.put_runs(vec![record.clone(), run("fine", RunStatus::Succeeded)]).await.unwrap();

    let posted = hooks.until("five posts", |all| all.len() >= 5).await;
    let taken = mails.until("two mails", |all| all.len() >= 2).await;
    let ours = posted.iter().find(|one| one.headers.contains_key("x-sandglass-signature")).unwrap();
    assert!(signature_holds(ours.header("x-sandglass-signature"), &ours.body));
    assert!(!signature_holds(ours.header("x-sandglass-signature"), b"{}"), "the body is signed");
    let json = ours.json();
    let notice = &json["notices"][0];
    assert_eq!(ours.header("x-sandglass-notice"), json["id"]);
    assert_eq!(json["id"], notice["id"], "one notice lends its id");
    let about = ["job", "condition", "worker", "limit", "link", "output"]
        .map(|field| notice[field].as_str().unwrap());
    let link = format!("https://jobs.example/runs/{}", record.id);
    assert_eq!(
        about,
        ["nightly", "timed_out", "w1", "timeout 10m", link.as_str(), "first line\nsecond line"]
    );
    assert_eq!(notice["run"], record.id.as_str());
    let text = json["text"].as_str().unwrap();
    for part in [
        "nightly: timed_out",
        "stopped: timeout 10m reached",
        "limit: timeout 10m",
        link.as_str(),
        "second line",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let find = |pointer: &str| posted.iter().find_map(|one| one.json().pointer(pointer).cloned());
    assert_eq!(find("/say").unwrap(), text);
    assert_eq!(find("/content/text").unwrap(), text, "Feishu");
    assert_eq!(find("/text/content").unwrap(), text, "DingTalk");
    assert!(find("/sign").is_some() && find("/timestamp").is_some());
    for mail in &taken {
        assert_eq!(mail.from, "jobs@example.org");
        assert_eq!(mail.to, ["ops@example.org", "ada@example.org"]);
        assert!(mail.login.is_some(), "it logs in, and only under TLS");
        assert_eq!(mail.ids(), [json["id"].as_str().unwrap()]);
        assert!(
            mail.text.contains(&format!("X-Sandglass-Notice: {}", json["id"].as_str().unwrap())),
            "{mail:?}"
        );
        assert!(
            mail.text.contains("Subject: [sandglass] nightly: timed_out")
                && mail.text.contains("second line")
        );
    }
    let history = settled(&stage, "job=nightly", 1).await;
    assert!(
        history[0]["deliveries"].as_array().unwrap().iter().all(|one| one["state"] == "sent"),
        "{history:?}"
    );
    assert_eq!((hooks.posted().len(), mails.mails().len()), (5, 2), "each once");
}

/// Goal: what is refused is tried again, with a pause, and told once; redirects are not followed. Meant to fail when redirects
/// are followed: the other place then gets a post.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_is_tried_again_and_no_redirect_is_followed() {
    let (hooks, elsewhere) = (Webhooks::start().await, Webhooks::start().await);
    let stage = Stage::new(Mode::Standalone, options(None)).await;
    tell(&stage, vec![webhook("hook", &hooks.url)], &["failed"]).await;
    let mut there = HeaderMap::new();
    there.insert("location", elsewhere.url.parse().unwrap());
    hooks.answer(500, HeaderMap::new(), "not now");
    hooks.answer(307, there, "");
    stage.ports.facts.put_runs(vec![run("nightly", RunStatus::Failed)]).await.unwrap();
    let posted = hooks.until("three posts", |all| all.len() >= 3).await;
    let ids: BTreeSet<_> = posted.iter().map(|one| one.header("x-sandglass-notice").to_owned()).collect();
    assert_eq!(ids.len(), 1, "a repeat bears the same id");
    let history = settled(&stage, "job=nightly", 1).await;
    assert_eq!(history[0]["deliveries"][0]["tries"], 3);
    assert_eq!(history[0]["deliveries"][0]["state"], "sent");
    assert_eq!(elsewhere.posted().len(), 0);
}

/// Meant to fail when addresses are not checked: the message is then delivered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_goes_to_a_private_address_that_the_configuration_does_not_name() {
    let (hooks, mails) = (Webhooks::start().await, MailServer::start().await);
    let mut options = options(Some(&mails.certificate));
    options.alerts.allow = vec!["10.0.0.0/8".parse().unwrap()];
    let stage = Stage::new(Mode::Standalone, options).await;
    let port = hooks.url.rsplit(':').next().unwrap();
    let channels = vec![
        webhook("by-address", &hooks.url),
        webhook("by-name", &format!("http://localhost:{port}/")),
        webhook("mapped", &format!("http://[::ffff:127.0.0.1]:{port}/")),
        email("mail", &mails, "tls"),
    ];
    tell(&stage, channels, &["failed"]).await;
    for name in ["by-address", "by-name", "mapped", "mail"] {
        let path = format!("/api/v1/alerts/channels/{name}/test");
        let tried = stage.admin(Method::POST, &path, Value::Null).await.expect(200);
        assert_eq!(tried["delivered"], false);
        assert!(tried["error"].as_str().unwrap().contains("private range"), "{name}: {tried}");
    }
    assert_eq!((hooks.posted().len(), mails.mails().len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_can_be_tried() {
    let (hooks, mails) = (Webhooks::start().await, MailServer::start().await);
    let stage = Stage::new(Mode::Standalone, options(Some(&mails.certificate))).await;
    tell(&stage, vec![webhook("hook", &hooks.url), email("mail", &mails, "starttls")], &["failed"]).await;
    for name in ["hook", "mail"] {
        let path = format!("/api/v1/alerts/channels/{name}/test");
        let tried = stage.admin(Method::POST, &path, Value::Null).await.expect(200);
        assert_eq!(tried["delivered"], true, "{tried}");
    }
    assert_eq!(hooks.posted()[0].json()["notices"][0]["condition"], "test");
    assert!(mails.mails()[0].text.contains("`admin` tries channel `mail`: it works"));
    let path = "/api/v1/alerts/channels/nobody/test";
    assert_eq!(stage.admin(Method::POST, path, Value::Null).await.refused(404), "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_shown_again_and_a_list_that_was_read_can_be_sent_back() {
    let stage = Stage::new(Mode::Standalone, options(None)).await;
    let channels = json!({ "channels": [
        { "name": "hook", "via": { "type": "webhook", "url": "https://a.example/x", "secret": "hush-1" } },
        { "name": "slack", "via": { "type": "slack", "url": "https://b.example/T0/hush-2" } },
        { "name": "mail", "via": { "type": "email", "server": "m.example", "user": "u", "password": "hush-3",
            "from": "a@b.example", "to": ["c@d.example"] } },
    ] });
    let mut shown = set(&stage, "channels", channels).await;
    shown.as_object_mut().unwrap().remove("etag");
    let again = stage.admin(Method::GET, "/api/v1/alerts/channels", Value::Null).await;
    assert_eq!(again.expect(200)["channels"], shown["channels"]);
    assert!(!again.text().contains("hush") && again.text().contains("***"), "{}", again.text());
    shown["channels"][0]["group"] = json!("1m");
    set(&stage, "channels", shown).await;
    let stored = stage.ports.alerts.alert_settings().await.unwrap().unwrap().value;
    let stored = serde_json::to_string(&stored).unwrap();
    for secret in ["hush-1", "hush-2", "hush-3"] {
        assert!(stored.contains(secret), "{stored}");
    }
    let audit = stage.admin(Method::GET, "/api/v1/audit?target=/api/v1/alerts", Value::Null).await;
    assert!(!audit.text().contains("hush"), "{}", audit.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_meant_is_refused_with_what_would_be() {
    let stage = Stage::new(Mode::Standalone, options(None)).await;
    let job = |channels: Value| {
        json!({ "name": "nightly", "schedule": "0 2 * * *", "shell": { "script": "true" },
            "alerts": { "on": ["failed"], "channels": channels } })
    };
    let post = async |job: Value| stage.admin(Method::POST, "/api/v1/jobs", job).await;
    let told = post(job(json!(["ops"]))).await;
    assert_eq!(told.refused(422), "invalid_job");
    assert!(
        told.text().contains("there is no channel `ops`; those that are: there are none yet"),
        "{}",
        told.text()
    );
    set(&stage, "channels", json!({ "channels": [webhook("data", "https://a.example/")] })).await;
    let told = post(job(json!(["data", "ops"]))).await;
    assert_eq!(told.refused(422), "invalid_job");
    assert!(told.text().contains("alerts.channels[1]") && told.text().contains("those that are: `data`"));
    post(job(json!(["data"]))).await.expect(201);
    let put = async |part: &str, value: Value| {
        stage.admin(Method::PUT, &format!("/api/v1/alerts/{part}"), value).await
    };
    let gone = put("channels", json!({ "channels": [] })).await;
    assert_eq!(gone.refused(422), "invalid_alerts");
    assert!(gone.text().contains("`data` is named by jobs: `nightly`"), "{}", gone.text());
    let rule =
        put("rules", json!({ "rules": [{ "name": "r", "on": ["failed"], "channels": ["nobody"] }] })).await;
    assert!(rule.text().contains("rules[0].channels"), "{}", rule.text());
    let template =
        json!({ "type": "webhook", "url": "https://a.example/", "template": "{\"a\": \"{{text}}\"}" });
    let channel = put("channels", json!({ "channels": [{ "name": "data", "via": template }] })).await;
    assert!(channel.text().contains("channels[0].via.template"), "{}", channel.text());
    let mute =
        put("mutes", json!({ "mutes": [{ "name": "m", "until": "2020-01-01T00:00:00Z", "reason": "x" }] }))
            .await;
    assert!(mute.text().contains("mutes[0].until"), "{}", mute.text());
    let stale = stage_put_stale(&stage).await;
    assert_eq!(stale, "stale");
}

async fn stage_put_stale(stage: &Stage) -> String {
    let headers = [("if-match", "\"1\"")];
    let who = As::Token(common::TOKEN.into());
    let body = json!({ "rules": [] });
    let path = "/api/v1/alerts/rules";
    common::stage::ask(&stage.router, &who, "127.0.0.1", Method::PUT, path, &headers, body).await.refused(412)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mute_keeps_a_notice_back_and_the_history_says_so() {
    let hooks = Webhooks::start().await;
    let stage = Stage::new(Mode::Standalone, options(None)).await;
    tell(&stage, vec![webhook("hook", &hooks.url)], &["failed"]).await;
    let until = (now() + Span::from_days(1)).to_string();
    let mute = json!({ "name": "m", "only": { "jobs": ["quiet"] }, "until": until, "reason": "a move" });
    let set = set(&stage, "mutes", json!({ "mutes": [mute] })).await;
    assert_eq!(set["mutes"][0]["by"], "admin");
    let runs = vec![run("quiet", RunStatus::Failed), run("loud", RunStatus::Failed)];
    stage.ports.facts.put_runs(runs).await.unwrap();
    let history = settled(&stage, "condition=failed", 2).await;
    let of = |job: &str| history.iter().find(|one| one["job"] == job).unwrap()["deliveries"][0].clone();
    assert_eq!((&of("quiet")["state"], &of("loud")["state"]), (&json!("muted"), &json!("sent")));
    assert!(of("quiet")["error"].as_str().unwrap().contains("a move"));
    assert_eq!(hooks.posted().len(), 1);
    let muted = stage.admin(Method::GET, "/api/v1/alerts?state=muted", Value::Null).await.expect(200);
    assert_eq!(muted["items"].as_array().unwrap().len(), 1);
}

/// Goal: two masters on one etcd and one MongoDB; 500 runs fail while the one that leads is cut down. Each notice comes
/// to each receiver; what comes twice was on its way when the leader went. MongoDB is away meanwhile, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_five_hundred_failures_none_is_lost_when_the_leader_dies_and_mongodb_is_away() {
    let (hooks, mails) = (Webhooks::start().await, MailServer::start().await);
    let mut stage = Stage::with_its_own_servers(Options { leading: false, ..options(None) }).await;
    let mut masters: Vec<_> =
        ["a", "b"].map(|name| stage.leading(name, options(Some(&mails.certificate)))).into();
    let channel = |mut channel: Value| {
        channel["every"] = json!("200ms");
        channel["group"] = json!("0s");
        channel
    };
    let channels =
        json!({ "channels": [channel(webhook("hook", &hooks.url)), channel(email("mail", &mails, "tls"))] });
    set(&stage, "channels", channels).await;
    let rules = json!({ "rules": [{ "name": "all", "on": ["failed", "store_trouble", "recovered"], "channels": ["hook", "mail"] }] });
    set(&stage, "rules", rules).await;

    let all: Vec<RunRecord> = (0..500).map(|n| run(&format!("job-{n}"), RunStatus::Failed)).collect();
    for (n, some) in all.chunks(20).enumerate() {
        put(&stage, some).await;
        if n == 8 {
            hooks.until("the first posts", |posted| !posted.is_empty()).await;
            let leads = stage.alerter().await;
            let at = masters.iter().position(|(name, _)| *name == leads).unwrap();
            drop(masters.remove(at));
        }
        if n == 16 {
            stage.mongo.as_mut().unwrap().kill();
            tokio::time::sleep(Duration::from_secs(5)).await;
            stage.mongo.as_mut().unwrap().restart().await;
        }
    }
    let posted = |all: &[common::receiver::Posted]| {
        all.iter().flat_map(common::receiver::Posted::ids).collect::<Vec<_>>()
    };
    let mailed =
        |all: &[common::receiver::Mail]| all.iter().flat_map(common::receiver::Mail::ids).collect::<Vec<_>>();
    let distinct = |ids: &[String]| ids.iter().collect::<BTreeSet<_>>().len();
    let by_hook = hooks.until("500 notices posted", |all| distinct(&posted(all)) >= 500).await;
    let by_mail = mails.until("500 notices mailed", |all| distinct(&mailed(all)) >= 500).await;
    let (by_hook, by_mail) = (posted(&by_hook), mailed(&by_mail));
    assert_eq!(by_hook.iter().collect::<BTreeSet<_>>(), by_mail.iter().collect::<BTreeSet<_>>());
    assert_eq!(distinct(&by_hook), 500);
    // One message of each channel can have been on its way.
    let longest = hooks.posted().iter().map(|one| one.ids().len()).max().unwrap();
    assert!(
        by_hook.len() - 500 <= longest,
        "{} repeats, at most {longest} were on their way",
        by_hook.len() - 500
    );
    let history = settled(&stage, "condition=failed", 500).await;
    assert_eq!(history.len(), 500);
}

/// Goal: nobody is alive for five minutes, and a thousand minutely jobs miss their ticks: one message says so, with the
/// reason; one run each makes up for them once a worker is there; one message says that it is over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_jobs_without_a_worker_are_one_alert_one_run_each_and_one_recovery() {
    let hooks = Webhooks::start().await;
    let house = House::with(Mode::Standalone, options(None)).await;
    let channel = json!({ "name": "hook", "via": { "type": "webhook", "url": hooks.url }, "group": "5s", "every": "0s" });
    house.put("/api/v1/alerts/channels", &[], json!({ "channels": [channel] })).await.expect(200);
    let rule = json!({ "name": "all", "on": ["missed", "recovered"], "channels": ["hook"] });
    house.put("/api/v1/alerts/rules", &[], json!({ "rules": [rule] })).await.expect(200);
    let job = |n: u32| {
        json!({ "name": format!("job-{n:04}"), "schedule": "* * * * *", "start_deadline": "30s",
            "shell": { "script": "true" } })
    };
    seed(&house, &(0..1000).map(job).collect::<Vec<_>>()).await;
    for _ in 0..3 {
        house.clock.pass(Span::from_seconds(100));
        waiting(&house, "missed", 1000).await;
    }
    assert_eq!(hooks.posted().len(), 0, "notices wait for one another");
    house.clock.pass(Span::from_seconds(6));
    let posted = hooks.until("the alert", |all| !all.is_empty()).await;
    let json = posted[0].json();
    assert_eq!((json["count"].as_u64(), posted[0].ids().len()), (Some(1000), 1000));
    assert_eq!(json["subject"], "1000 alerts: 1000 missed");
    let text = json["notices"][0]["text"].as_str().unwrap();
    assert!(text.ends_with("(start_deadline 30s): no worker is alive"), "{text}");
    assert!(json["text"].as_str().unwrap().ends_with("and 980 more"));

    // 08:05:46: the tick of 08:05 is past its deadline too.
    house.clock.pass(Span::from_seconds(40));
    register(&house, &[]).await;
    for n in 0..1000 {
        let started = claim(&house, &format!("job-{n:04}")).await;
        assert_eq!(started.len(), 1, "the newest missed tick alone");
        assert_eq!(started[0].trigger, Trigger::CatchUp);
        end(&house, &started[0], 0, 0).await;
    }
    waiting(&house, "recovered", 1000).await;
    // The ranges of missed ticks were recorded meanwhile, and looked at: nobody hears of them again.
    house.clock.pass(Span::from_seconds(6));
    let posted = hooks.until("the recovery", |all| all.len() >= 2).await;
    assert_eq!(posted[1].json()["subject"], "1000 recovered");
    let untold = async {
        while !house.ports.alert_log.untold(10).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), untold).await.expect("all ends are looked at");
    house.clock.pass(Span::from_seconds(6));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(hooks.posted().len(), 2);
}

/// Waits until so many notices of a condition wait or were told.
async fn waiting(house: &House, condition: &str, count: usize) {
    let began = std::time::Instant::now();
    loop {
        let all = house.ports.alerts.notices().await.unwrap();
        let found = all.iter().filter(|one| one.condition.as_str() == condition).count();
        if found == count {
            return;
        }
        assert!(found < count && began.elapsed() < Duration::from_secs(120), "{found} {condition}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Goal: that MongoDB is away is told while it is, and that it is back when it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mongodbs_absence_is_told_while_it_lasts() {
    let hooks = Webhooks::start().await;
    let mut options = options(None);
    options.alerts.trouble_after = Span::from_seconds(2);
    let mut stage = Stage::with_its_own_servers(options).await;
    tell(&stage, vec![webhook("hook", &hooks.url)], &["store_trouble", "recovered", "failed"]).await;
    stage.mongo.as_mut().unwrap().kill();
    let posted = hooks.until("the trouble", |all| !all.is_empty()).await;
    assert_eq!(posted[0].json()["notices"][0]["condition"], "store_trouble");
    stage.mongo.as_mut().unwrap().restart().await;
    let posted = hooks.until("the recovery", |all| all.len() >= 2).await;
    assert_eq!(posted[1].json()["notices"][0]["condition"], "recovered");
    put(&stage, &[run("nightly", RunStatus::Failed)]).await;
    hooks.until("the failure", |all| all.len() >= 3).await;
    assert_eq!(settled(&stage, "", 3).await.len(), 3, "the history has what was told meanwhile");
}

/// Writes records as a worker does: until the store takes them.
async fn put(stage: &Stage, runs: &[RunRecord]) {
    let began = std::time::Instant::now();
    while let Err(error) = stage.ports.facts.put_runs(runs.to_vec()).await {
        assert!(began.elapsed() < Duration::from_secs(60), "{error}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
