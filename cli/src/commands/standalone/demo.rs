//! Two jobs for an empty store, so that there is something to see: one of each kind, which succeed for an ordinary
//! user on a stock machine. They ask for nothing that such a host cannot hold.

use anyhow::{Context as _, Result, bail};
use model::id::{Digest, JobUid, SpecId};
use model::job::{Job, SavedJob};
use model::ports::{
    Batch, Clock, Committed, JobWrite, ModuleInspector as _, NewModule, StateKey, Swap, SwapResult,
};
use model::schedule::Schedule;
use model::state::{self, Spec};
use sandbox::wasm::Inspector;
use serde_json::{Value, json};
use stores::sqlite::Sqlite;

/// The demo module, assembled from its text by the build script.
const HELLO: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/hello.wasm"));
const AUTHOR: &str = "demo";

/// Saves the demo jobs if there is no job at all and never was; returns whether it did.
pub(super) async fn save_on_empty(store: &Sqlite, clock: &dyn Clock) -> Result<bool> {
    let snapshot = store.intent().load().await.context("could not read the jobs")?;
    if !snapshot.jobs.is_empty() || !snapshot.states.is_empty() || snapshot.revision.0 > 0 {
        return Ok(false);
    }
    let module = upload(store, clock).await.context("could not keep the demo module")?;
    for value in [shell(), wasm(&module)] {
        save(store, clock, &value).await.context("could not save the demo jobs")?;
    }
    Ok(true)
}

fn shell() -> Value {
    json!({
        "name": "demo-shell",
        "description": "A shell job: says who it is and what it may use. Edit it, run it, delete it.",
        "labels": { "demo": "yes" },
        "schedule": "* * * * *",
        "shell": { "script": "echo \"hello from $(hostname), run $SANDGLASS_RUN\"\nfor step in 1 2 3; do\n  echo \"step $step of 3\"\n  sleep 1\ndone\nuptime\n" },
        "limits": { "timeout": "30s" },
        "retention": "1d",
    })
}

fn wasm(module: &Digest) -> Value {
    json!({
        "name": "demo-wasm",
        "description": "A WASI job: a module that sees nothing but what its job grants.",
        "labels": { "demo": "yes" },
        "schedule": "* * * * *",
        "wasm": { "module": module, "env": { "GREETING": "hello" } },
        "limits": { "timeout": "30s", "memory": "16MiB", "fuel": 10_000_000 },
        "retention": "1d",
    })
}

async fn upload(store: &Sqlite, clock: &dyn Clock) -> Result<Digest> {
    let report = Inspector::default().inspect(HELLO)?;
    let mut upload = store.blobs().begin().await?;
    upload.write(HELLO.into()).await?;
    let module =
        NewModule { name: "hello".into(), uploaded_by: AUTHOR.into(), uploaded_at: clock.now(), report };
    let (module, _) = upload.seal().await?.keep(module).await?;
    Ok(module.digest)
}

async fn save(store: &Sqlite, clock: &dyn Clock, value: &Value) -> Result<()> {
    let now = clock.now();
    let job = Job::parse(value)?;
    let saved = SavedJob {
        version: SavedJob::VERSION,
        uid: JobUid::random(),
        spec_id: SpecId::FIRST,
        author: AUTHOR.to_owned(),
        reason: "saved on an empty store".to_owned(),
        saved_at: now,
        anchor: SavedJob::anchor_of(&job, None, now),
        job,
    };
    let ticks = Schedule::of(&saved)?;
    let state = state::save(None, Spec { saved: &saved, ticks: &ticks, worker: None }, now)?;
    let key = StateKey::job(saved.job.name.clone());
    let swap =
        Swap { key, expect: None, head: None, state: Some(state), job: JobWrite::Put(Box::new(saved)) };
    match store.intent().commit(Batch::one(swap)).await? {
        Committed::Done(results) if matches!(results[..], [SwapResult::Swapped(_)]) => Ok(()),
        other => bail!("the store answered {other:?} on an empty key"),
    }
}
