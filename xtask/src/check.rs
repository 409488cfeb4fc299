//! Formatting, lints, types and the rules of the tree: all that can be told without running anything.

use anyhow::Result;

use crate::command::{cargo, run};
use crate::{page, tidy};

/// Checks everything; the first that fails ends it.
pub(crate) fn check() -> Result<()> {
    run(cargo().args(["fmt", "--all", "--check"]))?;
    tidy::tidy()?;
    run(cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--keep-going",
        "--",
        "-D",
        "warnings",
    ]))?;
    page::packages()?;
    run(page::npm().args(["run", "lint"]))?;
    run(page::npm().args(["run", "types"]))
}
