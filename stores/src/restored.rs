//! From which number on revisions go on after a store was put back from a backup.
//!
//! Microseconds since 1970: stores commit less often, so no revision has come so far by counting, neither of the store as it
//! was nor of one that was put back before; and programs that read JSON as JavaScript does hold it exactly until 2255.
//!
//! Not here: how a store takes it (`sqlite::changes`, `etcd::epoch`).

use model::ports::StoreError;
use model::time::Timestamp;

/// Returns the base at `now`, above `before`.
///
/// # Errors
/// Permanent where this host's clock stands before the last restore.
pub(crate) fn base_at(now: Timestamp, before: u64) -> Result<u64, StoreError> {
    let base = u64::try_from(now.as_millis()).unwrap_or_default().saturating_mul(1_000);
    if base <= before {
        return Err(StoreError::Permanent(format!(
            "this host's clock shows {now}, and the store was restored after that\nhint: set the clock right, and try again"
        )));
    }
    Ok(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_rises_with_time_and_not_by_a_clock_that_stands_before_the_last_restore() {
        let first = base_at(Timestamp::from_seconds(1_800_000_000), 12_345).unwrap();
        let again = base_at(Timestamp::from_seconds(1_800_000_001), first).unwrap();
        assert!(again > first && again < 1 << 53);
        let error = base_at(Timestamp::from_seconds(1_800_000_000), again).unwrap_err();
        assert!(error.to_string().contains("was restored after that\nhint: set the clock right"), "{error}");
    }
}
