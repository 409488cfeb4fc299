//! The sandbox for modules, on the real engine: what it gives, what it holds, how it tells each end.

mod demo;
mod ends;
mod grants;
mod hostile;
mod inspect;
mod limits;
mod plugins;
mod runs;
mod support;
