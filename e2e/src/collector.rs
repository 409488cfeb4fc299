//! A collector of spans: takes OTLP over HTTP on a socket of its own and reads it by the types of the protocol.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::{Result, ensure};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

/// A span as it came.
#[derive(Debug)]
pub struct Told {
    /// Whose it is.
    pub resource: BTreeMap<String, String>,
    /// What it says.
    pub attributes: BTreeMap<String, String>,
    /// All else of it.
    pub span: Span,
    /// The head of the request that brought it, in small letters.
    pub head: String,
}

/// A collector; it takes spans while it is told to.
pub struct Collector {
    /// Where people say that it is.
    pub url: String,
    answers: Arc<AtomicBool>,
    refused: Arc<AtomicUsize>,
    spans: Receiver<Told>,
}

impl Collector {
    /// Starts one that takes spans, or breaks off each connection until it is told otherwise.
    ///
    /// # Errors
    /// When there is no socket to be had.
    pub fn start(takes: bool) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let (told, spans) = channel();
        let (answers, refused) = (Arc::new(AtomicBool::new(takes)), Arc::new(AtomicUsize::new(0)));
        let (is_taken, counted) = (Arc::clone(&answers), Arc::clone(&refused));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if !is_taken.load(Ordering::SeqCst) {
                    counted.fetch_add(1, Ordering::SeqCst);
                    continue;
                }
                // One that breaks off is sent again.
                for one in take(stream).unwrap_or_default() {
                    drop(told.send(one));
                }
            }
        });
        Ok(Self { url, answers, refused, spans })
    }

    /// Takes spans from now on.
    pub fn answer(&self) {
        self.answers.store(true, Ordering::SeqCst);
    }

    /// Returns how many connections it broke off.
    pub fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }

    /// Returns what came since it was last asked.
    pub fn told(&self) -> Vec<Told> {
        self.spans.try_iter().collect()
    }
}

fn take(stream: TcpStream) -> Result<Vec<Told>> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut reader = BufReader::new(stream);
    let (mut head, mut line, mut length) = (String::new(), String::new(), 0);
    while line != "\r\n" {
        line.clear();
        ensure!(reader.read_line(&mut line)? > 0, "it broke off");
        head.push_str(&line.to_ascii_lowercase());
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let told = spans_of(&body, &head)?;
    reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
    Ok(told)
}

fn spans_of(body: &[u8], head: &str) -> Result<Vec<Told>> {
    let mut told = Vec::new();
    for of_one in ExportTraceServiceRequest::decode(body)?.resource_spans {
        let resource = words(&of_one.resource.unwrap_or_default().attributes);
        for span in of_one.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            let attributes = words(&span.attributes);
            told.push(Told { resource: resource.clone(), attributes, span, head: head.to_owned() });
        }
    }
    Ok(told)
}

/// Returns attributes as text, numbers with a `#` before them.
fn words(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let word = |attribute: &KeyValue| match attribute.value.as_ref().and_then(|any| any.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => format!("#{number}"),
        other => format!("{other:?}"),
    };
    attributes.iter().map(|attribute| (attribute.key.clone(), word(attribute))).collect()
}
