//! `[master]`: what a master of a fleet serves, and to whom.

use ::master::{AlertOptions, Proxies};
use model::fault::Faults;
use model::id::UserName;
use model::quantity::ByteSize;
use model::settings;
use model::time::Span;
use sha2::{Digest as _, Sha256};

use super::Stores;
use super::log::{self, Log};
use crate::config::document::Table;
use crate::config::reach::{self, CertificateFiles};
use crate::config::section::{Given, Section};
use crate::config::{Collector, alerts, telemetry};

/// Fewest characters of a token: what a person types is refused.
const TOKEN_CHARACTERS_MIN: usize = 32;

/// Where page and interface are served.
const LISTEN: &str = "127.0.0.1:7480";

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
    /// Its certificate; none: it speaks plain HTTP.
    pub(crate) tls: Option<CertificateFiles>,
    pub(crate) bounds: Bounds,
    /// How alerts are told.
    pub(crate) alerts: AlertOptions,
    pub(crate) log: Log,
    /// Where spans go; nowhere when none is named.
    pub(crate) collector: Option<Collector>,
}

/// Reads the whole file of a master.
pub(super) fn read(table: &Table, given: &Given, faults: &mut Faults) -> MasterConfig {
    let default = ::master::Options::default();
    let mut top = Section::top(table, given);
    let stores = Stores::read(&mut top, faults);
    let log = log::read(top.section("log", faults), faults);
    let collector = telemetry::read(top.section("telemetry", faults), faults);
    let mut alerts = alerts::read(top.section("alerts", faults), faults);
    let mut section = top.section("master", faults);
    let session_bounds = settings::SESSION_MIN..=settings::SESSION_MAX;
    let session_ttl = section.within("session_ttl", session_bounds, faults);
    let config = MasterConfig {
        bounds: bounds(&mut section, &default, faults),
        tls: tls(&mut section, faults),
        stores,
        listen: section
            .text("listen", faults)
            .unwrap_or_else(|| section.default("listen", LISTEN.to_owned())),
        url: url(&mut section, faults),
        admin: section.text("admin", faults).unwrap_or_else(|| section.default("admin", default.admin)),
        admin_token_sha256: token(&mut section, faults),
        session_ttl: session_ttl.unwrap_or_else(|| section.default("session_ttl", default.session_ttl)),
        module_max: section
            .text("module_max", faults)
            .unwrap_or_else(|| section.default("module_max", ByteSize::from_bytes(default.module_bytes_max))),
        ranges_days: section
            .number("ranges_days", settings::DAYS, faults)
            .unwrap_or_else(|| section.default("ranges_days", default.ranges_days)),
        audit_days: section
            .number("audit_days", settings::DAYS, faults)
            .unwrap_or_else(|| section.default("audit_days", default.audit_days)),
        revisions_max: section
            .number("revisions_max", settings::TEXTS, faults)
            .unwrap_or_else(|| section.default("revisions_max", default.revisions_max)),
        revisions_days: section
            .number("revisions_days", settings::DAYS, faults)
            .unwrap_or_else(|| section.default("revisions_days", default.revisions_days)),
        proxies: proxies(&mut section, faults),
        alerts: AlertOptions::default(),
        log,
        collector,
    };
    section.finish(faults);
    top.finish(faults);
    alerts.url.clone_from(&config.url);
    MasterConfig { alerts, ..config }
}

fn url(section: &mut Section<'_>, faults: &mut Faults) -> Option<String> {
    let place = section.place("url");
    let text: String = section.text("url", faults)?;
    reach::url(&text).map_err(|why| faults.add(place, why)).ok()
}

/// Reads where the certificate lies: both files or none.
fn tls(section: &mut Section<'_>, faults: &mut Faults) -> Option<CertificateFiles> {
    let names = ["tls_cert_file", "tls_key_file"];
    let places = names.map(|name| section.place(name));
    match names.map(|name| section.text(name, faults)) {
        [Some(certificate), Some(key)] => Some(CertificateFiles { certificate, key }),
        [None, None] => None,
        [certificate, _] => {
            let [given, missing] = if certificate.is_some() { [0, 1] } else { [1, 0] };
            faults.add(places[given].clone(), format!("needs `{}` beside it", names[missing]));
            None
        }
    }
}

fn proxies(section: &mut Section<'_>, faults: &mut Faults) -> Proxies {
    let addresses = section.texts("trusted_proxies", reach::net, faults);
    let place = section.place("proxy_user_header");
    let header: Option<String> = section.text("proxy_user_header", faults);
    let read = |name: String| reach::user_header(&name).map_err(|why| faults.add(place.clone(), why)).ok();
    let user_header = header.and_then(read);
    if user_header.is_some() && addresses.is_empty() {
        faults.add(place, "takes `trusted_proxies`: without them nobody is believed");
    }
    Proxies { addresses, user_header }
}

/// What one client may hold, and for how long.
#[derive(Debug)]
pub(crate) struct Bounds {
    pub(crate) connections_max: usize,
    pub(crate) connections_per_address: usize,
    pub(crate) header_timeout: Span,
    pub(crate) body_timeout: Span,
    pub(crate) request_timeout: Span,
    pub(crate) drain_timeout: Span,
    pub(crate) requests_per_second: Option<u32>,
}

fn bounds(section: &mut Section<'_>, default: &::master::Options, faults: &mut Faults) -> Bounds {
    let mut time = |name, default: Span| {
        let bounds = Span::from_seconds(1)..=Span::from_minutes(10);
        section.within(name, bounds, faults).unwrap_or_else(|| section.default(name, default))
    };
    let (header_timeout, body_timeout) =
        (time("header_timeout", default.header_timeout), time("body_timeout", default.body_timeout));
    let (request_timeout, drain_timeout) =
        (time("request_timeout", default.request_timeout), time("drain_timeout", default.drain_timeout));
    let mut places = |name, default: usize| {
        let given = section.number(name, 16..=100_000, faults);
        given.map_or_else(|| section.default(name, default), |most| most as usize)
    };
    let connections_max = places("connections_max", default.connections_max);
    let connections_per_address = places("connections_per_address", default.connections_per_address);
    let requests = section
        .number("requests_per_second", 0..=1_000_000, faults)
        .unwrap_or_else(|| section.default("requests_per_second", default.requests_per_second.unwrap_or(0)));
    Bounds {
        connections_max,
        connections_per_address,
        header_timeout,
        body_timeout,
        request_timeout,
        drain_timeout,
        requests_per_second: Some(requests).filter(|n| *n > 0),
    }
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
