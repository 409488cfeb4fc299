//! A run's output: pages of chunks, and the events of the live tail.

use model::chunk::Stream;
use model::run::RunStatus;
use model::time::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which part of the output.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OutputQuery {
    /// The first chunk's number.
    #[serde(default, deserialize_with = "int64")]
    pub from: Option<u64>,
    /// Most chunks on the page; does not apply to `format=text`, which is whole.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
    /// `text` for the bytes as they came, both streams in order, with a line of words where some are not kept;
    /// without it `Accept` decides.
    #[param(inline)]
    pub format: Option<OutputFormat>,
}

/// How output is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    /// Chunks with their stream and instant.
    Json,
    /// The bytes as they came.
    Text,
}

/// Where the tail begins.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TailQuery {
    /// The first chunk's number; `Last-Event-ID` goes before it.
    #[serde(default, deserialize_with = "int64")]
    pub from: Option<u64>,
}

/// Which place in the output: a line's or a chunk's.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PlaceQuery {
    /// The number of a line, from 1.
    #[param(minimum = 1)]
    #[serde(default, deserialize_with = "int64")]
    pub line: Option<u64>,
    /// The number of a chunk; goes without `line`.
    #[serde(default, deserialize_with = "int64")]
    pub chunk: Option<u64>,
}

/// Reads a number that the document calls `int64`, and refuses one that is beyond it.
fn int64<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let number = Option::<u64>::deserialize(from)?;
    match number.filter(|number| i64::try_from(*number).is_err()) {
        Some(beyond) => Err(D::Error::custom(format!("expected at most {}, got {beyond}", i64::MAX))),
        None => Ok(number),
    }
}

/// Where a line or a chunk stands in a run's output.
///
/// The number of a line is that of its end among all ends of lines of both streams, in the order in which they were read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LinePosition {
    /// The chunk: the one in which the line ends, or the last where it has not come.
    pub chunk: u64,
    /// Lines that end before that chunk.
    pub lines_before: u64,
    /// Lines that have ended so far.
    pub lines: u64,
    /// Chunks that are there so far.
    pub chunks: u64,
}

/// Which lines of the output.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// What stands in them, 1 to 1,000 bytes.
    pub pattern: String,
    /// True when the pattern is a regular expression (without look-around and back-references: its time is bounded).
    #[serde(default)]
    pub regex: bool,
    /// True when capitals count.
    #[serde(default)]
    pub case: bool,
    /// Of this stream alone.
    #[param(inline)]
    pub stream: Option<Stream>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Most lines on the page.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
}

/// Lines of a run's output that match, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SearchPage {
    /// The lines; a page may have none and a `next` all the same, since it reads a bounded part of the output.
    pub matches: Vec<LineMatch>,
    /// `cursor` of the page after this one; none when all that is there was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Lines that were looked at so far, those of the pages before with them.
    pub lines: u64,
    /// True when the run has ended, so that nothing more comes.
    pub ended: bool,
}

/// A line that matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineMatch {
    /// Its number; none when it never ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The chunk in which it begins.
    pub chunk: u64,
    /// Its stream.
    pub stream: Stream,
    /// When its beginning was read.
    pub at: Timestamp,
    /// The line without colours, at most 500 characters around the match.
    pub text: String,
    /// Where in `text` the match begins, in characters.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
}

/// A part of a run's output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutputPage {
    /// The chunks, in the order in which they were read.
    pub chunks: Vec<ChunkView>,
    /// `from` of the part after this one.
    pub next: u64,
    /// True when the run has ended and no chunk comes after this part.
    pub ended: bool,
    /// Where the run stands.
    pub status: RunStatus,
}

/// A piece of output. It may end inside a character: put the bytes together before you decode them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChunkView {
    /// Its number within the run, from 0, over both streams.
    pub seq: u64,
    /// Which stream it came from.
    pub stream: Stream,
    /// When it was read.
    pub at: Timestamp,
    /// Its bytes, where they are UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its bytes in base64, where they are not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// Set when this chunk stands for output that was read and not kept; then it has no bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<GapView>,
}

/// Output that was read and not kept, counted over both streams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GapView {
    /// Bytes.
    pub bytes: u64,
    /// Ends of lines among them.
    pub lines: u64,
    /// The line that stands in their place, for people.
    pub words: String,
}

/// The last event of a tail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutputEnd {
    /// How the run ended.
    pub status: RunStatus,
    /// Why, in words.
    pub reason: String,
    /// How many chunks there are.
    pub next: u64,
    /// Bytes that were read and not kept: beyond the limit, or refused by the worker's disk.
    pub dropped: u64,
    /// Chunks that the run's record counts, or that others follow, and that are not there half a minute after its end.
    #[serde(default)]
    pub missing: u64,
}

/// Whether a run's output is there as its record counts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutputCheck {
    /// What came out.
    pub state: OutputState,
    /// Chunks that are there.
    pub chunks: u64,
    /// Chunks that the run's record counts; absent while it counts none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunks_counted: Option<u64>,
    /// Bytes that are there.
    pub bytes: u64,
    /// Bytes that were read and not kept, each place with its line of words in the output.
    pub dropped: u64,
    /// Numbers of chunks that are missing, from and to, the first hundred such stretches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<(u64, u64)>,
}

/// Whether a run's output is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutputState {
    /// The run goes on, or its worker has not counted its output yet.
    Growing,
    /// Every chunk is there, and the bytes have the sum that the worker wrote down.
    Whole,
    /// Every chunk is there, but the bytes are others than the worker read.
    Altered,
    /// Chunks are missing.
    Missing,
    /// Nobody counted the output: the run was lost, or did not start.
    Uncounted,
}

impl OutputCheck {
    /// Returns it in a line for people.
    pub fn in_words(&self) -> String {
        let Self { state, chunks, bytes, dropped, missing, .. } = self;
        match state {
            OutputState::Growing => format!("{bytes} bytes so far"),
            OutputState::Whole => {
                format!("whole: {bytes} bytes in {chunks} chunks, {dropped} bytes not kept")
            }
            OutputState::Altered => format!("altered: {bytes} bytes whose sum is not that of the worker"),
            OutputState::Missing => {
                let mut words: Vec<_> = missing.iter().map(|(from, to)| format!("{from} to {to}")).collect();
                words.truncate(3);
                format!("not whole: chunks {} are missing", words.join(", "))
            }
            OutputState::Uncounted => format!("{bytes} bytes; nobody counted how many there should be"),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::Query;

    use super::*;

    /// Caught: a number that no reader of the document can hold is taken.
    #[test]
    fn numbers_beyond_what_the_document_says_are_refused() {
        let ask = |query: &str| {
            let uri = format!("/?{query}").parse().unwrap();
            Query::<PlaceQuery>::try_from_uri(&uri).map(|place| (place.line, place.chunk))
        };
        assert_eq!(ask("").unwrap(), (None, None));
        assert_eq!(ask("chunk=9223372036854775807").unwrap(), (None, Some(i64::MAX as u64)));
        let refused = ask("line=9223372036854775808").unwrap_err().to_string();
        assert!(refused.contains("at most 9223372036854775807, got 9223372036854775808"), "{refused}");
    }
}
