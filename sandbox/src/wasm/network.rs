//! Decides which addresses a guest may reach, and counts what it was refused.
//!
//! A connection is judged by the address that it goes to, at the moment it is made: by the grants that name it, or
//! because this run itself resolved a granted name to it. What another run resolved, or what the guest claims to know,
//! grants nothing.
//!
//! Flow: job's `network` → **`Network`** ← asked by `lookup` and by each socket.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use model::network::{NetworkGrant, Protocol};
use model::outcome::NetworkRefused;
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::sockets::SocketAddrUse;

/// Addresses that one run may have resolved; a name whose answers change on each lookup ends there.
const RESOLVED_MAX: usize = 1024;
/// Characters of what was refused that an outcome repeats.
const FIRST_CHARS_MAX: usize = 120;

/// The network as one guest may use it.
#[derive(Debug, Default)]
pub(super) struct Network {
    grants: Vec<NetworkGrant>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    resolved: HashSet<(String, IpAddr)>,
    refused: Option<NetworkRefused>,
}

impl Network {
    /// Returns what `grants` allow.
    pub(super) fn new(grants: &[NetworkGrant]) -> Self {
        Self { grants: grants.to_vec(), seen: Mutex::default() }
    }

    /// Has every socket of a guest ask here. Without a grant every answer is no.
    pub(super) fn hold(self: &Arc<Self>, wasi: &mut WasiCtxBuilder) {
        let network = self.clone();
        wasi.allow_tcp(true).allow_udp(true).socket_addr_check(move |to, purpose| {
            let admitted = network.admits(to, purpose);
            Box::pin(async move { admitted })
        });
    }

    /// Returns true when a guest may ask for the addresses of `name`, and counts it when not.
    pub(super) fn may_look_up(&self, name: &str) -> bool {
        let granted = self.grants.iter().any(|grant| grant.names(name));
        if !granted {
            self.refuse(name);
        }
        granted
    }

    /// Notes what a granted name was resolved to.
    pub(super) fn resolved(&self, name: &str, addresses: &[IpAddr]) {
        let mut seen = self.seen();
        for address in addresses {
            if seen.resolved.len() < RESOLVED_MAX {
                seen.resolved.insert((name.to_owned(), address.to_canonical()));
            }
        }
    }

    /// Returns what was refused, if anything was.
    pub(super) fn refused(&self) -> Option<NetworkRefused> {
        self.seen().refused.clone()
    }

    fn admits(&self, to: SocketAddr, purpose: SocketAddrUse) -> bool {
        let admitted = match purpose {
            SocketAddrUse::TcpConnect => self.granted(Protocol::Tcp, to),
            SocketAddrUse::UdpSend | SocketAddrUse::UdpReceive => self.granted(Protocol::Udp, to),
            // What a connection needs: any address of this machine, any port. Nobody can be reached by it.
            SocketAddrUse::TcpBind | SocketAddrUse::UdpBind => {
                return to.ip().is_unspecified() && to.port() == 0;
            }
            SocketAddrUse::TcpListen | SocketAddrUse::TcpAccept => false,
        };
        if !admitted {
            self.refuse(&to.to_string());
        }
        admitted
    }

    fn granted(&self, protocol: Protocol, to: SocketAddr) -> bool {
        if self.grants.iter().any(|grant| grant.covers(protocol, to)) {
            return true;
        }
        let (seen, ip) = (self.seen(), to.ip().to_canonical());
        let names = seen.resolved.iter().filter(|(_, address)| *address == ip).map(|(name, _)| name);
        names
            .into_iter()
            .any(|name| self.grants.iter().any(|grant| grant.covers_resolved(protocol, name, to)))
    }

    fn refuse(&self, what: &str) {
        let mut seen = self.seen();
        let refused = seen.refused.get_or_insert_with(|| NetworkRefused {
            count: 0,
            first: what.chars().filter(|c| !c.is_control()).take(FIRST_CHARS_MAX).collect(),
        });
        refused.count += 1;
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(grants: &[&str]) -> Network {
        Network::new(&grants.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>())
    }

    fn connects(network: &Network, to: &str) -> bool {
        network.admits(to.parse().unwrap(), SocketAddrUse::TcpConnect)
    }

    #[test]
    fn nothing_is_reached_without_a_grant_and_that_is_counted() {
        let network = network(&[]);
        assert!(!connects(&network, "8.8.8.8:53") && !connects(&network, "127.0.0.1:80"));
        assert!(!network.may_look_up("db.example\u{1b}[31m"));
        assert_eq!(network.refused(), Some(NetworkRefused { count: 3, first: "8.8.8.8:53".into() }));
    }

    #[test]
    fn an_address_that_a_name_was_resolved_to_is_reached_once_it_was() {
        let network = network(&["db.example:5432", "other.example:1"]);
        assert!(!connects(&network, "8.8.8.8:5432"));
        assert!(network.may_look_up("DB.example") && !network.may_look_up("evil.example"));
        network.resolved("DB.example", &["8.8.8.8".parse().unwrap(), "10.0.0.1".parse().unwrap()]);
        assert!(connects(&network, "8.8.8.8:5432"));
        assert!(!connects(&network, "8.8.8.8:1"), "the port of another name");
        assert!(!connects(&network, "10.0.0.1:5432"), "a name never stands for a private address");
    }

    #[test]
    fn nobody_is_let_in() {
        let network = network(&["0.0.0.0/0:80", "udp://10.0.0.1:53"]);
        let table = [
            (SocketAddrUse::TcpBind, "0.0.0.0:0", true),
            (SocketAddrUse::TcpBind, "0.0.0.0:80", false),
            (SocketAddrUse::TcpBind, "127.0.0.1:0", false),
            (SocketAddrUse::TcpListen, "0.0.0.0:0", false),
            (SocketAddrUse::TcpAccept, "8.8.8.8:80", false),
            (SocketAddrUse::UdpBind, "[::]:0", true),
            (SocketAddrUse::UdpSend, "10.0.0.1:53", true),
            (SocketAddrUse::UdpReceive, "10.0.0.1:53", true),
            (SocketAddrUse::UdpSend, "8.8.8.8:80", false),
        ];
        for (purpose, to, admitted) in table {
            assert_eq!(network.admits(to.parse().unwrap(), purpose), admitted, "{purpose:?} {to}");
        }
    }
}
