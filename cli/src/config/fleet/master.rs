//! `[master]`: what a master of a fleet serves, and to whom.

use model::fault::Faults;
use model::quantity::ByteSize;
use model::time::Span;
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
    pub(crate) admin: String,
    pub(crate) admin_token_sha256: Option<[u8; 32]>,
    pub(crate) session_ttl: Span,
    pub(crate) module_max: ByteSize,
    pub(crate) ranges_days: u32,
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
