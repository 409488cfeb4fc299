//! Many jobs at once, written as a master writes them.

use model::id::{JobUid, SpecId};
use model::job::{Job, SavedJob};
use model::ports::{Batch, Clock as _, JobWrite, StateKey, Swap};
use model::schedule::Schedule;
use model::state::JobState;
use serde_json::Value;

use super::House;

/// Writes jobs with fresh states and waits until lists show them.
pub(crate) async fn seed(house: &House, texts: &[Value]) {
    let now = house.clock.now();
    for pack in texts.chunks(Batch::SWAPS_MAX) {
        let swaps = pack.iter().map(|text| {
            let job = Job::parse(text).unwrap_or_else(|faults| panic!("{text}: {faults}"));
            let (uid, name) = (JobUid::random(), job.name.clone());
            let saved = SavedJob {
                version: SavedJob::VERSION,
                uid: uid.clone(),
                spec_id: SpecId::FIRST,
                author: "test".into(),
                reason: String::new(),
                saved_at: now,
                anchor: now,
                job,
            };
            let state = Some(JobState::new(uid, SpecId::FIRST, None, now));
            Swap {
                key: StateKey::job(name),
                expect: None,
                head: None,
                state,
                job: JobWrite::Put(Box::new(saved)),
            }
        });
        house
            .ports
            .intent
            .commit(Batch { guard: model::ports::Guard::None, swaps: swaps.collect() })
            .await
            .unwrap();
    }
    house.until("/api/v1/jobs?limit=1", |page| page["total"].as_u64() >= Some(texts.len() as u64)).await;
}

/// Returns the schedule of a saved job.
pub(crate) async fn schedule(house: &House, name: &str) -> (SavedJob, Schedule) {
    let (saved, _) = house.ports.intent.get(&name.parse().unwrap()).await.unwrap();
    let saved = saved.unwrap().value;
    let schedule = Schedule::of(&saved).unwrap();
    (saved, schedule)
}
