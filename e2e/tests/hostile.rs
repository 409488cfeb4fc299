//! Clients that mean harm, or do harm without meaning it, against the built server: it goes on answering others, its memory
//! stays where it was, and each of them is told or cut off.
//!
//! docs/SECURITY.md has the table of attacks; those that need no socket are tests of the master.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use e2e::{PATIENCE, Server, http, memory_kib};
use serde_json::{Value, json};

/// Memory that a server may take on while it is attacked, besides what an attack is allowed.
const SLACK_KIB: u64 = 64 * 1024;

/// Returns a connection that gives up where a server says nothing for long.
fn connect(server: &Server) -> Result<TcpStream> {
    let stream = TcpStream::connect(server.url.trim_start_matches("http://"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Returns what comes until the server ends the connection.
fn rest(stream: &mut TcpStream) -> Result<String> {
    let mut text = Vec::new();
    match stream.read_to_end(&mut text) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => return Err(error).context("the server did not end the connection"),
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Sends bytes as they are and returns the whole answer.
fn raw(server: &Server, bytes: &str) -> Result<String> {
    let mut stream = connect(server)?;
    // Who is refused early may not get all of it out.
    drop(stream.write_all(bytes.as_bytes()));
    rest(&mut stream)
}

/// Asks for health, as a load balancer would.
fn answers(server: &Server) -> Result<bool> {
    Ok(http::send("GET", &format!("{}/healthz", server.url), &[], "")?.status == 200)
}

/// Caught without the time limit on headers, and without the one on a first request: the connections then stand for ever.
#[test]
fn who_sends_headers_slowly_or_none_is_cut_off_and_others_are_served() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let mut slow = Vec::new();
    for n in 0..200 {
        let mut stream = connect(&server)?;
        if n % 2 == 0 {
            stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n")?;
        }
        slow.push(stream);
    }
    let begun = Instant::now();
    // One more byte now and then does not help.
    while begun.elapsed() < Duration::from_secs(25) {
        for stream in slow.iter_mut().step_by(2) {
            // It may be gone by now.
            drop(stream.write_all(b"x"));
        }
        assert!(answers(&server)?);
        std::thread::sleep(Duration::from_millis(500));
    }
    for mut stream in slow {
        let answer = rest(&mut stream)?;
        assert!(!answer.contains(" 200 "), "{answer}");
    }
    Ok(())
}

/// Caught when nothing counts how fast a body comes: both then wait for ever.
#[test]
fn who_sends_a_body_slowly_is_told_so_and_cut_off() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let token = server.token();
    let (mut trickles, begun) = (Vec::new(), Instant::now());
    for (path, kind) in [("jobs", "application/json"), ("modules", "application/wasm")] {
        let mut stream = connect(&server)?;
        let head = format!(
            "POST /api/v1/{path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\ncontent-type: {kind}\r\n\
             content-length: 100000\r\n\r\n"
        );
        stream.write_all(head.as_bytes())?;
        trickles.push((path, stream));
    }
    while begun.elapsed() < Duration::from_secs(20) {
        for (_, stream) in &mut trickles {
            drop(stream.write_all(b" "));
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    assert!(answers(&server)?);
    for (path, mut stream) in trickles {
        let mut answer = vec![0; 8192];
        let read = stream.read(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("body_too_slow"), "{path}: {answer}");
    }
    Ok(())
}

/// Goal: a gigabyte is refused before it is taken, whether it is announced or not.
#[test]
fn a_gigabyte_is_refused_early_and_leaves_memory_as_it_was() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let (token, pid) = (server.token(), server.pid()?);
    // Answered once, so that what every server takes is taken.
    assert!(answers(&server)?);
    let before = memory_kib(pid)?;
    let part = vec![b' '; 1024 * 1024];
    for (path, kind, most_mib) in [
        ("session", "application/json", 1),
        ("jobs", "application/json", 8),
        ("modules", "application/wasm", 40),
    ] {
        let head = |length: &str| {
            format!(
                "POST /api/v1/{path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\
                 content-type: {kind}\r\n{length}\r\n\r\n"
            )
        };
        let mut announced = connect(&server)?;
        announced.write_all(head("content-length: 1073741824").as_bytes())?;
        let mut answer = vec![0; 8192];
        let read = announced.read(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 413 "), "{path}: {answer}");
        assert!(answer.contains("content-type: application/problem+json"), "{path}: {answer}");

        // Without a length: sent in pieces until the server has said what it thinks of it.
        let mut stream = connect(&server)?;
        stream.write_all(head("transfer-encoding: chunked").as_bytes())?;
        let (mut sent_mib, mut told) = (0, String::new());
        while sent_mib < 1024 && told.is_empty() {
            let piece = [format!("{:x}\r\n", part.len()).as_bytes(), &part, b"\r\n"].concat();
            if stream.write_all(&piece).is_err() {
                break;
            }
            sent_mib += 1;
            stream.set_nonblocking(true)?;
            let mut answer = vec![0; 8192];
            if let Ok(read) = stream.read(&mut answer) {
                told = String::from_utf8_lossy(&answer[..read]).into_owned();
            }
            stream.set_nonblocking(false)?;
        }
        assert!(told.is_empty() || told.starts_with("HTTP/1.1 413 "), "{path}: {told}");
        // What lies in the buffers of the system was sent too.
        assert!(sent_mib < most_mib + 64, "{path}: {sent_mib} MiB were taken");
        let grown = memory_kib(pid)?.saturating_sub(before);
        assert!(grown < SLACK_KIB + most_mib * 1024, "{path}: {grown} KiB more");
    }
    assert!(answers(&server)?);
    Ok(())
}

/// Sends `count` requests on one connection, a hundred at a time; returns how many were answered 200 and 429.
fn flood(server: &Server, token: &str, count: usize) -> Result<(usize, usize)> {
    let one = format!("GET /api/v1/session HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\r\n");
    let batch = one.repeat(100);
    let mut stream = connect(server)?;
    let (mut served, mut refused) = (0, 0);
    for _ in 0..count / 100 {
        stream.write_all(batch.as_bytes())?;
        let (mut text, mut seen) = (Vec::new(), 0);
        // The last answer of a batch is whole once its body is: all bodies end with a brace.
        while seen < 100 || !text.ends_with(b"}") {
            let mut part = [0; 64 * 1024];
            let read = stream.read(&mut part)?;
            anyhow::ensure!(read > 0, "the connection ended after {seen} answers");
            text.extend_from_slice(&part[..read]);
            seen = text.windows(9).filter(|word| word == b"HTTP/1.1 ").count();
        }
        let text = String::from_utf8_lossy(&text);
        served += text.matches("HTTP/1.1 200 ").count();
        let refusals = text.matches("HTTP/1.1 429 ").count();
        assert_eq!(text.matches("retry-after: ").count(), refusals, "each says when to come back");
        refused += refusals;
    }
    Ok((served, refused))
}

#[test]
fn a_hundred_thousand_requests_of_one_token_leave_others_their_room() -> Result<()> {
    let server = Server::start(&["--no-demo", "--requests-per-second", "50"])?;
    let (admin, pid) = (server.token(), server.pid()?);
    let json_of = ("content-type", "application/json");
    let token = |user: &str| -> Result<String> {
        let (api, auth) = (format!("{}/api/v1", server.url), format!("Bearer {admin}"));
        let word = "a word that nobody guesses";
        let body = json!({ "name": user, "role": "viewer", "password": word }).to_string();
        let made = http::send("POST", &format!("{api}/users"), &[("authorization", &auth), json_of], body)?;
        assert_eq!(made.status, 201, "{}", made.body);
        let body = json!({ "name": user, "password": word }).to_string();
        let login = http::send("POST", &format!("{api}/session"), &[json_of, ("origin", &server.url)], body)?;
        assert_eq!(login.status, 201, "{}", login.body);
        let cookie = login.headers["set-cookie"].to_str()?.split(';').next().context("a cookie")?.to_owned();
        let headers = [json_of, ("origin", server.url.as_str()), ("cookie", &cookie)];
        let made =
            http::send("POST", &format!("{api}/tokens"), &headers, json!({ "name": "flood" }).to_string())?;
        assert_eq!(made.status, 201, "{}", made.body);
        Ok(made.json()["secret"].as_str().context("a secret")?.to_owned())
    };
    let (ada, bob) = (token("ada")?, token("bob")?);
    let before = memory_kib(pid)?;
    let begun = Instant::now();
    let floods: Vec<Result<(usize, usize)>> = std::thread::scope(|scope| {
        let floods: Vec<_> = (0..4).map(|_| scope.spawn(|| flood(&server, &ada, 25_000))).collect();
        // Meanwhile another user is served.
        for _ in 0..10 {
            let auth = format!("Bearer {bob}");
            let answer =
                http::send("GET", &format!("{}/api/v1/session", server.url), &[("authorization", &auth)], "");
            assert_eq!(answer.map(|answer| answer.status).unwrap_or_default(), 200);
        }
        floods.into_iter().map(|flood| flood.join().expect("no assertion failed")).collect()
    });
    let (mut served, mut refused) = (0, 0);
    for flood in floods {
        let (s, r) = flood?;
        (served, refused) = (served + s, refused + r);
    }
    let seconds = begun.elapsed().as_secs() + 1;
    println!("{served} served and {refused} refused in {seconds} s");
    assert_eq!(served + refused, 100_000);
    assert!(served as u64 <= 250 + 50 * seconds, "{served} in {seconds} s");
    assert!(memory_kib(pid)?.saturating_sub(before) < SLACK_KIB);
    // A request that was refused did nothing; the next second has room again.
    let auth = format!("Bearer {ada}");
    server.until("room for the next request", || {
        let answer =
            http::send("GET", &format!("{}/api/v1/session", server.url), &[("authorization", &auth)], "")?;
        Ok((answer.status == 200).then_some(()))
    })
}

/// Goal: no path leads out of the page's files or the modules, however it is written.
#[test]
fn no_path_leads_to_a_file_of_the_machine() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let token = server.token();
    let paths = [
        "/../../../../etc/passwd",
        "/assets/../../../../etc/passwd",
        "/assets/..%2f..%2f..%2fetc/passwd",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/assets/....//....//etc/passwd",
        "//etc/passwd",
        "/assets//etc/passwd",
        "/assets/%00/etc/passwd",
        "/assets\\..\\..\\etc\\passwd",
        "/api/v1/modules/..%2f..%2f..%2fetc%2fpasswd/content",
        "/api/v1/modules/sha256:../../../etc/passwd/content",
        "/api/v1/modules/tags/..%2f..%2fadmin-token",
        "/api/v1/jobs/..%2f..%2fadmin-token",
        "/api/v1/runs/..%2f..%2fadmin-token/output",
    ];
    for path in paths {
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
        );
        let answer = raw(&server, &head)?;
        assert!(!answer.contains("root:") && !answer.contains(&token), "{path}: {answer}");
        let page = answer.starts_with("HTTP/1.1 200 ") && answer.contains("<!doctype html>");
        let refused = ["HTTP/1.1 400 ", "HTTP/1.1 404 "].iter().any(|status| answer.starts_with(status));
        assert!(page || refused, "{path}: {answer}");
        assert!(!path.starts_with("/api/") || refused, "{path}: {answer}");
    }
    Ok(())
}

/// Goal: nothing that a client sends becomes a header, or a second request.
#[test]
fn nothing_that_is_sent_becomes_a_header_or_a_second_request() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let token = server.token();
    let auth = format!("authorization: Bearer {token}\r\n");
    // Each place from which an answer takes words: a module's name, a request's id, a path in a problem.
    let module = "\0asm\u{1}\0\0\0";
    let cases = [
        format!(
            "POST /api/v1/modules?name=a%0d%0ax-evil:%201 HTTP/1.1\r\nhost: a\r\n{auth}content-type: application/wasm\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{module}",
            module.len()
        ),
        format!("GET /api/v1/jobs/a%0d%0ax-evil:%201 HTTP/1.1\r\nhost: a\r\n{auth}connection: close\r\n\r\n"),
        format!(
            "GET /api/v1/session HTTP/1.1\r\nhost: a\r\n{auth}x-request-id: a%0d%0ax-evil: 1\r\nconnection: close\r\n\r\n"
        ),
        format!("GET /login%0d%0ax-evil:%201 HTTP/1.1\r\nhost: a\r\n{auth}connection: close\r\n\r\n"),
    ];
    for case in &cases {
        let answer = raw(&server, case)?;
        let head = answer.split("\r\n\r\n").next().unwrap_or_default().to_ascii_lowercase();
        assert!(answer.starts_with("HTTP/1.1 ") && !head.contains("\nx-evil"), "{case}\n{answer}");
        assert!(!head.contains("x-request-id: a%0d"), "{answer}");
    }
    // A head that two servers would read in two ways is refused, and nothing behind it is read as a request.
    let smuggled = "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";
    let twofold = [
        format!("content-length: {}\r\ncontent-length: 3\r\n", smuggled.len()),
        "content-length: 3\r\ntransfer-encoding: identity\r\n".to_owned(),
        " x-folded: 1\r\n".to_owned(),
        "x-null: a\0b\r\n".to_owned(),
    ];
    for lines in twofold {
        let case = format!("POST /api/v1/session HTTP/1.1\r\nhost: a\r\n{lines}\r\n{smuggled}");
        let answer = raw(&server, &case)?;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{case}\n{answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{case}\n{answer}");
    }
    // Heads without end: too many headers, too long ones.
    let many = (0..200).map(|n| format!("x-{n}: 1\r\n")).collect::<String>();
    let long = format!("x-long: {}\r\n", "a".repeat(128 * 1024));
    for lines in [many, long] {
        let answer = raw(&server, &format!("GET /healthz HTTP/1.1\r\nhost: a\r\n{lines}\r\n"))?;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
    assert!(answers(&server)?);
    Ok(())
}

/// Goal: no page of another origin may read or send anything, by any header.
#[test]
fn other_origins_are_told_nothing() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let url = format!("{}/api/v1/jobs", server.url);
    let auth = format!("Bearer {}", server.token());
    let foreign = [
        ("origin", "https://evil.example"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization"),
    ];
    let asked = http::send("OPTIONS", &url, &foreign, "")?;
    assert!(!(200..300).contains(&asked.status), "{asked:?}");
    let read = http::send("GET", &url, &[("origin", "https://evil.example"), ("authorization", &auth)], "")?;
    for answer in [&asked, &read] {
        let cors = answer.headers.keys().any(|name| name.as_str().starts_with("access-control-"));
        assert!(!cors, "{answer:?}");
    }
    // And an id that a proxy gave is kept, so that both logs tell of one request.
    let named = http::send("GET", &url, &[("x-request-id", "proxy-17.a_b"), ("authorization", &auth)], "")?;
    assert_eq!(named.headers["x-request-id"], "proxy-17.a_b");
    let odd = http::send("GET", &url, &[("x-request-id", "two words"), ("authorization", &auth)], "")?;
    assert_ne!(odd.headers["x-request-id"], "two words");
    let missing =
        http::send("GET", &format!("{url}/nope"), &[("x-request-id", "r1"), ("authorization", &auth)], "")?;
    assert_eq!(missing.json()["request_id"], Value::from("r1"));
    Ok(())
}

/// Goal: what was asked before a stop is answered, and who follows a run is told to come back.
#[test]
fn a_stop_answers_what_was_asked_and_tells_streams_to_come_back() -> Result<()> {
    let mut server = Server::start(&["--no-demo"])?;
    let token = server.token();
    server.apply("{ name: long, schedule: '@yearly', shell: { script: 'echo begun; sleep 600' } }")?;
    server.done(&["job", "run", "long"])?;
    let run = server.run_in("long", &["running"])?["id"].as_str().context("an id")?.to_owned();
    let mut tail = connect(&server)?;
    let head = |method: &str, path: &str, more: &str| {
        format!("{method} {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n{more}\r\n")
    };
    tail.write_all(head("GET", &format!("/api/v1/runs/{run}/output/stream"), "").as_bytes())?;
    let mut seen = String::new();
    while !seen.contains("begun") {
        let mut part = [0; 4096];
        let read = tail.read(&mut part)?;
        anyhow::ensure!(read > 0, "the stream ended: {seen}");
        seen.push_str(&String::from_utf8_lossy(&part[..read]));
    }
    // Its body is half sent when the server is told to end.
    let body = "{ \"name\": \"last\", \"schedule\": \"@yearly\", \"shell\": { \"script\": \"true\" } }";
    let mut late = connect(&server)?;
    let more = format!(
        "content-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\n",
        body.len()
    );
    late.write_all(head("POST", "/api/v1/jobs", &more).as_bytes())?;
    // The server reads the body by now.
    let mut interim = [0; 25];
    late.read_exact(&mut interim)?;
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    late.write_all(&body.as_bytes()[..10])?;
    server.signal(nix::sys::signal::Signal::SIGTERM)?;
    seen.push_str(&rest(&mut tail)?);
    assert!(seen.contains("retry: 1000"), "{seen}");
    late.write_all(&body.as_bytes()[10..])?;
    let answer = rest(&mut late)?;
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert!(server.wait()?.success());
    server.up()?;
    assert!(server.done(&["job", "get", "last"])?.contains("@yearly"));
    Ok(())
}
