//! In which language a schedule is told: wished for by `Accept-Language`, said by `Content-Language`.
//!
//! Flow: request → **`language`** → handler → words → **`language`** → answer.
//! Not here: the words (`model::schedule`). Problems and all other texts are English.

use std::convert::Infallible;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, VARY};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use model::language::Language;
use serde::Serialize;

/// The language that the request likes best.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted(pub(crate) Language);

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let lines = parts.headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|line| line.to_str().ok());
        Ok(Self(Language::accepted(&lines.collect::<Vec<_>>().join(","))))
    }
}

/// An answer with words in a language.
pub(crate) struct Told<T>(pub(crate) Language, pub(crate) T);

impl<T: Serialize> IntoResponse for Told<T> {
    fn into_response(self) -> Response {
        let Self(language, value) = self;
        let mut response = Json(value).into_response();
        response.headers_mut().insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        response.headers_mut().insert(VARY, HeaderValue::from_static("accept-language"));
        response
    }
}
