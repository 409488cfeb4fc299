//! The options that a master goes by now. Whoever runs it may change some of them meanwhile.
//!
//! A request takes them once where it needs one, and goes by these to its end.
//! Not here: which may change (`Master::change`), and where they come from (`cli`).

use std::sync::{Arc, PoisonError, RwLock};

use crate::Options;

/// Options that may change. Cheap to clone; all clones see one.
#[derive(Clone)]
pub(crate) struct InUse(Arc<RwLock<Arc<Options>>>);

impl InUse {
    pub(crate) fn new(options: Options) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(options))))
    }

    /// Returns what is so now.
    pub(crate) fn now(&self) -> Arc<Options> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes what is so from now on.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Options)) {
        let mut next = self.now().as_ref().clone();
        change(&mut next);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
    }
}
