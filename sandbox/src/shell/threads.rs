//! Threads that look after runs in direct mode, one for each run; one that is done waits a while for the next.
//!
//! A new thread costs a stack and a dozen system calls, of which a run after the other needs none.
//!
//! Flow: `direct` → **`Threads`**. Not here: what a thread does for its run.

use std::io;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

/// Stack of a thread that looks after a run: it calls nothing deep.
const STACK_BYTES: usize = 256 * 1024;
/// Most threads that wait for a run.
const IDLE_MAX: usize = 4;
/// How long each waits.
const IDLE_FOR: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce() + Send>;

/// The threads of one executor. They end with it, each once its run is over.
#[derive(Debug, Default, Clone)]
pub(super) struct Threads(Arc<Mutex<Vec<Idle>>>);

/// A thread that waits.
#[derive(Debug)]
struct Idle {
    number: thread::ThreadId,
    door: SyncSender<Job>,
}

impl Threads {
    /// Has a thread do the job.
    ///
    /// # Errors
    /// When the system has no room for another thread.
    pub(super) fn run(&self, job: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let mut job: Job = Box::new(job);
        loop {
            // Taken out before it is told, so nobody else tells it, and it does not leave before it has looked.
            let Some(idle) = lock(&self.0).pop() else { break };
            match idle.door.try_send(job) {
                Ok(()) => return Ok(()),
                // It has just left.
                Err(TrySendError::Full(returned) | TrySendError::Disconnected(returned)) => job = returned,
            }
        }
        let own = Arc::downgrade(&self.0);
        // It ends with its run, which has a timeout; who waits for the run waits for the thread's last word.
        let named = thread::Builder::new().name("shell-run".to_owned()).stack_size(STACK_BYTES);
        named.spawn(move || live(&own, job)).map(drop)
    }
}

/// The life of a thread: a job, and those that come while it waits.
fn live(all: &Weak<Mutex<Vec<Idle>>>, job: Job) {
    job();
    while let Some(job) = wait(all) {
        job();
    }
}

/// Waits for the next job; none when there was none for long, enough others wait, or the executor is gone.
fn wait(all: &Weak<Mutex<Vec<Idle>>>) -> Option<Job> {
    let number = thread::current().id();
    let (door, jobs) = sync_channel(1);
    {
        let all = all.upgrade()?;
        let mut idle = lock(&all);
        if idle.len() >= IDLE_MAX {
            return None;
        }
        idle.push(Idle { number, door });
    }
    let next = jobs.recv_timeout(IDLE_FOR);
    if matches!(next, Err(RecvTimeoutError::Timeout)) {
        if let Some(all) = all.upgrade() {
            lock(&all).retain(|idle| idle.number != number);
        }
        // Somebody may have taken it out before, and told it by now. Who comes later learns that it is gone.
        return jobs.try_recv().ok();
    }
    next.ok()
}

fn lock(all: &Mutex<Vec<Idle>>) -> MutexGuard<'_, Vec<Idle>> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_thread_that_is_done_takes_the_next_job_and_all_end_with_the_executor() {
        let threads = Threads::default();
        let (tell, told) = channel();
        let job = || {
            let tell = tell.clone();
            threads.run(move || tell.send(thread::current().id()).unwrap()).unwrap();
            told.recv().unwrap()
        };
        let first = job();
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while lock(&threads.0).is_empty() {
            assert!(std::time::Instant::now() < deadline, "the thread waits for more");
            thread::yield_now();
        }
        assert_eq!(job(), first);
        let all = Arc::downgrade(&threads.0);
        drop(threads);
        while all.strong_count() > 0 {
            assert!(std::time::Instant::now() < deadline, "no thread keeps the others waiting");
            thread::yield_now();
        }
    }

    #[test]
    fn jobs_at_one_time_have_a_thread_each() {
        let threads = Threads::default();
        let (tell, told) = channel();
        let together = Arc::new(std::sync::Barrier::new(3));
        for _ in 0..3 {
            let (tell, together) = (tell.clone(), together.clone());
            let job = move || {
                together.wait();
                tell.send(thread::current().id()).unwrap();
            };
            threads.run(job).unwrap();
        }
        let numbers: std::collections::HashSet<_> = told.into_iter().take(3).collect();
        assert_eq!(numbers.len(), 3);
    }
}
