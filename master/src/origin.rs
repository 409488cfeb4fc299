//! Whether a change was sent by this server's own page, where a browser's own credentials (a cookie, a proxy's name) let
//! it in: another site's page would have them as well.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode, Uri};

use crate::api::Problem;
use crate::problem::Answer;

/// What a request without a sign of its origin is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// No browser: let through.
    Allowed,
    /// Refused: it bears a cookie, and every browser that sends one says where from.
    Refused,
}

/// Refuses what another site's page sent.
pub(crate) fn same_origin(uri: &Uri, headers: &HeaderMap, absent: Absent) -> Answer<()> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let fine = match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let host = text(HOST.as_str()).or_else(|| uri.authority().map(|authority| authority.as_str()));
            let from = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            from.is_some() && from == host
        }
        (None, None) => absent == Absent::Allowed,
    };
    if fine {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "other_origin",
        "sent by another site",
        "a change with a session's cookie must come from this server's own page; scripts send `Authorization: Bearer TOKEN`",
    ))
}
