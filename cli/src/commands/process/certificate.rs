//! The certificate of a server, from its files: at the start, on SIGHUP, and when the files change.
//!
//! A pair that cannot be used is told once and the one before stays: a renewal that went wrong closes nobody out before
//! the old certificate ends.

use std::time::Duration;

use anyhow::{Context as _, Result};
use master::{Tls, TlsError};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};

use crate::config::{CertificateFiles, read_secret};
use crate::exit::BadUsage;

/// How often the files are looked at: renewals come weeks before the end.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A certificate with the files that it came from.
pub(in crate::commands) struct Certificate {
    files: CertificateFiles,
    tls: Tls,
    /// What was read last, used or not.
    last: Pair,
}

/// What stands in both files.
#[derive(PartialEq, Eq)]
struct Pair {
    certificate: Vec<u8>,
    key: String,
}

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// When they cannot be read or used; names the file that is at fault.
    pub(in crate::commands) fn load(files: &CertificateFiles) -> Result<Self> {
        let files = files.clone();
        let last = read(&files).map_err(BadUsage)?;
        let tls = Tls::new(&last.certificate, last.key.as_bytes());
        let tls = tls.map_err(|error| BadUsage(fault(&files, &error)))?;
        Ok(Self { files, tls, last })
    }

    /// Returns what the server shows; it follows this.
    pub(in crate::commands) fn shown(&self) -> Tls {
        self.tls.clone()
    }

    /// Looks at the files now and then, and on SIGHUP.
    ///
    /// # Errors
    /// When the signal cannot be listened for.
    pub(in crate::commands) fn keep_current(mut self) -> Result<impl Future<Output = ()>> {
        let mut hangup = signal(SignalKind::hangup()).context("could not listen for SIGHUP")?;
        Ok(async move {
            let mut looks = interval(LOOK_EVERY);
            looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                let asked = tokio::select! {
                    () = received(&mut hangup) => true,
                    _ = looks.tick() => false,
                };
                self.look(asked);
            }
        })
    }

    /// Shows what stands in the files, when it is new or somebody asked.
    fn look(&mut self, asked: bool) {
        let told = match read(&self.files) {
            Ok(pair) if pair == self.last && !asked => return,
            Ok(pair) => {
                let replaced = self.tls.replace(&pair.certificate, pair.key.as_bytes());
                self.last = pair;
                replaced.map_err(|error| fault(&self.files, &error))
            }
            // A file that is being replaced is there again at the next look.
            Err(_) if !asked => return,
            Err(why) => Err(why),
        };
        match told {
            Ok(()) => tracing::info!("the certificate `{}` was read anew", self.files.certificate.display()),
            Err(why) => tracing::error!("the certificate stays as it was: {why}"),
        }
    }
}

async fn received(hangup: &mut Signal) {
    if hangup.recv().await.is_none() {
        std::future::pending::<()>().await;
    }
}

fn read(files: &CertificateFiles) -> Result<Pair, String> {
    let (certificate, key) = (&files.certificate, &files.key);
    let of_file = |path: &std::path::Path, why: &str| format!("`{}` {why}", path.display());
    let bytes = std::fs::read(certificate)
        .map_err(|error| of_file(certificate, &format!("cannot be read: {error}")))?;
    let key = read_secret(key).map_err(|why| of_file(key, &why))?;
    Ok(Pair { certificate: bytes, key })
}

fn fault(files: &CertificateFiles, error: &TlsError) -> String {
    let path = match error {
        TlsError::Certificate(_) => &files.certificate,
        TlsError::Key(_) => &files.key,
    };
    format!("`{}` {error}", path.display())
}
