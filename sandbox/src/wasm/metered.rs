//! Counts the processor time of one guest among others on its thread.
//!
//! A guest runs only while its future is polled, on the thread that polls it: the thread's own processor clock,
//! read before and after, gives what was its own, that of the host's functions which it called included. What waits
//! (a sleep, a full queue, a connection) costs nothing. Not counted: what a blocking thread does for it (its output's
//! way to the disk, a lookup of a name) and its store's end.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// Runs a future to its end and adds the processor time of each poll to `spent`, also when it is dropped between
/// two polls.
pub(super) async fn metered<F: Future>(future: F, spent: &mut Duration) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| {
        let before = thread_cpu();
        let polled = future.as_mut().poll(context);
        *spent += thread_cpu().saturating_sub(before);
        polled
    })
    .await
}

/// Returns the processor time of this thread so far.
fn thread_cpu() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_counts_and_waiting_does_not() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let mut spent = Duration::ZERO;
        let wait = async { tokio::time::sleep(Duration::from_millis(300)).await };
        runtime.block_on(metered(wait, &mut spent));
        assert!(spent < Duration::from_millis(150), "a sleep took {spent:?}");
        let work = async {
            let until = thread_cpu() + Duration::from_millis(50);
            while thread_cpu() < until {
                std::hint::spin_loop();
            }
        };
        runtime.block_on(metered(work, &mut spent));
        assert!(spent >= Duration::from_millis(50), "50 ms of work took {spent:?}");
    }
}
