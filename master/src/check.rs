//! What would come of saving a job: its schedule in words, which live workers could run it, what it grants.

use model::fault::Faults;
use model::job::{Job, SavedJob};
use model::language::Language;
use model::limits::LimitName;
use model::schedule::{Schedule, Source};
use model::worker::Worker;
use model::workload::Workload;

use crate::api::{CheckReply, ScheduleStatus, WorkerFit};
use crate::app::App;
use crate::errors::invalid_job;
use crate::problem::Answer;
use crate::save::Read;
use crate::views::{self, NEXT_TICKS};
use crate::{forecast, grants};

/// Returns what is said of a job that could not be saved.
pub(crate) fn faulty(faults: Faults) -> CheckReply {
    CheckReply {
        valid: false,
        faults: faults.into_vec(),
        job: None,
        schedule: None,
        workers: Vec::new(),
        grants: None,
    }
}

/// Returns what is said of a job that could be saved.
pub(crate) async fn of(app: &App, read: Read, language: Language) -> Answer<CheckReply> {
    let Read { job, module, tag } = read;
    let now = app.ports.clock.now();
    let (stands, _) = app.ports.intent.get(&job.name).await?;
    let anchor = stands.map(|saved| saved.value.anchor);
    let schedule = Schedule::parse(Source {
        text: &job.schedule,
        timezone: &job.timezone,
        dst: job.dst,
        weekdays: job.weekdays,
        seed: job.name.as_str(),
        anchor: SavedJob::anchor_of(&job, anchor, now),
    })
    .map_err(invalid_job)?;
    let (status, next) = if job.enabled {
        (ScheduleStatus::Active, schedule.upcoming(now, NEXT_TICKS, language))
    } else {
        (ScheduleStatus::Disabled, Vec::new())
    };
    let mut view = views::schedule_view(&schedule, status, now, next, language);
    view.warnings.extend(forecast::hint(app, &job, &schedule, language).await);
    let workers = app.ports.registry.workers().await?;
    Ok(CheckReply {
        valid: true,
        faults: Vec::new(),
        schedule: Some(view),
        workers: workers.iter().map(|worker| fit(worker, &job)).collect(),
        grants: match (&job.workload, &module) {
            (Workload::Wasm(wasm), Some(module)) => Some(grants::of(wasm, module, tag.as_ref())),
            _ => None,
        },
        job: Some(job),
    })
}

/// Returns whether a worker could run a job, and why not.
fn fit(worker: &Worker, job: &Job) -> WorkerFit {
    let status = &worker.status;
    let mut reasons = Vec::new();
    for (key, value) in &job.placement.labels {
        match status.labels.get(key) {
            Some(has) if has == value => {}
            Some(has) => reasons.push(format!("its label `{key}` is `{has}`, not `{value}`")),
            None => reasons.push(format!("it has no label `{key}`")),
        }
    }
    let executor = status.of(job.workload.kind());
    reasons.extend(executor.refuses.clone());
    for limit in asked(job) {
        match executor.limits.iter().find(|support| support.limit == limit) {
            Some(support) if support.held => {}
            Some(support) => reasons.push(format!("it cannot hold `limits.{limit}`: {}", support.by)),
            None => reasons.push(format!("it cannot hold `limits.{limit}`")),
        }
    }
    match &status.clock_off {
        Some(off) => reasons.push(off.to_string()),
        None if !status.clock_ok => reasons.push("its clock is off".to_owned()),
        None => {}
    }
    if status.draining || worker.drain.is_some() {
        reasons.push("it is draining".to_owned());
    }
    WorkerFit {
        worker: worker.identity.id.clone(),
        fits: reasons.is_empty(),
        reasons,
        notes: executor.notes.clone(),
    }
}

/// Returns the limits that a job asks for.
fn asked(job: &Job) -> Vec<LimitName> {
    let limits = &job.limits;
    let always = [(LimitName::Timeout, true), (LimitName::Output, true)];
    let named = [
        (LimitName::Memory, limits.memory.is_some()),
        (LimitName::Cpu, limits.cpu.is_some()),
        (LimitName::Pids, limits.pids.is_some()),
        (LimitName::Fuel, limits.fuel.is_some()),
    ];
    always.into_iter().chain(named).filter(|(_, asked)| *asked).map(|(limit, _)| limit).collect()
}
