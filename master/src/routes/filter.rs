//! Which jobs a list shows, and what it adds to each.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::id::JobName;
use model::time::Timestamp;
use model::workload::Kind;

use crate::api::{JobsQuery, Problem};
use crate::catalogue::{Bloom, Catalogue, Entry};
use crate::paging;
use crate::problem::Answer;
use crate::views;

/// Which jobs a list shows.
pub(super) struct Filter {
    /// When it is asked.
    pub(super) now: Timestamp,
    text: Option<String>,
    labels: Vec<(String, String)>,
    kind: Option<Kind>,
    enabled: Option<bool>,
    paused: Option<bool>,
    names: Option<BTreeSet<JobName>>,
}

impl Filter {
    pub(super) fn of(query: &JobsQuery, now: Timestamp) -> Answer<Self> {
        let labels = paging::list("label", query.label.as_deref(), |word| {
            let pair = word.split_once(':').or_else(|| word.split_once('='));
            pair.map(|(key, value)| (key.to_owned(), value.to_owned()))
                .ok_or_else(|| format!("must be `key:value`, got `{}`", word.escape_debug()))
        })?;
        let names = query.names.as_deref().map(|names| {
            paging::list("names", Some(names), |name| {
                name.parse::<JobName>().map_err(|fault| fault.to_string())
            })
        });
        let names = names.transpose()?.map(BTreeSet::from_iter);
        let text = query.q.as_ref().map(|text| text.to_lowercase()).filter(|text| !text.is_empty());
        let JobsQuery { kind, enabled, paused, .. } = *query;
        Ok(Self { now, text, labels, kind, enabled, paused, names })
    }

    /// Returns the first `count` jobs after `after` that it takes, and how many it takes of all.
    pub(super) fn page(
        &self,
        catalogue: &Catalogue,
        after: Option<&JobName>,
        count: usize,
    ) -> (Vec<Arc<Entry>>, usize) {
        let Self { now: _, text, labels, kind, enabled, paused, names } = self;
        let state = (kind, enabled, paused, names);
        if text.is_none() && labels.is_empty() && matches!(state, (None, None, None, None)) {
            return catalogue.page(after, count);
        }
        let asked = labels.iter().fold(Bloom::default(), |asked, (key, value)| asked.with_label(key, value));
        let asked = text.as_ref().map_or(asked, |text| asked.with_text(text));
        catalogue.page_of(asked, |entry| self.takes(entry), after, count)
    }

    pub(super) fn takes(&self, entry: &Entry) -> bool {
        let Some(text) = &entry.saved else { return false };
        let job = &text.saved.job;
        self.names.as_ref().is_none_or(|names| names.contains(&job.name))
            && self.kind.is_none_or(|kind| job.workload.kind() == kind)
            && self.enabled.is_none_or(|enabled| job.enabled == enabled)
            && self.paused.is_none_or(|paused| views::paused(entry, self.now).is_some() == paused)
            && self.labels.iter().all(|(key, value)| job.labels.get(key) == Some(value))
            && self.text.as_ref().is_none_or(|text| {
                job.name.as_str().contains(text.as_str())
                    || job.description.to_lowercase().contains(text.as_str())
            })
    }
}

/// What a list adds to each job.
#[derive(Default)]
pub(super) struct Include {
    pub(super) recent: bool,
    pub(super) next: bool,
}

impl Include {
    pub(super) fn of(text: Option<&str>) -> Answer<Self> {
        let mut include = Self::default();
        let words = paging::list("include", text, |word| Ok(word.to_owned()))?;
        for word in words {
            match word.as_str() {
                "recent" => include.recent = true,
                "next" => include.next = true,
                other => {
                    let detail =
                        format!("include: must be `recent`, `next` or both, got `{}`", other.escape_debug());
                    return Err(Problem::bad_request("invalid_query", "the query does not read", detail));
                }
            }
        }
        Ok(include)
    }
}
