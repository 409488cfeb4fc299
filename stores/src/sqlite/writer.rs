//! The one thread that writes to a database, and its group commit.
//!
//! Writes queue up while a transaction is synced; the next transaction takes all of them, each in a savepoint of
//! its own, so that one that fails does not hinder the others. Everybody is answered after the commit.
//! The queue is bounded by weight (bytes), so that a flood of output waits at its source.
//!
//! Not here: what is written; those are the closures of `intent`, `facts` and their sisters.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use model::ports::StoreError;
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::error::Fault;

/// Most writes in one transaction: keeps the wait of the first of them short.
const GROUP_MAX: usize = 256;
/// What may wait in the queue, in units of [`WEIGHT_BYTES`]: 64 MiB of payload, or as many small writes.
const QUEUE_WEIGHT: u32 = 1024;
/// One unit of the queue's weight.
const WEIGHT_BYTES: usize = 64 << 10;

/// How much a database has written since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Transactions that were committed, each at most one sync of the disk.
    pub transactions: u64,
    /// Writes in them.
    pub writes: u64,
}

#[derive(Default)]
pub(super) struct Counters {
    transactions: AtomicU64,
    writes: AtomicU64,
}

impl Counters {
    pub(super) fn read(&self) -> Written {
        Written {
            transactions: self.transactions.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
        }
    }
}

/// One write of a group.
pub(super) trait Work: Send {
    /// Writes inside a savepoint; keeps what it has to answer.
    fn run(&mut self, connection: &Connection) -> Result<(), Fault>;

    /// Answers the caller, once it is known whether the write was kept.
    fn settle(self: Box<Self>, fate: Result<(), StoreError>);
}

/// A write from closures: `write` runs in the transaction, `after` once it is kept and before the caller hears.
pub(super) struct Write<T, W, A> {
    write: Option<W>,
    after: A,
    value: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, W, A> Write<T, W, A>
where
    T: Send + 'static,
    W: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    A: FnOnce(&T) + Send + 'static,
{
    pub(super) fn prepare(write: W, after: A) -> (Box<dyn Work>, oneshot::Receiver<Result<T, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        (Box::new(Self { write: Some(write), after, value: None, reply }), answer)
    }
}

impl<T, W, A> Work for Write<T, W, A>
where
    T: Send,
    W: FnOnce(&Connection) -> Result<T, Fault> + Send,
    A: FnOnce(&T) + Send,
{
    fn run(&mut self, connection: &Connection) -> Result<(), Fault> {
        let write = self.write.take().expect("a write runs once");
        self.value = Some(write(connection)?);
        Ok(())
    }

    fn settle(self: Box<Self>, fate: Result<(), StoreError>) {
        let Self { after, value, reply, .. } = *self;
        let answer = fate.map(|()| {
            let value = value.expect("a write that was kept has run");
            after(&value);
            value
        });
        // Who asked may have gone meanwhile; the write stands all the same.
        drop(reply.send(answer));
    }
}

/// Runs each work in a savepoint of one transaction, commits, and answers everybody.
pub(super) fn commit_group(
    connection: &Connection,
    path: &Path,
    group: Vec<Box<dyn Work>>,
    counters: &Counters,
) {
    let mut kept: Vec<Box<dyn Work>> = Vec::with_capacity(group.len());
    for mut work in group {
        match in_savepoint(connection, work.as_mut()) {
            Ok(()) => kept.push(work),
            Err(fault) => {
                let error = fault.not_done(path);
                if connection.is_autocommit() {
                    // SQLite has ended the whole transaction (a full disk): nothing of the others was written.
                    kept.drain(..).for_each(|other| other.settle(Err(error.clone())));
                }
                work.settle(Err(error));
            }
        }
    }
    if kept.is_empty() {
        return roll_back(connection);
    }
    let fate = connection.execute_batch("COMMIT").map_err(|error| {
        roll_back(connection);
        Fault::from(error).perhaps_done(path)
    });
    if fate.is_ok() {
        counters.transactions.fetch_add(1, Ordering::Relaxed);
        counters.writes.fetch_add(kept.len() as u64, Ordering::Relaxed);
    }
    kept.into_iter().for_each(|work| work.settle(fate.clone()));
}

fn in_savepoint(connection: &Connection, work: &mut dyn Work) -> Result<(), Fault> {
    if connection.is_autocommit() {
        connection.execute_batch("BEGIN IMMEDIATE")?;
    }
    connection.execute_batch("SAVEPOINT work")?;
    let result = work.run(connection).and_then(|()| Ok(connection.execute_batch("RELEASE work")?));
    if result.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK TO work; RELEASE work")?;
    }
    result
}

fn roll_back(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = connection.execute_batch("ROLLBACK")
    {
        tracing::warn!(%error, "rolling back failed: {error}");
    }
}

/// A work with the place that it takes in the queue.
type Queued = (Box<dyn Work>, OwnedSemaphorePermit);

/// The way to the writing thread. Dropped, it waits until the thread has written what is queued and has ended.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Queued>>,
    room: Arc<Semaphore>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread of a database.
    pub(super) fn start(
        connection: Connection,
        path: PathBuf,
        counters: Arc<Counters>,
    ) -> std::io::Result<Self> {
        let (queue, queued) = mpsc::channel(QUEUE_WEIGHT as usize);
        let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let thread = std::thread::Builder::new()
            .name(format!("sqlite-{name}"))
            .spawn(move || write_all(&connection, &path, queued, &counters))?;
        let room = Arc::new(Semaphore::new(QUEUE_WEIGHT as usize));
        Ok(Self { queue: Some(queue), room, thread: Some(thread) })
    }

    /// Queues a work of about `bytes` bytes; waits while the queue is full.
    pub(super) async fn queue(&self, work: Box<dyn Work>, bytes: usize) -> Result<(), StoreError> {
        let stopped = || StoreError::Unavailable("the writing thread has ended".into());
        let weight = u32::try_from(1 + bytes / WEIGHT_BYTES).unwrap_or(QUEUE_WEIGHT).min(QUEUE_WEIGHT);
        let permit = self.room.clone().acquire_many_owned(weight).await.map_err(|_| stopped())?;
        let queue = self.queue.as_ref().expect("the queue is there until drop");
        queue.send((work, permit)).await.map_err(|_| stopped())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("a writing thread of the store panicked");
        }
    }
}

fn write_all(connection: &Connection, path: &Path, mut queue: mpsc::Receiver<Queued>, counters: &Counters) {
    while let Some(first) = queue.blocking_recv() {
        let mut group = vec![first.0];
        let mut permits = vec![first.1];
        while group.len() < GROUP_MAX
            && let Ok((work, permit)) = queue.try_recv()
        {
            group.push(work);
            permits.push(permit);
        }
        commit_group(connection, path, group, counters);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE kept (value BLOB)").unwrap();
        connection
    }

    fn keep(value: Vec<u8>) -> impl FnOnce(&Connection) -> Result<usize, Fault> + Send {
        move |connection| Ok(connection.execute("INSERT INTO kept VALUES (?)", [value])?)
    }

    /// The first write holds the thread until all others are queued: they must go in one transaction.
    #[tokio::test]
    async fn writes_that_queue_up_share_one_transaction() {
        let counters = Arc::new(Counters::default());
        let writer = Writer::start(database(), "test.db".into(), counters.clone()).unwrap();
        let (release, held) = std::sync::mpsc::channel::<()>();
        let (started, begun) = oneshot::channel();
        let hold = move |connection: &Connection| {
            started.send(()).expect("the test waits for it");
            held.recv().expect("the test releases it");
            keep(vec![0])(connection)
        };
        let (first, first_answer) = Write::prepare(hold, |_: &usize| ());
        writer.queue(first, 0).await.unwrap();
        begun.await.unwrap();
        let mut answers = vec![first_answer];
        for i in 1..=200 {
            let (work, answer) = Write::prepare(keep(vec![i]), |_: &usize| ());
            writer.queue(work, 0).await.unwrap();
            answers.push(answer);
        }
        release.send(()).unwrap();
        for answer in answers {
            assert_eq!(answer.await.unwrap(), Ok(1));
        }
        let written = counters.read();
        assert_eq!(written.writes, 201);
        assert_eq!(written.transactions, 2, "the held one, and one for all that queued up meanwhile");
    }

    #[tokio::test]
    async fn failed_write_does_not_hinder_the_others_of_its_group() {
        let (connection, counters) = (database(), Counters::default());
        let fail = |connection: &Connection| {
            keep(vec![1])(connection)?;
            Ok(connection.execute("INSERT INTO nowhere VALUES (1)", [])?)
        };
        let (a, a_answer) = Write::prepare(keep(vec![0]), |_: &usize| ());
        let (b, b_answer) = Write::prepare(fail, |_: &usize| panic!("what failed has no aftermath"));
        let (c, c_answer) = Write::prepare(keep(vec![2]), |_: &usize| ());
        commit_group(&connection, Path::new("test.db"), vec![a, b, c], &counters);
        assert_eq!(a_answer.await.unwrap(), Ok(1));
        assert!(matches!(b_answer.await.unwrap(), Err(StoreError::Permanent(_))));
        assert_eq!(c_answer.await.unwrap(), Ok(1));
        let kept: Vec<Vec<u8>> = {
            let mut statement = connection.prepare("SELECT value FROM kept").unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        assert_eq!(kept, [[0], [2]], "the failed write left nothing, not even its first half");
        assert_eq!(counters.read(), Written { transactions: 1, writes: 2 });
    }

    /// Runs into the end of the space in the middle of a group: each answer is true of what is there afterwards.
    #[tokio::test]
    async fn full_database_answers_each_write_truly() {
        let (connection, counters) = (database(), Counters::default());
        let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        connection.pragma_update(None, "max_page_count", pages + 4).unwrap();
        let mut group = Vec::new();
        let mut answers = Vec::new();
        for (i, size) in [10, 200_000, 20].into_iter().enumerate() {
            let (work, answer) = Write::prepare(keep(vec![u8::try_from(i).unwrap(); size]), |_: &usize| ());
            group.push(work);
            answers.push((size, answer));
        }
        commit_group(&connection, Path::new("test.db"), group, &counters);
        for (size, answer) in answers {
            let sql = "SELECT count(*) FROM kept WHERE length(value) = ?";
            let there: i64 =
                connection.query_row(sql, [i64::try_from(size).unwrap()], |row| row.get(0)).unwrap();
            match answer.await.unwrap() {
                Ok(1) => assert_eq!(there, 1, "{size} bytes"),
                Err(StoreError::Permanent(text)) => {
                    assert!(text.starts_with("no room left for `test.db`"), "{text}");
                    assert_eq!(there, 0, "{size} bytes");
                }
                other => panic!("{size} bytes: {other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn queue_holds_its_writers_back_by_weight() {
        let writer = Writer::start(database(), "test.db".into(), Arc::default()).unwrap();
        let (release, held) = std::sync::mpsc::channel::<()>();
        let hold = move |connection: &Connection| {
            held.recv().expect("the test releases it");
            keep(vec![0])(connection)
        };
        let (heavy, heavy_answer) = Write::prepare(hold, |_: &usize| ());
        writer.queue(heavy, usize::MAX / 2).await.unwrap();
        let (light, light_answer) = Write::prepare(keep(vec![1]), |_: &usize| ());
        let mut queueing = Box::pin(writer.queue(light, 0));
        assert!(futures::poll!(&mut queueing).is_pending(), "64 MiB are under way: the next one waits");
        release.send(()).unwrap();
        queueing.await.unwrap();
        assert_eq!(heavy_answer.await.unwrap(), Ok(1));
        assert_eq!(light_answer.await.unwrap(), Ok(1));
    }
}
