//! The page: files that the page's build left, inside this binary.
//!
//! The page itself is told beneath which path it stands (`beneath`). Every path that is no file is the page itself, which knows its own routes; only what looks like a built asset is
//! missing when it is missing. `build.rs` says which folder is embedded.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use crate::api::Problem;
use crate::app::App;
use crate::beneath;
use crate::peer::Source;

#[derive(RustEmbed)]
#[folder = "$SANDGLASS_PAGE_DIR"]
struct Files;

const INDEX: &str = "index.html";

/// Answers for every path that is no route.
pub(crate) async fn serve(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return Problem::no_route(path).into_response();
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let detail = format!("`{}` is a page; it has `GET` only", path.escape_debug());
        let status = StatusCode::METHOD_NOT_ALLOWED;
        let problem = Problem::new(status, "method_not_allowed", "no such method here", detail);
        return ([(ALLOW, "GET, HEAD")], problem).into_response();
    }
    let name = path.trim_start_matches('/');
    let known = request.headers().get(IF_NONE_MATCH);
    match Files::get(name).filter(|_| !name.is_empty() && name != INDEX) {
        Some(file) => answer(name, file.metadata.sha256_hash(), file.data.into_owned(), known),
        None if is_asset(name) && name != INDEX => Problem::not_found("file", path).into_response(),
        None => {
            let prefix = Source::of(&app.options.now(), (request.extensions(), request.headers())).prefix;
            index(&prefix, known)
        }
    }
}

/// Returns true for what the page's build names: it is there, or an old page asks for what is gone.
fn is_asset(name: &str) -> bool {
    name.starts_with("assets/") || name.rsplit('/').next().is_some_and(|file| file.contains('.'))
}

/// Returns the page where it stands beneath `prefix`.
fn index(prefix: &str, known: Option<&HeaderValue>) -> Response {
    let file = Files::get(INDEX).expect("a page is embedded by build.rs");
    let html = beneath::page(&String::from_utf8_lossy(&file.data), prefix);
    answer(INDEX, Sha256::digest(&html).into(), html.into_bytes(), known)
}

fn answer(name: &str, sha256: [u8; 32], bytes: Vec<u8>, known: Option<&HeaderValue>) -> Response {
    let etag = format!("\"{}\"", hex::encode(&sha256[..16]));
    // A built asset bears the hash of its bytes in its name.
    let cache = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    if known.is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, etag), (CACHE_CONTROL, cache.to_owned())]).into_response();
    }
    let kind = match mime_guess::from_path(name).first_or_octet_stream() {
        kind if kind.type_() == "text" => format!("{kind}; charset=utf-8"),
        kind => kind.to_string(),
    };
    let headers = [(CONTENT_TYPE, kind), (ETAG, etag), (CACHE_CONTROL, cache.to_owned())];
    (headers, Body::from(bytes)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_answered_with_its_kind_and_its_caching() {
        assert!(Files::iter().any(|name| name == INDEX));
        for name in Files::iter() {
            let answer = |known| {
                let file = Files::get(&name).unwrap();
                answer(&name, file.metadata.sha256_hash(), file.data.into_owned(), known)
            };
            let response = answer(None);
            let header = |name| response.headers()[name].to_str().unwrap().to_owned();
            assert_eq!(header(CACHE_CONTROL).ends_with("immutable"), name.starts_with("assets/"), "{name}");
            assert_ne!(header(CONTENT_TYPE), "application/octet-stream", "{name}");
            let known = response.headers()[ETAG].clone();
            assert_eq!(answer(Some(&known)).status(), 304, "{name}");
        }
    }

    #[test]
    fn what_looks_like_a_file_is_no_route_of_the_page() {
        for (name, asset) in [("", false), ("jobs/a", false), ("assets/x.js", true), ("robots.txt", true)] {
            assert_eq!(is_asset(name), asset, "{name}");
        }
    }
}
