//! The text of a body, from bytes to a value: JSON or YAML, with line and column where it does not read.

use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::api::Problem;
use crate::pace::TooSlow;
use crate::problem::Answer;

/// Returns the length that the request announces.
pub(crate) fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads JSON.
pub(crate) fn json(bytes: &[u8]) -> Answer<Value> {
    serde_json::from_slice(bytes).map_err(|error| invalid("JSON", &error.to_string()))
}

/// Reads one YAML document. Anchors, nesting and size are bounded by the reader's budget.
pub(crate) fn yaml(bytes: &[u8]) -> Answer<Value> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| invalid("YAML", &format!("not UTF-8 at byte {}", error.valid_up_to())))?;
    serde_saphyr::from_str::<Value>(text).map_err(|error| {
        let what = error.without_snippet().to_string();
        // The reader's hint is for programmers, and what follows the first line shows the text around the place.
        let what = what.replace(", set DuplicateKeyPolicy in Options if acceptable", " is given twice");
        invalid("YAML", what.lines().next().unwrap_or_default())
    })
}

/// Returns what is answered when the body's bytes stop coming.
pub(crate) fn broken(error: &(dyn std::error::Error + 'static)) -> Problem {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    if let Some(slow) = causes.find_map(|cause| cause.downcast_ref::<TooSlow>()) {
        let title = "the body came too slowly";
        return Problem::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", title, slow.to_string());
    }
    Problem::bad_request(
        "broken_body",
        "the body did not arrive",
        format!("the body did not arrive whole: {error}"),
    )
}

fn invalid(form: &str, what: &str) -> Problem {
    Problem::bad_request(
        "invalid_body",
        "the body does not read",
        format!("the body is not valid {form}: {what}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yaml_fault_has_its_line_and_column() {
        let problem = yaml(b"name: a\nlabels: { team: data\nschedule: '* * * * *'\n").unwrap_err();
        insta::assert_snapshot!(problem.detail, @"the body is not valid YAML: while parsing a flow mapping, did not find expected ',' or '}' at line 3, column 9");
    }

    #[test]
    fn a_key_given_twice_is_a_fault() {
        let problem = yaml(b"name: a\nname: b\n").unwrap_err();
        insta::assert_snapshot!(problem.detail, @"the body is not valid YAML: duplicate mapping key: name is given twice at line 2, column 1");
    }

    #[test]
    fn a_json_fault_has_its_line_and_column() {
        let problem = json(b"{\n  \"name\": \"a\",\n}").unwrap_err();
        insta::assert_snapshot!(problem.detail, @"the body is not valid JSON: trailing comma at line 3 column 1");
    }

    /// An alias bomb is refused by the reader's budget, not by the memory of the machine.
    #[test]
    fn an_alias_bomb_is_refused() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..12 {
            let last = format!("*a{}, ", i - 1).repeat(10);
            text.push_str(&format!("a{i}: &a{i} [{last}]\n"));
        }
        assert_eq!(yaml(text.as_bytes()).unwrap_err().code, "invalid_body");
    }
}
