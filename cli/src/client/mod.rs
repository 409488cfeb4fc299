//! Talks to a server over its REST interface: one request function, errors as the server tells them.

mod events;
mod follow;

pub(crate) use follow::follow;

use std::time::Duration;

use anyhow::{Context as _, Result};
use master::api::Problem;
use model::language::Language;
use reqwest::header::ACCEPT_LANGUAGE;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;

use crate::arguments::ClientOptions;
use crate::exit::BadUsage;
use crate::profile::Profile;
use crate::{host, language};

/// The server that is asked where none is named.
const SERVER: &str = "http://127.0.0.1:7480";
/// How long a connection may take. Answers may take longer: uploads and tails do.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a request is sent again that came too soon, and how long it waits: the shortest that a server asks for.
const TOO_SOON_MAX: u32 = 60;
const TOO_SOON_WAIT: Duration = Duration::from_secs(1);

/// The server said no, in its own words.
#[derive(Debug, thiserror::Error)]
#[error("{}", told(.0))]
pub(crate) struct Refused(pub(crate) Box<Problem>);

impl Refused {
    /// Returns true when the request would be refused again.
    pub(crate) fn is_impossible(&self) -> bool {
        (400..500).contains(&self.0.status) && ![401, 403, 408, 429].contains(&self.0.status)
    }
}

/// Returns a problem as people read it: what, why, each fault on its line, the code for those who look it up.
fn told(problem: &Problem) -> String {
    let mut text = format!("{} ({} {})", problem.title, problem.status, problem.code);
    if !problem.detail.is_empty() && *problem.detail != *problem.title {
        text.push_str(&format!("\n  {}", problem.detail.replace('\n', "\n  ")));
    }
    // The detail of a text with faults says them all.
    for fault in problem.errors.iter().filter(|fault| !problem.detail.contains(&fault.to_string())) {
        text.push_str(&format!("\n  {}", fault.to_string().replace('\n', "\n  ")));
    }
    text
}

/// Returns what is said of a profile that was never made.
fn unknown_profile(name: &str) -> String {
    let there = match &*Profile::names() {
        [] => "there is none yet".to_owned(),
        names => format!("there are: {}", names.join(", ")),
    };
    format!(
        "--profile `{name}` is not known; {there}\nhint: `sandglass login --profile {name} --server URL --user NAME`"
    )
}

/// A server and the token for it.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    language: Language,
}

impl Client {
    /// Returns a client of the server that was asked for.
    pub(crate) fn new(options: &ClientOptions) -> Result<Self> {
        let name = options.profile.as_deref();
        let profile = Profile::kept(name);
        if let (Some(name), None, None) = (name, &profile, &options.server) {
            return Err(BadUsage(unknown_profile(name)).into());
        }
        let named = options.server.as_deref().or(profile.as_ref().map(|kept| kept.server.as_str()));
        let base = named.unwrap_or(SERVER).trim_end_matches('/').to_owned();
        if !base.starts_with("http://") && !base.starts_with("https://") {
            return Err(BadUsage(format!(
                "--server `{base}` is not a URL\nhint: it begins with http:// or https://, like http://127.0.0.1:7480"
            ))
            .into());
        }
        let mut http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!("sandglass/", env!("CARGO_PKG_VERSION")));
        if base.starts_with("http://") {
            // Nobody's certificate is trusted on the way: a host without any authorities can still ask its own server.
            http = http.tls_certs_only([]);
        }
        let http = http.build().context("could not set up the client")?;
        let token = options.token.clone();
        // A token is sent to the server that it is of, and to no other.
        let token = token.or_else(|| profile.filter(|kept| kept.server == base).map(|kept| kept.token));
        let token = token.or_else(|| host::local_token(&base));
        Ok(Self { http, base, token, language: language::chosen(options.language) })
    }

    /// Returns the server's address without the path beneath which it stands: whence its own page sends.
    pub(crate) fn origin(&self) -> String {
        let url = reqwest::Url::parse(&self.base);
        url.map_or_else(|_| self.base.clone(), |url| url.origin().ascii_serialization())
    }

    /// Returns the server's address.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Returns a client that comes as nobody.
    pub(crate) fn without_token(self) -> Self {
        Self { token: None, ..self }
    }

    /// Returns a request to a path under `/api/v1`.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}/api/v1{path}", self.base));
        let request = request.header(ACCEPT_LANGUAGE, self.language.tag());
        match &self.token {
            Some(token) => request.bearer_auth(token.trim()),
            None => request,
        }
    }

    /// Sends a request and returns the answer, if it is a success.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Response> {
        let answer = request.send().await.map_err(|error| self.unreachable(&error))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let body = answer.bytes().await.context("the server's answer")?;
        match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => Err(self.refused(problem)),
            Err(_) => anyhow::bail!("`{}` answered {status}, not as a Sandglass server does", self.base),
        }
    }

    /// Sends a request, and again for as long as the server has too many of this user.
    pub(crate) async fn send_patiently(&self, request: RequestBuilder) -> Result<Response> {
        for _ in 0..TOO_SOON_MAX {
            let Some(copy) = request.try_clone() else { break };
            match self.send(copy).await {
                Err(error) if is_too_soon(&error) => tokio::time::sleep(TOO_SOON_WAIT).await,
                done => return done,
            }
        }
        self.send(request).await
    }

    /// Sends a request and reads the answer.
    pub(crate) async fn read<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T> {
        let answer = self.send(request).await?;
        answer.json().await.context("the server's answer is not what this version expects")
    }

    /// Sends a request and reads the answer; none when there is no such thing.
    pub(crate) async fn find(&self, request: RequestBuilder) -> Result<Option<Response>> {
        match self.send_patiently(request).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) => match error.downcast_ref::<Refused>() {
                Some(Refused(problem)) if problem.status == StatusCode::NOT_FOUND.as_u16() => Ok(None),
                _ => Err(error),
            },
        }
    }

    fn refused(&self, problem: Problem) -> anyhow::Error {
        let unauthenticated = problem.status == StatusCode::UNAUTHORIZED.as_u16();
        let refused = anyhow::Error::new(Refused(Box::new(problem)));
        if !unauthenticated {
            return refused;
        }
        let hint = if self.token.is_none() {
            "no token was given: `sandglass login`, or set SANDGLASS_TOKEN or --token (the standalone server keeps one in DATA/admin-token)"
        } else {
            "the token was not accepted: check SANDGLASS_TOKEN or --token against DATA/admin-token"
        };
        anyhow::anyhow!("{refused:#}\nhint: {hint}")
    }

    fn unreachable(&self, error: &reqwest::Error) -> anyhow::Error {
        let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), root_cause);
        anyhow::anyhow!(
            "could not reach `{}`: {cause}\nhint: is the server up? `--server` or SANDGLASS_SERVER names another",
            self.base
        )
    }
}

fn is_too_soon(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Refused>().is_some_and(|Refused(problem)| &*problem.code == "too_many_requests")
}

/// Returns the last of a chain of causes, which says most.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
