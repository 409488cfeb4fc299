//! What spans are called outside: attributes by the semantic conventions of OpenTelemetry where these have a name, else
//! beneath `sandglass.`.
//!
//! Flow: span of the worker or the master → **`conventions`** → `spans` → collector.
//! Not here: what is a span and what it knows (`worker::runner`, `master::layers`).

use std::mem::take;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

/// The spans that are sent, as the code names them.
pub(super) const RUN: &str = "run";
pub(super) const REQUEST: &str = "request";

/// What a run's span knows, and what it is called outside.
const OF_RUN: [(&str, &str); 7] = [
    ("run.id", "sandglass.run.id"),
    ("job.id", "sandglass.job.name"),
    ("worker.id", "sandglass.worker.id"),
    ("attempt", "sandglass.run.attempt"),
    ("kind", "sandglass.run.kind"),
    ("outcome", "sandglass.run.outcome"),
    ("exit_code", "process.exit.code"),
];
/// What a request's span knows.
const OF_REQUEST: [(&str, &str); 4] = [
    ("request.id", "sandglass.request.id"),
    ("method", "http.request.method"),
    ("route", "http.route"),
    ("status", "http.response.status_code"),
];
/// Attributes that are numbers; the span holds those without a sign as text.
const NUMBERS: [&str; 3] = ["attempt", "exit_code", "status"];
/// The attribute that says why it is an error, in one word.
const ERROR_TYPE: &str = "error.type";
const SUCCEEDED: &str = "succeeded";
/// The methods that are told by name.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// Returns the span as it is sent; none where nobody is to be told of it.
pub(super) fn of(mut span: SpanData) -> Option<SpanData> {
    let known = take(&mut span.attributes);
    match &*span.name {
        RUN => run(span, &known),
        REQUEST => request(span, &known),
        _ => None,
    }
}

/// A run without an outcome goes on below another process, which tells of it when it ends.
fn run(mut span: SpanData, known: &[KeyValue]) -> Option<SpanData> {
    let outcome = text(known, "outcome")?;
    span.name = format!("run {}", text(known, "job.id")?).into();
    // It may have begun below an earlier process, and have ended while there was none.
    if let Some(started) = instant(known, "started_ms") {
        span.start_time = span.start_time.min(started);
    }
    if let Some(ended) = instant(known, "ended_ms") {
        span.end_time = ended.max(span.start_time);
    }
    span.attributes = renamed(known, &OF_RUN);
    if outcome == SUCCEEDED {
        span.status = Status::Ok;
    } else {
        span.status = Status::error(text(known, "reason").unwrap_or_default());
        span.attributes.push(KeyValue::new(ERROR_TYPE, outcome));
    }
    Some(span)
}

/// Only routes of the interface count: the page's files and guesses at paths tell nothing.
fn request(mut span: SpanData, known: &[KeyValue]) -> Option<SpanData> {
    value(known, "api").filter(|api| **api == Value::Bool(true))?;
    let (method, route) = (text(known, "method")?, text(known, "route")?);
    let is_known = METHODS.contains(&method.as_str());
    span.name = format!("{} {route}", if is_known { method.as_str() } else { "HTTP" }).into();
    span.span_kind = SpanKind::Server;
    span.attributes = renamed(known, &OF_REQUEST);
    if !is_known {
        span.attributes.retain(|attribute| attribute.key.as_str() != "http.request.method");
        span.attributes.push(KeyValue::new("http.request.method", "_OTHER"));
    }
    let status = number(known, "status")?;
    if status >= 500 {
        span.status = Status::error("");
        span.attributes.push(KeyValue::new(ERROR_TYPE, status.to_string()));
    }
    Some(span)
}

fn renamed(known: &[KeyValue], names: &[(&'static str, &'static str)]) -> Vec<KeyValue> {
    let each = names.iter().filter_map(|&(ours, theirs)| {
        let value = if NUMBERS.contains(&ours) {
            Value::I64(number(known, ours)?)
        } else {
            value(known, ours)?.clone()
        };
        Some(KeyValue::new(Key::from_static_str(theirs), value))
    });
    each.collect()
}

fn value<'a>(known: &'a [KeyValue], name: &str) -> Option<&'a Value> {
    known.iter().find(|attribute| attribute.key.as_str() == name).map(|attribute| &attribute.value)
}

fn text(known: &[KeyValue], name: &str) -> Option<String> {
    value(known, name).map(|value| value.as_str().into_owned())
}

fn number(known: &[KeyValue], name: &str) -> Option<i64> {
    text(known, name)?.parse().ok()
}

fn instant(known: &[KeyValue], name: &str) -> Option<SystemTime> {
    let ms = u64::try_from(number(known, name)?).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_millis(ms))
}
