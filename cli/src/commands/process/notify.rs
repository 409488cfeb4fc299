//! Tells the service manager how this process stands: starting, ready, alive, ending (`NOTIFY_SOCKET`, sd_notify(3)).
//!
//! Where nobody asked, nothing is sent. A message that cannot be sent changes nothing here: the manager waits, or starts
//! us anew, as its unit says.
//! Not here: when a role is ready; who starts its parts knows.

use std::time::Duration;

use sd_notify::NotifyState::{self, Ready, Status, Stopping, Watchdog};

/// Says that the role serves, and by what.
pub(in crate::commands) fn ready(status: &str) {
    send(&[Ready, Status(&line(status))]);
}

/// Says what the process is about, for `systemctl status`.
pub(in crate::commands) fn status(status: &str) {
    send(&[Status(&line(status))]);
}

/// Says that the process ends, and what it waits for.
pub(super) fn stopping(status: &str) {
    send(&[Stopping, Status(&line(status))]);
}

/// Says that the process lives.
pub(super) fn alive() {
    send(&[Watchdog]);
}

/// Returns how often the manager is to hear that we live: twice in the time after which it gives us up.
pub(super) fn beat() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|patience| patience / 2).filter(|period| !period.is_zero())
}

/// A line break would begin another field.
fn line(status: &str) -> String {
    status.split('\n').map(str::trim).collect::<Vec<_>>().join("; ")
}

fn send(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!("failed to tell the service manager: {error}");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_status_is_one_line() {
        assert_eq!(super::line("waits for etcd\nREADY=1"), "waits for etcd; READY=1");
    }
}
