//! The server on a socket: what only a connection shows.
#![expect(clippy::unwrap_used, reason = "test support: a failure is a failed test")]

mod common;

use common::{House, PATIENCE, TOKEN};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

async fn served(house: &House) -> (std::net::SocketAddr, JoinSet<Result<(), master::Error>>) {
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
    let house = House::new();
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
    let house = House::new();
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
    ended.unwrap().unwrap().unwrap();
}
