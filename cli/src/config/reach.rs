//! How a server is reached, as every role writes it: certificates, proxies in front, the address that people use.
//!
//! Flow: file, environment or flag → **`reach`** → `arguments::server`, `fleet::master`.

use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use reqwest::header::HeaderName;

/// Where a server's certificate and its key lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CertificateFiles {
    /// The certificate, and those between it and its signer.
    pub(crate) certificate: PathBuf,
    /// Its key.
    pub(crate) key: PathBuf,
}

/// Reads where people reach the server.
///
/// # Errors
/// When it has no scheme that a browser would open.
pub(crate) fn url(text: &str) -> Result<String, String> {
    if ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme)) {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err(format!("must start with `https://` or `http://`, got `{text}`"))
}

/// Reads whom to believe: an address, or a block of them. A block of all would believe everybody.
///
/// # Errors
/// When it is neither.
pub(crate) fn net(text: &str) -> Result<IpNet, String> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    let read: Option<IpNet> = address.or_else(|_| text.parse()).ok().filter(|net| net.prefix_len() > 0);
    read.ok_or_else(|| {
        format!("must be an address or a block of them like `10.0.0.5` or `10.1.0.0/16`, got `{text}`")
    })
}

/// Reads in which header a proxy names the user.
///
/// # Errors
/// When it is none, or one that says who is asking already, or that every browser may send.
pub(crate) fn user_header(text: &str) -> Result<HeaderName, String> {
    let name = text.to_ascii_lowercase();
    let taken = ["authorization", "cookie", "host", "origin"].contains(&name.as_str());
    match HeaderName::from_bytes(name.as_bytes()) {
        Ok(header) if !taken => Ok(header),
        _ => Err(format!("must be a header of its own like `x-remote-user`, got `{text}`")),
    }
}
