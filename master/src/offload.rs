//! Work that takes more than moments of a processor, apart from the threads that serve requests.

use crate::api::Problem;
use crate::problem::Answer;

/// Runs `work` on a thread of its own and returns what it returns; a panic goes on in the caller.
pub(crate) async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        // The server stops, and the work had not begun.
        Err(_) => Problem::internal(),
    })
}
