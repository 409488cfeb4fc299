//! Which error becomes which problem: the one table from stores and rules to HTTP.
//!
//! What a user may see is in the problem; what only the log may see is logged here, once.

use axum::http::StatusCode;
use model::fault::Faults;
use model::ports::{Rejection, StoreError};
use model::state::Refused;

use crate::api::Problem;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(why) => {
                tracing::warn!(error = %why, "a store is not available");
                let detail = format!(
                    "{} does not answer; nothing was changed. It is asked anew by each request: try again in a moment, and \
                     if that lasts look at `/readyz` and at the log of the server, which has the reason",
                    store_of(&why)
                );
                let title = "a store is not available";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", title, detail)
            }
            StoreError::Ambiguous(why) => {
                tracing::warn!(error = %why, "a store did not answer in time");
                let detail = format!(
                    "{} did not answer in time; the change may have been made or not: read again before you repeat it",
                    store_of(&why)
                );
                let title = "a store did not answer in time";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "store_ambiguous", title, detail)
            }
            StoreError::Permanent(why) | StoreError::Refused(why) => {
                tracing::error!(error = %why, "a store refused");
                Self::internal()
            }
        }
    }
}

/// Returns which store an error is of, with what is kept there. Those of a fleet begin with its name; `why` itself names
/// machines, and is for the log.
fn store_of(why: &str) -> &'static str {
    match why.split_once(':') {
        Some(("etcd", _)) => "etcd, which keeps jobs, their states and accounts,",
        Some(("mongodb", _)) => "MongoDB, which keeps runs, output and modules,",
        _ => "the store",
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            // The job was read in one step with its state, so another text means that somebody saved in between.
            Refused::OtherSpec | Refused::TooEarly => {
                Self::conflict("job_changed", "the job changed meanwhile", "read the job and try again")
            }
            Refused::Deleted => Self::new(
                StatusCode::NOT_FOUND,
                "not_found",
                "not found",
                "the job is deleted; its last runs are still ending",
            ),
            Refused::NoSuchRun => Self::conflict(
                "run_ended",
                "the run has ended",
                "the run is neither under way nor waiting to start",
            ),
            Refused::TooManyRequests => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "too many requests wait",
                format!("{refused}; wait until some have started, or kill the job to take them back"),
            ),
            Refused::TooManyUnrecorded => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "facts_behind",
                "the facts store is behind",
                format!("{refused}; nothing was changed"),
            ),
        }
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            rejection.code,
            "not a module that could run here",
            rejection.message,
        )
    }
}

/// Returns what a job with faults is answered with.
pub(crate) fn invalid_job(faults: Faults) -> Problem {
    Problem::faults("invalid_job", "the job has faults", faults)
}

/// Returns what is answered for a saved job whose schedule this version cannot read.
pub(crate) fn unreadable_schedule(faults: &Faults) -> Problem {
    Problem::conflict(
        "unreadable_schedule",
        "the saved schedule cannot be read",
        format!("another version saved it; save the job anew to mend it: {faults}"),
    )
}
