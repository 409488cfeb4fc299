//! SIGHUP: the configuration is read anew, what may change in a running server is taken, and each other option that
//! changed is named as one that needs a restart.
//!
//! With a fault in it nothing changes, and all faults are told. The signal is heard from the start of the process on, so
//! that it ends none; one that comes early waits until the server can take it.
//! Not here: which options are taken (`config::reloaded`), and certificates (`certificate`).

use anyhow::{Context as _, Result};
use serde_json::Value;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::effective::{Effective, Noted};
use crate::config::reloaded;

/// Hears the signal, and knows what the process runs with.
pub(in crate::commands) struct Reload<R> {
    hangup: Signal,
    live: &'static [&'static str],
    /// Reads the configuration, with what each option is.
    read: R,
    running: Noted,
}

impl<C, R: FnMut() -> Result<(C, Noted)>> Reload<R> {
    /// Hears from now on.
    ///
    /// # Errors
    /// When the signal cannot be listened for.
    pub(in crate::commands) fn hear(role: &str, running: Noted, read: R) -> Result<Self> {
        let hangup = signal(SignalKind::hangup()).context("could not listen for SIGHUP")?;
        Ok(Self { hangup, live: reloaded(role), read, running })
    }

    /// Reads anew at each signal and hands what may be taken to `take`. Does not end by itself.
    pub(in crate::commands) async fn keep(mut self, mut take: impl FnMut(&C) -> Result<()>) {
        while self.hangup.recv().await.is_some() {
            self.look(&mut take);
        }
        std::future::pending::<()>().await;
    }

    fn look(&mut self, take: &mut impl FnMut(&C) -> Result<()>) {
        let read = (self.read)().and_then(|(config, next)| {
            let changed = changed(&self.running, &next);
            if changed.iter().any(|name| self.live.contains(&name.as_str())) {
                take(&config)?;
            }
            Ok((changed, next))
        });
        let (changed, next) = match read {
            Ok(read) => read,
            Err(why) => {
                tracing::error!("the configuration was not read anew, nothing is changed: {why:#}");
                return;
            }
        };
        let none = Effective::default(Value::Null);
        for name in &changed {
            let (was, is) = (self.running.get(name).unwrap_or(&none), next.get(name).unwrap_or(&none));
            // A file of the same name has another content.
            let is_shown = if was.value == is.value { "other than before" } else { &is.to_string() };
            if self.live.contains(&name.as_str()) {
                tracing::info!("`{name}` is now `{is_shown}`, it was `{was}`");
                self.running.insert(name.clone(), is.clone());
            } else {
                tracing::warn!(
                    "`{name}` needs a restart: it is `{is_shown}` now, this process goes on with `{was}`"
                );
            }
        }
        let told = if changed.is_empty() { ": nothing in it has changed" } else { "" };
        tracing::info!("the configuration was read anew{told}");
    }
}

/// Returns the options that differ.
fn changed(running: &Noted, next: &Noted) -> Vec<String> {
    let none = Effective::default(Value::Null);
    let names: std::collections::BTreeSet<_> = running.keys().chain(next.keys()).collect();
    let differs = |name: &&&String| {
        let [was, is] = [running, next].map(|all| all.get(name.as_str()).unwrap_or(&none));
        !was.is_same(is)
    };
    names.iter().filter(differs).map(|name| (*name).clone()).collect()
}
