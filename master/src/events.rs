//! What changes in the fleet, for whoever listens: jobs, runs that start and end, workers that come and go.
//!
//! Events of jobs and runs come from the watch of intent and bear the revision of their change, so that a listener goes on
//! where it was at whatever master. The last [`KEPT_MAX`] are kept once for all listeners, who read at their own pace: one that
//! is slower than that is told so and cut off.
//!
//! Flow: `catalogue` (before and after each change), registry → **`events`** → `routes::events`.
//! Not here: how a run ended; its record says it, moments later.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_stream::stream;
use axum::response::sse::Event;
use futures::Stream;
use model::id::{Revision, WorkerId};
use model::ports::{Change, Registry};
use model::worker::Worker;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::api::{EventKind, FleetEvent};
use crate::app::App;
use crate::catalogue::Entry;

/// Events that are kept.
const KEPT_MAX: usize = 4096;
/// Events that are read at one time.
const READ_AT_ONCE: usize = 256;
/// How often it is looked who is alive, while somebody listens.
const WORKERS_EVERY: Duration = Duration::from_secs(2);

/// Names an event: the revision of its change, and which of that revision's it is. As a text `4711.2`; `4711` stands behind
/// all of that revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EventId(u64, u32);

impl EventId {
    fn behind(revision: Revision) -> Self {
        Self(revision.0, u32::MAX)
    }

    /// Reads what an event was named by.
    pub(crate) fn read(text: &str) -> Option<Self> {
        match text.split_once('.') {
            None => Some(Self(text.parse().ok()?, u32::MAX)),
            Some((revision, which)) => Some(Self(revision.parse().ok()?, which.parse().ok()?)),
        }
    }

    fn written(self) -> String {
        if self.1 == u32::MAX { self.0.to_string() } else { format!("{}.{}", self.0, self.1) }
    }
}

/// The events of this master.
#[derive(Debug)]
pub(crate) struct Feed {
    ring: Mutex<Ring>,
    /// Changes with each event.
    told: watch::Sender<()>,
    listeners: AtomicUsize,
}

#[derive(Debug, Default)]
struct Ring {
    /// How many events went before the first that is kept.
    gone: u64,
    kept: VecDeque<(Option<EventId>, Arc<FleetEvent>)>,
    /// All events behind this one are kept.
    since: Option<EventId>,
    /// The last change that was seen.
    known: Option<EventId>,
    /// Rises when all is loaded anew: what happened in between is not known.
    loads: u64,
}

/// Where a listener stands.
struct Place {
    position: u64,
    loads: u64,
    /// Nothing up to this one is told again.
    after: Option<EventId>,
}

/// What a listener finds.
enum Found {
    Events(Vec<(Option<EventId>, Arc<FleetEvent>)>),
    /// All was loaded anew.
    Anew(Option<EventId>),
    /// What comes next for it is not kept any more.
    TooSlow,
}

impl Default for Feed {
    fn default() -> Self {
        Self { ring: Mutex::default(), told: watch::Sender::new(()), listeners: AtomicUsize::new(0) }
    }
}

impl Feed {
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins anew: all was loaded as it stands at `revision`.
    pub(crate) fn load(&self, revision: Revision) {
        let mut ring = self.ring();
        ring.gone += ring.kept.len() as u64;
        ring.kept.clear();
        ring.since = Some(EventId::behind(revision));
        ring.known = ring.since;
        ring.loads += 1;
        drop(ring);
        self.told.send_replace(());
    }

    /// Keeps the events of one change; `before` is what stood before it.
    pub(crate) fn change(&self, before: Option<&Entry>, change: &Change) {
        let revision = match change {
            Change::Job(_, revision, _) | Change::State(_, revision, _) => *revision,
        };
        let events = events_of(before, change);
        let mut ring = self.ring();
        for event in events {
            let next = match ring.known {
                Some(EventId(known, which)) if known == revision.0 && which != u32::MAX => which + 1,
                _ => 0,
            };
            let id = EventId(revision.0, next);
            ring.known = Some(id);
            ring.keep(Some(id), event);
        }
    }

    /// Says that changes up to `revision` are known.
    pub(crate) fn upto(&self, revision: Revision) {
        let mut ring = self.ring();
        ring.known = ring.known.max(Some(EventId::behind(revision)));
        drop(ring);
        self.told.send_replace(());
    }

    fn tell(&self, event: FleetEvent) {
        self.ring().keep(None, event);
        self.told.send_replace(());
    }

    /// Tells of workers that come and go while somebody listens, until `shutdown`.
    pub(crate) async fn follow_workers(&self, registry: Arc<dyn Registry>, shutdown: CancellationToken) {
        let mut last: Option<BTreeMap<WorkerId, bool>> = None;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(WORKERS_EVERY) => {}
            }
            if self.listeners.load(Ordering::Relaxed) == 0 {
                last = None;
                continue;
            }
            let Ok(live) = registry.workers().await else { continue };
            let now = live.iter().map(|worker| (worker.identity.id.clone(), drains(worker))).collect();
            if let Some(last) = &last {
                workers_between(last, &now).into_iter().for_each(|event| self.tell(event));
            }
            last = Some(now);
        }
    }

    /// Returns where a listener begins that has seen all up to `last`; and whether it missed some.
    fn begin(&self, last: Option<EventId>) -> (Place, bool, Option<EventId>) {
        let ring = self.ring();
        let end = ring.gone + ring.kept.len() as u64;
        let missed = last.is_some_and(|last| Some(last) < ring.since);
        let position = match last.filter(|_| !missed) {
            None => end,
            Some(last) => {
                let behind = ring.kept.iter().position(|(id, _)| id.is_some_and(|id| id > last));
                behind.map_or(end, |behind| ring.gone + behind as u64)
            }
        };
        (Place { position, loads: ring.loads, after: last.filter(|_| !missed) }, missed, ring.known)
    }

    /// Returns what comes next at a place, and moves it on.
    fn next(&self, place: &mut Place) -> Found {
        let ring = self.ring();
        if place.loads != ring.loads {
            (place.loads, place.position) = (ring.loads, ring.gone);
            return Found::Anew(ring.since);
        }
        let Some(from) = place.position.checked_sub(ring.gone) else { return Found::TooSlow };
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(ring.kept.len());
        let events: Vec<_> = ring.kept.iter().skip(from).take(READ_AT_ONCE).cloned().collect();
        place.position += events.len() as u64;
        Found::Events(events)
    }
}

impl Ring {
    fn keep(&mut self, id: Option<EventId>, event: FleetEvent) {
        if self.kept.len() == KEPT_MAX
            && let Some((gone, _)) = self.kept.pop_front()
        {
            self.gone += 1;
            self.since = self.since.max(gone);
        }
        self.kept.push_back((id, Arc::new(event)));
    }
}

/// Returns what a change means, by what stood before it.
fn events_of(before: Option<&Entry>, change: &Change) -> Vec<FleetEvent> {
    match change {
        Change::Job(job, _, Some(saved)) => {
            vec![FleetEvent {
                by: Some(saved.author.clone()),
                ..FleetEvent::of_job(EventKind::JobSaved, job)
            }]
        }
        Change::Job(job, _, None) => vec![FleetEvent::of_job(EventKind::JobDeleted, job)],
        Change::State(key, _, state) => {
            let stood =
                before.and_then(|entry| entry.states.get(key.worker.as_ref())).map(|state| &state.value);
            let state = state.as_deref();
            let of = |state: Option<&model::state::JobState>| {
                state.map(|state| state.active.clone()).unwrap_or_default()
            };
            let (old, new) = (of(stood), of(state));
            let has = |all: &[model::state::Active], run: &model::state::Active| {
                all.iter().any(|one| one.run == run.run)
            };
            let told = |kind, run: &model::state::Active| FleetEvent {
                run: Some(run.run.clone()),
                worker: Some(run.worker.clone()),
                ..FleetEvent::of_job(kind, &key.job)
            };
            let ended = old.iter().filter(|run| !has(&new, run)).map(|run| told(EventKind::RunEnded, run));
            let started =
                new.iter().filter(|run| !has(&old, run)).map(|run| told(EventKind::RunStarted, run));
            let mut events: Vec<FleetEvent> = ended.chain(started).collect();
            let paused =
                |state: Option<&model::state::JobState>| state.and_then(|state| state.paused.clone());
            match (paused(stood), paused(state)) {
                (None, Some(paused)) if key.worker.is_none() => {
                    let event = FleetEvent::of_job(EventKind::JobPaused, &key.job);
                    events.push(FleetEvent { by: Some(paused.by), ..event });
                }
                (Some(_), None)
                    if key.worker.is_none() && state.is_some_and(|state| state.deleted.is_none()) =>
                {
                    events.push(FleetEvent::of_job(EventKind::JobResumed, &key.job));
                }
                _ => {}
            }
            events
        }
    }
}

fn drains(worker: &Worker) -> bool {
    worker.status.draining || worker.drain.is_some()
}

fn workers_between(last: &BTreeMap<WorkerId, bool>, now: &BTreeMap<WorkerId, bool>) -> Vec<FleetEvent> {
    let gone = last.keys().filter(|worker| !now.contains_key(*worker));
    let gone = gone.map(|worker| FleetEvent::of_worker(EventKind::WorkerDown, worker));
    let came = now.iter().filter_map(|(worker, drains)| {
        let kind = match (last.get(worker), drains) {
            (None, _) => EventKind::WorkerUp,
            (Some(false), true) => EventKind::WorkerDrains,
            (Some(true), false) => EventKind::WorkerDrainsNoMore,
            _ => return None,
        };
        Some(FleetEvent::of_worker(kind, worker))
    });
    gone.chain(came).collect()
}

/// Counts a listener for as long as it listens.
struct Listening(App);

impl Listening {
    fn begin(app: App) -> Self {
        app.catalogue.feed.listeners.fetch_add(1, Ordering::Relaxed);
        Self(app)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.catalogue.feed.listeners.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Returns events as they come, from behind `last` on; ends with the server, or where the listener is too slow.
pub(crate) fn listen(app: App, last: Option<EventId>) -> impl Stream<Item = Result<Event, Infallible>> {
    stream! {
        let app = Listening::begin(app);
        let (feed, closing) = (&app.0.catalogue.feed, &app.0.closing);
        let mut told = feed.told.subscribe();
        let (mut place, missed, known) = feed.begin(last);
        // It has an id, so that who is cut off before anything happens goes on from here.
        let begin = if missed { "reset" } else { "begin" };
        yield Ok(marked(begin, if last.is_some() && !missed { last } else { known }));
        loop {
            let full = match feed.next(&mut place) {
                Found::Anew(since) => {
                    place.after = since;
                    yield Ok(marked("reset", since));
                    true
                }
                Found::TooSlow => {
                    yield Ok(marked("cut", None));
                    return;
                }
                Found::Events(events) => {
                    let full = events.len() == READ_AT_ONCE;
                    for (id, event) in events {
                        if id.is_none_or(|id| Some(id) > place.after) {
                            yield Ok(sent(id, &event));
                        }
                    }
                    full
                }
            };
            if full {
                continue;
            }
            tokio::select! {
                () = closing.cancelled() => return,
                changed = told.changed() => if changed.is_err() { return },
            }
        }
    }
}

fn marked(name: &str, id: Option<EventId>) -> Event {
    let event = Event::default().event(name).data("{}");
    match id {
        Some(id) => event.id(id.written()),
        None => event,
    }
}

fn sent(id: Option<EventId>, event: &FleetEvent) -> Event {
    let text = serde_json::to_string(event).expect("an event is plain data");
    let sent = Event::default().event(event.kind.as_str()).data(text);
    match id {
        Some(id) => sent.id(id.written()),
        None => sent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(n: u64) -> FleetEvent {
        FleetEvent::of_worker(EventKind::WorkerUp, &format!("w{n}").parse().unwrap())
    }

    fn filled(count: u64) -> Feed {
        let feed = Feed::default();
        feed.load(Revision(10));
        for n in 0..count {
            let id = EventId(11 + n, 0);
            feed.ring().keep(Some(id), event(n));
        }
        feed
    }

    fn count(feed: &Feed, place: &mut Place) -> Option<usize> {
        let mut all = 0;
        loop {
            match feed.next(place) {
                Found::Events(events) if events.is_empty() => return Some(all),
                Found::Events(events) => all += events.len(),
                Found::TooSlow | Found::Anew(_) => return None,
            }
        }
    }

    #[test]
    fn who_comes_back_goes_on_where_it_was() {
        let feed = filled(10);
        for (last, missed, left) in
            [("10", false, 10), ("15.0", false, 5), ("20", false, 0), ("9", true, 0), ("99", false, 0)]
        {
            let (mut place, told, _) = feed.begin(EventId::read(last));
            assert_eq!((told, count(&feed, &mut place)), (missed, Some(left)), "{last}");
        }
    }

    /// Goal: the ring is bounded, whoever reads how slowly, and nobody goes on over a gap.
    #[test]
    fn a_slow_listener_is_cut_and_holds_no_memory() {
        let feed = filled(0);
        let (mut slow, ..) = feed.begin(None);
        let (mut quick, ..) = feed.begin(None);
        for n in 0..KEPT_MAX as u64 + 1 {
            feed.tell(event(n));
            if n == 10 {
                assert_eq!(count(&feed, &mut quick), Some(11));
            }
        }
        assert_eq!(feed.ring().kept.len(), KEPT_MAX);
        assert_eq!(count(&feed, &mut slow), None, "one more than is kept");
        assert_eq!(count(&feed, &mut quick), Some(KEPT_MAX - 10));
    }

    #[test]
    fn what_was_dropped_is_missed() {
        let feed = filled(KEPT_MAX as u64 + 5);
        assert!(feed.begin(EventId::read("14.0")).1);
        assert!(!feed.begin(EventId::read("15.0")).1);
        feed.load(Revision(9000));
        assert!(feed.begin(EventId::read("8999")).1);
    }

    #[test]
    fn an_id_reads_as_it_is_written() {
        for text in ["4711", "4711.0", "1.12"] {
            assert_eq!(EventId::read(text).unwrap().written(), text);
        }
        assert!(
            EventId::read("4711.0") < EventId::read("4711.1")
                && EventId::read("4711.1") < EventId::read("4711")
        );
        for bad in ["", "x", "1.", ".1", "-1", "1.2.3"] {
            assert_eq!(EventId::read(bad), None, "{bad}");
        }
    }
}
