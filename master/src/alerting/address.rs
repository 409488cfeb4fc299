//! Where a message may go: a host is resolved first, and what is private is refused unless the owner of this master
//! names it in its configuration file. The connection is made to the very address that was looked at.
//!
//! Who may set a channel may not make the master speak to what stands beside it.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use model::network::private_range;

/// How long a name may take to resolve.
const RESOLVE: Duration = Duration::from_secs(5);

/// Resolves a host; returns the first address that a message may go to.
pub(super) async fn checked(host: &str, port: u16, allow: &[IpNet]) -> Result<SocketAddr, String> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let looked = tokio::time::timeout(RESOLVE, tokio::net::lookup_host((host, port))).await;
    let found = looked
        .map_err(|_| format!("`{host}` did not resolve within {} s", RESOLVE.as_secs()))?
        .map_err(|error| format!("`{host}` does not resolve: {error}"))?;
    let found: Vec<SocketAddr> = found.collect();
    // One that is refused refuses all: a name does not choose by which of its addresses it is judged.
    if let Some((address, range)) = found.iter().find_map(|at| Some((at, refused(at.ip(), allow)?))) {
        return Err(format!(
            "`{host}` is at {}, in the private range {range}: the configuration of the master must name it \
             (`[alerts] allow`)",
            address.ip()
        ));
    }
    found.into_iter().next().ok_or_else(|| format!("`{host}` has no address"))
}

/// Returns the private range for which an address is refused.
fn refused(ip: IpAddr, allow: &[IpNet]) -> Option<IpNet> {
    let ip = ip.to_canonical();
    if allow.iter().any(|net| net.contains(&ip)) {
        return None;
    }
    private_range(ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Meant to fail when mapped addresses are not read as what they are.
    #[test]
    fn private_addresses_are_refused_unless_they_are_named() {
        let allow: Vec<IpNet> = vec!["10.1.0.0/16".parse().unwrap()];
        for bad in
            ["127.0.0.1", "169.254.169.254", "10.2.0.1", "192.168.1.1", "::1", "fe80::1", "::ffff:127.0.0.1"]
        {
            assert!(refused(bad.parse().unwrap(), &allow).is_some(), "{bad}");
        }
        for good in ["10.1.2.3", "::ffff:10.1.2.3", "93.184.216.34", "2606:2800:220:1::1"] {
            assert!(refused(good.parse().unwrap(), &allow).is_none(), "{good}");
        }
    }

    #[tokio::test]
    async fn a_refusal_says_what_would_allow_it() {
        let told = checked("localhost", 80, &[]).await.unwrap_err();
        assert!(told.contains("private range") && told.contains("[alerts] allow"), "{told}");
    }
}
