//! What every store asks of a batch before it looks at it.

use std::collections::HashSet;

use model::ports::{Batch, StoreError};

/// Refuses a batch that no store takes: it is a mistake of ours.
///
/// # Errors
/// [`StoreError::Permanent`] for two swaps of one key or more than [`Batch::SWAPS_MAX`].
pub(crate) fn check(batch: &Batch) -> Result<(), StoreError> {
    let keys: HashSet<_> = batch.swaps.iter().map(|swap| &swap.key).collect();
    if keys.len() < batch.swaps.len() || keys.len() > Batch::SWAPS_MAX {
        let max = Batch::SWAPS_MAX;
        return Err(StoreError::Permanent(format!(
            "a batch holds one swap per key and at most {max} of them"
        )));
    }
    Ok(())
}
