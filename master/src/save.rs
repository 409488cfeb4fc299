//! Saving a job: from its text to the next text in the store, and who may follow whom.
//!
//! Flow: body → `modules` (tag to digest) → `Job::parse` → **`save`** (module, names, `If-Match`) →
//! `model::state::save` → one swap.

use axum::http::{HeaderMap, StatusCode};
use model::fault::Faults;
use model::id::{JobName, JobUid, SpecId};
use model::job::{Job, SavedJob};
use model::language::Language;
use model::module::{Module, Tag};
use model::ports::JobWrite;
use model::schedule::Schedule;
use model::sentence;
use model::state;
use model::workload::Workload;
use serde_json::Value;

use crate::alert_settings;
use crate::api::{JobView, Problem};
use crate::app::App;
use crate::edit::{Edit, Step, Stood, spec};
use crate::errors::invalid_job;
use crate::extract::header;
use crate::identity::Identity;
use crate::modules::{self, Named};
use crate::problem::Answer;
use crate::views;

/// Most bytes of a reason.
pub(crate) const REASON_BYTES_MAX: usize = 1000;
/// Words that stand in a job's place in the interface's paths.
const NAMES_TAKEN: [&str; 2] = ["check", "actions"];

/// A job that could be saved.
pub(crate) struct Read {
    /// The job.
    pub(crate) job: Job,
    /// Its module, if it runs one.
    pub(crate) module: Option<Module>,
    /// The tag that the text named the module by.
    pub(crate) tag: Option<Tag>,
}

/// Reads a job and asks what the text alone cannot say.
pub(crate) async fn read_job(app: &App, value: &Value) -> Answer<Result<Read, Faults>> {
    let Named { text, tag, mut faults } = modules::named(app, value).await?;
    let job = match Job::parse(&text) {
        Ok(job) => job,
        Err(more) => {
            more.into_vec().into_iter().for_each(|fault| faults.push(fault));
            return Ok(Err(faults));
        }
    };
    if NAMES_TAKEN.contains(&job.name.as_str()) {
        faults.add("name", sentence!("`{}` is a word of the interface; choose another name", job.name));
    }
    alert_settings::check_job(app, &job, &mut faults).await?;
    let mut module = None;
    if let (Workload::Wasm(wasm), true) = (&job.workload, faults.is_empty()) {
        module = app.ports.blobs.module(&wasm.module).await?;
        match &module {
            None => faults = modules::missing(&wasm.module),
            Some(module) => check_memory(&job, module, &mut faults),
        }
    }
    Ok(faults.into_result(Read { job, module, tag }))
}

/// Refuses a limit under which the module could never begin.
fn check_memory(job: &Job, module: &Module, faults: &mut Faults) {
    let needs = module.report.memory_min;
    if let Some(memory) = job.limits.memory.filter(|memory| *memory < needs) {
        faults.add(
            "limits.memory",
            sentence!(
                "must be at least {}, which the module `{}` starts with, got `{}`",
                needs,
                module.name,
                memory
            ),
        );
    }
}

/// Which text the new one may follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Follows {
    /// None: the name must be free.
    NewOnly,
    /// The one with this tag, or any with `*`.
    Tag(String),
    /// None, or one that the request would have to name.
    Unsaid,
}

impl Follows {
    /// Reads `If-Match` and `If-None-Match`.
    pub(crate) fn of(headers: &HeaderMap) -> Answer<Self> {
        match (header(headers, "if-match")?, header(headers, "if-none-match")?) {
            (Some(tag), None) => Ok(Self::Tag(tag.trim().to_owned())),
            (None, Some("*")) => Ok(Self::NewOnly),
            (None, None) => Ok(Self::Unsaid),
            _ => Err(Problem::bad_request(
                "invalid_header",
                "a header does not read",
                "give `If-Match` with the job's `etag`, or `If-None-Match: *`, not both",
            )),
        }
    }

    /// Refuses when the job that stands is not the one that the request means.
    pub(crate) fn check(&self, stands: Option<&SavedJob>, name: &JobName) -> Answer<()> {
        match (self, stands) {
            (Self::NewOnly | Self::Unsaid, None) => Ok(()),
            (Self::Tag(tag), Some(saved)) if names(tag, saved) => Ok(()),
            (Self::Tag(_), Some(saved)) => Err(stale(saved)),
            (Self::Tag(_), None) => Err(Problem::new(
                StatusCode::PRECONDITION_FAILED,
                "job_gone",
                "the job is gone",
                format!("job `{name}` does not exist; save it without `If-Match` to make it anew"),
            )),
            (Self::NewOnly, Some(saved)) => Err(taken(saved)),
            (Self::Unsaid, Some(saved)) => Err(Problem::new(
                StatusCode::PRECONDITION_REQUIRED,
                "if_match_required",
                "the job exists",
                format!(
                    "job `{name}` exists: name the text that yours follows by `If-Match: {}`",
                    views::etag(saved)
                ),
            )
            .with_current(views::saved_view(saved))),
        }
    }
}

/// Returns true when an `If-Match` names this text.
pub(crate) fn names(tags: &str, saved: &SavedJob) -> bool {
    let etag = views::etag(saved);
    tags == "*" || tags.split(',').any(|tag| tag.trim() == etag)
}

fn stale(saved: &SavedJob) -> Problem {
    Problem::new(
        StatusCode::PRECONDITION_FAILED,
        "stale",
        "somebody else saved the job meanwhile",
        format!(
            "`{}` saved job `{}` at {}: read it, put your change into it, and save again",
            saved.author, saved.job.name, saved.saved_at
        ),
    )
    .with_current(views::saved_view(saved))
}

fn taken(saved: &SavedJob) -> Problem {
    Problem::conflict(
        "name_taken",
        "the name is taken",
        format!("job `{}` exists, saved by `{}` at {}", saved.job.name, saved.author, saved.saved_at),
    )
    .with_current(views::saved_view(saved))
}

/// Reads the reason of a change: UTF-8 as it is, or escaped, since a browser sends no other letters than Latin ones.
pub(crate) fn reason(headers: &HeaderMap) -> Answer<String> {
    let Some(value) = headers.get("x-reason") else { return Ok(String::new()) };
    let unreadable = || {
        let detail =
            "header `x-reason` must be UTF-8, or `UTF-8''` and its bytes in percent signs (RFC 8187)";
        Problem::bad_request("invalid_header", "a header does not read", detail)
    };
    let bytes = match value.as_bytes().strip_prefix(b"UTF-8''") {
        Some(escaped) => unescaped(escaped).ok_or_else(unreadable)?,
        None => value.as_bytes().to_vec(),
    };
    let reason = String::from_utf8(bytes).map_err(|_| unreadable())?.trim().to_owned();
    if reason.len() > REASON_BYTES_MAX {
        let detail = format!("header `x-reason` may have at most {REASON_BYTES_MAX} bytes");
        return Err(Problem::bad_request("invalid_header", "a header does not read", detail));
    }
    Ok(reason)
}

/// Replaces `%C3` and its like by their bytes.
fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, more)) = rest.split_first() {
        if *first == b'%' {
            let mut byte = [0];
            hex::decode_to_slice(more.get(..2)?, &mut byte).ok()?;
            bytes.extend(byte);
            rest = &more[2..];
        } else {
            bytes.push(*first);
            rest = more;
        }
    }
    Some(bytes)
}

/// A save under way.
pub(crate) struct Save {
    /// The new text.
    pub(crate) job: Job,
    /// Which text it may follow.
    pub(crate) follows: Follows,
    /// Who saves it.
    pub(crate) author: String,
    /// Why.
    pub(crate) reason: String,
    /// The uid of a new job: the same for each attempt, so that an open answer can be settled.
    pub(crate) uid: JobUid,
    /// In which the answer tells the schedule.
    pub(crate) language: Language,
    /// The text of the last attempt.
    pub(crate) tried: Option<SavedJob>,
}

/// What a save answers.
pub(crate) struct Saved {
    /// The job as it stands.
    pub(crate) view: JobView,
    /// Its schedule.
    pub(crate) schedule: Schedule,
    /// True when the name was free.
    pub(crate) new: bool,
}

impl Edit for Save {
    type Reply = Saved;

    fn decide(&mut self, stood: &Stood) -> Answer<Step<Saved>> {
        self.follows.check(stood.saved.as_ref(), &self.job.name)?;
        let saved = self.next_text(stood);
        let schedule = Schedule::of(&saved).map_err(invalid_job)?;
        let before = stood.state.as_ref().map(|state| (&state.value, stood.spec()));
        let state = state::save(before, spec(&saved, &schedule), stood.now)?;
        let view = views::job(&saved, &schedule, &state, stood.now, self.language);
        self.tried = Some(saved.clone());
        Ok(Step::Write {
            state: Some(Box::new(state)),
            job: JobWrite::Put(Box::new(saved)),
            reply: Saved { view, schedule, new: stood.saved.is_none() },
        })
    }

    fn took_place(&self, stood: &Stood) -> bool {
        self.tried.is_some() && stood.saved == self.tried
    }
}

impl Save {
    /// Returns the text that follows the one that stands: the same job's next save, or a new job's first.
    fn next_text(&self, stood: &Stood) -> SavedJob {
        let (uid, spec_id, anchor) = match &stood.saved {
            Some(saved) => (saved.uid.clone(), saved.spec_id.next(), Some(saved.anchor)),
            None => (self.uid.clone(), SpecId::FIRST, None),
        };
        SavedJob {
            version: SavedJob::VERSION,
            uid,
            spec_id,
            author: self.author.clone(),
            reason: self.reason.clone(),
            saved_at: stood.now,
            anchor: SavedJob::anchor_of(&self.job, anchor, stood.now),
            job: self.job.clone(),
        }
    }
}

/// A job to enable or to disable: its text as it stands, saved again with one field changed.
pub(crate) struct Toggle {
    pub(crate) name: JobName,
    pub(crate) enabled: bool,
    /// Who asks: as any save it takes the right to save such a job.
    pub(crate) who: Identity,
    pub(crate) reason: String,
    /// The text of the last attempt.
    pub(crate) tried: Option<SavedJob>,
}

impl Edit for Toggle {
    type Reply = ();

    fn decide(&mut self, stood: &Stood) -> Answer<Step<()>> {
        let (saved, ..) = stood.job(&self.name)?;
        self.who.may_save(&saved.job)?;
        if saved.job.enabled == self.enabled {
            return Ok(Step::Nothing(()));
        }
        let mut save = Save {
            job: Job { enabled: self.enabled, ..saved.job.clone() },
            follows: Follows::Tag("*".to_owned()),
            author: self.who.user.to_string(),
            reason: self.reason.clone(),
            uid: saved.uid.clone(),
            language: Language::default(),
            tried: None,
        };
        let step = save.decide(stood)?;
        self.tried = save.tried;
        Ok(match step {
            Step::Nothing(_) => Step::Nothing(()),
            Step::Write { state, job, .. } => Step::Write { state, job, reply: () },
        })
    }

    fn took_place(&self, stood: &Stood) -> bool {
        self.tried.is_some() && stood.saved == self.tried
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(value: &[u8]) -> Result<String, String> {
        let headers = [("x-reason".parse().unwrap(), HeaderValue::from_bytes(value).unwrap())];
        reason(&HeaderMap::from_iter(headers)).map_err(|problem| problem.code)
    }

    #[test]
    fn a_reason_may_have_any_letters() {
        assert_eq!(read(b" because ").unwrap(), "because");
        assert_eq!(read("täglich".as_bytes()).unwrap(), "täglich");
        assert_eq!(read(b"UTF-8''t%C3%a4glich%20um%208").unwrap(), "täglich um 8");
        assert_eq!(read(b"100%").unwrap(), "100%");
        for bad in [&b"UTF-8''%C3"[..], b"UTF-8''%zz", b"UTF-8''%4", b"\xff"] {
            assert_eq!(read(bad).unwrap_err(), "invalid_header", "{bad:?}");
        }
        assert_eq!(read("ä".repeat(501).as_bytes()).unwrap_err(), "invalid_header");
    }
}
