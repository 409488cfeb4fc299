//! A component that does what its first argument says, and tells what came of it on standard output.
//!
//! Built from source by the tests (`rustc --target wasm32-wasip2`): what a real toolchain makes of ordinary calls of its
//! standard library is what a job would run. Errors are told as the names of their kinds.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::process::exit;
use std::time::Duration;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["exit", code] => exit(code.parse().unwrap()),
        ["panic"] => outer(),
        ["spin"] => loop {
            std::hint::black_box(());
        },
        ["sleep", millis] => std::thread::sleep(Duration::from_millis(millis.parse().unwrap())),
        ["say", ..] => say(),
        ["echo"] => echo(),
        ["flood", bytes] => flood(bytes.parse().unwrap()),
        ["grow"] => grow(),
        ["open", path] => told(std::fs::File::open(path).map(|_| ())),
        ["read", path] => told(std::fs::read_to_string(path).map(|text| print!("{text}"))),
        ["write", path] => told(std::fs::write(path, "written")),
        ["open-many", path] => open_many(path),
        ["clock-storm"] => loop {
            std::hint::black_box(std::time::SystemTime::now());
        },
        ["stat-storm", path] => loop {
            let _ = std::hint::black_box(std::fs::metadata(path));
        },
        ["connect", to] => told(connect(to)),
        ["lookup", name] => told(lookup(name)),
        ["listen"] => told(TcpListener::bind("127.0.0.1:0").map(|_| ())),
        ["udp", to] => told(datagram(to)),
        _ => exit(99),
    }
}

fn told(result: std::io::Result<()>) {
    match result {
        Ok(()) => println!("ok"),
        Err(e) => println!("{:?}", e.kind()),
    }
}

/// Calls by names that a backtrace can show.
#[inline(never)]
fn outer() {
    inner(std::env::args().count());
}

#[inline(never)]
fn inner(arguments: usize) {
    assert_eq!(arguments, 0, "the probe was told to panic");
}

fn say() {
    println!("arguments {:?}", std::env::args().skip(1).collect::<Vec<_>>());
    for (name, value) in std::env::vars() {
        println!("{name}={value}");
    }
    eprintln!("to standard error");
}

fn echo() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    print!("{text}");
}

fn flood(bytes: usize) {
    let line = [b'A'; 4000];
    let mut out = std::io::stdout().lock();
    for _ in 0..bytes / line.len() {
        out.write_all(&line).unwrap();
    }
}

fn grow() {
    let mut kept = Vec::new();
    loop {
        kept.push(std::hint::black_box(vec![1_u8; 1 << 20]));
    }
}

/// Opens as many as it gets, reads the last of them, and goes on with the others closed.
fn open_many(path: &str) {
    let mut files = Vec::new();
    let refused = loop {
        match std::fs::File::open(path) {
            Ok(file) => files.push(file),
            Err(e) => break e,
        }
    };
    println!("{:?} after {}", refused.kind(), files.len());
    let mut text = String::new();
    told(files.last().unwrap().read_to_string(&mut text).map(|_| ()));
    drop(files);
    told(std::fs::File::open(path).map(|_| ()));
}

fn connect(to: &str) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(to)?;
    stream.write_all(b"ping")?;
    let mut answer = [0; 4];
    stream.read_exact(&mut answer)?;
    println!("{}", String::from_utf8_lossy(&answer));
    Ok(())
}

fn lookup(name: &str) -> std::io::Result<()> {
    let found = (name, 80).to_socket_addrs()?;
    println!("{}", found.map(|to| to.ip().to_string()).collect::<Vec<_>>().join(" "));
    Ok(())
}

fn datagram(to: &str) -> std::io::Result<()> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.send_to(b"ping", to)?;
    let mut answer = [0; 4];
    socket.recv_from(&mut answer)?;
    println!("{}", String::from_utf8_lossy(&answer));
    Ok(())
}
