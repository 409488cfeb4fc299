//! One database: a writing thread and a few reading connections, or one connection in memory.
//!
//! On disk, reads run on the blocking pool with a connection each and see everything that was answered before.
//! In memory (tests) both run at once where they are called: nothing waits, so paused time stays paused.
//!
//! Not here: the group commit (`writer`), the tables (`schema`).

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use model::ports::StoreError;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::error::{Fault, OpenError};
use super::schema::{self, Schema};
use super::writer::{Counters, Write, Writer, Written, commit_group};

/// Most reads at one time; more wait. Each holds a connection of a few hundred KiB.
const READERS: usize = 4;

pub(super) struct Database {
    path: PathBuf,
    counters: Arc<Counters>,
    access: Access,
}

enum Access {
    /// Invariant: the readers are dropped first. The last connection to close folds the write-ahead log into the
    /// file, which one that only reads cannot.
    Disk {
        readers: Arc<Readers>,
        writer: Writer,
    },
    Memory(Mutex<Connection>),
}

impl Database {
    /// Opens the database in `folder`, or makes it.
    pub(super) fn open(folder: &Path, schema: Schema) -> Result<Self, OpenError> {
        let path = folder.join(schema.file_name());
        make_private_file(&path).map_err(|error| OpenError::io(&path, &error))?;
        let fault = |fault: Fault| OpenError::fault(&path, &fault);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection =
            Connection::open_with_flags(&path, flags).map_err(|error| fault(error.into()))?;
        schema::set_up_writer(&connection).map_err(fault)?;
        schema.prepare(&mut connection).map_err(fault)?;

        let counters = Arc::new(Counters::default());
        let writer = Writer::start(connection, path.clone(), counters.clone())
            .map_err(|error| OpenError::io(&path, &error))?;
        let access = Access::Disk { writer, readers: Arc::new(Readers::new(path.clone())) };
        Ok(Self { path, counters, access })
    }

    /// Makes a database in memory; it goes with this value.
    pub(super) fn in_memory(schema: Schema) -> Result<Self, OpenError> {
        let path = PathBuf::from(format!("{} in memory", schema.file_name()));
        let fault = |fault: Fault| OpenError::fault(&path, &fault);
        let mut connection = Connection::open_in_memory().map_err(|error| fault(error.into()))?;
        schema::set_up_reader(&connection).map_err(fault)?;
        schema.prepare(&mut connection).map_err(fault)?;
        let access = Access::Memory(Mutex::new(connection));
        Ok(Self { path, counters: Arc::default(), access })
    }

    /// Returns how much was written since the database was opened.
    pub(super) fn written(&self) -> Written {
        self.counters.read()
    }

    /// Runs `read` at once, while the store is being opened.
    pub(super) fn read_now<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, OpenError> {
        let result = match &self.access {
            Access::Memory(connection) => read(&connection.lock().unwrap_or_else(PoisonError::into_inner)),
            Access::Disk { readers, .. } => readers.read(read),
        };
        result.map_err(|fault| OpenError::fault(&self.path, &fault))
    }

    /// Runs `read` in one transaction, so that all its queries see one moment.
    pub(super) async fn read<T, R>(&self, read: R) -> Result<T, StoreError>
    where
        T: Send + 'static,
        R: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        match &self.access {
            Access::Memory(connection) => {
                let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                read(&connection).map_err(|fault| fault.not_done(&self.path))
            }
            Access::Disk { readers, .. } => {
                let unavailable =
                    |what: &str| StoreError::Unavailable(format!("`{}`: {what}", self.path.display()));
                let permit = readers.free.clone().acquire_owned().await;
                let permit = permit.map_err(|_| unavailable("the store is closed"))?;
                let readers = readers.clone();
                let reading = tokio::task::spawn_blocking(move || {
                    let result = readers.read(read);
                    drop(permit);
                    result
                });
                let result = reading.await.map_err(|_| unavailable("a read was cut off"))?;
                result.map_err(|fault| fault.not_done(&self.path))
            }
        }
    }

    /// Runs `write` in a transaction, whole or not at all; answers when it is on the disk.
    pub(super) async fn write<T, W>(&self, write: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        self.write_then(0, write, |_| ()).await
    }

    /// As [`Database::write`], for about `bytes` bytes; runs `after` once the write is kept, in the order of the
    /// commits and before anybody hears of it. The write stands also when the future is dropped while it waits.
    pub(super) async fn write_then<T, W, A>(&self, bytes: usize, write: W, after: A) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
        A: FnOnce(&T) + Send + 'static,
    {
        let (work, answer) = Write::prepare(write, after);
        match &self.access {
            Access::Memory(connection) => {
                let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                commit_group(&connection, &self.path, vec![work], &self.counters);
            }
            Access::Disk { writer, .. } => writer.queue(work, bytes).await?,
        }
        let cut_off = |_| StoreError::Ambiguous(format!("`{}`: the write was cut off", self.path.display()));
        answer.await.map_err(cut_off)?
    }
}

/// Makes the file readable by its owner only, before SQLite makes it readable by all: sessions and the
/// environments of jobs are in it. SQLite gives its side files the same mode.
fn make_private_file(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    Ok(())
}

/// Connections for reading, made when they are needed.
struct Readers {
    path: PathBuf,
    free: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    fn new(path: PathBuf) -> Self {
        Self { path, free: Arc::new(Semaphore::new(READERS)), idle: Mutex::default() }
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = idle.map_or_else(|| self.connect(), Ok)?;
        let transaction = connection.unchecked_transaction()?;
        let value = read(&transaction)?;
        drop(transaction);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        Ok(value)
    }

    fn connect(&self) -> Result<Connection, Fault> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        schema::set_up_reader(&connection)?;
        Ok(connection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kill cannot tell whether an answer waited for the disk; the settings can.
    #[tokio::test]
    async fn writer_syncs_before_it_answers() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path(), Schema::Facts).unwrap();
        let settings = |connection: &Connection| {
            let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
            let synchronous: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
            Ok((mode, synchronous))
        };
        const FULL: i64 = 2;
        assert_eq!(database.write(settings).await.unwrap(), ("wal".to_owned(), FULL));
    }
}
