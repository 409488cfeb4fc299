//! Two of a contestant at one time, each made and called on a thread of its own that lasts as long as the contestant: a
//! new thread for each turn would cost as much as many runs.

use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Instant;

use model::testing::bench::Contestant;

/// Makes one of the two, on its thread.
pub(crate) type Make = Box<dyn FnOnce() -> Contestant<'static> + Send>;

/// Returns two of the same as one contestant: its time is that of all calls on both threads.
pub(crate) fn pair(name: impl Into<String>, make: [Make; 2]) -> Contestant<'static> {
    let line = Arc::new(Barrier::new(make.len()));
    let threads = make.map(|make| Thread::start(make, line.clone()));
    Contestant::timed(name, move |calls| {
        let each = calls.div_ceil(threads.len() as u64);
        for thread in &threads {
            thread.orders.send(each).expect("a thread waits for its turn");
        }
        let turns = threads.each_ref().map(|thread| thread.turns.recv().expect("a thread ends its turn"));
        let began = turns.iter().map(|(began, _)| *began).min().expect("there are two");
        let ended = turns.iter().map(|(_, ended)| *ended).max().expect("there are two");
        (ended - began).mul_f64(calls as f64 / (each * threads.len() as u64) as f64)
    })
}

/// One of the two; it ends with its contestant.
struct Thread {
    orders: mpsc::Sender<u64>,
    turns: mpsc::Receiver<(Instant, Instant)>,
}

impl Thread {
    fn start(make: Make, line: Arc<Barrier>) -> Self {
        let (orders, asked) = mpsc::channel();
        let (tell, turns) = mpsc::channel();
        thread::spawn(move || {
            let mut contestant = make();
            while let Ok(calls) = asked.recv() {
                line.wait();
                let began = Instant::now();
                contestant.take(calls);
                if tell.send((began, Instant::now())).is_err() {
                    return;
                }
            }
        });
        Self { orders, turns }
    }
}
