//! The REST interface, the web page and the way in.
//!
//! Flow: page, command line, scripts → **`master`** → intent (jobs, states); facts (runs, output) → **`master`** → them.
//! Stateless: any number of masters stand side by side, all that they know is in the stores.
//!
//! Not here: who runs what (`worker`), and how a store keeps it (`stores`).
#![forbid(unsafe_code)]

pub mod api;

mod app;
mod body;
mod catalogue;
mod check;
mod clock;
mod edit;
mod errors;
mod extract;
mod forecast;
mod grants;
mod hints;
mod identity;
mod language;
mod layers;
mod leading;
mod ledger;
mod login;
mod modules;
mod offload;
mod openapi;
mod page;
mod paging;
mod problem;
mod recorder;
mod routes;
mod save;
mod service;
mod settling;
mod start;
mod stop;
mod tail;
mod unwritten;
mod upcoming;
mod upload;
mod views;
mod waiting;
mod whole;

pub use login::mint_login_link;
pub use openapi::{document, document_text};
pub use service::{Error, Master, Options, Ports};
pub use waiting::serve_waiting;
