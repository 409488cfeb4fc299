//! The REST interface, the web page and the way in.
//!
//! Flow: page, command line, scripts → **`master`** → intent (jobs, states); facts (runs, output) → **`master`** → them.
//! Stateless: any number of masters stand side by side, all that they know is in the stores.
//!
//! Not here: who runs what (`worker`), and how a store keeps it (`stores`).
#![forbid(unsafe_code)]

pub mod api;
pub mod restoring;

mod accounts;
mod alert_settings;
mod alerting;
mod app;
mod attempts;
mod audit;
mod beneath;
mod body;
mod bulk;
mod catalogue;
mod check;
mod clock;
mod connections;
mod csv;
mod edit;
mod errors;
mod events;
mod extract;
mod fan_out;
mod forecast;
mod grants;
mod head;
mod hints;
mod history;
mod identity;
mod in_use;
mod language;
mod layers;
mod leading;
mod ledger;
mod lines;
mod login;
mod modules;
mod offload;
mod openapi;
mod origin;
mod pace;
mod page;
mod paging;
mod passwords;
mod peer;
mod problem;
mod recorder;
mod rights;
mod routes;
mod save;
mod scrape;
mod search;
mod service;
mod settings;
mod settling;
mod start;
mod stats;
mod stop;
mod strangers;
mod tail;
mod throttle;
mod transfer;
mod untaken;
mod unwritten;
mod upcoming;
mod upload;
mod views;
mod waiting;
mod whole;

pub use alerting::AlertOptions;
pub use connections::{Tls, TlsError};
pub use login::{mint_login_link, reset_password};
pub use openapi::{document, document_text};
pub use passwords::{PASSWORD_BYTES_MAX, PASSWORD_CHARACTERS_MIN, hash_password};
pub use peer::{Peer, Proxies};
pub use scrape::serve_metrics;
pub use service::{Master, Options, Ports};
pub use waiting::serve_waiting;
