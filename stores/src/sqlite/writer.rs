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
    pub(super) fn new(write: W, after: A) -> (Box<dyn Work>, oneshot::Receiver<Result<T, StoreError>>) {
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
