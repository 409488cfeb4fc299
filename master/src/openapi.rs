//! The OpenAPI document, put together from the routes themselves.
//!
//! Flow: `routes` → **`openapi`** → `master/openapi.json` → the page's types; a test fails when the file is stale.

use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;

use crate::api::{ChunkView, OutputEnd, Problem};
use crate::app::App;
use crate::routes;

/// The name of the session's cookie.
pub(crate) const COOKIE: &str = "sandglass_session";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Sandglass",
        description = "Scheduled jobs across a fleet of Linux machines.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    components(schemas(Problem, ChunkView, OutputEnd)),
    security(("token" = []), ("session" = [])),
    tags(
        (name = "jobs", description = "What should run, and when"),
        (name = "runs", description = "What did run, and how it ended"),
        (name = "modules", description = "Uploaded WASI modules"),
        (name = "schedules", description = "What a schedule means"),
        (name = "workers", description = "Who runs"),
        (name = "session", description = "Who is asking"),
        (name = "health", description = "Whether the server answers")
    )
)]
struct Document;

/// Returns the document, sorted by path.
pub fn document() -> utoipa::openapi::OpenApi {
    let routes: OpenApiRouter<App> = OpenApiRouter::with_openapi(Document::openapi())
        .merge(routes::short())
        .merge(routes::long())
        .merge(routes::open());
    let mut document = routes.into_openapi();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(
        "token",
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
    );
    components
        .add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE))));
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            operation.responses.responses.insert("default".into(), RefOr::T(any_problem()));
        }
    }
    document
}

/// Returns the document as the file `master/openapi.json` holds it.
pub fn document_text() -> String {
    let mut text = serde_json::to_string_pretty(&document()).expect("the document is plain data");
    text.push('\n');
    text
}

/// What every route may answer besides what it names: not logged in, not found, too slow, out of order.
fn any_problem() -> Response {
    let schema = Ref::from_schema_name("Problem");
    ResponseBuilder::new()
        .description("Not answered as asked")
        .content("application/problem+json", Content::new(Some(schema)))
        .build()
}
