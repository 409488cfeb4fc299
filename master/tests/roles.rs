//! Who may do what: every route, asked by everybody, on the stores of both modes; and the table that users read.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

mod common;

use std::collections::BTreeMap;

use axum::http::Method;
use common::mode::Mode;
use common::stage::{As, Stage, ask};
use master::Options;
use model::account::Role;
use model::ports::Session;
use model::time::Span;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Returns every route of the document with the role that it asks for; none: it asks for nothing.
fn routes() -> Vec<(Method, String, Option<Role>)> {
    let document = serde_json::to_value(master::document()).unwrap();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let role = operation["security"][0]["token"][0].as_str().map(|role| role.parse().unwrap());
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            routes.push((method, path.clone(), role));
        }
    }
    routes
}

/// Returns a path of the route that names nothing that is there.
fn path_of(route: &str) -> String {
    let digest = format!("sha256:{}", "0".repeat(64));
    let id = if route.contains("/workers/") {
        "nobody"
    } else if route.contains("/tokens/") {
        "000000000000"
    } else {
        "000000000000000000000000"
    };
    route
        .replace("{digest}", &digest)
        .replace("{tag}", "none:none")
        .replace("{name}", "nobody")
        .replace("{revision}", "1")
        .replace("{id}", id)
}

/// Everybody who might ask, and the role that they have; none: 401 is what they get, with this code.
async fn everybody(stage: &Stage) -> Vec<(String, As, Result<Role, &'static str>)> {
    let mut all = vec![("nobody".to_owned(), As::Nobody, Err("not_logged_in"))];
    for role in Role::ALL {
        let (token, cookie) = stage.user(role.as_str(), role.as_str()).await;
        all.push((format!("{role} by token"), token, Ok(role)));
        all.push((format!("{role} by session"), cookie, Ok(role)));
    }
    let (revoked, gone) = stage.user("revoked", "admin").await;
    let tokens = stage.ask(&gone, Method::GET, "/api/v1/tokens", json!(null)).await.expect(200);
    let of = |tokens: &Value| {
        let all = tokens["tokens"].as_array().unwrap().iter();
        all.filter(|token| token["user"] == "revoked")
            .map(|token| token["id"].as_str().unwrap().to_owned())
            .next()
    };
    let id = of(&tokens).unwrap();
    let path = format!("/api/v1/tokens/{id}");
    assert_eq!(stage.ask(&gone, Method::DELETE, &path, json!(null)).await.status, 204);
    assert_eq!(stage.ask(&gone, Method::DELETE, "/api/v1/session", json!(null)).await.status, 204);
    all.push(("a revoked token".into(), revoked, Err("invalid_token")));
    all.push(("a session that was ended".into(), gone, Err("session_ended")));
    all.extend(expired(stage).await);
    all
}

/// Returns a token and a session of an admin that have ended.
async fn expired(stage: &Stage) -> Vec<(String, As, Result<Role, &'static str>)> {
    let (accounts, now) = (&stage.ports.accounts, stage.ports.clock.now());
    let admin = accounts.user(&"admin".parse().unwrap()).await.unwrap().unwrap().value;
    let secret = "5".repeat(64);
    let sum = hex::encode(Sha256::digest(&secret));
    let mut token =
        accounts.tokens().await.unwrap().into_iter().find(|token| token.user == admin.name).unwrap();
    token.id = model::id::TokenId::random();
    token.secret_sha256 = sum.clone();
    token.expires_at = Some(now - Span::from_seconds(1));
    accounts.put_token(token).await.unwrap();
    let session = Session {
        secret_sha256: sum,
        user: "admin".into(),
        created_at: now - Span::from_days(1),
        expires_at: now - Span::from_seconds(1),
        once: false,
        epoch: Some(admin.epoch),
        token_sha256: None,
    };
    accounts.put_session(session).await.unwrap();
    vec![
        ("an expired token".into(), As::Token(secret.clone()), Err("token_ended")),
        (
            "an expired session".into(),
            As::Cookie(format!("sandglass_session={secret}")),
            Err("session_ended"),
        ),
    ]
}

/// Asks every route as everybody. Mutation: without `needs(role)` in the guard a viewer deletes jobs.
async fn everybody_gets_what_their_role_allows(mode: Mode) {
    let stage = Stage::new(mode, Options::default()).await;
    let everybody = everybody(&stage).await;
    let mut asked = 0;
    for (method, route, needs) in routes() {
        let path = path_of(&route);
        for (who, by, role) in &everybody {
            // Ends the session that it is asked with.
            if method == Method::DELETE
                && route == "/api/v1/session"
                && matches!(by, As::Cookie(_))
                && role.is_ok()
            {
                continue;
            }
            // A stream that never ends is asked to begin where it cannot; whoever may not ask is told so first.
            let never: &[_] = if route == "/api/v1/events" { &[("last-event-id", "x")] } else { &[] };
            // Who comes in vain too often from one address is told something else.
            let from = format!("127.0.0.{}", asked % 250 + 1);
            let reply = ask(&stage.router, by, &from, method.clone(), &path, never, json!({})).await;
            let told = format!("{method} {path} as {who}: {}", reply.text());
            match (needs, role) {
                (None, _) => assert!(![401, 403].contains(&reply.status.as_u16()), "{told}"),
                (Some(_), Err(code)) => {
                    assert_eq!(reply.status.as_u16(), 401, "{told}");
                    if method != Method::HEAD {
                        assert_eq!(reply.refused(401), *code, "{told}");
                    }
                }
                (Some(needs), Ok(role)) if *role < needs => {
                    assert_eq!(reply.refused(403), "role_too_low", "{told}");
                }
                (Some(_), Ok(_)) => {
                    let role_too_low = reply.status == 403 && reply.refused(403) == "role_too_low";
                    assert!(reply.status != 401 && !role_too_low, "{told}");
                }
            }
            asked += 1;
        }
    }
    assert!(asked > 500, "{asked} questions were asked");
}

/// The table in docs/SECURITY.md is the code's. Mutation: give any route another role.
#[test]
fn the_table_of_roles_is_the_one_that_users_read() {
    let mut by_role: BTreeMap<Role, Vec<String>> = BTreeMap::new();
    for (method, path, role) in routes() {
        if let Some(role) = role {
            by_role
                .entry(role)
                .or_default()
                .push(format!("`{method} {}`", path.trim_start_matches("/api/v1")));
        }
    }
    let table: Vec<String> = by_role
        .iter_mut()
        .map(|(role, routes)| {
            routes.sort();
            format!("| {role} | {} |", routes.join(", "))
        })
        .collect();
    let document = include_str!("../../docs/SECURITY.md");
    for line in &table {
        assert!(document.lines().any(|known| known == line), "docs/SECURITY.md has no line\n{line}");
    }
}

crate::both!(everybody_gets_what_their_role_allows);
