//! `[metrics]`: where a worker tells its figures, and to whom. A master tells them at its own address.

use std::net::{SocketAddr, ToSocketAddrs as _};

use model::fault::Faults;
use sha2::{Digest as _, Sha256};

use crate::config::section::Section;

/// Where a worker tells its figures.
#[derive(Debug)]
pub(crate) struct Metrics {
    pub(crate) listen: String,
    /// SHA-256 of the token that opens them from elsewhere.
    pub(crate) token_sha256: Option<[u8; 32]>,
}

pub(super) fn read(mut section: Section<'_>, faults: &mut Faults) -> Option<Metrics> {
    let at = section.place("listen");
    let listen: Option<String> = section.text("listen", faults);
    let names_token = section.place("token_file");
    let token = section.secret("token_file", faults);
    section.finish(faults);
    let Some(listen) = listen else {
        if token.is_some() {
            faults.add(names_token, "needs `listen` beside it, such as `0.0.0.0:7481`");
        }
        return None;
    };
    // A name is looked up when it is listened on.
    let addresses: Vec<SocketAddr> = listen.to_socket_addrs().map(Iterator::collect).unwrap_or_default();
    if listen.rsplit_once(':').is_none() {
        faults.add(at, format!("must be HOST:PORT like `127.0.0.1:7481`, got `{listen}`"));
    } else if token.is_none() && addresses.iter().any(|address| !address.ip().is_loopback()) {
        faults.add_with_hint(
            at,
            format!("`{listen}` is reached from other machines, and nobody there would be let in"),
            "name a file with a token as `metrics.token_file` (`openssl rand -hex 32 > FILE; chmod 600 FILE`), or listen on \
             127.0.0.1",
        );
    }
    Some(Metrics { listen, token_sha256: token.map(|token| Sha256::digest(token.as_bytes()).into()) })
}
