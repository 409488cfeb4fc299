//! Settings that all masters share, and tokens that are changed, on the stores of both modes.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

mod common;

use std::time::Duration;

use axum::http::Method;
use common::mode::Mode;
use common::stage::{As, Stage, ask};
use master::Options;
use serde_json::{Value, json};

const SETTINGS: &str = "/api/v1/settings";

async fn settings_hold_for_all_masters(mode: Mode) {
    let mut stage = Stage::new(mode, Options::default()).await;
    let before = stage.admin(Method::GET, SETTINGS, json!(null)).await.expect(200);
    assert_eq!(before["settings"], json!({}));
    assert_eq!(before["in_force"]["audit_days"], 400);
    let asked = json!({ "session_ttl": "2h", "audit_days": 30, "revisions_max": 5 });
    let after = stage.admin(Method::PUT, SETTINGS, asked.clone()).await.expect(200);
    assert_eq!(after["settings"], asked);
    assert_eq!(after["in_force"]["revisions_max"], 5);
    assert_eq!(after["in_force"]["ranges_days"], 400, "what nobody set is as the configuration says");

    // Another master knows it at once, and a login there lasts as long.
    let other = stage.another();
    let admin = As::Token(common::TOKEN.into());
    let seen = ask(&other, &admin, "192.0.2.9", Method::GET, SETTINGS, &[], json!(null)).await.expect(200);
    assert_eq!(seen, after);
    let user = json!({ "name": "ada", "role": "viewer", "password": "correct horse" });
    stage.admin(Method::POST, "/api/v1/users", user).await.expect(201);
    let login = json!({ "name": "ada", "password": "correct horse" });
    let reply = ask(&other, &As::Nobody, "192.0.2.9", Method::POST, "/api/v1/session", &[], login).await;
    assert_eq!(reply.status, 201);
    assert!(reply.header("set-cookie").contains("Max-Age=7200"), "{}", reply.header("set-cookie"));

    // A change follows what it says it follows, and all faults are told.
    let stale = [("if-match", before["etag"].as_str().unwrap())];
    let reply = ask(&stage.router, &admin, "192.0.2.9", Method::PUT, SETTINGS, &stale, json!({})).await;
    assert_eq!(reply.refused(412), "stale");
    let bad = json!({ "session_ttl": "1s", "audit_days": 0 });
    let reply = stage.admin(Method::PUT, SETTINGS, bad).await;
    let paths: Vec<_> =
        reply.problem()["errors"].as_array().unwrap().iter().map(|fault| fault["path"].clone()).collect();
    assert_eq!(paths, ["session_ttl", "audit_days"], "{}", reply.text());
    let reply = stage.admin(Method::PUT, SETTINGS, json!({ "audit_day": 3 })).await;
    assert_eq!(reply.refused(400), "invalid_body");

    // A change leaves a line with what stood before and after; a task moves it there.
    let line = async {
        loop {
            let path = "/api/v1/audit?target=/api/v1/settings&denied=false";
            let page = stage.admin(Method::GET, path, json!(null)).await.expect(200);
            if !page["items"][0].is_null() {
                return page["items"][0].clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let line = tokio::time::timeout(common::PATIENCE, line).await.expect("the change leaves a line");
    assert_eq!((&line["before"], &line["after"]), (&json!({}), &asked), "{line}");
}

async fn a_token_is_renamed_and_given_another_end(mode: Mode) {
    let stage = Stage::new(mode, Options::default()).await;
    let (token, cookie) = stage.user("ada", "operator").await;
    let made = json!({ "name": "old name", "ttl": "1h" });
    let made = stage.ask(&cookie, Method::POST, "/api/v1/tokens", made).await.expect(201);
    let path = format!("/api/v1/tokens/{}", made["token"]["id"].as_str().unwrap());
    let change = async |who: &As, change: Value| stage.ask(who, Method::PUT, &path, change).await;

    let renamed = change(&cookie, json!({ "name": " nightly report " })).await.expect(200);
    assert_eq!(renamed["name"], "nightly report");
    assert_eq!(renamed["expires_at"], made["token"]["expires_at"], "what is not said stays");
    let longer = change(&cookie, json!({ "ttl": "30d" })).await.expect(200);
    assert!(longer["expires_at"].as_str() > made["token"]["expires_at"].as_str(), "{longer}");
    assert_eq!((&longer["name"], &longer["role"]), (&renamed["name"], &made["token"]["role"]));
    let secret = As::Token(made["secret"].as_str().unwrap().to_owned());
    let session = stage.ask(&secret, Method::GET, "/api/v1/session", json!(null)).await.expect(200);
    assert_eq!(session["expires_at"], longer["expires_at"], "the secret is the same");

    // Who comes by a token gives none a longer life than it has itself.
    let own = change(&secret, json!({ "ttl": "3650d" })).await.expect(200);
    assert_eq!(own["expires_at"], longer["expires_at"]);
    let shorter = change(&token, json!({ "ttl": "1m" })).await.expect(200);
    assert!(shorter["expires_at"].as_str() < made["token"]["expires_at"].as_str(), "{shorter}");

    // Others do not see it, an admin does; and faults are told.
    let (_, other) = stage.user("bob", "editor").await;
    assert_eq!(change(&other, json!({ "name": "mine" })).await.refused(404), "not_found");
    assert_eq!(
        stage.admin(Method::PUT, &path, json!({ "name": "of ada" })).await.expect(200)["name"],
        "of ada"
    );
    let reply = change(&cookie, json!({ "name": "\u{7}", "ttl": "1s" })).await;
    assert_eq!(reply.refused(422), "invalid_token_change");
    assert_eq!(reply.problem()["errors"].as_array().unwrap().len(), 2);
}

crate::both!(settings_hold_for_all_masters, a_token_is_renamed_and_given_another_end);
