//! Checks the page of guarantees against the tree: each promise names tests, and each test that it names exists.
//!
//! Not here: whether the tests pass, and whether they hold what the page says.

use std::fs;

use anyhow::{Context as _, Result};

use crate::command::root;

/// The page.
const PAGE: &str = "docs/GUARANTEES.md";
/// How many promises there are.
const PROMISES: usize = 10;

/// Returns what is wrong with the page; `files` are those of the tree.
pub(crate) fn faults(files: &[String]) -> Result<Vec<String>> {
    let page = fs::read_to_string(root().join(PAGE)).with_context(|| format!("reading {PAGE}"))?;
    let mut code = String::new();
    for file in files.iter().filter(|file| file.ends_with(".rs")) {
        code.push_str(&fs::read_to_string(root().join(file)).unwrap_or_default());
    }
    Ok(faults_of(&page, |test| code.contains(&format!("fn {test}("))))
}

fn faults_of(page: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut faults = Vec::new();
    for number in 1..=PROMISES {
        let head = format!("\n## P{number}: ");
        let Some((_, rest)) = page.split_once(&head) else {
            faults.push(format!("`{PAGE}` has no promise P{number}"));
            continue;
        };
        let section = rest.split("\n## ").next().unwrap_or_default();
        let rows: Vec<Vec<&str>> = section
            .lines()
            .filter(|line| line.starts_with("| `"))
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
            .collect();
        for row in &rows {
            let test = row.first().map_or("", |cell| cell.trim_matches('`'));
            if !exists(test) {
                faults.push(format!("`{PAGE}` names a test `{test}` for P{number} that does not exist"));
            }
        }
        for (column, mode) in [(2, "standalone"), (3, "fleet")] {
            if !rows.iter().any(|row| row.get(column) == Some(&"×")) {
                faults.push(format!("`{PAGE}` names no test for P{number} of mode {mode}"));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a page whose promises each have these rows.
    fn page(rows: &str) -> String {
        (1..=PROMISES)
            .map(|number| format!("\n## P{number}: a promise\n\n| test | | s | f |\n|---|\n{rows}"))
            .collect()
    }

    #[test]
    fn each_promise_needs_tests_that_exist_in_each_mode() {
        let good = page("| `a_test` | does | × | – |\n| `b_test` | does | – | × |\n");
        assert_eq!(faults_of(&good, |_| true), Vec::<String>::new());
        let gone = faults_of(&good, |test| test != "b_test");
        assert_eq!(gone.len(), PROMISES, "{gone:?}");
        assert!(gone[0].contains("`b_test` for P1 that does not exist"), "{gone:?}");
        let one_mode = faults_of(&page("| `a_test` | does | × | – |\n"), |_| true);
        assert!(one_mode[9].contains("no test for P10 of mode fleet"), "{one_mode:?}");
        assert_eq!(faults_of("# Empty\n", |_| true).len(), PROMISES);
    }
}
