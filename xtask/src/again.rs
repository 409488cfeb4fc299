//! Gives a test that failed a second try, alone: on a busy machine a deadline may pass that is no fault of the code.
//!
//! What passes then is named as flaky in the last lines of the run, and is to be mended like a fault. What fails again
//! fails the run; so do more than a few failures at once, which are no accident.
//!
//! Flow: a run's lines → **`Failures`** → the words of the second run → **`confirm`**.
//! Not here: the runners of the page's tests, which have retries of their own.

use anyhow::{Result, bail};

use crate::command::Count;

/// Most failed tests of one run that get a second try.
pub(crate) const AGAIN_MAX: usize = 5;

/// Which tests failed, read from the lines of the standard test harness.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    names: Vec<String>,
    /// The list under way; none outside of one.
    list: Option<Vec<String>>,
}

impl Failures {
    /// Reads one line. Each binary ends with `failures:`, the names with four spaces before them, and `test result:`.
    pub(crate) fn read(&mut self, line: &str) {
        if line == "failures:" {
            // The first of two holds what the tests printed, the second the names.
            self.list = Some(Vec::new());
        } else if line.starts_with("test result:") {
            self.names.extend(self.list.take().unwrap_or_default());
        } else if let (Some(list), Some(name)) = (&mut self.list, line.strip_prefix("    "))
            && !name.is_empty()
            && !name.contains(' ')
        {
            list.push(name.to_owned());
        }
    }

    /// Returns how many tests failed.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Returns the words with which the harness runs just these tests, one after the other.
    ///
    /// # Errors
    /// When a second try would tell nothing: the run failed without a failed test, or too many failed.
    pub(crate) fn words(mut self, failed: &str) -> Result<Vec<String>> {
        self.names.sort_unstable();
        self.names.dedup();
        match self.names.len() {
            0 => bail!("{failed}"),
            1..=AGAIN_MAX => {}
            many => bail!("{failed}: {many} tests"),
        }
        eprintln!("── failed, and run once more alone: {}", self.names.join(", "));
        let options = ["--exact".to_owned(), "--test-threads=1".to_owned()];
        Ok(options.into_iter().chain(self.names).collect())
    }
}

/// Adds a second try that passed to the first.
///
/// # Errors
/// When the second try did not run the tests that had failed.
pub(crate) fn confirm(first: Count, second: Count) -> Result<Count> {
    confirm_of(first, first.failed, second)
}

/// Adds a second try, of `failed` of all that failed in the first.
///
/// # Errors
/// As [`confirm`].
pub(crate) fn confirm_of(first: Count, failed: u64, second: Count) -> Result<Count> {
    if second.failed > 0 || second.passed < failed {
        bail!("of {failed} failed tests {} passed when run alone", second.passed);
    }
    Ok(Count { passed: first.passed + failed, failed: first.failed - failed, flaky: first.flaky + failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "test a::one ... FAILED\n\nfailures:\n\n---- a::one stdout ----\n    indented\npanicked\n\n\
        failures:\n    a::one\n    a::two\n\ntest result: FAILED. 3 passed; 2 failed\ntest b ... ok\n    stray\n\
        test result: ok. 1 passed; 0 failed\nfailures:\n    c\n\ntest result: FAILED. 0 passed; 1 failed";

    fn read(printed: &str) -> Failures {
        let mut failures = Failures::default();
        printed.lines().for_each(|line| failures.read(line));
        failures
    }

    #[test]
    fn the_failed_tests_of_all_binaries_are_found() {
        let words = read(PRINTED).words("failed").unwrap();
        assert_eq!(words, ["--exact", "--test-threads=1", "a::one", "a::two", "c"]);
    }

    #[test]
    fn a_run_that_failed_otherwise_or_widely_gets_no_second_try() {
        assert!(read("test result: ok. 1 passed").words("failed").is_err());
        let many: String = (0..6).map(|n| format!("    t{n}\n")).collect();
        assert!(read(&format!("failures:\n{many}test result: FAILED. 0 passed")).words("failed").is_err());
    }

    #[test]
    fn a_second_try_counts_when_it_ran_what_had_failed() {
        let first = Count { passed: 7, failed: 2, flaky: 0 };
        let count = confirm(first, Count { passed: 2, ..Count::default() }).unwrap();
        assert_eq!((count.passed, count.failed, count.flaky), (9, 0, 2));
        assert!(confirm(first, Count { passed: 1, ..Count::default() }).is_err());
        assert!(confirm(first, Count { passed: 1, failed: 1, flaky: 0 }).is_err());
    }
}
