//! A part of what `cargo xtask bench fleet` measures, on a small scale: that nothing is lost, doubled or left. How fast it
//! is, is asserted nowhere.

use anyhow::{Context as _, Result, ensure};
use e2e::ancestors::{Scale, measure};

/// The rows that no other test does to a fleet.
const ROWS: [&str; 4] = ["1000-at-once", "etcd", "flood", "bytes"];

#[test]
fn rows_of_the_table_of_ancestors_hold_on_a_small_scale() -> Result<()> {
    let measured = measure(&ROWS.map(str::to_owned), Scale::QUICK)?;
    ensure!(measured.len() == ROWS.len(), "a row is missing: {measured:?}");
    for row in measured {
        let shown = row.shown.map_err(anyhow::Error::msg).with_context(|| format!("row `{}`", row.name))?;
        ensure!(shown.right, "row `{}`: {}", row.name, shown.words);
    }
    Ok(())
}

#[test]
fn a_row_that_does_not_exist_is_refused_with_those_that_do() -> Result<()> {
    let error = measure(&["nightly".to_owned()], Scale::QUICK).err().context("a refusal")?.to_string();
    ensure!(error.contains("`nightly`") && error.contains("20-jobs, 200-jobs"), "{error}");
    Ok(())
}
