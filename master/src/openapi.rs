//! The OpenAPI document, put together from the routes themselves.
//!
//! Flow: `routes` → **`openapi`** → `master/openapi.json` → the page's types; a test fails when the file is stale.

use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
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
    tags(
        (name = "jobs", description = "What should run, and when"),
        (name = "runs", description = "What did run, and how it ended"),
        (name = "modules", description = "Uploaded WASI modules"),
        (name = "schedules", description = "What a schedule means"),
        (name = "workers", description = "Who runs"),
        (name = "session", description = "Who is asking"),
        (name = "settings", description = "How long things are kept"),
        (name = "accounts", description = "Who may do what, and who did"),
        (name = "transfer", description = "From one installation to another: `sandglass export` and `import`"),
        (name = "health", description = "Whether the server answers")
    )
)]
struct Document;

/// Returns the document as the routes declare it: a role stands there as a way in of its own.
fn declared() -> utoipa::openapi::OpenApi {
    let routes: OpenApiRouter<App> = OpenApiRouter::with_openapi(Document::openapi())
        .merge(routes::short())
        .merge(routes::long())
        .merge(routes::open());
    routes.into_openapi()
}

/// Returns what the routes declare, for the guard.
pub(crate) fn declarations() -> Value {
    serde_json::to_value(declared()).expect("the document is plain data")
}

/// Returns the document, sorted by path. A role stands there as OpenAPI has it: what each way in must bring.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = declared();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(
        "token",
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
    );
    components
        .add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE))));
    for item in document.paths.paths.values_mut() {
        let operations =
            [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.head, &mut item.patch];
        for operation in operations.into_iter().flatten() {
            operation.security = operation.security.take().map(told);
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

/// Returns a declared role as what a token or a session must bring.
fn told(declared: Vec<SecurityRequirement>) -> Vec<SecurityRequirement> {
    let value = serde_json::to_value(&declared).expect("a requirement is plain data");
    match value[0]["role"][0].as_str() {
        Some(role) => ["token", "session"].map(|way| SecurityRequirement::new(way, [role])).into(),
        None => declared,
    }
}

/// What every route may answer besides what it names: not logged in, not found, too slow, out of order.
fn any_problem() -> Response {
    let schema = Ref::from_schema_name("Problem");
    ResponseBuilder::new()
        .description("Not answered as asked")
        .content("application/problem+json", Content::new(Some(schema)))
        .build()
}
