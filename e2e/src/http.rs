//! Plain requests to a server, for what the command line would not send.

use std::time::Duration;

use anyhow::Result;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Body, Method};

use crate::PATIENCE;

/// An answer, whole.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

impl Answer {
    /// Returns the body as JSON; null when it is not.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Returns the code of a problem.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// Sends one request and reads the answer.
///
/// # Errors
/// When the server could not be reached.
pub fn send(method: &str, url: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Result<Answer> {
    send_within(PATIENCE, method, url, headers, body)
}

/// Sends one request and reads the answer, if it comes in time.
///
/// # Errors
/// When the server could not be reached, or did not answer in time.
pub fn send_within(
    patience: Duration,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Result<Answer> {
    // Another test of this process may have set it up before.
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut given = HeaderMap::new();
    for (name, value) in headers {
        given.append(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(value)?);
    }
    let body = body.into();
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async move {
        let request = reqwest::Client::new().request(Method::from_bytes(method.as_bytes())?, url);
        let answer = request.headers(given).body(body).timeout(patience).send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Answer { status, headers, body: answer.text().await? })
    })
}
