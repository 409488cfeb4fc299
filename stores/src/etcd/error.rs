//! What goes wrong with etcd, in the words of the ports.
//!
//! The question is always: was it done? A request that never left was not; one that was refused was not; of one
//! whose answer is missing nobody knows, even where it says `Cancelled` or `Timeout expired`.
//!
//! Flow: error of the client → **`Fault`** → `StoreError`.

use etcd_client::Error;
use model::ports::StoreError;

/// An answer of etcd that is none, cut by what we do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Surely not done: the endpoint is dead, another one may live.
    NotSent(String),
    /// Surely not done, and not now: no leader, too many requests.
    NotNow(String),
    /// Nobody knows.
    Unknown(String),
    /// The lease that a key should hang on is gone.
    NoLease,
    /// The revision asked for is compacted.
    Compacted,
    /// Too large, or with too many operations.
    TooLarge(String),
    /// Will not be done however often it is asked.
    Refused(String),
}

// Codes of gRPC (grpc/status.h), since the client shows them as a type of a crate that we do not name.
const CANCELLED: i32 = 1;
const UNKNOWN: i32 = 2;
const INVALID_ARGUMENT: i32 = 3;
const DEADLINE_EXCEEDED: i32 = 4;
const NOT_FOUND: i32 = 5;
const RESOURCE_EXHAUSTED: i32 = 8;
const OUT_OF_RANGE: i32 = 11;
const UNAVAILABLE: i32 = 14;

impl Fault {
    /// Returns what an error of the client means.
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::GRpcStatus(status) => Self::of_status(i32::from(status.code()), &told(error)),
            Error::TransportError(_) | Error::IoError(_) => Self::Unknown(told(error)),
            Error::LeaseKeepAliveError(why) if why.contains("not found") => Self::NoLease,
            Error::WatchError(_) | Error::LeaseKeepAliveError(_) => Self::NotNow(told(error)),
            _ => Self::Refused(told(error)),
        }
    }

    fn of_status(code: i32, message: &str) -> Self {
        let says = |words: &str| message.contains(words);
        let message = message.to_owned();
        match code {
            UNAVAILABLE if says("tcp connect error") || says("Connection refused") => Self::NotSent(message),
            UNAVAILABLE if says("no leader") => Self::NotNow(message),
            RESOURCE_EXHAUSTED if says("too many requests") => Self::NotNow(message),
            RESOURCE_EXHAUSTED if says("database space exceeded") => Self::NotNow(format!(
                "{message}\nhint: etcd is full: compact and defragment it, then `etcdctl alarm disarm`"
            )),
            INVALID_ARGUMENT if says("too many operations") || says("too large") => Self::TooLarge(message),
            RESOURCE_EXHAUSTED => Self::TooLarge(message),
            // Said by our own side, of an answer.
            OUT_OF_RANGE if says("too large") => Self::TooLarge(message),
            OUT_OF_RANGE if says("compacted") => Self::Compacted,
            NOT_FOUND if says("lease not found") => Self::NoLease,
            CANCELLED | UNKNOWN | DEADLINE_EXCEEDED | UNAVAILABLE => Self::Unknown(message),
            _ => Self::Refused(message),
        }
    }

    /// Returns what the caller of a write may do.
    pub(super) fn of_write(self) -> StoreError {
        match self {
            Self::Unknown(why) => StoreError::Ambiguous(why),
            other => other.of_read(),
        }
    }

    /// Returns what the caller of a read may do: it changes nothing, so it may always be asked again.
    pub(super) fn of_read(self) -> StoreError {
        match self {
            Self::NotSent(why) | Self::NotNow(why) | Self::Unknown(why) => StoreError::Unavailable(why),
            Self::NoLease => StoreError::Unavailable("etcd: the lease is gone".to_owned()),
            Self::Compacted => StoreError::Unavailable("etcd: the asked revision is compacted".to_owned()),
            Self::TooLarge(why) | Self::Refused(why) => StoreError::Permanent(why),
        }
    }
}

/// Returns the error with its causes: a broken connection says only below what broke it.
fn told(error: &Error) -> String {
    let mut told = match error {
        Error::GRpcStatus(status) => format!("etcd: {}", status.message()),
        other => format!("etcd: {other}"),
    };
    let mut cause = std::error::Error::source(error);
    while let Some(below) = cause {
        let text = below.to_string();
        if !told.contains(&text) {
            told.push_str(": ");
            told.push_str(&text);
        }
        cause = below.source();
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_never_left_or_was_refused_counts_as_not_done() {
        let table = [
            (UNAVAILABLE, "tcp connect error", false),
            (UNAVAILABLE, "etcdserver: no leader", false),
            (UNAVAILABLE, "etcdserver: request timed out", true),
            (UNAVAILABLE, "etcdserver: leader changed", true),
            (CANCELLED, "Timeout expired", true),
            (CANCELLED, "operation was canceled", true),
            (UNKNOWN, "h2 protocol error", true),
            (DEADLINE_EXCEEDED, "context deadline exceeded", true),
            (NOT_FOUND, "etcdserver: requested lease not found", false),
            (16, "etcdserver: invalid auth token", false),
        ];
        for (code, message, ambiguous) in table {
            let error = Fault::of_status(code, message).of_write();
            assert_eq!(matches!(error, StoreError::Ambiguous(_)), ambiguous, "{code} {message}: {error:?}");
        }
    }

    #[test]
    fn a_refusal_is_not_tried_again() {
        let refused = Fault::of_status(7, "etcdserver: permission denied").of_write();
        assert!(matches!(refused, StoreError::Permanent(_)), "{refused:?}");
        assert!(!refused.is_retryable());
    }
}
