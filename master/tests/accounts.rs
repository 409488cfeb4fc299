//! Users, passwords, tokens, sessions and the audit, and what people try against them.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

mod common;

use axum::http::{HeaderName, Method};
use common::mode::Mode;
use common::stage::{As, Stage, ask};
use common::{PATIENCE, TOKEN};
use master::{Options, Proxies};
use model::time::Span;
use serde_json::{Value, json};

fn password(name: &str, password: &str) -> Value {
    json!({ "name": name, "password": password })
}

async fn try_from(stage: &Stage, from: &str, name: &str, word: &str) -> common::Reply {
    ask(&stage.router, &As::Nobody, from, Method::POST, "/api/v1/session", &[], password(name, word)).await
}

/// Reads the audit until it holds a line that is looked for: lines are moved by a task.
async fn audited(stage: &Stage, found: impl Fn(&Value) -> bool) -> Value {
    let looking = async {
        loop {
            let page = stage.admin(Method::GET, "/api/v1/audit?limit=500", json!(null)).await.expect(200);
            if let Some(line) = page["items"].as_array().unwrap().iter().find(|line| found(line)) {
                return line.clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.expect("the line comes")
}

async fn the_first_admin_comes_by_a_link_and_sets_a_password(mode: Mode) {
    let stage = Stage::new(mode, Options::default()).await;
    let (accounts, clock) = (stage.ports.accounts.clone(), stage.ports.clock.clone());
    let admin = "admin".parse().unwrap();
    let link = async || {
        master::mint_login_link(accounts.as_ref(), clock.as_ref(), &admin, Span::from_minutes(10))
            .await
            .unwrap()
    };
    let (first, stale) = (link().await, link().await);
    let by_link = async |secret: &str| {
        stage.ask(&As::Nobody, Method::POST, "/api/v1/session", json!({ "login_token": secret })).await
    };
    let came = by_link(&first).await;
    let view = came.expect(201);
    assert_eq!((&view["role"], &view["passwordless"]), (&json!("admin"), &json!(true)));
    let cookie = As::Cookie(came.header("set-cookie").split(';').next().unwrap().to_owned());
    let set = json!({ "new": "correct horse" });
    assert_eq!(
        stage.admin(Method::PUT, "/api/v1/session/password", set.clone()).await.refused(403),
        "session_needed"
    );
    stage.ask(&cookie, Method::PUT, "/api/v1/session/password", set).await.expect(200);
    assert_eq!(
        stage.ask(&cookie, Method::GET, "/api/v1/jobs", json!(null)).await.refused(401),
        "session_ended"
    );
    assert_eq!(by_link(&stale).await.refused(401), "login_link_used", "links end with the password");
    let cookie = stage.log_in("admin", "correct horse").await;
    let short = json!({ "current": "correct horse", "new": "short" });
    let refused = stage.ask(&cookie, Method::PUT, "/api/v1/session/password", short).await;
    assert_eq!(refused.refused(422), "invalid_password");
    assert!(refused.text().contains("at least 10 characters, got 5"), "{}", refused.text());
    let wrong = json!({ "current": "wrong", "new": "a longer one" });
    assert_eq!(
        stage.ask(&cookie, Method::PUT, "/api/v1/session/password", wrong).await.refused(403),
        "wrong_password"
    );
}

/// Goal: guesses are bounded across masters, and the right password does not help before the time has passed.
/// Mutation: without `attempts::spend` the last try is let in.
async fn guesses_are_bounded(mode: Mode) {
    let mut stage = Stage::new(mode, Options::default()).await;
    stage.user("ada", "viewer").await;
    let other = stage.another();
    for n in 0..10 {
        let router = if n % 2 == 0 { &stage.router } else { &other };
        let wrong = password("ada", "not the password");
        let reply = ask(router, &As::Nobody, "192.0.2.1", Method::POST, "/api/v1/session", &[], wrong).await;
        assert_eq!(reply.refused(401), "wrong_password", "try {n}");
    }
    for router in [&stage.router, &other] {
        let right = password("ada", "correct horse");
        let reply = ask(router, &As::Nobody, "192.0.2.9", Method::POST, "/api/v1/session", &[], right).await;
        assert_eq!(reply.refused(429), "too_many_logins");
        assert!(reply.text().contains("try again in 15 min"), "{}", reply.text());
    }
    audited(&stage, |line| line["code"] == "too_many_logins" && line["from"] == "192.0.2.9").await;
    let line = audited(&stage, |line| line["code"] == "wrong_password" && line["user"] == "ada").await;
    assert_eq!((&line["from"], &line["status"]), (&json!("192.0.2.1"), &json!(401)));
}

/// One address that tries many names is bounded as well, and names that are not there look like those that are.
async fn one_address_has_so_many_tries(mode: Mode) {
    let stage = Stage::new(mode, Options::default()).await;
    for n in 0..60 {
        let reply = try_from(&stage, "2001:db8::1", &format!("user-{n}"), "guess number one").await;
        assert_eq!(reply.refused(401), "wrong_password", "try {n}");
    }
    assert_eq!(try_from(&stage, "2001:db8::2", "user-99", "guess").await.refused(429), "too_many_logins");
    assert_eq!(try_from(&stage, "192.0.2.2", "user-99", "guess").await.refused(401), "wrong_password");
}

/// Mutation: take the cookie that the browser brought for the session's, and it is fixed.
async fn a_session_is_always_a_new_one(mode: Mode) {
    let stage = Stage::new(mode, Options::default()).await;
    stage.user("ada", "viewer").await;
    let (_, of_eve) = stage.user("eve", "viewer").await;
    let As::Cookie(of_eve) = of_eve else { panic!("a session is a cookie") };
    // One that nobody was given, and one of who planted it: each stays what it was.
    for (planted, was) in [(format!("sandglass_session={}", "a".repeat(64)), None), (of_eve, Some("eve"))] {
        let login = password("ada", "correct horse");
        let headers = [("cookie", planted.as_str()), ("sec-fetch-site", "same-origin")];
        let reply =
            ask(&stage.router, &As::Nobody, "127.0.0.1", Method::POST, "/api/v1/session", &headers, login)
                .await;
        reply.expect(201);
        let cookie = reply.header("set-cookie");
        assert!(!cookie.contains(&planted), "{cookie}");
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains("Secure"),
            "{cookie}"
        );
        let who = stage.ask(&As::Cookie(planted), Method::GET, "/api/v1/session", json!(null)).await;
        match was {
            None => assert_eq!(who.refused(401), "session_ended"),
            Some(name) => assert_eq!(who.expect(200)["user"], name),
        }
    }
}

async fn another_password_or_role_holds_at_once(mode: Mode) {
    let stage = Stage::new(mode, Options::default()).await;
    let (token, cookie) = stage.user("ada", "editor").await;
    let change = async |change: Value| stage.admin(Method::PUT, "/api/v1/users/ada", change).await;
    let pause = async |who: &As| stage.ask(who, Method::POST, "/api/v1/jobs/none/pause", json!(null)).await;
    assert_eq!(pause(&cookie).await.refused(404), "not_found");
    change(json!({ "role": "viewer" })).await.expect(200);
    for who in [&token, &cookie] {
        assert_eq!(pause(who).await.refused(403), "role_too_low", "the role of a token is the lesser one");
    }
    change(json!({ "role": "editor", "password": "another horse" })).await.expect(200);
    assert_eq!(pause(&cookie).await.refused(401), "session_ended");
    assert_eq!(pause(&token).await.refused(404), "not_found", "tokens go on");
    assert_eq!(try_from(&stage, "127.0.0.1", "ada", "correct horse").await.refused(401), "wrong_password");
    let cookie = stage.log_in("ada", "another horse").await;
    let reset = change(json!({ "reset_password": true })).await.expect(200);
    assert_eq!(pause(&cookie).await.refused(401), "session_ended");
    let link = json!({ "login_token": reset["login_token"] });
    stage.ask(&As::Nobody, Method::POST, "/api/v1/session", link).await.expect(201);
    assert_eq!(stage.admin(Method::DELETE, "/api/v1/users/ada", json!(null)).await.status, 204);
    assert_eq!(pause(&token).await.refused(401), "invalid_token");
    let again = json!({ "name": "ada", "role": "admin", "password": "a third horse" });
    stage.admin(Method::POST, "/api/v1/users", again).await.expect(201);
    assert_eq!(
        pause(&token).await.refused(401),
        "invalid_token",
        "a name that is given again is another account"
    );
}

async fn what_is_withheld_from_an_editor_is_refused(mode: Mode) {
    let stage = Stage::new(mode, Options::default()).await;
    let (editor, _) = stage.user("ada", "editor").await;
    let shell = json!({ "name": "a", "schedule": "0 9 * * *", "shell": { "script": "true" } });
    let as_user =
        json!({ "name": "b", "schedule": "0 9 * * *", "shell": { "script": "true", "user": "nobody" } });
    let save = async |who: &As, job: &Value| stage.ask(who, Method::POST, "/api/v1/jobs", job.clone()).await;
    let withhold = async |what: Value| {
        stage.admin(Method::PUT, "/api/v1/users/ada", json!({ "withheld": what })).await.expect(200);
    };
    withhold(json!(["run_as_user"])).await;
    save(&editor, &shell).await.expect(201);
    assert_eq!(save(&editor, &as_user).await.refused(403), "right_withheld");
    withhold(json!(["shell_jobs"])).await;
    let again = stage
        .ask(
            &editor,
            Method::PUT,
            "/api/v1/jobs/a",
            json!({ "name": "a", "schedule": "0 8 * * *", "shell": { "script": "id" } }),
        )
        .await;
    assert_eq!(again.refused(403), "right_withheld", "nor may it be changed");
    let run = json!({ "env": { "BASH_ENV": "/tmp/x" } });
    let (operator, _) = stage.user("bob", "operator").await;
    for (who, code) in [(&editor, "right_withheld"), (&operator, "role_too_low")] {
        let reply = stage.ask(who, Method::POST, "/api/v1/jobs/a/run", run.clone()).await;
        assert_eq!(reply.refused(403), code, "a variable decides what a script does");
        stage.ask(who, Method::POST, "/api/v1/jobs/a/run", json!(null)).await.expect(202);
    }
}

async fn the_last_admin_stays(mode: Mode) {
    let stage = Stage::new(mode, Options::default()).await;
    stage.user("ada", "admin").await;
    let demote = json!({ "role": "viewer" });
    assert_eq!(
        stage.admin(Method::PUT, "/api/v1/users/ada", demote.clone()).await.refused(409),
        "last_admin"
    );
    assert_eq!(
        stage.admin(Method::DELETE, "/api/v1/users/ada", json!(null)).await.refused(409),
        "last_admin"
    );
    stage.user("bob", "admin").await;
    stage.admin(Method::PUT, "/api/v1/users/ada", demote).await.expect(200);
}

async fn a_token_may_no_more_than_who_makes_it(mode: Mode) {
    let stage = Stage::new(mode, Options::default()).await;
    let (operator, cookie) = stage.user("ada", "operator").await;
    let make = async |who: &As, body: Value| stage.ask(who, Method::POST, "/api/v1/tokens", body).await;
    let more = make(&operator, json!({ "name": "x", "role": "editor" })).await;
    assert_eq!(more.refused(422), "invalid_token_request");
    for bad in [json!({ "name": "" }), json!({ "name": "a\u{7}b" }), json!({ "name": "x", "ttl": "1s" })] {
        assert_eq!(make(&operator, bad).await.refused(422), "invalid_token_request");
    }
    let short = make(&cookie, json!({ "name": "short", "role": "viewer", "ttl": "1h" })).await.expect(201);
    let by_short = As::Token(short["secret"].as_str().unwrap().to_owned());
    assert_eq!(
        stage.ask(&by_short, Method::POST, "/api/v1/jobs/none/kill", json!(null)).await.refused(403),
        "role_too_low"
    );
    let child = make(&by_short, json!({ "name": "child" })).await.expect(201);
    assert_eq!(child["token"]["expires_at"], short["token"]["expires_at"], "nor does it last longer");
    assert_eq!(child["token"]["role"], "viewer");
    // A session that was begun with a token ends with it.
    let begun =
        stage.ask(&As::Nobody, Method::POST, "/api/v1/session", json!({ "token": short["secret"] })).await;
    assert_eq!(begun.expect(201)["role"], "viewer");
    let session = As::Cookie(begun.header("set-cookie").split(';').next().unwrap().to_owned());
    let path = format!("/api/v1/tokens/{}", short["token"]["id"].as_str().unwrap());
    let (stranger, _) = stage.user("bob", "editor").await;
    assert_eq!(stage.ask(&stranger, Method::DELETE, &path, json!(null)).await.refused(404), "not_found");
    assert_eq!(stage.ask(&operator, Method::DELETE, &path, json!(null)).await.status, 204);
    assert_eq!(
        stage.ask(&session, Method::GET, "/api/v1/jobs", json!(null)).await.refused(401),
        "session_ended"
    );
    let listed = stage.ask(&operator, Method::GET, "/api/v1/tokens", json!(null)).await.expect(200);
    assert!(listed["tokens"].as_array().unwrap().iter().all(|token| token["user"] == "ada"), "{listed}");
    assert!(!listed.to_string().contains("secret"), "{listed}");
}

async fn a_secret_in_an_address_is_refused(mode: Mode) {
    let stage = Stage::new(mode, Options::default()).await;
    let own = format!("token={TOKEN}");
    let all =
        [own.as_str(), "limit=1&access_token=abc", "Password=x", "authorization=Bearer%20x", "%74oken=abc"];
    for query in all {
        for (by, method, path) in [
            (As::Token(TOKEN.into()), Method::GET, "/api/v1/jobs"),
            (As::Nobody, Method::GET, "/api/v1/jobs"),
            (As::Nobody, Method::GET, "/api/v1/events"),
            (As::Nobody, Method::POST, "/api/v1/session"),
        ] {
            let reply = stage.ask(&by, method, &format!("{path}?{query}"), json!({ "token": TOKEN })).await;
            assert_eq!(reply.refused(400), "secret_in_url", "{path}?{query}");
        }
    }
}

/// What stands in a path or a name stays there: nothing of it becomes a header, a file or another route.
async fn paths_and_headers_are_not_broken_out_of(mode: Mode) {
    let stage = Stage::new(mode, Options::default()).await;
    for path in [
        "/api/v1/jobs/..%2F..%2Fusers",
        "/api/v1/users/..%2f..%2f..%2fetc%2fpasswd",
        "/api/v1/users/a%0d%0aset-cookie:%20x=y",
        "/api/v1/modules/sha256:..%2F..%2Fintent.db/content",
        "/api/v1/modules/tags/a:..%2Fb",
        "/api/v1/tokens/%00",
    ] {
        let reply = stage.admin(Method::GET, path, json!(null)).await;
        assert!([400, 404, 405].contains(&reply.status.as_u16()), "{path}: {reply:?}");
        assert!(!reply.headers.contains_key("set-cookie"), "{path}: {reply:?}");
    }
    for path in ["/../Cargo.toml", "/assets/..%2f..%2fCargo.toml", "/%2e%2e/%2e%2e/etc/passwd"] {
        let reply = stage.ask(&As::Nobody, Method::GET, path, json!(null)).await;
        assert!(!reply.text().contains("[package]") && !reply.text().contains("root:"), "{path}");
    }
    let name = json!({ "name": "a\r\nset-cookie: x=y", "role": "viewer" });
    assert_eq!(stage.admin(Method::POST, "/api/v1/users", name).await.refused(400), "invalid_body");
    // Another path that reads alike reaches no guarded route unguarded.
    for path in ["//api/v1/jobs", "/API/v1/jobs", "/api%2fv1/jobs", "/./api/v1/jobs"] {
        let reply = stage.ask(&As::Nobody, Method::GET, path, json!(null)).await;
        assert!(!reply.text().contains("\"items\""), "{path}: {reply:?}");
    }
}

async fn a_trusted_proxy_names_the_user_and_nobody_else_does(mode: Mode) {
    let proxies = Proxies {
        addresses: vec!["10.0.0.1/32".parse().unwrap()],
        user_header: Some(HeaderName::from_static("x-remote-user")),
    };
    let stage = Stage::new(mode, Options { proxies, ..Options::default() }).await;
    stage.user("ada", "editor").await;
    let via = async |from: &str, headers: &[(&str, &str)], method: Method, path: &str| {
        ask(&stage.router, &As::Nobody, from, method, path, headers, json!(null)).await
    };
    let named = [("x-remote-user", "ada"), ("x-forwarded-proto", "https"), ("x-forwarded-for", "192.0.2.7")];
    let who = via("10.0.0.1", &named, Method::GET, "/api/v1/session").await.expect(200);
    assert_eq!((&who["user"], &who["via"], &who["role"]), (&json!("ada"), &json!("proxy"), &json!("editor")));
    assert_eq!(via("10.0.0.2", &named, Method::GET, "/api/v1/session").await.refused(401), "not_logged_in");
    let stranger = [("x-remote-user", "eve")];
    assert_eq!(via("10.0.0.1", &stranger, Method::GET, "/api/v1/session").await.refused(403), "unknown_user");
    // A browser sends the proxy's login along from any page: a change must say where it is from.
    let pause = "/api/v1/jobs/none/pause";
    assert_eq!(via("10.0.0.1", &named, Method::POST, pause).await.refused(403), "other_origin");
    let own = [named[0], named[2], ("sec-fetch-site", "same-origin")];
    assert_eq!(via("10.0.0.1", &own, Method::POST, pause).await.refused(404), "not_found");
    let login = password("ada", "correct horse");
    let reply =
        ask(&stage.router, &As::Nobody, "10.0.0.1", Method::POST, "/api/v1/session", &named, login).await;
    assert!(reply.header("set-cookie").ends_with("; Secure"), "{reply:?}");
    let line = audited(&stage, |line| {
        line["action"] == "POST /api/v1/session" && line["status"] == 201 && line["from"] == "192.0.2.7"
    })
    .await;
    assert_eq!(line["user"], "ada");
}

/// Every change leaves a line with what stood before and after, and so does every denied attempt.
async fn changes_are_audited(mode: Mode) {
    let stage = &Stage::new(mode, Options::default()).await;
    let job = json!({ "name": "a", "schedule": "0 9 * * *", "shell": { "script": "true" } });
    stage.admin(Method::POST, "/api/v1/jobs", job).await.expect(201);
    stage.admin(Method::POST, "/api/v1/jobs/a/pause", json!({ "why": "holiday" })).await.expect(200);
    stage.admin(Method::DELETE, "/api/v1/jobs/a", json!(null)).await.expect(200);
    let line = audited(stage, |line| line["action"] == "DELETE /api/v1/jobs/{name}").await;
    assert_eq!((&line["before"]["schedule"], &line["after"]), (&json!("0 9 * * *"), &Value::Null));
    let line = audited(stage, |line| line["action"] == "POST /api/v1/jobs").await;
    assert_eq!((&line["before"], &line["after"]["name"]), (&Value::Null, &json!("a")));
    let line = audited(stage, |line| line["action"] == "POST /api/v1/jobs/{name}/pause").await;
    assert!(line["before"]["paused"].is_null() && line["after"]["paused"]["by"] == "admin", "{line}");

    let (viewer, _) = stage.user("ada", "viewer").await;
    stage.admin(Method::PUT, "/api/v1/users/ada", json!({ "role": "operator" })).await.expect(200);
    let line = audited(stage, |line| line["action"] == "PUT /api/v1/users/{name}").await;
    assert_eq!(line["target"], "/api/v1/users/ada");
    assert_eq!(
        (&line["user"], &line["via"], &line["from"]),
        (&json!("admin"), &json!("token"), &json!("127.0.0.1"))
    );
    assert_eq!((&line["before"]["role"], &line["after"]["role"]), (&json!("viewer"), &json!("operator")));
    assert_eq!(
        stage.ask(&viewer, Method::DELETE, "/api/v1/jobs/nightly", json!(null)).await.refused(403),
        "role_too_low"
    );
    let line = audited(stage, |line| line["status"] == 403).await;
    assert_eq!((&line["user"], &line["code"]), (&json!("ada"), &json!("role_too_low")));
    let denied =
        stage.admin(Method::GET, "/api/v1/audit?denied=true&user=ada", json!(null)).await.expect(200);
    assert_eq!(denied["items"].as_array().unwrap().len(), 1, "{denied}");
    let page = stage.admin(Method::GET, "/api/v1/audit?limit=2", json!(null)).await.expect(200);
    let next = format!("/api/v1/audit?limit=2&cursor={}", page["next"].as_str().unwrap());
    let second = stage.admin(Method::GET, &next, json!(null)).await.expect(200);
    assert!(second["items"][0]["id"].as_str() < page["items"][1]["id"].as_str());
    let everything = stage.admin(Method::GET, "/api/v1/audit?limit=500", json!(null)).await.text();
    assert!(
        !everything.contains("correct horse")
            && !everything.contains("argon2id")
            && !everything.contains(TOKEN)
    );
}

/// Goal: wrong tokens, cookies and links of one address are refused before they cost a read; who came in from there lately, and
/// who comes from elsewhere, is let in.
async fn a_flood_of_wrong_tokens_leaves_good_ones_of_the_same_address_alone(mode: Mode) {
    let stage = Stage::new(mode, Options::default()).await;
    let (token, cookie) = stage.user("ada", "viewer").await;
    let get = async |who: &As, from: &str| {
        ask(&stage.router, who, from, Method::GET, "/api/v1/session", &[], json!(null)).await
    };
    for who in [&token, &cookie] {
        assert_eq!(get(who, "192.0.2.7").await.status, 200);
    }
    let mut refused = None;
    for n in 0..5_000 {
        let wrong = if n % 2 == 0 {
            As::Token(format!("{n:064x}"))
        } else {
            As::Cookie(format!("sandglass_session={n:064x}"))
        };
        let reply = get(&wrong, "192.0.2.7").await;
        if reply.status == 429 {
            refused = Some(reply);
            break;
        }
        assert_eq!(reply.status, 401, "{n}: {}", reply.text());
    }
    let refused = refused.expect("a flood is refused");
    assert_eq!(refused.problem()["code"], "too_many_unknown");
    assert_eq!(refused.header("retry-after"), "1");
    for who in [&token, &cookie, &As::Token(TOKEN.into())] {
        assert_eq!(get(who, "192.0.2.7").await.status, 200, "{who:?}");
    }
    assert_eq!(get(&As::Token("0".repeat(64)), "192.0.2.8").await.status, 401);
    // What was taken back opens nothing, whatever is remembered of it.
    let ended = stage.ask(&cookie, Method::DELETE, "/api/v1/session", json!(null)).await;
    assert_eq!(ended.status, 204);
    assert_eq!(get(&cookie, "192.0.2.7").await.refused(401), "session_ended");
}

/// In a fleet, also while MongoDB is away: the lines wait in etcd.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_waits_for_mongodb() {
    let mut stage = Stage::with_its_own_servers(Options::default()).await;
    stage.user("ada", "viewer").await;
    let mut mongo = stage.mongo.take().unwrap();
    mongo.kill();
    stage.admin(Method::PUT, "/api/v1/users/ada", json!({ "role": "editor" })).await.expect(200);
    let waiting = stage.ports.accounts.waiting(10).await.unwrap();
    assert!(waiting.iter().any(|line| line.target == "/api/v1/users/ada"), "{waiting:?}");
    mongo.restart().await;
    let restarted = async {
        while stage.admin(Method::GET, "/api/v1/audit", json!(null)).await.status != 200 {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, restarted).await.expect("MongoDB is back");
    audited(&stage, |line| line["after"]["role"] == "editor" && line["target"] == "/api/v1/users/ada").await;
}

/// Who is locked out comes in by a link that is made on the store itself; it forgets the failed logins too.
async fn a_password_is_reset_on_the_store(mode: Mode) {
    let stage = Stage::new(mode, Options::default()).await;
    let (_, cookie) = stage.user("ada", "admin").await;
    for _ in 0..11 {
        try_from(&stage, "192.0.2.1", "ada", "not the password").await;
    }
    let (accounts, clock) = (stage.ports.accounts.as_ref(), stage.ports.clock.as_ref());
    let ada = "ada".parse().unwrap();
    let secret = master::reset_password(accounts, clock, &ada).await.unwrap().unwrap();
    assert_eq!(
        stage.ask(&cookie, Method::GET, "/api/v1/jobs", json!(null)).await.refused(401),
        "session_ended"
    );
    assert_eq!(try_from(&stage, "192.0.2.1", "ada", "correct horse").await.refused(401), "wrong_password");
    let link = json!({ "login_token": secret });
    stage.ask(&As::Nobody, Method::POST, "/api/v1/session", link).await.expect(201);
    audited(&stage, |line| line["via"] == "console" && line["action"] == "reset-password ada").await;
    let nobody = "nobody".parse().unwrap();
    assert_eq!(master::reset_password(accounts, clock, &nobody).await.unwrap(), None);
}

crate::both!(
    guesses_are_bounded,
    the_first_admin_comes_by_a_link_and_sets_a_password,
    one_address_has_so_many_tries,
    a_session_is_always_a_new_one,
    another_password_or_role_holds_at_once,
    what_is_withheld_from_an_editor_is_refused,
    the_last_admin_stays,
    a_token_may_no_more_than_who_makes_it,
    a_secret_in_an_address_is_refused,
    paths_and_headers_are_not_broken_out_of,
    a_trusted_proxy_names_the_user_and_nobody_else_does,
    a_flood_of_wrong_tokens_leaves_good_ones_of_the_same_address_alone,
    a_password_is_reset_on_the_store,
    changes_are_audited,
);
