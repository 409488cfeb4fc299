//! What a request says, read with problems for answers: path, query, JSON, a job as JSON or YAML.
//!
//! Flow: request → **`extract`** → handler.
//! Axum's own extractors answer plain text when they refuse; none of them is used by a handler directly.

use axum::extract::{FromRequest, FromRequestParts, MatchedPath, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::api::Problem;
use crate::body;
use crate::problem::Answer;

/// Most bytes of a request about jobs: a job's largest script and input, escaped.
const JOB_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most bytes of a request with jobs from elsewhere: some at one time, one of the largest at least.
const TRANSFER_BYTES_MAX: usize = 2 * JOB_BYTES_MAX;
/// Most bytes of any other request that is not an upload: settings, users, schedules.
const BODY_BYTES_MAX: usize = 256 * 1024;
/// Most bytes of a login, which nobody has answered for yet.
const LOGIN_BYTES_MAX: usize = 16 * 1024;

/// A part of the path, as its type reads it.
pub(crate) struct Path<T>(pub(crate) T);

impl<S, T> FromRequestParts<S> for Path<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => {
                let why = rejection.body_text();
                let why = why.strip_prefix("Invalid URL: ").unwrap_or(&why);
                Err(Problem::bad_request("invalid_path", "the path does not read", why))
            }
        }
    }
}

/// The query, as its type reads it. Repeated parameters are put together by commas; unknown ones are refused.
pub(crate) struct Query<T>(pub(crate) T);

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Answer<Self> {
        read_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn read_query<T: DeserializeOwned>(query: &str) -> Answer<T> {
    let invalid = |detail: String| Problem::bad_request("invalid_query", "the query does not read", detail);
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(query).map_err(|error| invalid(error.to_string()))?;
    let mut joined: Vec<(String, String)> = Vec::new();
    for (name, value) in pairs {
        match joined.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => {
                values.push(',');
                values.push_str(&value);
            }
            None => joined.push((name, value)),
        }
    }
    let text = serde_urlencoded::to_string(&joined).map_err(|error| invalid(error.to_string()))?;
    serde_urlencoded::from_str(&text).map_err(|error| invalid(error.to_string()))
}

/// A JSON body. An empty one reads as the type's default where the handler takes `Json<Option<T>>`.
pub(crate) struct Json<T>(pub(crate) T);

impl<S, T> FromRequest<S> for Json<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Answer<Self> {
        let (form, bytes) = read_body(request).await?;
        let text: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
        if !bytes.is_empty() && form != Form::Json {
            return Err(unsupported("`application/json`"));
        }
        // A list reads as a structure by the order of its fields, which no document promises.
        if text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
            let detail = "the body must be a JSON object, not a list";
            return Err(Problem::bad_request("invalid_body", "the body does not read", detail));
        }
        serde_json::from_slice(text).map(Self).map_err(|error| invalid_body("JSON", &error))
    }
}

/// A job as JSON or YAML, not yet checked.
pub(crate) struct JobText(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for JobText {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Answer<Self> {
        let (form, bytes) = read_body(request).await?;
        match form {
            Form::Json => body::json(&bytes).map(Self),
            Form::Yaml => body::yaml(&bytes).map(Self),
            Form::Other => Err(unsupported("`application/json` or `application/yaml`")),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Yaml,
    Other,
}

fn form_of(headers: &HeaderMap) -> Form {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/json" => Form::Json,
        "application/yaml" | "application/x-yaml" | "text/yaml" | "text/x-yaml" => Form::Yaml,
        _ => Form::Other,
    }
}

/// Returns how many bytes the body of a request may have.
fn bytes_max(request: &Request) -> usize {
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let below = path.strip_prefix("/api/v1/").unwrap_or_default();
    match below.split('/').next().unwrap_or_default() {
        "session" => LOGIN_BYTES_MAX,
        "jobs" => JOB_BYTES_MAX,
        "transfer" => TRANSFER_BYTES_MAX,
        _ => BODY_BYTES_MAX,
    }
}

async fn read_body(request: Request) -> Answer<(Form, Bytes)> {
    let form = form_of(request.headers());
    let bytes_max = bytes_max(&request);
    let too_large = || Problem::too_large("the body of this request", bytes_max as u64);
    if body::announced(request.headers()).is_some_and(|bytes| bytes > bytes_max as u64) {
        return Err(too_large());
    }
    let mut parts = request.into_body().into_data_stream();
    let mut bytes = BytesMut::new();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|error| body::broken(&error))?;
        if bytes.len() + part.len() > bytes_max {
            return Err(too_large());
        }
        bytes.extend_from_slice(&part);
    }
    Ok((form, bytes.freeze()))
}

fn unsupported(wanted: &str) -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "the body has another form",
        format!("`Content-Type` must be {wanted}"),
    )
}

fn invalid_body(form: &str, error: &serde_json::Error) -> Problem {
    Problem::bad_request(
        "invalid_body",
        "the body does not read",
        format!("the body is not valid {form}: {error}"),
    )
}

/// Returns a header's text; a header that is not text is refused.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Answer<Option<&'a str>> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    value.to_str().map(Some).map_err(|_| {
        Problem::bad_request(
            "invalid_header",
            "a header does not read",
            format!("header `{name}` must be visible ASCII characters"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::RunsQuery;

    #[test]
    fn repeated_parameters_are_one_list() {
        let query: RunsQuery = read_query("status=failed&status=timed_out,lost&limit=7").unwrap();
        assert_eq!(query.status.as_deref(), Some("failed,timed_out,lost"));
        assert_eq!(query.limit, Some(7));
    }

    #[test]
    fn an_unknown_parameter_is_refused_by_name() {
        let problem = read_query::<RunsQuery>("statsu=failed").unwrap_err();
        assert_eq!(problem.code, "invalid_query");
        assert!(problem.detail.contains("`statsu`"), "{}", problem.detail);
    }
}
