//! Pages of a list: how many items, and where the last page ended.
//!
//! A cursor is opaque to who gets it: base64 of where the last item stands, so that what comes and goes meanwhile moves
//! no page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::alert::Notice;
use model::id::{AuditId, JobName, NoticeId, Revision, RunId};
use model::ports::RunCursor;
use model::run::RunRecord;
use model::time::Timestamp;

use crate::api::{PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, Problem};
use crate::problem::Answer;

/// Returns how many items to return.
pub(crate) fn limit(asked: Option<u32>, default: u32, max: u32) -> Answer<usize> {
    let limit = asked.unwrap_or(default);
    if (1..=max).contains(&limit) {
        return Ok(limit as usize);
    }
    let detail = format!("limit: must be 1 to {max}, got `{limit}`");
    Err(Problem::bad_request("invalid_query", "the query does not read", detail))
}

/// Returns how many items of a common list to return.
pub(crate) fn page_limit(asked: Option<u32>) -> Answer<usize> {
    limit(asked, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX)
}

fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

fn decode<T>(cursor: &str, read: impl FnOnce(&str) -> Option<T>) -> Answer<T> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.as_deref().and_then(read).ok_or_else(|| {
        let detail =
            format!("cursor: must be the `next` of an earlier page, got `{}`", cursor.escape_debug());
        Problem::bad_request("invalid_query", "the query does not read", detail)
    })
}

/// Returns the cursor after a job.
pub(crate) fn after_job(name: &JobName) -> String {
    encode(name.as_str())
}

/// Reads a cursor of jobs.
pub(crate) fn job_cursor(cursor: &str) -> Answer<JobName> {
    decode(cursor, |text| text.parse().ok())
}

/// Returns the cursor after a run.
pub(crate) fn after_run(run: &RunRecord) -> String {
    encode(&format!("{}:{}", run.scheduled_at.as_millis(), run.id))
}

/// Returns where a run stands in the list.
pub(crate) fn cursor_of(run: &RunRecord) -> RunCursor {
    RunCursor { scheduled_at: run.scheduled_at, id: run.id.clone() }
}

/// Reads a cursor of runs.
pub(crate) fn run_cursor(cursor: &str) -> Answer<RunCursor> {
    decode(cursor, |text| {
        let (at, id) = text.split_once(':')?;
        let id: RunId = id.parse().ok()?;
        Some(RunCursor { scheduled_at: Timestamp::from_millis(at.parse().ok()?), id })
    })
}

/// Returns the cursor after an instant.
pub(crate) fn after_instant(at: Timestamp) -> String {
    encode(&at.as_millis().to_string())
}

/// Reads a cursor of instants.
pub(crate) fn instant_cursor(cursor: &str) -> Answer<Timestamp> {
    decode(cursor, |text| text.parse().ok().map(Timestamp::from_millis))
}

/// Returns the cursor after a revision of a job.
pub(crate) fn after_revision(revision: Revision) -> String {
    encode(&revision.to_string())
}

/// Reads a cursor of revisions.
pub(crate) fn revision_cursor(cursor: &str) -> Answer<Revision> {
    decode(cursor, |text| text.parse().ok().map(Revision))
}

/// Returns the cursor after a line of the audit.
pub(crate) fn after_line(id: &AuditId) -> String {
    encode(id.as_str())
}

/// Reads a cursor of the audit.
pub(crate) fn audit_cursor(cursor: &str) -> Answer<AuditId> {
    decode(cursor, |text| text.parse().ok())
}

/// Returns the cursor after a notice.
pub(crate) fn after_notice(notice: &Notice) -> String {
    encode(&format!("{}:{}", notice.made_at.as_millis(), notice.id))
}

/// Reads a cursor of notices.
pub(crate) fn notice_cursor(cursor: &str) -> Answer<(Timestamp, NoticeId)> {
    decode(cursor, |text| {
        let (at, id) = text.split_once(':')?;
        Some((Timestamp::from_millis(at.parse().ok()?), id.parse().ok()?))
    })
}

/// Where a page of ticks ahead ended, and the window that all its pages share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UpcomingCursor {
    /// From the first instant to before the second.
    pub(crate) window: (Timestamp, Timestamp),
    /// The last tick of the page.
    pub(crate) at: Timestamp,
    /// Its job.
    pub(crate) job: JobName,
}

impl UpcomingCursor {
    /// Returns it as a page shows it.
    pub(crate) fn written(&self) -> String {
        let (from, to) = self.window;
        encode(&format!("{}:{}:{}:{}", from.as_millis(), to.as_millis(), self.at.as_millis(), self.job))
    }

    /// Reads a cursor of ticks ahead.
    pub(crate) fn read(cursor: &str) -> Answer<Self> {
        decode(cursor, |text| {
            let mut parts = text.splitn(4, ':');
            let mut instant = || Some(Timestamp::from_millis(parts.next()?.parse().ok()?));
            let (from, to, at) = (instant()?, instant()?, instant()?);
            Some(Self { window: (from, to), at, job: parts.next()?.parse().ok()? })
        })
    }
}

/// Where a search of a run's output goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SearchCursor {
    /// The first chunk that is read.
    pub(crate) chunk: u64,
    /// Lines that end before it.
    pub(crate) lines: u64,
    /// The last line that need not be looked at again.
    pub(crate) after: u64,
}

impl SearchCursor {
    /// Returns it as a page shows it.
    pub(crate) fn written(self) -> String {
        encode(&format!("{}:{}:{}", self.chunk, self.lines, self.after))
    }

    /// Reads a cursor of a search.
    pub(crate) fn read(cursor: &str) -> Answer<Self> {
        decode(cursor, |text| {
            let mut parts = text.splitn(3, ':');
            let mut number = || parts.next()?.parse().ok();
            Some(Self { chunk: number()?, lines: number()?, after: number()? })
        })
    }
}

/// Reads a list of words: `a,b`.
pub(crate) fn list<T>(
    name: &str,
    text: Option<&str>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Answer<Vec<T>> {
    let words = text.into_iter().flat_map(|text| text.split(',')).map(str::trim);
    words
        .filter(|word| !word.is_empty())
        .map(|word| {
            read(word).map_err(|why| {
                let detail = format!("{name}: {why}");
                Problem::bad_request("invalid_query", "the query does not read", detail)
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_what_it_writes_and_nothing_else() {
        let name: JobName = "nightly-report".parse().unwrap();
        assert_eq!(job_cursor(&after_job(&name)).unwrap(), name);
        let at = Timestamp::from_millis(-5);
        assert_eq!(instant_cursor(&after_instant(at)).unwrap(), at);
        let upcoming = UpcomingCursor { window: (at, Timestamp::from_millis(7)), at, job: name.clone() };
        assert_eq!(UpcomingCursor::read(&upcoming.written()).unwrap(), upcoming);
        for bad in ["1:2:3", "1:2:x:job", "1:2:3:Not A Name"] {
            assert_eq!(UpcomingCursor::read(&encode(bad)).unwrap_err().code, "invalid_query", "{bad}");
        }
        let search = SearchCursor { chunk: 3, lines: 700, after: 9 };
        assert_eq!(SearchCursor::read(&search.written()).unwrap(), search);
        assert_eq!(SearchCursor::read(&encode("1:2")).unwrap_err().code, "invalid_query");
        for bad in ["", "!", "Zm9v_", &encode("Not A Name")] {
            assert_eq!(job_cursor(bad).unwrap_err().code, "invalid_query", "{bad}");
        }
    }
}
