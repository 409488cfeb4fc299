//! Looks at what is no job: workers that are gone or not well, and the store of facts.

use model::alert::{self, Condition, Memory, Subject};
use model::id::WorkerId;
use model::quantity::ByteSize;
use model::worker::Worker;

use super::desk::{Desk, Found};
use crate::app::App;

/// A disk with less of it free is nearly full.
const DISK_FREE_PERCENT_MIN: u8 = 5;

/// Looks at the store of facts.
pub(super) fn facts(app: &App, desk: &Desk, found: &mut Found) {
    let now = app.ports.clock.now();
    let away = desk.facts_away.map(|since| app.ports.clock.boot_time().since(since));
    let long = away.filter(|away| *away >= app.options.now().alerts.trouble_after);
    if long.is_none() && !desk.memories.contains_key(&Subject::facts()) {
        return;
    }
    desk.look(found, Subject::facts(), None, |memory, settings| match (long, away) {
        (Some(away), _) => {
            let text = format!(
                "the store of facts (MongoDB) has not answered for {away}: jobs run, their ends and output wait"
            );
            alert::other(Condition::StoreTrouble, None, text, memory, settings, now)
        }
        (None, None) => alert::recovered(Condition::StoreTrouble, None, memory, settings, now),
        (None, Some(_)) => None,
    });
}

/// Looks at all workers, also those that were there before.
pub(super) fn workers(app: &App, desk: &mut Desk, live: &[Worker], found: &mut Found) {
    let (now, boot) = (app.ports.clock.now(), app.ports.clock.boot_time());
    for worker in live {
        let id = &worker.identity.id;
        desk.absent.remove(id);
        let leaves = worker.status.draining || worker.drain.is_some();
        if leaves {
            desk.leaving.insert(id.clone())
        } else {
            desk.leaving.remove(id)
        };
        let subject = || Subject::worker(id);
        desk.look(found, subject(), None, |memory, settings| {
            memory.registration = Some(worker.registration);
            alert::recovered(Condition::WorkerDown, Some(id), memory, settings, now)
        });
        let clock = worker.status.clock_off.as_ref().map(|off| off.in_words());
        let clock = clock.or_else(|| (!worker.status.clock_ok).then(|| "not to be trusted".to_owned()));
        let clock = clock.map(|off| format!("the clock of worker `{id}` is {off}: it starts nothing"));
        turned(desk, found, Condition::ClockOff, id, clock, now);
        let output = &worker.status.output;
        let held = (output.held_runs > 0).then(|| {
            let waiting = ByteSize::from_bytes(output.waiting_bytes).rounded();
            let runs = match output.held_runs {
                1 => "1 run is held back".to_owned(),
                many => format!("{many} runs are held back"),
            };
            format!("{waiting} of output wait on worker `{id}` for the store, as much as may: {runs}")
        });
        turned(desk, found, Condition::OutputWaits, id, held, now);
        let disk = worker.status.disk_free_percent.filter(|free| *free < DISK_FREE_PERCENT_MIN).map(|free| {
            format!("the disk that holds the runs of worker `{id}` is nearly full: {free} % are free")
        });
        turned(desk, found, Condition::DiskFull, id, disk, now);
    }
    let known: Vec<WorkerId> =
        desk.memories.values().filter_map(|memory: &Memory| memory.subject.as_worker()).collect();
    for id in known.into_iter().filter(|id| live.iter().all(|worker| worker.identity.id != *id)) {
        let gone = boot.since(*desk.absent.entry(id.clone()).or_insert(boot));
        if gone < app.options.now().alerts.down_after || desk.leaving.contains(&id) {
            continue;
        }
        desk.look(found, Subject::worker(&id), None, |memory, settings| {
            let text =
                format!("worker `{id}` has not been there for {gone}; drain a worker that is to go for good");
            alert::other(Condition::WorkerDown, Some(&id), text, memory, settings, now)
        });
    }
}

/// Looks at one thing that is either well or not, as `text` says.
fn turned(
    desk: &Desk,
    found: &mut Found,
    condition: Condition,
    id: &WorkerId,
    text: Option<String>,
    now: model::time::Timestamp,
) {
    desk.look(found, Subject::worker(id), None, |memory, settings| match text {
        Some(text) => alert::other(condition, Some(id), text, memory, settings, now),
        None => alert::recovered(condition, Some(id), memory, settings, now),
    });
}
