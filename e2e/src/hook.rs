//! A webhook that takes what alerts post to it.
//!
//! Not here: one that refuses, and a mail server (`master/tests/common/receiver.rs`).

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

/// What a master needs in its environment to be allowed to post to this machine.
pub const ALLOWED: (&str, &str) = ("SANDGLASS_OPT_ALERTS_ALLOW", "127.0.0.0/8");

/// Takes posts on a socket of its own; returns its address and what was posted, as JSON.
///
/// # Errors
/// When there is no socket to be had.
pub fn start() -> Result<(String, Receiver<Value>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/hook", listener.local_addr()?);
    let (posted, all) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // One that breaks off is sent again.
            if let Ok(body) = take(stream) {
                drop(posted.send(body));
            }
        }
    });
    Ok((url, all))
}

fn take(stream: TcpStream) -> Result<Value> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
    Ok(serde_json::from_slice(&body)?)
}
