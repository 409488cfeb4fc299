//! The mark that takes a line of a crontab out and lets it be put back: `#sandglass:JOB# ` before the line as it was. A line that became
//! several jobs names them all, with commas between.

use std::collections::BTreeMap;

const OPENS: &str = "#sandglass:";
const CLOSES: &str = "# ";

/// Returns the jobs and the line of a line that was taken out.
pub(super) fn marked(line: &str) -> Option<(&str, &str)> {
    let (job, line) = line.strip_prefix(OPENS)?.split_once(CLOSES)?;
    let named =
        !job.is_empty() && job.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-,".contains(&byte));
    named.then_some((job, line))
}

/// Returns the file with these lines (counted from 1) taken out for these jobs.
pub(crate) fn disabled(bytes: &[u8], lines: &BTreeMap<usize, String>) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + lines.len() * 32);
    for (at, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if let Some(job) = lines.get(&(at + 1)) {
            out.extend_from_slice(format!("{OPENS}{job}{CLOSES}").as_bytes());
        }
        out.extend_from_slice(line);
    }
    out
}

/// Returns the file with all such lines put back, and their jobs.
pub(crate) fn enabled(bytes: &[u8]) -> (Vec<u8>, Vec<String>) {
    let (mut out, mut jobs) = (Vec::with_capacity(bytes.len()), Vec::new());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match std::str::from_utf8(line).ok().and_then(marked) {
            Some((job, line)) => {
                jobs.extend(job.split(',').map(str::to_owned));
                out.extend_from_slice(line.as_bytes());
            }
            None => out.extend_from_slice(line),
        }
    }
    (out, jobs)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_taken_out_and_put_back() {
        let text = b"A=1\n0 1 * * * one\n# two\n0 2 * * * two";
        let out = disabled(text, &[(2, "one".to_owned()), (4, "two-2".to_owned())].into());
        let shown = String::from_utf8_lossy(&out).into_owned();
        assert_eq!(shown, "A=1\n#sandglass:one# 0 1 * * * one\n# two\n#sandglass:two-2# 0 2 * * * two");
        assert_eq!(enabled(&out), (text.to_vec(), vec!["one".to_owned(), "two-2".to_owned()]));
        assert_eq!(enabled(b"#sandglass: a note\n").1.len(), 0);
    }

    proptest! {
        #[test]
        fn putting_back_undoes_taking_out(text in "([ -~]{0,20}\r?\n){0,8}[ -~]{0,9}", which: Vec<u8>) {
            prop_assume!(!text.contains(OPENS));
            let count = text.split_inclusive('\n').count();
            let lines = which.iter().map(|at| (usize::from(*at) % (count + 1), "a-1".to_owned())).collect();
            prop_assert_eq!(enabled(&disabled(text.as_bytes(), &lines)).0, text.as_bytes());
        }
    }
}
