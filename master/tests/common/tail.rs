//! Reads a live stream as a browser does, event by event.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use futures::StreamExt as _;
use tower::ServiceExt as _;

use super::{House, PATIENCE, TOKEN};

/// A live stream, read event by event.
pub(crate) struct Tail(axum::body::BodyDataStream, String);

impl Tail {
    /// Begins to read the stream at `path`.
    pub(crate) async fn open(house: &House, path: &str, headers: &[(&str, &str)]) -> Self {
        Self::at(&house.router, path, headers).await
    }

    /// Begins to read the stream at `path` of a master.
    pub(crate) async fn at(router: &Router, path: &str, headers: &[(&str, &str)]) -> Self {
        let mut request = Request::get(path).header("authorization", format!("Bearer {TOKEN}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        // A browser offers compression; a compressed stream would not come event by event.
        let request = request.header("accept-encoding", "gzip").body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert!(!response.headers().contains_key("content-encoding"));
        Self(response.into_body().into_data_stream(), String::new())
    }

    /// Returns the next event without keep-alives; none at the stream's end.
    pub(crate) async fn next(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.1.find("\n\n") {
                let event: String = self.1.drain(..end + 2).collect();
                if !event.starts_with(':') {
                    return Some(event.trim().to_owned());
                }
                continue;
            }
            let part = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("the stream goes on")?;
            self.1.push_str(std::str::from_utf8(&part.unwrap()).unwrap());
        }
    }
}
