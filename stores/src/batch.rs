//! What every store asks of a batch before it looks at it.

use std::collections::HashSet;

use model::ports::{Batch, StateKey, StoreError};

/// Refuses a batch that no store takes: it is a mistake of ours.
///
/// # Errors
/// [`StoreError::Permanent`] for two swaps of one key, more than [`Batch::SWAPS_MAX`], or a head that is written too.
pub(crate) fn check(batch: &Batch) -> Result<(), StoreError> {
    let keys: HashSet<_> = batch.swaps.iter().map(|swap| &swap.key).collect();
    if keys.len() < batch.swaps.len() || keys.len() > Batch::SWAPS_MAX {
        let max = Batch::SWAPS_MAX;
        return Err(StoreError::Permanent(format!(
            "a batch holds one swap per key and at most {max} of them"
        )));
    }
    let heads = batch.swaps.iter().filter(|swap| swap.head.is_some());
    if heads.into_iter().any(|swap| keys.contains(&StateKey::job(swap.key.job.clone()))) {
        return Err(StoreError::Permanent(
            "a batch writes no state that another of its swaps compares".into(),
        ));
    }
    Ok(())
}
