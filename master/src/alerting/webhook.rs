//! Sends messages by HTTP: signed webhooks, and those that Slack, Feishu and DingTalk and what is like them take.
//!
//! No redirect is followed, no proxy asked, and the connection goes to the address that was checked.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use model::alert::Via;
use model::time::Timestamp;
use reqwest::{Certificate, Client, Url, redirect};
use serde_json::{Value, json};
use sha2::Sha256;

use super::address;
use super::message::{self, Told};
use crate::AlertOptions;

/// How long a connection and a whole exchange may take.
const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(15);
/// Most bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// Most bytes of an answer that are told.
const SHOWN_BYTES_MAX: usize = 200;

/// What goes out.
struct Post {
    url: String,
    body: String,
    signature: Option<String>,
}

/// Sends a message; returns why it was not taken.
pub(super) async fn send(
    via: &Via,
    told: &Told,
    options: &AlertOptions,
    now: Timestamp,
) -> Result<(), String> {
    let post = post(via, told, now).ok_or("no channel of this kind is a webhook")?;
    let mut url = Url::parse(&post.url).map_err(|error| format!("the address does not read: {error}"))?;
    if let Via::Dingtalk { secret: Some(secret), .. } = via {
        let at = now.as_millis().to_string();
        let sign = STANDARD.encode(hmac(secret.0.as_bytes(), format!("{at}\n{}", secret.0).as_bytes()));
        url.query_pairs_mut().append_pair("timestamp", &at).append_pair("sign", &sign);
    }
    let answer = exchange(url, post, told, options).await?;
    refusal(via, &answer).map_or(Ok(()), Err)
}

fn post(via: &Via, told: &Told, now: Timestamp) -> Option<Post> {
    let plain =
        |url: &str, body: Value| Some(Post { url: url.to_owned(), body: body.to_string(), signature: None });
    match via {
        Via::Webhook { url, secret, template } => {
            let body = match template {
                Some(template) => message::filled(template, told),
                None => {
                    let mut json = told.json.clone();
                    json["text"] = json!(told.text);
                    json.to_string()
                }
            };
            let at = now.as_seconds();
            let sign = |key: &str| {
                format!("t={at},v1={}", hex::encode(hmac(key.as_bytes(), format!("{at}.{body}").as_bytes())))
            };
            let signature = secret.as_ref().map(|secret| sign(&secret.0));
            Some(Post { url: url.clone(), body, signature })
        }
        Via::Slack { url } => plain(&url.0, json!({ "text": told.text })),
        Via::Feishu { url, secret } => {
            let mut body = json!({ "msg_type": "text", "content": { "text": told.text } });
            if let Some(secret) = secret {
                // Theirs is a sum of nothing under a key that bears the time.
                let at = now.as_seconds().to_string();
                let key = format!("{at}\n{}", secret.0);
                body["timestamp"] = json!(at);
                body["sign"] = json!(STANDARD.encode(hmac(key.as_bytes(), b"")));
            }
            plain(&url.0, body)
        }
        Via::Dingtalk { url, .. } => {
            plain(&url.0, json!({ "msgtype": "text", "text": { "content": told.text } }))
        }
        Via::Email(_) | Via::Job { .. } => None,
    }
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length is taken");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

async fn exchange(url: Url, post: Post, told: &Told, options: &AlertOptions) -> Result<Vec<u8>, String> {
    let host = url.host_str().ok_or("the address names no host")?.to_owned();
    let port = url.port_or_known_default().ok_or("the address names no port")?;
    let at = address::checked(&host, port, &options.allow).await?;
    let mut client = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .http1_only()
        .connect_timeout(CONNECT)
        .timeout(WHOLE)
        .resolve(&host, at)
        .user_agent(concat!("sandglass/", env!("CARGO_PKG_VERSION")));
    if let Some(ca) = &options.ca {
        let certificates =
            Certificate::from_pem_bundle(ca).map_err(|error| format!("`alerts.ca_file`: {error}"))?;
        client = client.tls_certs_merge(certificates);
    }
    let client = client.build().map_err(|error| told_error(&error))?;
    let mut request = client
        .post(url)
        .header("content-type", "application/json")
        .header("x-sandglass-notice", told.id.as_str())
        .body(post.body);
    if let Some(signature) = post.signature {
        request = request.header("x-sandglass-signature", signature);
    }
    let mut response = request.send().await.map_err(|error| told_error(&error))?;
    let status = response.status();
    let mut answer = Vec::new();
    while answer.len() < ANSWER_BYTES_MAX
        && let Some(part) = response.chunk().await.map_err(|error| told_error(&error))?
    {
        answer.extend_from_slice(&part);
    }
    if status.is_success() {
        return Ok(answer);
    }
    let redirected = if status.is_redirection() { "; redirects are not followed" } else { "" };
    Err(format!("it answered {status}{redirected}{}", shown(&answer)))
}

/// Returns why the receiver did not take it, though it answered well: theirs stands in the body.
fn refusal(via: &Via, answer: &[u8]) -> Option<String> {
    let field = match via {
        Via::Feishu { .. } => "code",
        Via::Dingtalk { .. } => "errcode",
        _ => return None,
    };
    let read: Option<Value> = serde_json::from_slice(answer).ok();
    let code = read.as_ref().and_then(|read| read.get(field)).and_then(Value::as_i64);
    (code != Some(0)).then(|| format!("it did not take the message{}", shown(answer)))
}

fn shown(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(&answer[..answer.len().min(SHOWN_BYTES_MAX)]);
    let text = text.trim();
    if text.is_empty() { String::new() } else { format!(": {}", text.escape_debug()) }
}

/// Returns an error without the address, which may bear a secret.
fn told_error(error: &reqwest::Error) -> String {
    let mut words = if error.is_timeout() { "it did not answer in time".to_owned() } else { String::new() };
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if !words.is_empty() {
            words.push_str(": ");
        }
        words.push_str(&cause.to_string());
        source = cause.source();
    }
    if words.is_empty() { "the exchange failed".to_owned() } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first vector is RFC 4231's second.
    #[test]
    fn sums_are_those_that_receivers_compute() {
        let sum = hex::encode(hmac(b"Jefe", b"what do ya want for nothing?"));
        assert_eq!(sum, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn an_answer_that_says_no_is_no_delivery() {
        let feishu = Via::Feishu { url: model::alert::Secret("https://f.example/x".into()), secret: None };
        assert_eq!(refusal(&feishu, br#"{"code":0,"msg":"success"}"#), None);
        assert!(
            refusal(&feishu, br#"{"code":19021,"msg":"sign match fail"}"#).unwrap().contains("sign match")
        );
        assert!(refusal(&feishu, b"").is_some());
    }
}
