//! Runs as CSV (RFC 4180): a line each, written as pages of the list come, so that a million of them need no memory.
//!
//! What a person or a job chose is never read as a formula by a spreadsheet: a text that begins as one gets a `'` before it.
//! Flow: facts → **`csv`** → `routes::runs`.

use axum::body::Body;
use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use model::ports::{RunQuery, StoreError};
use model::run::RunRecord;
use model::time::Timestamp;

use crate::app::App;
use crate::paging;

/// Runs read at one time.
const PAGE: usize = 500;

/// A column: its name, what it says, and what stands there of a run.
type Column = (&'static str, &'static str, fn(&RunRecord) -> Cell);

/// All columns, in their order.
const COLUMNS: [Column; 17] = [
    ("id", "the run", |run| Cell::Text(run.id.to_string())),
    ("job", "its job", |run| Cell::Text(run.job.to_string())),
    ("save", "which save of the job it ran", |run| Cell::Number(run.spec_id.to_string())),
    ("kind", "`shell` or `wasm`", |run| Cell::Text(run.kind.to_string())),
    ("trigger", "`schedule`, `manual` or `catch_up`", |run| Cell::Text(run.trigger.to_string())),
    ("requested_by", "who asked for it, of `manual`", |run| text(run.requested_by.clone())),
    ("attempt", "counts the tries, from 1", |run| Cell::Number(run.attempt.to_string())),
    ("status", "where it stands", |run| Cell::Text(run.status.to_string())),
    ("reason", "why it ended as it did, in words", |run| Cell::Text(run.reason.clone())),
    ("worker", "on which worker", |run| text(run.worker.as_ref().map(ToString::to_string))),
    ("scheduled_at", "the tick, or the instant of the request (RFC 3339, UTC)", |run| {
        Cell::Text(run.scheduled_at.to_string())
    }),
    ("started_at", "when its process was started", |run| instant(run.started_at)),
    ("ended_at", "when its end was seen", |run| instant(run.ended_at)),
    ("delay_ms", "from the tick to the start, in milliseconds", |run| number(run.delay_ms())),
    ("duration_ms", "from the start to the end, in milliseconds", |run| number(run.duration_ms())),
    ("output_bytes", "bytes of output that are kept", |run| number(run.output.as_ref().map(|out| out.bytes))),
    ("output_dropped", "bytes of output that are not", |run| {
        number(run.output.as_ref().map(|out| out.dropped))
    }),
];

/// What stands in one place.
enum Cell {
    Text(String),
    Number(String),
    Empty,
}

fn text(text: Option<String>) -> Cell {
    text.map_or(Cell::Empty, Cell::Text)
}

fn instant(at: Option<Timestamp>) -> Cell {
    text(at.map(|at| at.to_string()))
}

fn number<N: ToString>(number: Option<N>) -> Cell {
    number.map_or(Cell::Empty, |number| Cell::Number(number.to_string()))
}

/// Returns the names of the columns as the first line.
fn head() -> String {
    let names: Vec<&str> = COLUMNS.iter().map(|(name, ..)| *name).collect();
    names.join(",") + "\r\n"
}

fn line(run: &RunRecord) -> String {
    let cells: Vec<String> = COLUMNS.iter().map(|(_, _, cell)| written(cell(run))).collect();
    cells.join(",") + "\r\n"
}

fn written(cell: Cell) -> String {
    let text = match cell {
        Cell::Empty => return String::new(),
        Cell::Number(number) => return number,
        Cell::Text(text) => text,
    };
    // What spreadsheets take for the beginning of a formula, also behind blanks that they pass over.
    let formula = text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r', '\n']);
    let text = if formula { format!("'{text}") } else { text };
    if text.contains(['"', ',', '\r', '\n', '\'']) || text.starts_with(' ') || text.ends_with(' ') {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

/// Where the list goes on.
struct Rest {
    app: App,
    query: RunQuery,
    left: usize,
}

/// Returns the runs that match, newest first, at most `most` of them. A store that fails in between breaks the answer off.
pub(crate) fn body(app: App, query: RunQuery, most: usize) -> Body {
    let rest = Some(Rest { app, query, left: most });
    let pages = stream::unfold(rest, |rest| async move {
        let rest = rest?;
        match page(rest).await {
            Ok((bytes, next)) => Some((Ok(bytes), next)),
            Err(error) => {
                tracing::warn!(%error, "a list of runs as CSV breaks off: a store is not available");
                Some((Err(std::io::Error::other(error)), None))
            }
        }
    });
    let head = stream::once(std::future::ready(Ok(Bytes::from(head()))));
    // Who compresses asks once more behind the end.
    Body::from_stream(head.chain(pages).fuse())
}

async fn page(mut rest: Rest) -> Result<(Bytes, Option<Rest>), StoreError> {
    let limit = PAGE.min(rest.left);
    let runs = rest.app.ports.facts.runs(RunQuery { limit, ..rest.query.clone() }).await?;
    let text: String = runs.iter().map(line).collect();
    rest.left -= runs.len().min(rest.left);
    let more = runs.len() == limit && rest.left > 0;
    rest.query.after = runs.last().map(paging::cursor_of);
    Ok((Bytes::from(text), more.then_some(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> String {
        written(Cell::Text(text.to_owned()))
    }

    #[test]
    fn no_text_is_a_formula() {
        for evil in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =HYPERLINK(\"http://x\")"] {
            assert!(cell(evil).starts_with("\"'"), "{evil:?} is {}", cell(evil));
        }
        assert_eq!(written(Cell::Number("-5".into())), "-5", "our own numbers are numbers");
    }

    #[test]
    fn quotes_commas_and_lines_are_kept() {
        assert_eq!(cell("plain"), "plain");
        assert_eq!(cell("a,b"), "\"a,b\"");
        assert_eq!(cell("say \"hi\"\nthere"), "\"say \"\"hi\"\"\nthere\"");
        assert_eq!(written(Cell::Empty), "");
    }

    /// The columns in the document that users read are these.
    #[test]
    fn every_column_is_documented() {
        let document = include_str!("../../docs/OUTCOMES.md");
        for (name, what, _) in COLUMNS {
            let row = format!("| `{name}` | {what} |");
            assert!(document.contains(&row), "docs/OUTCOMES.md has no line\n{row}");
        }
    }
}
