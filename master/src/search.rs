//! Finds the lines of a run's output that match a pattern, some at a time.
//!
//! Lines are put together per stream, without the sequences that colour them. A request reads a bounded part of the output
//! and says where the next one goes on: at the chunk in which the oldest line that is still open began, so that no line is
//! looked at in halves, and after the last line that was told, so that none is told twice.
//!
//! Flow: facts (chunks) → **`search`** → `SearchPage`. Not here: the numbers' meaning (`lines`).

use std::mem;
use std::sync::Arc;

use model::chunk::{Chunk, Stream};
use model::id::RunId;
use model::time::Timestamp;
use regex::{Regex, RegexBuilder};

use crate::api::{LineMatch, Problem, SearchPage, SearchQuery};
use crate::app::App;
use crate::offload;
use crate::paging::SearchCursor;
use crate::problem::Answer;

/// Chunks read at one time: at most 4 MiB.
const CHUNKS_AT_ONCE: usize = 64;
/// Most chunks that one request reads: at most 64 MiB.
const CHUNKS_MAX: u64 = 1024;
/// Most bytes of a line that are looked at.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// Most characters of a line that are told, and how many of them stand before the match.
const TOLD_CHARS: usize = 500;
const TOLD_BEFORE: usize = 100;
/// Most bytes of a pattern, and of what it is compiled to: a short pattern may stand for a huge machine.
const PATTERN_BYTES_MAX: usize = 1000;
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// What is looked for.
#[derive(Debug)]
pub(crate) struct Search {
    pattern: Regex,
    stream: Option<Stream>,
}

impl Search {
    /// Reads what somebody asks for.
    pub(crate) fn of(query: &SearchQuery) -> Answer<Self> {
        let refused = |why: String| {
            let detail = format!("pattern: {why}");
            Problem::bad_request("invalid_pattern", "the pattern does not read", detail)
        };
        let text = &query.pattern;
        if text.is_empty() || text.len() > PATTERN_BYTES_MAX {
            return Err(refused(format!("must have 1 to {PATTERN_BYTES_MAX} bytes, got {}", text.len())));
        }
        let escaped = if query.regex { text.clone() } else { regex::escape(text) };
        let pattern =
            RegexBuilder::new(&escaped).case_insensitive(!query.case).size_limit(COMPILED_BYTES_MAX).build();
        let pattern = pattern.map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => {
                refused("is too large when compiled: repeat less (`{1,1000}`)".to_owned())
            }
            error => refused(format!("is no regular expression: {error}")),
        })?;
        Ok(Self { pattern, stream: query.stream })
    }
}

/// A line that has begun and not ended.
#[derive(Debug, Default)]
struct Open {
    text: Vec<u8>,
    /// The chunk in which it began, the lines that had ended before that chunk, and when it was read.
    since: Option<(u64, u64, Timestamp)>,
}

/// How far a search has come.
#[derive(Debug)]
struct Scan {
    search: Arc<Search>,
    limit: usize,
    /// Lines that have ended.
    lines: u64,
    /// Lines that had ended before the chunk that is taken.
    lines_before: u64,
    /// The last line that an earlier page has told.
    after: u64,
    /// Of stdout and of stderr.
    open: [Open; 2],
    found: Vec<LineMatch>,
    /// Where the next page goes on once this one is full.
    resume: Option<SearchCursor>,
}

impl Scan {
    fn is_full(&self) -> bool {
        self.resume.is_some()
    }

    /// Returns where to go on before chunk `next`: where the oldest open line began.
    fn before(&self, next: u64) -> SearchCursor {
        let began = self.open.iter().filter_map(|open| open.since);
        let (chunk, lines, _) =
            began.min_by_key(|(chunk, ..)| *chunk).unwrap_or((next, self.lines, Timestamp::from_millis(0)));
        SearchCursor { chunk, lines, after: self.lines.max(self.after) }
    }

    fn take(&mut self, chunk: &Chunk) {
        self.lines_before = self.lines;
        let before = self.before(chunk.seq);
        if chunk.gap.is_some() {
            // What was begun before a gap ends there: its other half is missing.
            self.end_open();
            // Lines without a number cannot be left for the next page: it would not know which were told.
            let anew = SearchCursor { chunk: chunk.seq + 1, lines: self.lines, after: self.lines };
            self.resume = (self.found.len() >= self.limit).then_some(anew);
            return;
        }
        let mut rest = &chunk.bytes[..];
        while let Some(at) = memchr::memchr(b'\n', rest) {
            self.extend(chunk, &rest[..at]);
            rest = &rest[at + 1..];
            self.lines += 1;
            let open = mem::take(&mut self.open[index(chunk.stream)]);
            if self.lines > self.after {
                self.look(&open, chunk.stream, Some(self.lines));
            }
        }
        if !rest.is_empty() {
            self.extend(chunk, rest);
        }
        if self.found.len() >= self.limit {
            self.found.truncate(self.limit);
            let told = self.found.last().and_then(|found| found.line);
            self.resume = Some(SearchCursor { after: told.unwrap_or(before.after), ..before });
        }
    }

    fn extend(&mut self, chunk: &Chunk, bytes: &[u8]) {
        let lines = self.lines_before;
        let open = &mut self.open[index(chunk.stream)];
        open.since.get_or_insert((chunk.seq, lines, chunk.at));
        let room = LINE_BYTES_MAX - open.text.len();
        open.text.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// Looks at lines that never ended.
    fn end_open(&mut self) {
        for (stream, open) in [Stream::Stdout, Stream::Stderr].into_iter().zip(mem::take(&mut self.open)) {
            self.look(&open, stream, None);
        }
    }

    fn look(&mut self, open: &Open, stream: Stream, line: Option<u64>) {
        let Some((chunk, _, at)) = open.since else { return };
        if self.search.stream.is_some_and(|asked| asked != stream) {
            return;
        }
        let plain = strip_ansi_escapes::strip(&open.text);
        let text = String::from_utf8_lossy(&plain);
        let text = text.trim_end_matches('\r');
        if let Some(matched) = self.search.pattern.find(text) {
            let (text, start, end) = told(text, matched.range());
            self.found.push(LineMatch { line, chunk, stream, at, text, start, end });
        }
    }
}

fn index(stream: Stream) -> usize {
    match stream {
        Stream::Stdout => 0,
        Stream::Stderr => 1,
    }
}

/// Returns the part of a line around a match, and where in it the match stands, in characters.
fn told(text: &str, matched: std::ops::Range<usize>) -> (String, u32, u32) {
    let before = text[..matched.start].chars().count();
    let length = text[matched].chars().count();
    let skipped = if before + length <= TOLD_CHARS { 0 } else { before.saturating_sub(TOLD_BEFORE) };
    let part: String = text.chars().skip(skipped).take(TOLD_CHARS).collect();
    let shown = |chars: usize| (chars - skipped).min(TOLD_CHARS) as u32;
    (part, shown(before), shown(before + length))
}

/// Returns the lines that match from `from` on; of a run that has `ended` also those that never did.
pub(crate) async fn page(
    app: &App,
    (id, ended): (&RunId, bool),
    search: Search,
    from: SearchCursor,
    limit: usize,
) -> Answer<SearchPage> {
    let mut scan = Scan {
        search: Arc::new(search),
        limit,
        lines: from.lines,
        lines_before: from.lines,
        after: from.after,
        open: Default::default(),
        found: Vec::new(),
        resume: None,
    };
    let mut next = from.chunk;
    loop {
        let chunks = app.ports.facts.chunks(id, next, CHUNKS_AT_ONCE).await?;
        let all_read = chunks.len() < CHUNKS_AT_ONCE;
        next = chunks.last().map_or(next, |chunk| chunk.seq + 1);
        // A pattern may take its time over megabytes of lines.
        scan = offload::run(move || {
            for chunk in &chunks {
                scan.take(chunk);
                if scan.is_full() {
                    break;
                }
            }
            scan
        })
        .await?;
        if scan.is_full() {
            break;
        }
        if all_read {
            if ended {
                scan.end_open();
            }
            break;
        }
        if next - from.chunk >= CHUNKS_MAX {
            let resume = scan.before(next);
            // A line that spans all that was read is not waited for.
            let stuck = resume.chunk <= from.chunk;
            let anew = SearchCursor { chunk: next, lines: scan.lines, after: scan.lines };
            scan.resume = Some(if stuck { anew } else { resume });
            break;
        }
    }
    Ok(SearchPage {
        matches: scan.found,
        next: scan.resume.map(|cursor| cursor.written()),
        lines: scan.lines,
        ended,
    })
}

#[cfg(test)]
mod tests {
    use model::chunk::{Gap, NotKept};
    use proptest::prelude::*;

    use super::*;

    fn search(pattern: &str) -> Arc<Search> {
        let query = SearchQuery { pattern: pattern.to_owned(), regex: true, ..SearchQuery::default() };
        Arc::new(Search::of(&query).unwrap())
    }

    fn chunk(seq: u64, stream: Stream, text: &str) -> Chunk {
        let run = "0f3c9a7be2d14c58a1b2c3d4".parse().unwrap();
        let bytes = bytes::Bytes::copy_from_slice(text.as_bytes());
        Chunk { run, seq, stream, at: Timestamp::from_millis(0), bytes, gap: None }
    }

    /// Returns the matches, page by page of `limit`, each beginning where the one before says.
    fn all(chunks: &[Chunk], pattern: &str, limit: usize) -> Vec<(Option<u64>, String)> {
        let mut found = Vec::new();
        let mut from = SearchCursor::default();
        loop {
            let mut scan = Scan {
                search: search(pattern),
                limit,
                lines: from.lines,
                lines_before: from.lines,
                after: from.after,
                open: Default::default(),
                found: Vec::new(),
                resume: None,
            };
            for chunk in chunks.iter().skip(from.chunk as usize) {
                scan.take(chunk);
                if scan.is_full() {
                    break;
                }
            }
            if !scan.is_full() {
                scan.end_open();
            }
            found.extend(scan.found.into_iter().map(|found| (found.line, found.text)));
            match scan.resume {
                Some(next) => from = next,
                None => return found,
            }
        }
    }

    #[test]
    fn lines_are_whole_across_chunks_and_numbered_by_their_ends() {
        let (out, err) = (Stream::Stdout, Stream::Stderr);
        let chunks = [
            chunk(0, out, "an err"),
            chunk(1, err, "error one\nfine\n"),
            chunk(2, out, "or\r\n\x1b[31merr\x1b[0mor at last"),
        ];
        let line = |number, text: &str| (number, text.to_owned());
        for limit in [1, 2, 10] {
            let found = all(&chunks, "error", limit);
            assert_eq!(found[..2], [line(Some(1), "error one"), line(Some(3), "an error")], "{limit}");
            assert_eq!(found[2..], [line(None, "error at last")]);
        }
    }

    #[test]
    fn a_long_line_is_told_around_its_match() {
        let text = format!("{}needle{}", "ä".repeat(1000), "b".repeat(1000));
        let at = text.find("needle").unwrap();
        let (part, start, end) = told(&text, at..at + 6);
        assert_eq!((part.chars().count(), start, end), (500, 100, 106));
        assert_eq!(part.chars().skip(100).take(6).collect::<String>(), "needle");
        assert_eq!(told("short", 0..5), ("short".to_owned(), 0, 5));
    }

    #[test]
    fn a_pattern_that_does_not_read_is_told() {
        let refused = |pattern: &str, regex| {
            let query = SearchQuery { pattern: pattern.to_owned(), regex, ..SearchQuery::default() };
            Search::of(&query).map(drop).unwrap_err()
        };
        assert!(refused("", false).detail.contains("1 to 1000 bytes"));
        assert!(refused("(", true).detail.contains("no regular expression"));
        assert!(refused("(a{1000}){1000}", true).detail.contains("too large"));
        let literal = SearchQuery { pattern: "(".to_owned(), ..SearchQuery::default() };
        assert!(Search::of(&literal).unwrap().pattern.is_match("f(x)"));
    }

    proptest! {
        /// However the bytes are cut into chunks and pages, the same lines are found, each once.
        #[test]
        fn every_line_is_found_once_however_it_is_cut(
            pieces in prop::collection::vec((0_u8..8, "[ab\n]{0,6}"), 0..30),
            limit in 1_usize..5,
        ) {
            let mut whole = [String::new(), String::new()];
            let mut expected = Vec::new();
            let mut ends = 0;
            let mut chunks = Vec::new();
            for ((kind, piece), seq) in pieces.iter().zip(0..) {
                let is_err = kind % 2 == 1;
                if *kind == 7 {
                    let open = whole.iter_mut().map(mem::take).filter(|line| line.contains('a'));
                    expected.extend(open.map(|line| (None, line)));
                    let gap = Some(Gap { bytes: 9, lines: 1, why: NotKept::Disk });
                    chunks.push(Chunk { gap, ..chunk(seq, Stream::Stdout, "") });
                    continue;
                }
                chunks.push(chunk(seq, if is_err { Stream::Stderr } else { Stream::Stdout }, piece));
                let open = &mut whole[usize::from(is_err)];
                for char in piece.chars() {
                    if char != '\n' {
                        open.push(char);
                        continue;
                    }
                    ends += 1;
                    let line = mem::take(open);
                    if line.contains('a') {
                        expected.push((Some(ends), line));
                    }
                }
            }
            expected.extend(whole.into_iter().filter(|line| line.contains('a')).map(|line| (None, line)));
            prop_assert_eq!(all(&chunks, "a", limit), expected);
        }
    }
}
