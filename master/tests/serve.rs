//! The server on a socket: what only a connection shows.
#![expect(clippy::unwrap_used, reason = "test support: a failure is a failed test")]

mod common;

use common::mode::Mode;
use common::{House, PATIENCE, TOKEN};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

async fn served(house: &House) -> (std::net::SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(house.master.clone().serve(listener, house.shutdown.clone()));
    (address, tasks)
}

async fn read_all(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut text))
        .await
        .expect("the connection ends")
        .unwrap();
    String::from_utf8_lossy(&text).into_owned()
}

/// Reads up to the end of an answer's body, as its length says; the connection may stay.
async fn read_answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let whole = |text: &str| {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length =
            head.to_ascii_lowercase().split_once("content-length: ")?.1.lines().next()?.parse().ok()?;
        Some(body.len() >= length)
    };
    while whole(&text) != Some(true) {
        let mut part = [0; 4096];
        let read = tokio::time::timeout(PATIENCE, stream.read(&mut part)).await.expect("an answer").unwrap();
        assert!(read > 0, "the connection ended early: {text}");
        text.push_str(&String::from_utf8_lossy(&part[..read]));
    }
    text
}

/// Goal: who announces 10 GB is answered at once, though the body never came, and may go on sending: a client that
/// is cut off while it writes would never read the reason.
#[tokio::test]
async fn ten_gigabytes_are_refused_on_the_socket() {
    let house = House::new(Mode::Standalone).await;
    let (address, _tasks) = served(&house).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /api/v1/modules HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {TOKEN}\r\n\
         content-type: application/wasm\r\ncontent-length: 10000000000\r\n\r\n\0asm"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = read_answer(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("\"too_large\""), "{answer}");
    stream.write_all(&vec![0; 1024 * 1024]).await.unwrap();
}

/// Goal: a stop ends live streams, so that it does not wait for who only looks.
#[tokio::test]
async fn a_stop_ends_live_streams() {
    let house = House::new(Mode::Standalone).await;
    house.job("a", "0 9 * * *").await;
    let accepted = house.act("/api/v1/jobs/a/run").await.expect(202);
    let (address, mut tasks) = served(&house).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "GET /api/v1/runs/{}/output/stream HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {TOKEN}\r\n\r\n",
        accepted["run"].as_str().unwrap()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut start = [0; 15];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut start)).await.expect("an answer").unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
    house.shutdown.cancel();
    read_all(stream).await;
    let ended = tokio::time::timeout(PATIENCE, tasks.join_next()).await.expect("the server ends");
    ended.unwrap().unwrap();
}

/// Goal: a flood of connections takes no more than its places, and who waited is served.
#[tokio::test]
async fn connections_beyond_the_most_wait_and_are_served_later() {
    let house =
        House::with(Mode::Standalone, master::Options { connections_max: 3, ..master::Options::default() })
            .await;
    let (address, _tasks) = served(&house).await;
    let mut holders = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 200 "));
        holders.push(stream);
    }
    let mut waiting = TcpStream::connect(address).await.unwrap();
    waiting.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    let early = tokio::time::timeout(std::time::Duration::from_millis(300), waiting.read_u8()).await;
    assert!(early.is_err(), "there was no place: {early:?}");
    holders.pop();
    assert!(read_all(waiting).await.starts_with("HTTP/1.1 200 "));
}

/// Goal: who opens connection after connection leaves others their places.
#[tokio::test]
async fn connections_of_one_address_beyond_its_most_are_cut_off_and_others_are_served() {
    let options = master::Options { connections_per_address: 2, ..master::Options::default() };
    let house = House::with(Mode::Standalone, options).await;
    let (address, _tasks) = served(&house).await;
    let from = |ip: &str| {
        let ip = format!("{ip}:0").parse().unwrap();
        async move {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind(ip).unwrap();
            socket.connect(address).await.unwrap()
        }
    };
    let ask = "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";
    let mut holders = Vec::new();
    for _ in 0..2 {
        let mut stream = from("127.0.0.1").await;
        stream.write_all(ask.as_bytes()).await.unwrap();
        assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 200 "));
        holders.push(stream);
    }
    let mut third = from("127.0.0.1").await;
    // It may be gone before all is sent.
    third.write_all(ask.as_bytes()).await.ok();
    let ended = tokio::time::timeout(PATIENCE, third.read_u8()).await.expect("it is cut off");
    assert!(ended.is_err(), "{ended:?}");
    let mut other = from("127.0.0.2").await;
    other.write_all(ask.as_bytes()).await.unwrap();
    assert!(read_answer(&mut other).await.starts_with("HTTP/1.1 200 "));
    // Its places are its own again when it leaves.
    drop(holders);
    loop {
        let mut again = from("127.0.0.1").await;
        again.write_all(ask.as_bytes()).await.ok();
        if again.read_u8().await.is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// Goal: a head that is too large is told so as everything else is; how large it may be does not depend on how its bytes
/// come.
#[tokio::test]
async fn a_head_that_is_too_large_is_told_so_in_a_problem() {
    let house = House::new(Mode::Standalone).await;
    let (address, _tasks) = served(&house).await;
    let ask = async |lines: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!("GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{lines}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        read_all(stream).await
    };
    let long = |bytes: usize| format!("x-long: {}\r\n", "a".repeat(bytes));
    let many = |count: usize| (0..count).map(|n| format!("x-{n}: 1\r\n")).collect::<String>();
    for fits in [long(60_000), many(95)] {
        assert!(ask(&fits).await.starts_with("HTTP/1.1 200 "));
    }
    for beyond in [long(66_000), long(70_000), many(101), many(190)] {
        let answer = ask(&beyond).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
        assert!(
            answer.contains("application/problem+json") && answer.contains("\"head_too_large\""),
            "{answer}"
        );
    }
    // What is so large that it is not read to its end is answered without a body.
    let answer = ask(&many(300)).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

/// Goal: each route takes what it has a use for.
#[tokio::test]
async fn a_login_has_a_smaller_body_than_a_job() {
    let house = House::new(Mode::Standalone).await;
    let body = |bytes: usize| serde_json::json!({ "name": "a".repeat(bytes) });
    assert_eq!(house.post("/api/v1/session", body(20_000)).await.refused(413), "too_large");
    assert_eq!(house.post("/api/v1/users", body(300_000)).await.refused(413), "too_large");
    assert_eq!(house.post("/api/v1/jobs", body(300_000)).await.refused(422), "invalid_job");
}

/// Found by random requests: a list was read as the structure whose fields it names by their order.
#[tokio::test]
async fn a_list_is_no_object() {
    let house = House::new(Mode::Standalone).await;
    for (method, path) in
        [("POST", "/api/v1/users"), ("PUT", "/api/v1/users/admin"), ("POST", "/api/v1/tokens")]
    {
        let method = method.parse().unwrap();
        let kind = [("content-type", "application/json")];
        assert_eq!(house.ask(method, path, &kind, " []").await.refused(400), "invalid_body", "{path}");
    }
    let long = serde_json::json!({ "text": "@daily", "name": "a".repeat(201) });
    assert_eq!(house.post("/api/v1/schedules/preview", long).await.refused(400), "invalid_body");
}
