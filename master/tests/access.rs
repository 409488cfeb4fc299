//! Who gets in, and what everybody gets: the guard, the ways in, other sites, the page, the headers.
#![expect(clippy::unwrap_used, reason = "test support: a failure is a failed test")]

mod common;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use common::mode::Mode;
use common::tail::Tail;
use common::{House, Reply, TOKEN, world};
use model::chunk::Stream;
use model::ports::Clock as _;
use model::time::Span;
use serde_json::{Value, json};

async fn bare(house: &House, method: Method, path: &str, headers: &[(&str, &str)], body: Value) -> Reply {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost:7480")
        .header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    house.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn log_in(house: &House) -> String {
    let reply = bare(house, Method::POST, "/api/v1/session", &[], json!({ "token": TOKEN })).await;
    reply.expect(201);
    reply.header("set-cookie").split(';').next().unwrap().to_owned()
}

/// Asks with what opens nothing, as often as it takes: an address may come in vain so often a second, and is told so.
async fn in_vain(house: &House, method: &Method, path: &str, headers: &[(&str, &str)]) -> Reply {
    loop {
        let reply = bare(house, method.clone(), path, headers, json!({})).await;
        if reply.status != StatusCode::TOO_MANY_REQUESTS {
            return reply;
        }
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    }
}

/// Goal: no route answers without an identity but health and the way in, and the figures to who asks on the machine, which
/// nobody does here. Method: every route of the document is asked.
async fn every_route_asks_who_is_asking(mode: Mode) {
    let house = House::new(mode).await;
    let open = [("get", "/healthz"), ("get", "/readyz"), ("get", "/metrics"), ("post", "/api/v1/session")];
    let figures = bare(&house, Method::GET, "/metrics", &[], json!({})).await;
    assert_eq!(figures.refused(401), "not_logged_in");
    let document = serde_json::to_value(master::document()).unwrap();
    let mut guarded = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let route = (method.as_str(), path.as_str());
            assert_eq!(
                operation["security"][0].get("token").is_some(),
                !open.contains(&route),
                "{route:?} in the document"
            );
            if open.contains(&route) {
                continue;
            }
            assert!(path.starts_with("/api/v1/"), "{path} is neither open nor under the guard");
            let digest = format!("sha256:{}", "0".repeat(64));
            let path =
                path.replace("{digest}", &digest).replace("{id}", &"0".repeat(24)).replace("{name}", "a");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let none = bare(&house, method.clone(), &path, &[], json!({})).await;
            assert_eq!(none.refused(401), "not_logged_in", "{method} {path}");
            assert_eq!(none.header("www-authenticate"), "Bearer");
            for wrong in ["Bearer wrong", "Bearer", "Basic YTpi", "Bearer 0123456789abcde"] {
                let headers = [("authorization", wrong)];
                let reply = in_vain(&house, &method, &path, &headers).await;
                assert_eq!(reply.refused(401), "invalid_token", "{method} {path} {wrong}");
            }
            let cookie = [("cookie", "sandglass_session=0123")];
            let reply = in_vain(&house, &method, &path, &cookie).await;
            assert_eq!(reply.refused(401), "session_ended", "{method} {path}");
            guarded += 1;
        }
    }
    assert!(guarded >= 25, "{guarded} routes");
    for path in ["/api/v1/openapi.json", "/api/v1/nothing", "/api", "/api/v2/jobs"] {
        assert_eq!(
            bare(&house, Method::GET, path, &[], json!({})).await.refused(401),
            "not_logged_in",
            "{path}"
        );
    }
}

async fn without_a_known_token_no_token_opens(mode: Mode) {
    let house = House::new(mode).await;
    for token in ["", "admin", "null"] {
        let reply = bare(&house, Method::POST, "/api/v1/session", &[], json!({ "token": token })).await;
        assert_eq!(reply.refused(401), "invalid_token");
    }
}

async fn a_login_link_opens_once(mode: Mode) {
    let house = House::new(mode).await;
    let (accounts, ttl) = (house.ports.accounts.clone(), Span::from_minutes(10));
    let secret =
        master::mint_login_link(accounts.as_ref(), house.clock.as_ref(), &"admin".parse().unwrap(), ttl)
            .await
            .unwrap();
    // The link's secret is no session.
    let cookie = format!("sandglass_session={secret}");
    let reply = bare(&house, Method::GET, "/api/v1/session", &[("cookie", &cookie)], json!({})).await;
    assert_eq!(reply.refused(401), "session_ended");

    let ask = json!({ "login_token": secret });
    let first = bare(&house, Method::POST, "/api/v1/session", &[], ask.clone()).await;
    assert_eq!(first.expect(201)["user"], "admin");
    let set = first.header("set-cookie").to_owned();
    for word in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=604800"] {
        assert!(set.contains(word), "{set}");
    }
    let cookie = set.split(';').next().unwrap();
    let who =
        bare(&house, Method::GET, "/api/v1/session", &[("cookie", cookie)], json!({})).await.expect(200);
    assert_eq!((who["user"].clone(), who["via"].clone()), (json!("admin"), json!("session")));

    let second = bare(&house, Method::POST, "/api/v1/session", &[], ask).await;
    assert_eq!(second.refused(401), "login_link_used");
    insta::allow_duplicates!(insta::assert_json_snapshot!(second.problem(), @r#"
{
  "status": 401,
  "code": "login_link_used",
  "title": "the login link opens nothing",
  "detail": "the link has been used or has expired; a restart prints a new one, and an API token opens the page too"
}
"#));
}

async fn links_and_sessions_end(mode: Mode) {
    let house = House::new(mode).await;
    let (accounts, ttl) = (house.ports.accounts.clone(), Span::from_minutes(10));
    let secret =
        master::mint_login_link(accounts.as_ref(), house.clock.as_ref(), &"admin".parse().unwrap(), ttl)
            .await
            .unwrap();
    let cookie = log_in(&house).await;
    house.clock.pass(Span::from_minutes(11));
    let late = bare(&house, Method::POST, "/api/v1/session", &[], json!({ "login_token": secret })).await;
    assert_eq!(late.refused(401), "login_link_used");
    let own = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
    bare(&house, Method::GET, "/api/v1/session", &own, json!({})).await.expect(200);
    let out = bare(&house, Method::DELETE, "/api/v1/session", &own, json!({})).await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(
        bare(&house, Method::GET, "/api/v1/session", &own, json!({})).await.refused(401),
        "session_ended"
    );

    let cookie = log_in(&house).await;
    house.clock.pass(Span::from_days(8));
    let headers = [("cookie", cookie.as_str())];
    assert_eq!(
        bare(&house, Method::GET, "/api/v1/jobs", &headers, json!({})).await.refused(401),
        "session_ended"
    );
    assert!(house.clock.now() > "2026-12-09T00:00:00Z".parse().unwrap());
}

/// Goal: a page of another site cannot act with the reader's cookie, whichever way its browser says where it is from.
async fn another_site_cannot_act_with_the_cookie(mode: Mode) {
    let house = House::new(mode).await;
    house.job("a", "0 9 * * *").await;
    let cookie = log_in(&house).await;
    let act = async |headers: &[(&str, &str)]| {
        let mut all = vec![("cookie", cookie.as_str())];
        all.extend_from_slice(headers);
        bare(&house, Method::POST, "/api/v1/jobs/a/pause", &all, json!({})).await
    };
    for headers in [
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site"), ("origin", "http://localhost:7480")],
        vec![("origin", "http://evil.example")],
        vec![("origin", "http://localhost:7481")],
        vec![("origin", "null")],
        vec![],
    ] {
        assert_eq!(act(&headers).await.refused(403), "other_origin", "{headers:?}");
    }
    act(&[("sec-fetch-site", "same-origin")]).await.expect(200);
    act(&[("origin", "http://localhost:7480")]).await.expect(200);
    let login = bare(
        &house,
        Method::POST,
        "/api/v1/session",
        &[("origin", "http://evil.example")],
        json!({ "token": TOKEN }),
    );
    assert_eq!(login.await.refused(403), "other_origin");
}

async fn a_way_in_is_one_of_two(mode: Mode) {
    let house = House::new(mode).await;
    for body in [json!({}), json!({ "token": TOKEN, "login_token": "x" }), json!({ "password": "x" })] {
        assert_eq!(
            bare(&house, Method::POST, "/api/v1/session", &[], body).await.refused(400),
            "invalid_body"
        );
    }
    let who = house.get("/api/v1/session").await.expect(200);
    assert_eq!(who, json!({ "user": "admin", "role": "admin", "via": "token" }));
}

async fn what_is_no_route_is_a_problem_or_the_page(mode: Mode) {
    let house = House::new(mode).await;
    assert_eq!(house.get("/api/v1/nothing").await.refused(404), "no_such_route");
    let wrong = house.ask(Method::PATCH, "/api/v1/jobs", &[], Body::empty()).await;
    assert_eq!(wrong.refused(405), "method_not_allowed");
    assert_eq!(wrong.header("allow"), "GET,HEAD,POST");
    let by_nobody = bare(&house, Method::TRACE, "/api/v1/session", &[], json!({})).await;
    assert_eq!(by_nobody.refused(405), "method_not_allowed");
    assert_eq!(house.act("/jobs").await.refused(405), "method_not_allowed");
    assert_eq!(house.get("/assets/gone-1234.js").await.refused(404), "not_found");
    assert_eq!(house.get("/favicon.gone").await.refused(404), "not_found");
    for path in ["/", "/login", "/jobs/nightly-report", "/runs?status=failed"] {
        let page = bare(&house, Method::GET, path, &[], json!({})).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.header("content-type").starts_with("text/html"));
        assert_eq!(page.header("cache-control"), "no-cache");
        let known = [("if-none-match", page.header("etag"))];
        assert_eq!(bare(&house, Method::GET, path, &known, json!({})).await.status, 304);
    }
}

async fn every_answer_is_strict_with_browsers(mode: Mode) {
    let house = House::new(mode).await;
    for path in ["/", "/healthz", "/api/v1/jobs", "/api/v1/nothing"] {
        let reply = house.get(path).await;
        assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(!reply.header("content-security-policy").contains("script-src 'self' 'unsafe"), "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(reply.header("x-request-id").len(), 16, "{path}");
    }
    assert_eq!(house.get("/api/v1/jobs").await.header("cache-control"), "no-store");
}

/// Goal: a long list costs a slow line little; what is small, and what comes piece by piece, is sent as it is.
/// Caught: a router without its compression, or with it around streams and downloads.
async fn a_long_answer_is_compressed_and_a_small_one_and_a_stream_are_not(mode: Mode) {
    let house = House::new(mode).await;
    for n in 0..10 {
        house.job(&format!("job-{n}"), "0 9 * * *").await;
    }
    let taking = async |path: &str, encodings: &str| {
        house.ask(Method::GET, path, &[("accept-encoding", encodings)], Body::empty()).await
    };
    let whole = house.get("/api/v1/jobs").await;
    let browser = "gzip, deflate, br, zstd";
    let packed = taking("/api/v1/jobs", browser).await;
    assert_eq!((packed.status.as_u16(), packed.header("content-encoding")), (200, "gzip"));
    assert!(packed.headers.get_all("vary").iter().any(|vary| vary == "accept-encoding"), "{packed:?}");
    assert!(packed.bytes.starts_with(b"\x1f\x8b"), "{packed:?}");
    assert!(packed.bytes.len() * 3 < whole.bytes.len(), "{} of {}", packed.bytes.len(), whole.bytes.len());
    for others in ["br", "identity", "gzip;q=0"] {
        let reply = taking("/api/v1/jobs", others).await;
        assert_eq!((reply.headers.get("content-encoding"), &reply.bytes), (None, &whole.bytes), "{others}");
    }

    house.act("/api/v1/jobs/job-0/run").await.expect(202);
    let run = world::claim(&house, "job-0").await.remove(0);
    world::output(&house, &run.id, 0, Stream::Stdout, &[b'x'; 20_000]).await;
    let output = format!("/api/v1/runs/{}/output", run.id);
    for path in ["/healthz", "/api/v1/session", "/api/v1/jobs/none"] {
        let small = taking(path, browser).await;
        assert!(small.bytes.len() < 1024 && !small.headers.contains_key("content-encoding"), "{small:?}");
    }
    // Both look at the head of the answer themselves.
    Tail::open(&house, "/api/v1/events", &[]).await;
    Tail::open(&house, &format!("{output}/stream"), &[]).await;
    world::end(&house, &run, 0, 1).await;
    let download = taking(&format!("{output}?format=text"), browser).await;
    assert_eq!((download.headers.get("content-encoding"), download.bytes.len()), (None, 20_000));
}

async fn health_is_open_and_says_little(mode: Mode) {
    let house = House::new(mode).await;
    let health = bare(&house, Method::GET, "/healthz", &[], json!({})).await.expect(200);
    assert_eq!(health["status"], "ok");
    let ready = bare(&house, Method::GET, "/readyz", &[], json!({})).await.expect(200);
    assert_eq!(ready["ready"], true);
    let document = house.get("/api/v1/openapi.json").await;
    assert_eq!(document.text(), master::document_text());
}

crate::both!(
    every_route_asks_who_is_asking,
    without_a_known_token_no_token_opens,
    a_login_link_opens_once,
    links_and_sessions_end,
    another_site_cannot_act_with_the_cookie,
    a_way_in_is_one_of_two,
    what_is_no_route_is_a_problem_or_the_page,
    every_answer_is_strict_with_browsers,
    a_long_answer_is_compressed_and_a_small_one_and_a_stream_are_not,
    health_is_open_and_says_little,
);
