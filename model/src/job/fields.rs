//! Every field of a job: its path, kinds, default, range and meaning. The one table behind the parser's list of
//! known fields and behind `docs/JOBS.md`.

use std::fmt::Write as _;

/// One field of a job.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Path from the top of the job; `[]` stands for an item of a list.
    pub path: &'static str,
    /// Kinds that it applies to: `both`, `shell` or `wasm`.
    pub kinds: &'static str,
    /// Its default, or `required`.
    pub default: &'static str,
    /// Which values it takes.
    pub range: &'static str,
    /// What it does.
    pub what: &'static str,
}

macro_rules! fields {
    ($( $path:literal | $kinds:literal | $default:literal | $range:literal | $what:literal ; )*) => {
        /// Every field, in the order in which people read a job.
        pub const FIELDS: &[Field] = &[
            $( Field { path: $path, kinds: $kinds, default: $default, range: $range, what: $what }, )*
        ];
    };
}

fields! {
    "name" | "both" | "required" | "1 to 63 of `a-z 0-9 -`, not starting with `-`" | "unique name";
    "description" | "both" | "empty" | "at most 2,000 bytes" | "text for people";
    "labels" | "both" | "none" | "at most 32; names and values at most 63 bytes" | "for people: grouping and filters";
    "enabled" | "both" | "`true`" | "`true`, `false`" | "a job that is not enabled has no ticks; run-now still works";
    "schedule" | "both" | "required" | "at most 256 bytes" | "when it runs, as a cron expression or one of `@hourly`, `@every 90s`, `@at …`";
    "timezone" | "both" | "`UTC`" | "an IANA zone" | "the zone in which the schedule is read";
    "dst" | "both" | "`vixie`" | "`vixie`, `wall`, `skip`" | "what happens at changes of the clock";
    "weekdays" | "both" | "`unix`" | "`unix` (0 and 7 are Sunday), `quartz` (1 is Sunday)" | "how weekdays are numbered";
    "anchor" | "both" | "the first save" | "an RFC 3339 instant" | "where `@every` counts from; an edit that leaves it out keeps it";
    "jitter" | "both" | "`0s`" | "0s to 1d" | "ticks are put off by a part of this, the same part for a tick on every worker";
    "shell" | "shell" | "one of `shell`, `wasm`" | "a group" | "runs a script";
    "shell.script" | "shell" | "required" | "1 to 524,288 bytes" | "the script, handed to the interpreter as a file";
    "shell.interpreter" | "shell" | "`[\"/bin/sh\", \"-e\"]`" | "1 to 16 texts, the first an absolute path" | "what runs the script";
    "shell.user" | "shell" | "the worker's owner decides" | "the name of an account" | "the account to run as";
    "shell.cwd" | "shell" | "the account's home" | "an absolute path" | "the directory to start in";
    "shell.env" | "shell" | "none" | "at most 256; names `[A-Za-z_][A-Za-z0-9_]*`, not `SANDGLASS_…`" | "environment variables";
    "shell.stdin" | "shell" | "empty" | "at most 262,144 bytes" | "what the script reads on standard input";
    "shell.privilege_gain" | "shell" | "`false`" | "`true`, `false`" | "lets set-user-id programs such as `sudo` gain privileges; the worker's owner must allow it";
    "shell.leftovers" | "shell" | "`kill`" | "`kill`, `wait`" | "what happens to processes that outlive the script";
    "wasm" | "wasm" | "one of `shell`, `wasm`" | "a group" | "runs a WASI module";
    "wasm.module" | "wasm" | "required" | "`sha256:` and 64 hexadecimal digits, or a tag `NAME:TAG`" | "the module; a tag is resolved to a digest when the job is saved";
    "wasm.args" | "wasm" | "none" | "at most 256 texts" | "arguments";
    "wasm.env" | "wasm" | "none" | "as `shell.env`" | "environment variables";
    "wasm.stdin" | "wasm" | "empty" | "at most 262,144 bytes" | "what the module reads on standard input";
    "wasm.dirs" | "wasm" | "none" | "at most 16" | "directories that the module may open";
    "wasm.dirs[].host" | "wasm" | "required" | "an absolute path without `..`" | "the directory on the worker";
    "wasm.dirs[].guest" | "wasm" | "required" | "an absolute path without `..`" | "its name inside the module";
    "wasm.dirs[].mode" | "wasm" | "`ro`" | "`ro`, `rw`" | "what the module may do there";
    "wasm.network" | "wasm" | "none" | "at most 16 of `host:port`" | "names, addresses or blocks (`10.0.0.0/8:443`) that a component may connect to; `udp://host:port` for datagrams";
    "wasm.user" | "wasm" | "the worker's owner decides" | "the name of an account" | "the account that hosts the module";
    "limits.timeout" | "both" | "`10m`" | "100ms to 30d" | "how long a run may last";
    "limits.grace" | "both" | "`5s`" | "0s to 10m; at most 30s with `when_cut_off: kill`" | "from TERM to KILL";
    "limits.memory" | "both" | "shell: none, wasm: `256MiB`" | "shell 1MiB, wasm 64KiB, to 1TiB" | "memory of all processes, or of all linear memories";
    "limits.cpu" | "shell" | "none" | "0.01 to 1024" | "processors that it may keep busy";
    "limits.pids" | "shell" | "none" | "1 to 1,000,000" | "processes and threads at one time";
    "limits.fuel" | "wasm" | "`10000000000`" | "1 to 9,007,199,254,740,991, or `unlimited` (the maximum)" | "instructions, as wasmtime counts them";
    "limits.output" | "both" | "`10MiB`" | "0B to 1GiB" | "output kept: its beginning and its end; what is between them is counted and dropped";
    "success_codes" | "both" | "`[0]`" | "1 to 32 numbers 0 to 255" | "exit codes that count as success";
    "placement.mode" | "both" | "`one`" | "`one`, `all`" | "on one matching worker or on each";
    "placement.labels" | "both" | "none" | "as `labels`" | "labels that a worker must have";
    "overlap" | "both" | "`skip`" | "`allow`, `skip`, `replace`" | "a tick falls due while an earlier run goes on";
    "missed.policy" | "both" | "`latest`" | "`none`, `latest`, `all`" | "which ticks past their start deadline still run";
    "missed.window" | "both" | "`1h`" | "0s to 30d" | "how old a missed tick may be to run still";
    "missed.max" | "both" | "`10`" | "1 to 1,000" | "how many run at most, for policy `all`";
    "start_deadline" | "both" | "`10m`" | "1s to 7d" | "how long after it fell due a tick may still start";
    "on_worker_loss" | "both" | "`skip`" | "`skip`, `rerun`" | "what becomes of a run whose worker is gone";
    "when_cut_off" | "both" | "`wait`" | "`wait`, `kill`" | "what a worker that is cut off from the store does with the run";
    "retries.max" | "both" | "`0`" | "0 to 20" | "how often a run that failed is tried again";
    "retries.on" | "both" | "`[failed, timed_out]`" | "`failed`, `timed_out`, `out_of_memory`, `out_of_fuel`, `trapped`, `not_started`" | "after which ends";
    "retries.backoff" | "both" | "`10s`" | "0s to 1h" | "wait before the first retry; doubles with each";
    "retries.backoff_max" | "both" | "`5m`" | "`backoff` to 1d" | "the longest wait";
    "retention" | "both" | "`30d`" | "1h to 3650d" | "how long run records and output are kept";
    "alerts.on" | "both" | "none" | "statuses that end badly, `recovered`, `long_running`" | "which ends somebody hears of";
    "alerts.warn_after" | "both" | "none" | "1s to 30d" | "warn of a run that lasts longer";
    "alerts.channels" | "both" | "none" | "at most 16 names" | "who hears of it";
}

/// Returns the names of the fields of a group (`""` for the top), as the parser knows them.
pub(super) fn names_in(group: &str) -> Vec<&'static str> {
    let mut names = Vec::new();
    for field in FIELDS {
        let rest = match field.path.strip_prefix(group) {
            Some(rest) if group.is_empty() => rest,
            Some(rest) => match rest.strip_prefix('.') {
                Some(rest) => rest,
                None => continue,
            },
            None => continue,
        };
        let name = rest.split(['.', '[']).next().expect("a path has a name");
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Returns the table of all fields as Markdown.
pub fn markdown() -> String {
    let mut text =
        String::from("| field | kind | default | values | what it does |\n|---|---|---|---|---|\n");
    for field in FIELDS {
        writeln!(
            text,
            "| `{}` | {} | {} | {} | {} |",
            field.path, field.kinds, field.default, field.range, field.what
        )
        .expect("a String takes all");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_knows_its_fields() {
        assert_eq!(names_in("missed"), ["policy", "window", "max"]);
        assert_eq!(names_in("wasm.dirs[]"), ["host", "guest", "mode"]);
        assert!(names_in("").contains(&"limits"));
        assert!(!names_in("").contains(&"timeout"));
    }
}
