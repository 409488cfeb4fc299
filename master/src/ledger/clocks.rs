//! What happened to workers' clocks, told at the ticks that it made late or missed.
//!
//! A clock that is set forward, or a machine that sleeps, passes over instants at which nothing could start. That is why
//! nobody was there in time, and the record of a tick knows it not: the worker says it with its registration, as long as
//! its process lives.

use model::time::Timestamp;
use model::worker::{ClockChange, ClockEvent, Worker};

use crate::api::{ClockSeen, TickKind, TickView};

/// Adds to each missed or late tick what happened to a clock at its instant.
pub(super) fn tell(ticks: &mut [TickView], workers: &[Worker]) {
    for tick in ticks {
        let late = tick.kind == TickKind::Overdue;
        if tick.kind != TickKind::Missed && !late {
            continue;
        }
        for worker in workers {
            if let Some(event) = worker.status.clock_event.filter(|event| passed_over(event, tick.at)) {
                let worker = worker.identity.id.clone();
                tick.reason.push_str(&format!("; on worker `{worker}` {event}"));
                tick.clocks.push(ClockSeen { worker, event });
            }
        }
    }
}

/// Returns true when the clock never stood at this instant for anybody to start something.
fn passed_over(event: &ClockEvent, at: Timestamp) -> bool {
    event.change != ClockChange::SetBack && at <= event.at && at + event.by >= event.at
}
