//! What a message says: job, run, worker, limit, the verdict in words, the last lines of output, a link to the page.
//!
//! The same for all channels: text for people, JSON for programs. Ids stand in both.

use model::alert::{Condition, Notice};
use model::fault::Sentence;
use model::id::NoticeId;
use model::sentence;
use serde_json::{Value, json};

use crate::app::App;

/// Most notices that the text of a chat tells one by one; the rest is counted.
const TOLD_ONE_BY_ONE_MAX: usize = 20;
/// Of how many notices at most the output is shown.
const SHOWN_OUTPUT_MAX: usize = 3;
/// Most lines and bytes of output that are shown.
const LINES_MAX: usize = 20;
const BYTES_MAX: usize = 2000;
/// Most chunks that are read for them.
const CHUNKS: usize = 3;

/// A message that goes out.
pub(super) struct Told {
    /// Its id.
    pub(super) id: NoticeId,
    /// In one line.
    pub(super) subject: String,
    /// For people, with the first of many notices.
    pub(super) text: String,
    /// For people, with all of them.
    pub(super) full: String,
    /// For programs.
    pub(super) json: Value,
}

/// Returns the message of some notices.
pub(super) async fn told(app: &App, id: NoticeId, channel: &str, notices: &[&Notice]) -> Told {
    let mut outputs = Vec::new();
    for notice in notices.iter().take(SHOWN_OUTPUT_MAX) {
        outputs.push(last_lines(app, notice).await);
    }
    let options = app.options.now();
    let url = options.alerts.url.as_deref();
    let part = |(n, notice): (usize, &&Notice)| one(notice, url, outputs.get(n).and_then(Option::as_deref));
    let parts: Vec<String> = notices.iter().enumerate().map(part).collect();
    let subject = subject(notices);
    let head = if notices.len() > 1 { format!("{subject}\n\n") } else { String::new() };
    let more = parts.len().saturating_sub(TOLD_ONE_BY_ONE_MAX);
    let rest = if more > 0 { format!("\n\nand {more} more") } else { String::new() };
    let first = parts.iter().take(TOLD_ONE_BY_ONE_MAX).cloned().collect::<Vec<_>>().join("\n\n");
    let items: Vec<Value> = notices
        .iter()
        .enumerate()
        .map(|(n, notice)| item(notice, url, outputs.get(n).and_then(Option::as_deref)))
        .collect();
    Told {
        text: format!("{head}{first}{rest}"),
        full: format!("{head}{}\n", parts.join("\n\n")),
        json: json!({ "id": id, "channel": channel, "count": notices.len(), "subject": subject, "notices": items }),
        subject,
        id,
    }
}

fn subject(notices: &[&Notice]) -> String {
    let [notice] = notices else {
        let recovered = notices.iter().filter(|one| one.condition == Condition::Recovered).count();
        let bad = notices.len() - recovered;
        return match (bad, recovered) {
            (0, _) => format!("{recovered} recovered"),
            (_, 0) => format!("{bad} alerts: {}", counted(notices)),
            _ => format!("{bad} alerts, {recovered} recovered: {}", counted(notices)),
        };
    };
    format!("{}: {}", about(notice), notice.condition)
}

/// Returns how many there are of each condition, the most first.
fn counted(notices: &[&Notice]) -> String {
    let mut counts: Vec<(Condition, usize)> = Vec::new();
    for notice in notices.iter().filter(|one| one.condition != Condition::Recovered) {
        match counts.iter_mut().find(|(condition, _)| *condition == notice.condition) {
            Some((_, count)) => *count += 1,
            None => counts.push((notice.condition, 1)),
        }
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let words: Vec<_> = counts.iter().map(|(condition, count)| format!("{count} {condition}")).collect();
    words.join(", ")
}

fn about(notice: &Notice) -> String {
    match (&notice.job, &notice.worker) {
        (Some(job), _) => job.to_string(),
        (None, Some(worker)) => format!("worker {worker}"),
        (None, None) => "sandglass".to_owned(),
    }
}

fn one(notice: &Notice, url: Option<&str>, output: Option<&str>) -> String {
    let mut lines = vec![format!("{}: {}", about(notice), notice.condition), notice.text.clone()];
    let mut add = |what: &str, value: Option<String>| {
        lines.extend(value.map(|value| format!("{what}: {value}")));
    };
    add("limit", notice.limit.clone());
    add(
        "run",
        notice.run.as_ref().map(|run| match notice.attempt {
            Some(attempt) if attempt > 1 => format!("{run} (attempt {attempt})"),
            _ => run.to_string(),
        }),
    );
    add("due", notice.scheduled_at.map(|at| at.to_string()));
    add("worker", notice.worker.as_ref().map(ToString::to_string));
    add("at", Some(notice.at.to_string()));
    add("link", link(notice, url));
    add("notice", Some(notice.id.to_string()));
    if let Some(output) = output {
        lines.push(format!("last lines of output:\n{output}"));
    }
    lines.join("\n")
}

fn item(notice: &Notice, url: Option<&str>, output: Option<&str>) -> Value {
    let mut item = serde_json::to_value(notice).unwrap_or_default();
    if let Some(item) = item.as_object_mut() {
        item.remove("deliveries");
        item.extend(link(notice, url).map(|link| ("link".to_owned(), link.into())));
        item.extend(output.map(|output| ("output".to_owned(), output.into())));
    }
    item
}

fn link(notice: &Notice, url: Option<&str>) -> Option<String> {
    let url = url?;
    Some(match (&notice.run, &notice.job, &notice.worker) {
        (Some(run), ..) => format!("{url}/runs/{run}"),
        (None, Some(job), _) => format!("{url}/jobs/{job}"),
        (None, None, Some(_)) => format!("{url}/workers"),
        (None, None, None) => url.to_owned(),
    })
}

/// Returns the last lines of a run's output, as far as the store has them now.
async fn last_lines(app: &App, notice: &Notice) -> Option<String> {
    let run = notice.run.as_ref().filter(|_| notice.condition != Condition::Recovered)?;
    let chunks = app.ports.facts.run(run).await.ok()??.output?.chunks;
    let from = chunks.saturating_sub(CHUNKS as u64);
    let chunks = app.ports.facts.chunks(run, from, CHUNKS).await.ok()?;
    let mut bytes = Vec::new();
    chunks.iter().for_each(|chunk| bytes.extend_from_slice(&chunk.bytes));
    let kept = &bytes[bytes.len().saturating_sub(BYTES_MAX)..];
    let text = String::from_utf8_lossy(kept);
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let last = &lines[lines.len().saturating_sub(LINES_MAX)..];
    let plain = |line: &&str| line.chars().filter(|c| !c.is_control() || *c == '\t').collect::<String>();
    (!last.is_empty()).then(|| last.iter().map(plain).collect::<Vec<_>>().join("\n"))
}

/// Returns a template with its marks filled in: each stands for JSON.
pub(super) fn filled(template: &str, told: &Told) -> String {
    let values = [
        ("{{id}}", json!(told.id)),
        ("{{subject}}", json!(told.subject)),
        ("{{text}}", json!(told.text)),
        ("{{count}}", told.json["count"].clone()),
        ("{{notices}}", told.json["notices"].clone()),
    ];
    let mut filled = String::new();
    let mut rest = template;
    while let Some(at) = rest.find("{{") {
        let (before, after) = rest.split_at(at);
        filled.push_str(before);
        match values.iter().find(|(mark, _)| after.starts_with(mark)) {
            Some((mark, value)) => {
                filled.push_str(&value.to_string());
                rest = &after[mark.len()..];
            }
            None => {
                filled.push_str("{{");
                rest = &after[2..];
            }
        }
    }
    filled + rest
}

/// Returns what is wrong with a template.
pub(crate) fn template_faults(template: &str) -> Option<Sentence> {
    let id = NoticeId::of(&["template"]);
    let told = Told {
        subject: "a \"subject\"".into(),
        text: "two\nlines".into(),
        full: String::new(),
        json: json!({ "count": 1, "notices": [] }),
        id,
    };
    let filled = filled(template, &told);
    let read: Result<Value, _> = serde_json::from_str(&filled);
    read.err().map(|error| {
        sentence!(
            "is no JSON once its marks are filled in: {}; a mark such as `{{text}}` stands for JSON with its \
             quotes, so it has none around it",
            error
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_json_with_marks_that_no_text_can_break() {
        assert_eq!(
            template_faults(r#"{ "msg": {{text}}, "n": {{count}}, "all": {{notices}}, "k": {{id}} }"#),
            None
        );
        assert!(template_faults(r#"{ "msg": "{{text}}" }"#).unwrap().english().contains("no JSON"));
        assert!(template_faults(r#"{ "msg": {{unknown}} }"#).is_some());
        let told = Told {
            id: NoticeId::of(&["x"]),
            subject: "{{text}}".into(),
            text: "a \"quote\" and {{id}}".into(),
            full: String::new(),
            json: json!({ "count": 2, "notices": [] }),
        };
        let read: Value =
            serde_json::from_str(&filled(r#"{"a": {{subject}}, "b": {{text}}}"#, &told)).unwrap();
        assert_eq!(
            read,
            json!({ "a": "{{text}}", "b": "a \"quote\" and {{id}}" }),
            "what is filled in is not filled"
        );
    }
}
