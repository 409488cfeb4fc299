//! What an answer says of addresses where a proxy shows this server beneath a path: `https://tools.example/sandglass/`.
//!
//! The proxy takes the path away from what comes in and names it (`X-Forwarded-Prefix`, see `peer`); what goes out has it
//! again: the place of what was made, the page's own files, the document of the interface. The session's cookie has it from
//! `login`.

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::LOCATION;
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::peer::Source;

/// How the page's build marks its own files and where the path is to stand.
const OWN_FILES: &str = "=\"./";
const PATH: &str = "name=\"base-path\" content=\"";

/// Puts the path before the place that an answer names.
pub(crate) async fn place(State(app): State<App>, request: Request, next: Next) -> Response {
    let prefix = Source::of(&app.options.now(), (request.extensions(), request.headers())).prefix;
    let mut response = next.run(request).await;
    if !prefix.is_empty()
        && let Some(place) = response.headers().get(LOCATION).and_then(|place| place.to_str().ok())
        && place.starts_with('/')
    {
        let place = HeaderValue::from_str(&format!("{prefix}{place}")).expect("two plain paths are a header");
        response.headers_mut().insert(LOCATION, place);
    }
    response
}

/// Returns the page as it is beneath `prefix`.
pub(crate) fn page(html: &str, prefix: &str) -> String {
    html.replace(OWN_FILES, &format!("=\"{prefix}/")).replace(PATH, &format!("{PATH}{prefix}"))
}

/// Returns the document of the interface as it is beneath `prefix`.
pub(crate) fn document(json: &str, prefix: &str) -> String {
    let rest = json.trim_start().strip_prefix('{').expect("the document is an object");
    format!("{{\n  \"servers\": [{{ \"url\": \"{prefix}\" }}],{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_own_files_and_its_path_stand_beneath_the_prefix() {
        let html = "<meta name=\"base-path\" content=\"\" /><script src=\"./assets/a.js\"></script>";
        let at_top = "<meta name=\"base-path\" content=\"\" /><script src=\"/assets/a.js\"></script>";
        assert_eq!(page(html, ""), at_top);
        let beneath =
            "<meta name=\"base-path\" content=\"/ops\" /><script src=\"/ops/assets/a.js\"></script>";
        assert_eq!(page(html, "/ops"), beneath);
    }

    #[test]
    fn the_document_names_where_its_routes_are() {
        let document: serde_json::Value =
            serde_json::from_str(&document(&crate::openapi::document_text(), "/ops")).unwrap();
        assert_eq!(document["servers"][0]["url"], "/ops");
        assert!(document["paths"]["/api/v1/jobs"].is_object());
    }
}
