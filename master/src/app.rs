//! What every handler holds: the ports and what hangs on them.

use std::sync::Arc;

/// What every handler holds; cheap to clone.
#[derive(Clone)]
pub(crate) struct App(#[expect(dead_code, reason = "filled in by the handlers")] Arc<()>);
