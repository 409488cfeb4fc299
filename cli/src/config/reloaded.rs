//! Which options a running server takes on SIGHUP. All others need a restart, and say so.
//!
//! Not here: how they are taken (`commands::process::reload`). `docs/CONFIGURATION.md` has the same lists for people.

/// What only decides how the next request is answered, the next line is printed, the next alert is told.
const MASTER: [&str; 19] = [
    "alerts.allow",
    "alerts.ca_file",
    "alerts.store_trouble_after",
    "alerts.worker_down_after",
    "log.filter",
    "master.admin_token_file",
    "master.audit_days",
    "master.body_timeout",
    "master.connections_per_address",
    "master.module_max",
    "master.proxy_user_header",
    "master.ranges_days",
    "master.request_timeout",
    "master.requests_per_second",
    "master.revisions_days",
    "master.revisions_max",
    "master.session_ttl",
    "master.trusted_proxies",
    "master.url",
];
/// A worker's other options are read by runs and by the fleet: it hands its shell runs over and starts anew.
const WORKER: [&str; 1] = ["log.filter"];
/// Its other options are flags or the worker's.
const STANDALONE: [&str; 4] =
    ["alerts.allow", "alerts.ca_file", "alerts.store_trouble_after", "alerts.worker_down_after"];

/// Returns the options that a role takes while it runs.
pub(crate) fn reloaded(role: &str) -> &'static [&'static str] {
    match role {
        "master" => &MASTER,
        "worker" => &WORKER,
        _ => &STANDALONE,
    }
}
