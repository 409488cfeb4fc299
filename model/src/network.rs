//! What a component may connect to, as a job writes it: `host:port`, one grant a line.
//!
//! A host is an address, a block of addresses, or a name. A name stands for what it resolves to, and never for an
//! address of a private range: those are granted by address or by block alone, so that whoever may change a name's
//! records does not choose which machine behind the worker a job reaches.
//!
//! Flow: `wasm.network` → **`NetworkGrant`** → the sandbox asks at each lookup and each connection.
//! Not here: lookups and connections.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::fault::Sentence;
use crate::sentence;

/// Longest name of a host (RFC 1035).
const NAME_BYTES_MAX: usize = 253;
/// Ranges that are not the public internet (IANA's registries of special-purpose addresses), and those that lead
/// into them: translation (64:ff9b::/96) and tunnels (2002::/16, 2001::/32).
const PRIVATE: [&str; 22] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "::1/128",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/32",
    "2002::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
];

/// How a component may talk to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Connections; what a grant without a scheme means.
    Tcp,
    /// Datagrams: `udp://host:port`.
    Udp,
}

/// Whom a grant names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Host {
    /// A name in lower case.
    Name(String),
    /// An address, or a block of them.
    Block(IpNet),
}

/// One thing that a component may connect to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NetworkGrant {
    protocol: Protocol,
    host: Host,
    port: u16,
}

impl NetworkGrant {
    /// Returns true when it allows to ask for the addresses of `name`.
    pub fn names(&self, name: &str) -> bool {
        matches!(&self.host, Host::Name(own) if *own == plain(name))
    }

    /// Returns true when it names this address itself, or a block that it is in. A block that reaches beyond a
    /// private range grants nothing within that range.
    pub fn covers(&self, protocol: Protocol, to: SocketAddr) -> bool {
        let ip = to.ip().to_canonical();
        let Host::Block(block) = &self.host else { return false };
        self.fits(protocol, to)
            && block.contains(&ip)
            && private_range(ip).is_none_or(|range| range.contains(block))
    }

    /// Returns true when it allows this address once one of its names was resolved to it.
    pub fn covers_resolved(&self, protocol: Protocol, name: &str, to: SocketAddr) -> bool {
        self.fits(protocol, to) && self.names(name) && private_range(to.ip().to_canonical()).is_none()
    }

    fn fits(&self, protocol: Protocol, to: SocketAddr) -> bool {
        self.protocol == protocol && self.port == to.port()
    }
}

/// Returns a name as it is compared: in lower case, without the dot of the root.
fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// Returns the private range that an address is in.
pub fn private_range(ip: IpAddr) -> Option<IpNet> {
    let ranges = PRIVATE.iter().map(|range| range.parse::<IpNet>().expect("the table holds blocks"));
    ranges.into_iter().find(|range| range.contains(&ip))
}

/// Why a text is no grant, and what would be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.english())]
pub struct NetworkGrantError(Sentence);

impl From<NetworkGrantError> for Sentence {
    fn from(refused: NetworkGrantError) -> Self {
        refused.0
    }
}

impl FromStr for NetworkGrant {
    type Err = NetworkGrantError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (protocol, address) = match text.split_once("://") {
            None => (Protocol::Tcp, text),
            Some(("tcp", address)) => (Protocol::Tcp, address),
            Some(("udp", address)) => (Protocol::Udp, address),
            Some((scheme, _)) => {
                return refuse(sentence!(
                    "`{}://` is no protocol here; leave it out for TCP, or `udp://`",
                    scheme
                ));
            }
        };
        let form = || sentence!("must be `host:port` like `db.example:5432` or `[::1]:80`, got `{}`", text);
        let (host, port) = address.rsplit_once(':').ok_or_else(|| NetworkGrantError(form()))?;
        let port = match port.parse() {
            Ok(port) if port > 0 => port,
            _ => return refuse(sentence!("must end in a port 1 to 65535, got `{}`", text)),
        };
        Ok(Self { protocol, host: host_of(host, text)?, port })
    }
}

fn host_of(host: &str, text: &str) -> Result<Host, NetworkGrantError> {
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let inner = bracketed.unwrap_or(host);
    if bracketed.is_none() && inner.contains(':') {
        return refuse(sentence!(
            "an address of version 6 stands in brackets like `[::1]:80`, got `{}`",
            text
        ));
    }
    let block = inner.parse::<IpNet>().or_else(|_| inner.parse::<IpAddr>().map(IpNet::from));
    match block {
        Ok(block) if bracketed.is_some() && block.addr().is_ipv4() => {
            refuse(sentence!("an address of version 4 stands without brackets, got `{}`", text))
        }
        Ok(block) if block.trunc() != block => {
            refuse(sentence!("`{}` is no block: write `{}`", inner, block.trunc()))
        }
        Ok(block) => Ok(Host::Block(canonical(block))),
        Err(_) if bracketed.is_none() && is_name(inner) => named(plain(inner)),
        Err(_) if inner == "*" || inner.contains('*') => refuse(sentence!(
            "a host is one name, one address or a block like `10.0.0.0/8`, without `*`, got `{}`",
            text
        )),
        Err(_) => refuse(sentence!(
            "`{}` is neither a name in ASCII, nor an address, nor a block like `10.0.0.0/8`",
            inner
        )),
    }
}

fn named(name: String) -> Result<Host, NetworkGrantError> {
    if name == "localhost" || name.ends_with(".localhost") {
        return refuse(sentence!(
            "`{}` is this machine, which no name stands for: write `127.0.0.1` or `[::1]` instead",
            name
        ));
    }
    Ok(Host::Name(name))
}

/// An address of version 4 that is written as one of version 6 is the former.
fn canonical(block: IpNet) -> IpNet {
    match block.addr().to_canonical() {
        ip @ IpAddr::V4(_) if block.prefix_len() == block.max_prefix_len() => IpNet::from(ip),
        _ => block,
    }
}

fn is_name(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    // A last label of digits alone is an address with a fault in it (`10.0.0.256`), for resolvers too.
    let numeric = text.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    text.len() <= NAME_BYTES_MAX && text.split('.').all(label) && !numeric
}

fn refuse<T>(message: Sentence) -> Result<T, NetworkGrantError> {
    Err(NetworkGrantError(message))
}

impl fmt::Display for NetworkGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.protocol == Protocol::Udp {
            f.write_str("udp://")?;
        }
        match &self.host {
            Host::Name(name) => f.write_str(name)?,
            Host::Block(block) if block.prefix_len() < block.max_prefix_len() => match block {
                IpNet::V4(block) => write!(f, "{block}")?,
                IpNet::V6(block) => write!(f, "[{block}]")?,
            },
            Host::Block(block) => match block.addr() {
                IpAddr::V4(ip) => write!(f, "{ip}")?,
                IpAddr::V6(ip) => write!(f, "[{ip}]")?,
            },
        }
        write!(f, ":{}", self.port)
    }
}

impl From<NetworkGrant> for String {
    fn from(grant: NetworkGrant) -> Self {
        grant.to_string()
    }
}

impl TryFrom<String> for NetworkGrant {
    type Error = NetworkGrantError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(text: &str) -> NetworkGrant {
        text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn what_is_written_is_read_back() {
        let table = [
            ("10.0.0.5:443", "10.0.0.5:443"),
            ("DB.Example.:5432", "db.example:5432"),
            ("[::1]:80", "[::1]:80"),
            ("[0:0::1]:80", "[::1]:80"),
            ("[::ffff:10.0.0.5]:80", "10.0.0.5:80"),
            ("10.0.0.0/8:5432", "10.0.0.0/8:5432"),
            ("[fd00::/8]:443", "[fd00::/8]:443"),
            ("udp://10.0.0.5:53", "udp://10.0.0.5:53"),
            ("tcp://db:80", "db:80"),
            ("_srv.xn--bcher-kva.example:1", "_srv.xn--bcher-kva.example:1"),
        ];
        for (text, written) in table {
            assert_eq!(grant(text).to_string(), written);
            assert_eq!(grant(written), grant(text));
            let json = serde_json::to_string(&grant(text)).unwrap();
            assert_eq!(serde_json::from_str::<NetworkGrant>(&json).unwrap(), grant(text));
        }
    }

    #[test]
    fn what_is_no_grant_is_told_with_what_would_be_one() {
        let table = [
            ("db", "`host:port`"),
            ("db:", "1 to 65535"),
            ("db:0", "1 to 65535"),
            ("db:65536", "1 to 65535"),
            ("db:*", "1 to 65535"),
            (":80", "neither"),
            ("::1:80", "brackets"),
            ("[10.0.0.1]:80", "without brackets"),
            ("[db]:80", "neither"),
            ("*:80", "without `*`"),
            ("*.example:80", "without `*`"),
            ("10.0.0.256:80", "neither"),
            ("10.0.0.5/8:80", "`10.0.0.0/8`"),
            ("http://db:80", "`http://`"),
            ("bücher.example:80", "ASCII"),
            ("a b:80", "neither"),
            ("LocalHost:80", "`127.0.0.1`"),
            ("db.example:80/path", "1 to 65535"),
        ];
        for (text, words) in table {
            let refused = text.parse::<NetworkGrant>().expect_err(text).to_string();
            assert!(refused.contains(words), "{text}: {refused}");
        }
    }

    #[test]
    fn an_address_is_granted_by_address_or_block_and_port() {
        let table = [
            ("10.0.0.5:443", "10.0.0.5:443", true),
            ("10.0.0.5:443", "10.0.0.5:80", false),
            ("10.0.0.5:443", "10.0.0.6:443", false),
            ("10.0.0.5:443", "[::ffff:10.0.0.5]:443", true),
            ("10.0.0.0/8:443", "10.9.9.9:443", true),
            ("10.0.0.0/8:443", "11.0.0.1:443", false),
            ("[fd00::/8]:443", "[fd12::1]:443", true),
            ("127.0.0.1:80", "127.0.0.1:80", true),
            // What reaches beyond a private range does not name it.
            ("0.0.0.0/0:443", "8.8.8.8:443", true),
            ("0.0.0.0/0:443", "10.0.0.5:443", false),
            ("0.0.0.0/0:443", "127.0.0.1:443", false),
            ("0.0.0.0/0:443", "169.254.169.254:443", false),
            ("0.0.0.0/0:443", "[::ffff:127.0.0.1]:443", false),
            ("[::/0]:443", "[::1]:443", false),
            ("[::/0]:443", "[fe80::1]:443", false),
            ("[::/0]:443", "[64:ff9b::a00:1]:443", false),
            ("[::/0]:443", "[2606:4700::1]:443", true),
            ("udp://10.0.0.5:443", "10.0.0.5:443", false),
            ("db.example:443", "8.8.8.8:443", false),
        ];
        for (text, to, covered) in table {
            assert_eq!(grant(text).covers(Protocol::Tcp, to.parse().unwrap()), covered, "{text} {to}");
        }
        assert!(grant("udp://10.0.0.5:53").covers(Protocol::Udp, "10.0.0.5:53".parse().unwrap()));
    }

    #[test]
    fn a_name_stands_for_what_it_resolves_to_and_never_for_a_private_range() {
        let table = [
            ("db.example", "8.8.8.8:5432", true),
            ("DB.example.", "8.8.8.8:5432", true),
            ("other.example", "8.8.8.8:5432", false),
            ("db.example", "8.8.8.8:22", false),
            ("db.example", "10.0.0.5:5432", false),
            ("db.example", "127.0.0.1:5432", false),
            ("db.example", "100.64.0.1:5432", false),
            ("db.example", "0.0.0.0:5432", false),
            ("db.example", "[::1]:5432", false),
            ("db.example", "[::ffff:192.168.0.1]:5432", false),
        ];
        for (name, to, covered) in table {
            let resolved = grant("db.example:5432").covers_resolved(Protocol::Tcp, name, to.parse().unwrap());
            assert_eq!(resolved, covered, "{name} {to}");
        }
        assert!(grant("db.example:5432").names("db.EXAMPLE.") && !grant("db.example:5432").names("example"));
    }
}
