//! `wrk`: asks as fast as it is answered on some connections, and says how long answers took.
//!
//! A script hands it the paths, one after the other, and prints what it counted. An answer that is no success ends the bench.

use std::process::Command;

use crate::common::TOKEN;

/// Connections, each with one request at one time.
pub(crate) const AT_ONE_TIME: u32 = 8;

/// How many times as long is asked where nothing was answered.
const LONGER: u32 = 10;

/// Hands `wrk` the lines of a file as paths, and prints: requests, microseconds in all, of the median and of 99 of a
/// hundred, refusals, connections that failed.
const SCRIPT: &str = r#"
local paths, n = {}, 0
function init(args)
  for line in io.lines(args[1]) do paths[#paths + 1] = line end
end
function request()
  n = n % #paths + 1
  return wrk.format("GET", paths[n])
end
function done(summary, latency)
  local failed = summary.errors
  io.write(string.format("result %d %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), failed.status, failed.connect + failed.read + failed.write + failed.timeout))
end
"#;

/// What is asked.
pub(crate) struct Load<'a> {
    /// Of whom.
    pub(crate) url: &'a str,
    /// In turn.
    pub(crate) paths: &'a [String],
    /// For how long.
    pub(crate) seconds: u32,
}

/// How it was answered.
pub(crate) struct Answered {
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) per_second: f64,
}

impl Load<'_> {
    /// Asks; for longer where nothing was answered in that time: on a busy machine a driver's first connections may fail,
    /// and it waits ten seconds before it tries again.
    pub(crate) fn run(&self) -> Answered {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (script, paths) = (folder.path().join("ask.lua"), folder.path().join("paths"));
        std::fs::write(&script, SCRIPT).expect("a file of our own");
        std::fs::write(&paths, self.paths.join("\n")).expect("a file of our own");
        let tries = [1, LONGER, LONGER].map(|times| self.seconds * times);
        let answered = tries.into_iter().find_map(|seconds| {
            let asked = Command::new("wrk")
                .args(["--threads", "1", "--connections", &AT_ONE_TIME.to_string(), "--timeout", "30s"])
                .args(["--duration", &format!("{seconds}s"), "--script"])
                .arg(&script)
                .args(["--header", &format!("Authorization: Bearer {TOKEN}"), self.url])
                .arg(&paths)
                .output()
                .expect("`wrk` is on the PATH: `cargo xtask bench api` finds or installs it");
            let printed = String::from_utf8_lossy(&asked.stdout).into_owned();
            read(&printed).unwrap_or_else(|why| {
                panic!("{why}, of {}\n{printed}{}", self.paths[0], String::from_utf8_lossy(&asked.stderr))
            })
        });
        answered.unwrap_or_else(|| panic!("nothing answered `{}` in time", self.paths[0]))
    }
}

/// Reads what the script printed; none: nothing was answered.
fn read(printed: &str) -> Result<Option<Answered>, String> {
    let line =
        printed.lines().find_map(|line| line.strip_prefix("result ")).ok_or("`wrk` counted nothing")?;
    let numbers: Vec<f64> = line.split(' ').filter_map(|number| number.parse().ok()).collect();
    let [requests, took_us, p50_us, p99_us, refused, failed] = numbers[..] else {
        return Err(format!("`wrk` printed `{line}`"));
    };
    if refused + failed > 0.0 {
        return Err(format!("{requests} requests, {refused} refused, {failed} not answered"));
    }
    let per_second = requests / (took_us / 1e6);
    Ok((requests > 0.0).then_some(Answered { p50_ms: p50_us / 1e3, p99_ms: p99_us / 1e3, per_second }))
}
