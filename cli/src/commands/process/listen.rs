//! The address of page and interface.

use std::net::SocketAddr;

use anyhow::Result;
use tokio::net::TcpListener;

use crate::exit::BadUsage;

/// Takes an address.
///
/// # Errors
/// When it is in use, or none; names what would change it.
pub(in crate::commands) async fn bind(address: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "address `{address}` is in use by another program\nhint: name another with --listen, such as \
             127.0.0.1:7481, or 127.0.0.1:0 for any that is free"
        ),
        std::io::ErrorKind::InvalidInput => BadUsage(format!(
            "--listen `{address}` is not an address\nhint: write HOST:PORT, like 127.0.0.1:7480"
        ))
        .into(),
        _ => anyhow::Error::new(error).context(format!("could not listen on `{address}`")),
    })
}

/// Returns what to open for an address: one that stands for all of them is none.
pub(in crate::commands) fn reached_at(address: SocketAddr) -> String {
    if address.ip().is_unspecified() { format!("localhost:{}", address.port()) } else { address.to_string() }
}
