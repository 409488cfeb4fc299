//! What goes wrong with MongoDB, in the words of the ports.
//!
//! Everything that is written here may be written twice (a record of the same order, a chunk of the same number), so
//! an answer that never came means: again. Nothing is ambiguous.
//!
//! Flow: error of the driver → **`error`** → `StoreError`.

use model::ports::StoreError;
use mongodb::error::{Error, ErrorKind, WriteFailure};

use crate::documents::Unreadable;

/// The code of a second document of one key.
pub(super) const DUPLICATE: i32 = 11_000;
/// Codes of commands that a later try may answer: no primary, shutting down, out of time, not enough servers.
const LATER: [i32; 14] = [6, 7, 50, 64, 89, 91, 100, 189, 262, 9_001, 10_107, 11_600, 11_602, 13_435];
/// Codes of data that no later try makes better: bad values, a validator that the database's owner made, too large.
const INVALID: [i32; 6] = [2, 9, 14, 22, 121, 10_334];

/// Returns what the caller may do.
pub(super) fn store(error: &Error) -> StoreError {
    let told = format!("mongodb: {}", told(error));
    let later = match &*error.kind {
        ErrorKind::Io(_)
        | ErrorKind::ConnectionPoolCleared { .. }
        | ErrorKind::ServerSelection { .. }
        | ErrorKind::DnsResolve { .. }
        | ErrorKind::MissingResumeToken
        | ErrorKind::Shutdown => true,
        ErrorKind::Command(command) => LATER.contains(&command.code),
        ErrorKind::Write(WriteFailure::WriteConcernError(_)) => true,
        ErrorKind::InsertMany(many) => many.write_errors.is_none(),
        _ => false,
    };
    let labelled = ["RetryableWriteError", "TransientTransactionError", "ResumableChangeStreamError"];
    if is_invalid(error) {
        return StoreError::Refused(told);
    }
    if later || labelled.iter().any(|label| error.contains_label(label)) {
        return StoreError::Unavailable(told);
    }
    StoreError::Permanent(told)
}

/// Returns true when the data itself was refused, or some of it.
fn is_invalid(error: &Error) -> bool {
    match &*error.kind {
        ErrorKind::InsertMany(many) => {
            many.write_errors.iter().flatten().any(|one| is_invalid_code(one.code))
        }
        ErrorKind::Write(WriteFailure::WriteError(one)) => is_invalid_code(one.code),
        ErrorKind::Command(command) => is_invalid_code(command.code),
        ErrorKind::Bson(_) => true,
        // The driver's own word for a document that is too large.
        ErrorKind::InvalidArgument { message, .. } => message.contains("size"),
        _ => false,
    }
}

/// Returns true for a code that says that the data itself is refused.
pub(super) fn is_invalid_code(code: i32) -> bool {
    INVALID.contains(&code)
}

/// Returns true when all that was refused was there already.
pub(super) fn only_duplicates(error: &Error) -> bool {
    match &*error.kind {
        ErrorKind::InsertMany(many) => {
            many.write_concern_error.is_none()
                && many.write_errors.as_ref().is_some_and(|all| all.iter().all(|one| one.code == DUPLICATE))
        }
        ErrorKind::Write(WriteFailure::WriteError(one)) => one.code == DUPLICATE,
        ErrorKind::Command(command) => command.code == DUPLICATE,
        _ => false,
    }
}

/// Returns what the caller may do about a document that cannot be read.
pub(super) fn unreadable(unreadable: &Unreadable) -> StoreError {
    StoreError::Permanent(format!("mongodb: {unreadable}"))
}

fn told(error: &Error) -> String {
    match &*error.kind {
        // The driver's own text repeats itself and names types of its own.
        ErrorKind::Command(command) => format!("{} ({})", command.message, command.code_name),
        ErrorKind::Authentication { message, .. } | ErrorKind::ServerSelection { message, .. } => {
            message.clone()
        }
        other => other.to_string(),
    }
}
