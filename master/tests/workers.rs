//! Workers as people see them and what people ask of them; and clocks that are off.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::mode::Mode;
use common::{House, world};
use master::{Options, Ports};
use model::host_note::HostNote;
use model::ports::Clock;
use model::time::{BootTime, Span, Timestamp};
use serde_json::json;

async fn a_worker_is_drained_and_takes_runs_again(mode: Mode) {
    let house = House::new(mode).await;
    world::register(&house, &[]).await;
    let reply = house.post("/api/v1/workers/w1/drain", json!({ "reason": "a disk" })).await.expect(200);
    let drain = json!({ "by": "admin", "reason": "a disk", "since": "2026-12-01T08:00:00Z" });
    assert_eq!(reply, json!({ "worker": "w1", "drain": drain, "busy": 0 }));
    assert_eq!(house.get("/api/v1/workers").await.expect(200)["workers"][0]["drain"], drain);
    let check = json!({ "name": "a", "schedule": "0 9 * * *", "shell": { "script": "true" } });
    let check = house.post("/api/v1/jobs/check", check).await.expect(200);
    assert_eq!(check["workers"][0]["reasons"], json!(["it is draining"]));
    assert_eq!(
        house.act("/api/v1/workers/w1/undrain").await.expect(200),
        json!({ "worker": "w1", "busy": 0 })
    );
    assert_eq!(house.get("/api/v1/workers").await.expect(200)["workers"][0]["drain"], json!(null));
    house.act("/api/v1/workers/w1/undrain").await.expect(200);
    house.act("/api/v1/workers/w1/drain").await.expect(200);
}

/// Goal: what a worker notes of its host comes with a kind and its figures, through both stores; of an older worker the words.
async fn notes_of_a_host_come_with_their_facts(mode: Mode) {
    let house = House::new(mode).await;
    let registration = world::register(&house, &[]).await;
    let shell =
        async || house.get("/api/v1/workers").await.expect(200)["workers"][0]["status"]["shell"].clone();
    assert_eq!(shell().await.get("told"), None, "a worker that has the words alone");
    let mut status = house.ports.registry.workers().await.unwrap().remove(0).status;
    let files = HostNote::OpenFiles { allowed: 1024, needed: 4096 };
    let ended = HostNote::HostEnded {
        times: 2,
        how: "was killed by signal 9".to_owned(),
        at: "2026-12-01T07:00:00Z".parse().unwrap(),
    };
    status.shell = status.shell.with_notes(vec![files, ended]);
    house.ports.registry.report(&registration, status).await.unwrap();
    let shell = shell().await;
    assert_eq!(
        shell["told"],
        json!([
            { "kind": "open_files", "allowed": 1024, "needed": 4096 },
            { "kind": "host_ended", "times": 2, "how": "was killed by signal 9", "at": "2026-12-01T07:00:00Z" },
        ])
    );
    assert_eq!(
        shell["notes"],
        json!([
            "all modules together may have 1024 files open, and could need 4096: raise the worker's limit (`LimitNOFILE` of \
             its service)",
            "the process that runs modules ended 2 times since the worker's start; the last one was killed by signal 9, at \
             2026-12-01T07:00:00Z",
        ])
    );
}

/// Goal: a name that is mistyped is told with the names that there are, and leaves nothing behind that would meet a worker
/// of that name later.
async fn draining_an_unknown_worker_names_the_live_ones(mode: Mode) {
    let house = House::new(mode).await;
    let refused = house.act("/api/v1/workers/w2/drain").await;
    assert_eq!(refused.refused(404), "not_found");
    assert_eq!(refused.problem()["detail"], "there is no live worker `w2`; no worker lives");
    world::register(&house, &[]).await;
    for act in ["drain", "undrain"] {
        let refused = house.act(&format!("/api/v1/workers/w2/{act}")).await;
        assert_eq!(refused.refused(404), "not_found");
        assert_eq!(refused.problem()["detail"], "there is no live worker `w2`; live workers: `w1`");
    }
    assert_eq!(house.ports.registry.undrain(&"w2".parse().unwrap()).await.unwrap(), None);
    assert_eq!(house.act("/api/v1/workers/W%202/drain").await.refused(400), "invalid_path");
    let long = json!({ "reason": "x".repeat(1001) });
    assert_eq!(house.post("/api/v1/workers/w1/drain", long).await.refused(422), "invalid_drain");
}

/// A worker that is down for its repair drains on; somebody may take that back before it is up.
async fn a_drain_of_a_worker_that_is_away_can_be_taken_back(mode: Mode) {
    let house = House::new(mode).await;
    let registration = world::register(&house, &[]).await;
    house.act("/api/v1/workers/w1/drain").await.expect(200);
    house.ports.registry.release(&registration).await.unwrap();
    house.act("/api/v1/workers/w1/undrain").await.expect(200);
    assert_eq!(house.act("/api/v1/workers/w1/undrain").await.refused(404), "not_found");
}

/// A clock that differs from that of the store's machine.
struct Ahead(Arc<dyn Clock>, Span);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        self.0.now() + self.1
    }

    fn boot_time(&self) -> BootTime {
        self.0.boot_time()
    }
}

async fn ahead_by(mode: Mode, span: Span) -> House {
    House::on(mode, Options::default(), |ports| Ports {
        clock: Arc::new(Ahead(ports.clock.clone(), span)),
        ..ports
    })
    .await
}

/// Goal: a master whose clock is off saves nothing and says why; it still shows all, and stops what runs.
/// Catches: an edit that does not ask for the clock.
async fn a_master_whose_clock_is_off_saves_nothing_and_says_so(mode: Mode) {
    let text = json!({ "name": "a", "schedule": "0 9 * * *", "shell": { "script": "true" } });
    let good = ahead_by(mode, Span::from_millis(400)).await;
    good.post("/api/v1/jobs", text.clone()).await.expect(201);

    let house = ahead_by(mode, Span::from_millis(2_500)).await;
    let refused = house.post("/api/v1/jobs", text).await;
    assert_eq!(refused.refused(503), "clock_off");
    assert_eq!(
        refused.problem()["detail"],
        "the clock of this server is 2s500ms ahead of the facts store; nothing was changed\n\
         hint: ask another server, or have its clock set"
    );
    assert_eq!(house.get("/api/v1/jobs").await.expect(200)["jobs"], json!([]));
    assert_eq!(house.act("/api/v1/jobs/a/kill").await.refused(404), "not_found", "a kill asks for no clock");
}

/// Goal: a run whose worker is gone for good has an end also where no worker lives.
/// Catches: a leading master that does not settle.
async fn the_leading_master_settles_what_no_worker_does(mode: Mode) {
    let house =
        House::with(mode, Options { settle_every: Duration::from_millis(20), ..Options::default() }).await;
    house.job("a", "*/15 * * * *").await;
    house.clock.pass(Span::from_minutes(15));
    let run = world::claim(&house, "a").await.remove(0);
    // Its timeout is two hours.
    house.clock.pass(Span::from_minutes(125));
    let path = format!("/api/v1/runs/{}", run.id);
    let settled = house.until(&path, |run| run["status"] == "lost").await;
    assert_eq!(settled["reason"], "lost: its worker is gone");
}

crate::both!(
    notes_of_a_host_come_with_their_facts,
    a_worker_is_drained_and_takes_runs_again,
    draining_an_unknown_worker_names_the_live_ones,
    a_drain_of_a_worker_that_is_away_can_be_taken_back,
    a_master_whose_clock_is_off_saves_nothing_and_says_so,
    the_leading_master_settles_what_no_worker_does,
);
