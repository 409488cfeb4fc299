//! Connections: taken while there is room, encrypted where a certificate is, cut off where the other end only holds them.
//!
//! Flow: socket → **`connections`** (TLS, HTTP/1.1 or HTTP/2, headers in time) → `layers` → routes.
//! What a client can hold is bounded: connections in all and of one address, headers in number, bytes and time, streams of one connection, and how
//! long it may leave an answer unread. Not here: bodies (`pace`), and what a request asks for.

mod places;
mod stall;
mod tls;

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::head::{HEAD_BYTES_MAX, HEADERS_MAX};
use crate::in_use::InUse;
use crate::peer::Peer;

use places::{Places, Taken};
pub use tls::{Tls, TlsError};

/// Beyond how many headers, and into how large a buffer, HTTP/1.1 reads no head: more than `head` allows, so that most who
/// send too much are told so in an answer with a body.
const HEADERS_READ_MAX: usize = 2 * HEADERS_MAX;
const BUFFER_BYTES: usize = HEAD_BYTES_MAX + 16 * 1024;
/// Most requests at one time of one HTTP/2 connection.
const STREAMS_MAX: u32 = 128;
/// How often a silent HTTP/2 connection is asked whether it lives, and how long it may take to say so.
const PING: Duration = Duration::from_secs(20);
/// How long the handshake of TLS may take.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// How long an answer may lie unread before its connection is cut off.
const UNREAD_MAX: Duration = Duration::from_secs(60);
/// How long to wait after the system refused to take a connection: it has no descriptors left, most likely.
const REFUSED_PAUSE: Duration = Duration::from_millis(200);

/// What all connections of a server have in common.
#[derive(Clone)]
pub(crate) struct Server {
    router: Router,
    tls: Option<Tls>,
    header_timeout: Duration,
    places: Places,
    drain_timeout: Duration,
}

impl Server {
    pub(crate) fn new(router: Router, in_use: &InUse) -> Self {
        let options = in_use.now();
        Self {
            router,
            tls: options.tls.clone(),
            header_timeout: options.header_timeout.to_std(),
            places: Places::new(in_use),
            drain_timeout: options.drain_timeout.to_std(),
        }
    }

    /// Serves until `stop`; then takes no connection any more, answers what was asked, and cuts off what goes on longer
    /// than the drain allows.
    pub(crate) async fn serve(self, listener: TcpListener, stop: CancellationToken) {
        let (drain, cut) = (self.drain_timeout, CancellationToken::new());
        let connections = TaskTracker::new();
        while let Some((place, (stream, address))) = next(&listener, &self.places, &stop).await {
            let (server, stop, cut) = (self.clone(), stop.clone(), cut.clone());
            let tracker = connections.clone();
            connections.spawn(async move {
                server.converse(stream, address, &Ends { stop, cut, tracker }).await;
                drop(place);
            });
        }
        drop(listener);
        connections.close();
        if tokio::time::timeout(drain, connections.wait()).await.is_err() {
            tracing::warn!("requests were cut off: they went on longer than the drain allows");
        }
        cut.cancel();
        connections.wait().await;
    }

    async fn converse(&self, stream: TcpStream, address: SocketAddr, ends: &Ends) {
        // Small answers and events leave at once.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%address, %error, "cannot set an option of a connection");
        }
        let stream = stall::Impatient::new(stream, UNREAD_MAX);
        let Some(tls) = &self.tls else {
            return self.talk(stream, false, Peer { address, encrypted: false }, ends).await;
        };
        match tokio::time::timeout(HANDSHAKE_MAX, tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => {
                let http2 = stream.get_ref().1.alpn_protocol() == Some(tls::HTTP2);
                self.talk(stream, http2, Peer { address, encrypted: true }, ends).await;
            }
            Ok(Err(error)) => tracing::debug!(%address, %error, "a handshake failed"),
            Err(_) => tracing::debug!(%address, "a handshake took too long"),
        }
    }

    async fn talk<S>(&self, stream: S, http2: bool, peer: Peer, ends: &Ends)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let asked = Arc::new(AtomicBool::new(false));
        let (router, first) = (self.router.clone(), asked.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            first.store(true, Ordering::Relaxed);
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request)
        });
        let silent = async move {
            tokio::time::sleep(self.header_timeout).await;
            if asked.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        };
        let stream = TokioIo::new(stream);
        if http2 {
            let connection = http2::Builder::new(Streams(ends.tracker.clone()))
                .timer(TokioTimer::new())
                .keep_alive_interval(PING)
                .keep_alive_timeout(PING)
                .max_concurrent_streams(STREAMS_MAX)
                .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).expect("64 KiB are few") * 2)
                .serve_connection(stream, service);
            ends.keep(connection, silent).await;
        } else {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(self.header_timeout)
                .max_headers(HEADERS_READ_MAX)
                .max_buf_size(BUFFER_BYTES)
                .serve_connection(stream, service);
            ends.keep(connection, silent).await;
        }
    }
}

/// How connections end, and who waits for them.
struct Ends {
    /// What was asked is answered, and nothing more.
    stop: CancellationToken,
    /// At once.
    cut: CancellationToken,
    tracker: TaskTracker,
}

impl Ends {
    /// Runs a connection to its end; ends one that is `silent` before its first request.
    async fn keep<C: GracefulConnection>(&self, connection: C, silent: impl Future<Output = ()>) {
        let mut connection = pin!(connection);
        tokio::select! {
            _ = connection.as_mut() => return,
            () = self.cut.cancelled() => return,
            () = silent => return,
            () = self.stop.cancelled() => {}
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            _ = connection => {}
            () = self.cut.cancelled() => {}
        }
    }
}

/// Runs the requests of HTTP/2 connections, and lets the server wait for them.
#[derive(Clone)]
struct Streams(TaskTracker);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, request: F) {
        self.0.spawn(request);
    }
}

/// Returns the next connection and its place, once there is one; none once the server stops.
async fn next(
    listener: &TcpListener,
    places: &Places,
    stop: &CancellationToken,
) -> Option<((OwnedSemaphorePermit, Taken), (TcpStream, SocketAddr))> {
    let coming = async {
        let place = places.free().await;
        loop {
            match listener.accept().await {
                Ok((stream, address)) => match places.of(address.ip()) {
                    Some(taken) => return ((place, taken), (stream, address)),
                    None => drop(stream),
                },
                Err(error) if is_of_one(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot take a connection");
                    tokio::time::sleep(REFUSED_PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        connection = coming => Some(connection),
    }
}

/// Returns true for what befell one connection, and says nothing of the next.
fn is_of_one(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
