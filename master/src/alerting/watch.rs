//! Looks at what is no job: workers that are gone or not well, and the store of facts.

use model::alert::{self, Condition, Memory, NoticeWhy, Subject};
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
            alert::other(Condition::StoreTrouble, None, NoticeWhy::FactsAway { away }, memory, settings, now)
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
        let off = worker.status.clock_off.clone();
        let clock = (off.is_some() || !worker.status.clock_ok)
            .then(|| NoticeWhy::ClockOff { worker: id.clone(), off });
        turned(desk, found, Condition::ClockOff, id, clock, now);
        let output = &worker.status.output;
        let held = (output.held_runs > 0).then(|| NoticeWhy::OutputWaits {
            worker: id.clone(),
            waiting: ByteSize::from_bytes(output.waiting_bytes),
            runs: output.held_runs,
        });
        turned(desk, found, Condition::OutputWaits, id, held, now);
        let disk = worker
            .status
            .disk_free_percent
            .filter(|free| *free < DISK_FREE_PERCENT_MIN)
            .map(|free_percent| NoticeWhy::DiskFull { worker: id.clone(), free_percent });
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
            let why = NoticeWhy::WorkerGone { worker: id.clone(), gone };
            alert::other(Condition::WorkerDown, Some(&id), why, memory, settings, now)
        });
    }
}

/// Looks at one thing that is either well or not, as `why` says.
fn turned(
    desk: &Desk,
    found: &mut Found,
    condition: Condition,
    id: &WorkerId,
    why: Option<NoticeWhy>,
    now: model::time::Timestamp,
) {
    desk.look(found, Subject::worker(id), None, |memory, settings| match why {
        Some(why) => alert::other(condition, Some(id), why, memory, settings, now),
        None => alert::recovered(condition, Some(id), memory, settings, now),
    });
}
