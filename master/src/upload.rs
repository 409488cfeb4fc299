//! Uploads: a module's bytes on their way into the store, counted, then looked into, then kept or dropped.
//!
//! Flow: body or form → **`upload`** → blobs (begin, write, seal) → inspector → blobs (keep).
//! Nothing of an upload that is refused stays behind: it is dropped before it is kept.

use std::pin::{Pin, pin};
use std::time::Duration;

use axum::body::BodyDataStream;
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use model::module::Module;
use model::ports::NewModule;

use crate::api::Problem;
use crate::app::App;
use crate::body;
use crate::problem::Answer;

/// Bytes of a form around its file.
const FORM_BYTES_MAX: u64 = 64 * 1024;
/// Longest time for which the rest of a refused upload is read.
const DRAIN_MAX: Duration = Duration::from_secs(30);
const NAME_BYTES_MAX: usize = 200;

/// Takes a module; returns it as kept, and whether it was new.
pub(crate) async fn take(
    app: &App,
    user: &str,
    name: Option<String>,
    request: Request,
) -> Answer<(Module, bool)> {
    let limit = app.options.now().module_bytes_max;
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_form = kind == "multipart/form-data";
    if !is_form && kind != "application/wasm" && kind != "application/octet-stream" {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "the body has another form",
            "`Content-Type` must be `application/wasm` or `multipart/form-data` with the field `file`",
        ));
    }
    // Said at once, before a byte of it is read.
    let around = if is_form { FORM_BYTES_MAX } else { 0 };
    if body::announced(request.headers()).is_some_and(|bytes| bytes > limit + around) {
        drain(app, request.into_body().into_data_stream());
        return Err(Problem::too_large("a module", limit));
    }
    let _slot = app.uploads.acquire().await.map_err(|_| Problem::internal())?;
    if is_form {
        let mut form =
            Multipart::from_request(request, &()).await.map_err(|error| form_fault(&error.body_text()))?;
        while let Some(field) = form.next_field().await.map_err(|error| form_fault(&error.body_text()))? {
            if field.name() == Some("file") {
                let name = name.or_else(|| field.file_name().map(str::to_owned));
                return keep(app, user, checked_name(name)?, pin!(field)).await;
            }
        }
        return Err(form_fault("it has no field `file`"));
    }
    let mut parts = request.into_body().into_data_stream();
    let kept = match checked_name(name) {
        Ok(name) => keep(app, user, name, Pin::new(&mut parts)).await,
        Err(problem) => Err(problem),
    };
    if kept.is_err() {
        drain(app, parts);
    }
    kept
}

/// Reads on, behind the answer, what a refused upload still sends: a client that is cut off while it writes would
/// see a broken connection in place of the reason. Bounded in time; ends with the server.
fn drain(app: &App, mut parts: BodyDataStream) {
    let closing = app.closing.clone();
    app.drains.spawn(async move {
        let read = async {
            while let Some(Ok(_)) = parts.next().await {
                // Parts that are there already would leave the deadline no turn.
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            () = closing.cancelled() => {}
            _ = tokio::time::timeout(DRAIN_MAX, read) => {}
        }
    });
}

fn form_fault(why: &str) -> Problem {
    Problem::bad_request("invalid_body", "the body does not read", format!("the form does not read: {why}"))
}

fn checked_name(name: Option<String>) -> Answer<String> {
    let name = name.unwrap_or_else(|| "module.wasm".to_owned());
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.chars().any(char::is_control) {
        let detail = format!("name: must have 1 to {NAME_BYTES_MAX} bytes and no control characters");
        return Err(Problem::bad_request("invalid_query", "the query does not read", detail));
    }
    Ok(name)
}

/// Streams the bytes into the store, looks into them, and keeps them.
async fn keep<S, E>(app: &App, user: &str, name: String, mut parts: Pin<&mut S>) -> Answer<(Module, bool)>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: std::error::Error + 'static,
{
    let limit = app.options.now().module_bytes_max;
    let mut upload = app.ports.blobs.begin().await?;
    let mut total: u64 = 0;
    while let Some(part) = parts.next().await.transpose().map_err(|error| body::broken(&error))? {
        total += part.len() as u64;
        if total > limit {
            return Err(Problem::too_large("a module", limit));
        }
        upload.write(part).await?;
    }
    let sealed = upload.seal().await?;
    let bytes = sealed.read().await?;
    let inspector = app.ports.inspector.clone();
    // Reading 32 MiB of code takes long enough to hold up other requests.
    let report =
        tokio::task::spawn_blocking(move || inspector.inspect(&bytes)).await.map_err(|error| {
            tracing::error!(%error, "the inspector failed on an upload");
            Problem::internal()
        })??;
    let uploaded_at = app.ports.clock.now();
    let module = NewModule { name, uploaded_by: user.to_owned(), uploaded_at, report };
    let (module, new) = sealed.keep(module).await?;
    tracing::info!(module = %module.digest, bytes = total, new, user, "module {} uploaded by {user}", module.name);
    Ok((module, new))
}
