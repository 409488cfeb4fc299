//! The REST interface, the web page and the way in.
//!
//! Flow: page, command line, scripts → **`master`** → intent (jobs, states); facts (runs, output) → **`master`** → them.
//! Stateless: any number of masters stand side by side, all that they know is in the stores.
//!
//! Not here: who runs what (`worker`), and how a store keeps it (`stores`).
#![forbid(unsafe_code)]

pub mod api;

mod app;
mod openapi;
mod problem;
mod routes;

pub use openapi::{document, document_text};
