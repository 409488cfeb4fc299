//! `[master]`: what a master of a fleet serves, and to whom.

use std::net::IpAddr;

use ::master::Proxies;
use ipnet::IpNet;
use model::fault::Faults;
use model::id::UserName;
use model::quantity::ByteSize;
use model::time::Span;
use reqwest::header::HeaderName;
use sha2::{Digest as _, Sha256};

use super::Stores;
use super::log::{self, Log};
use crate::config::document::Table;
use crate::config::section::{Given, Section};

/// Fewest characters of a token: what a person types is refused.
const TOKEN_CHARACTERS_MIN: usize = 32;
/// Longest a login lasts.
const SESSION_DAYS_MAX: u64 = 365;

/// The configuration of a master.
#[derive(Debug)]
pub(crate) struct MasterConfig {
    pub(crate) stores: Stores,
    /// Address of page and interface.
    pub(crate) listen: String,
    /// Where people reach it, when that is not `listen`: a proxy in front.
    pub(crate) url: Option<String>,
    /// Who comes in by the token and the printed link.
    pub(crate) admin: UserName,
    pub(crate) admin_token_sha256: Option<[u8; 32]>,
    pub(crate) session_ttl: Span,
    pub(crate) module_max: ByteSize,
    pub(crate) ranges_days: u32,
    pub(crate) audit_days: u32,
    pub(crate) revisions_max: u32,
    pub(crate) revisions_days: u32,
    /// Which proxies in front are believed.
    pub(crate) proxies: Proxies,
    pub(crate) log: Log,
}

/// Reads the whole file of a master.
pub(super) fn read(table: &Table, given: &Given, faults: &mut Faults) -> MasterConfig {
    let default = ::master::Options::default();
    let mut top = Section::top(table, given);
    let stores = Stores::read(&mut top, faults);
    let log = log::read(top.section("log", faults), faults);
    let mut section = top.section("master", faults);
    let config = MasterConfig {
        stores,
        listen: section.text("listen", faults).unwrap_or_else(|| "127.0.0.1:7480".to_owned()),
        url: url(&mut section, faults),
        admin: section.text("admin", faults).unwrap_or(default.admin),
        admin_token_sha256: token(&mut section, faults),
        session_ttl: session_ttl(&mut section, faults).unwrap_or(default.session_ttl),
        module_max: section
            .text("module_max", faults)
            .unwrap_or_else(|| ByteSize::from_bytes(default.module_bytes_max)),
        ranges_days: section.number("ranges_days", 1..=3_650, faults).unwrap_or(default.ranges_days),
        audit_days: section.number("audit_days", 1..=3_650, faults).unwrap_or(default.audit_days),
        revisions_max: section.number("revisions_max", 1..=10_000, faults).unwrap_or(default.revisions_max),
        revisions_days: section.number("revisions_days", 1..=3_650, faults).unwrap_or(default.revisions_days),
        proxies: proxies(&mut section, faults),
        log,
    };
    section.finish(faults);
    top.finish(faults);
    config
}

fn url(section: &mut Section<'_>, faults: &mut Faults) -> Option<String> {
    let place = section.place("url");
    let url: String = section.text("url", faults)?;
    if !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) {
        faults.add(place, format!("must start with `https://` or `http://`, got `{url}`"));
    }
    Some(url.trim_end_matches('/').to_owned())
}

fn session_ttl(section: &mut Section<'_>, faults: &mut Faults) -> Option<Span> {
    let place = section.place("session_ttl");
    let ttl: Span = section.text("session_ttl", faults)?;
    if ttl < Span::from_minutes(1) || ttl > Span::from_days(SESSION_DAYS_MAX) {
        faults.add(place, format!("must be from 1m to {SESSION_DAYS_MAX}d, got `{ttl}`"));
    }
    Some(ttl)
}

fn proxies(section: &mut Section<'_>, faults: &mut Faults) -> Proxies {
    let net = |text: &str| {
        let address = text.parse::<IpAddr>().map(IpNet::from);
        // A block of all addresses would believe everybody.
        let read: Option<IpNet> = address.or_else(|_| text.parse()).ok().filter(|net| net.prefix_len() > 0);
        read.ok_or_else(|| {
            format!("must be an address or a block of them like `10.0.0.5` or `10.1.0.0/16`, got `{text}`")
        })
    };
    let addresses = section.texts("trusted_proxies", net, faults);
    let place = section.place("proxy_user_header");
    let header: Option<String> = section.text("proxy_user_header", faults);
    let user_header = header.and_then(|name| {
        let read = HeaderName::from_bytes(name.to_ascii_lowercase().as_bytes());
        // These say who is asking already, or are every browser's to send.
        let taken =
            ["authorization", "cookie", "host", "origin"].contains(&name.to_ascii_lowercase().as_str());
        match read {
            Ok(header) if !taken => Some(header),
            _ => {
                faults.add(
                    place.clone(),
                    format!("must be a header of its own like `x-remote-user`, got `{name}`"),
                );
                None
            }
        }
    });
    if user_header.is_some() && addresses.is_empty() {
        faults.add(place, "takes `trusted_proxies`: without them nobody is believed");
    }
    Proxies { addresses, user_header }
}

fn token(section: &mut Section<'_>, faults: &mut Faults) -> Option<[u8; 32]> {
    let place = section.place("admin_token_file");
    let token = section.secret("admin_token_file", faults)?;
    let token = token.trim();
    if token.len() < TOKEN_CHARACTERS_MIN {
        faults.add_with_hint(
            place,
            format!(
                "the token in it has {} characters, fewer than {TOKEN_CHARACTERS_MIN}",
                token.chars().count()
            ),
            "make one with `openssl rand -hex 32`",
        );
    }
    Some(Sha256::digest(token).into())
}
