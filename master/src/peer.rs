//! Where a request comes from: the address of the connection, or what a trusted proxy says of the one before it.
//!
//! What a proxy's headers say counts when the connection comes from a configured address, and never else.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName};
use ipnet::IpNet;
use model::id::UserName;

use crate::Options;

/// Longest path beneath which this server is shown.
const PREFIX_BYTES_MAX: usize = 200;

/// Which proxies are believed, and what.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// Their addresses.
    pub addresses: Vec<IpNet>,
    /// The header in which they name the user whom they have let in; none: they name nobody.
    pub user_header: Option<HeaderName>,
}

/// A connection's other end: put beside every request by what serves it.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// True when the connection is encrypted by this server.
    pub encrypted: bool,
}

/// Where a request comes from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    /// The address; none where nobody knows, as in a test that calls the router.
    pub(crate) address: Option<IpAddr>,
    /// True when the browser's side of it is encrypted.
    pub(crate) encrypted: bool,
    /// The path beneath which the browser sees this server: `/sandglass`, or empty at the top.
    pub(crate) prefix: String,
    /// The user whom a trusted proxy names.
    pub(crate) named: Option<Result<UserName, String>>,
}

impl Source {
    /// Says where a request comes from.
    pub(crate) fn of(options: &Options, parts: (&Extensions, &HeaderMap)) -> Self {
        let (extensions, headers) = parts;
        let Some(ConnectInfo(peer)) = extensions.get::<ConnectInfo<Peer>>() else { return Self::default() };
        let address = peer.address.ip().to_canonical();
        let proxies = &options.proxies;
        let believed = |address: IpAddr| proxies.addresses.iter().any(|net| net.contains(&address));
        if !believed(address) {
            return Self { address: Some(address), encrypted: peer.encrypted, ..Self::default() };
        }
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            address: Some(before(headers, address, believed)),
            encrypted: text("x-forwarded-proto").is_some_and(|proto| proto.trim() == "https"),
            prefix: text("x-forwarded-prefix").and_then(prefix).unwrap_or_default(),
            named: proxies.user_header.as_ref().and_then(|name| named(headers, name)),
        }
    }
}

/// Returns the last address of `X-Forwarded-For` that is no trusted proxy: what stands before it is anybody's claim.
fn before(headers: &HeaderMap, address: IpAddr, believed: impl Fn(IpAddr) -> bool) -> IpAddr {
    let told = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let told: Vec<&str> = told.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut last = address;
    for one in told.iter().rev() {
        let Ok(one) = one.parse::<IpAddr>() else { break };
        last = one.to_canonical();
        if !believed(last) {
            break;
        }
    }
    last
}

/// Returns the path that a proxy takes away, where it is one that can stand in a page, a cookie and an address.
fn prefix(told: &str) -> Option<String> {
    let path = told.trim().trim_end_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    let mut parts = path.split('/');
    let rooted = parts.next() == Some("");
    let fine = rooted && parts.all(|part| !part.is_empty() && part != ".." && part.chars().all(plain));
    (fine && path.len() <= PREFIX_BYTES_MAX).then(|| path.to_owned())
}

/// Returns the one user whom the header names; naming two is naming nobody.
fn named(headers: &HeaderMap, name: &HeaderName) -> Option<Result<UserName, String>> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() {
        return Some(Err("the proxy names two users".to_owned()));
    }
    let text = first.to_str().unwrap_or("\u{fffd}");
    Some(text.parse::<UserName>().map_err(|why| format!("the proxy names a user whose name {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, headers: &[(&str, &str)]) -> Source {
        let proxies = Proxies {
            addresses: vec!["10.0.0.0/8".parse().unwrap()],
            user_header: Some(HeaderName::from_static("x-remote-user")),
        };
        let options = Options { proxies, ..Options::default() };
        let mut extensions = Extensions::new();
        let address = SocketAddr::new(peer.parse().unwrap(), 1);
        extensions.insert(ConnectInfo(Peer { address, encrypted: false }));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        Source::of(&options, (&extensions, &map))
    }

    /// Mutation: believe every address, and the first line fails.
    #[test]
    fn headers_of_a_proxy_count_from_its_address_alone() {
        let all =
            [("x-forwarded-for", "192.0.2.7"), ("x-forwarded-proto", "https"), ("x-remote-user", "ada")];
        let stranger = of("192.0.2.1", &all);
        assert_eq!(stranger.address, Some("192.0.2.1".parse().unwrap()));
        assert!(!stranger.encrypted && stranger.named.is_none());
        let proxy = of("10.1.2.3", &all);
        assert_eq!(proxy.address, Some("192.0.2.7".parse().unwrap()));
        assert!(proxy.encrypted);
        assert_eq!(proxy.named, Some(Ok("ada".parse().unwrap())));
    }

    #[test]
    fn what_stands_before_a_proxy_in_the_list_is_anybodys_claim() {
        let told = of("10.1.2.3", &[("x-forwarded-for", "127.0.0.1, 192.0.2.9, 10.9.9.9")]);
        assert_eq!(told.address, Some("192.0.2.9".parse().unwrap()));
        let odd = of("10.1.2.3", &[("x-forwarded-for", "192.0.2.9, unknown")]);
        assert_eq!(odd.address, Some("10.1.2.3".parse().unwrap()));
    }

    #[test]
    fn a_path_before_ours_is_one_that_can_stand_in_a_page() {
        let told = |told: &str| of("10.1.2.3", &[("x-forwarded-prefix", told)]).prefix;
        for (header, prefix) in [
            ("/sandglass", "/sandglass"),
            ("/ops/sandglass/", "/ops/sandglass"),
            ("/", ""),
            ("", ""),
            ("sandglass", ""),
            ("//evil.example", ""),
            ("/a/../b", ""),
            ("/a\"><script>", ""),
            ("/a b", ""),
        ] {
            assert_eq!(told(header), prefix, "{header}");
        }
        assert_eq!(of("192.0.2.1", &[("x-forwarded-prefix", "/sandglass")]).prefix, "", "a stranger's word");
    }

    #[test]
    fn two_names_are_none() {
        let two = of("10.1.2.3", &[("x-remote-user", "ada"), ("x-remote-user", "admin")]);
        assert!(two.named.unwrap().is_err());
        assert!(of("10.1.2.3", &[("x-remote-user", "../admin")]).named.unwrap().is_err());
        assert!(of("10.1.2.3", &[]).named.is_none());
    }
}
