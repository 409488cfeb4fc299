//! Figures for Prometheus, as it scrapes them: of a standalone server, of a master, of a worker; and who is not let in.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Context as _, Result, ensure};
use e2e::fleet::{Fleet, Plan};
use e2e::{Server, http};

/// Returns the value of a series; none where it is not there.
fn value(text: &str, series: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
    line.parse().ok()
}

fn scraped(url: &str) -> Result<String> {
    let answer = http::send("GET", &format!("{url}/metrics"), &[], "")?;
    ensure!(answer.status == 200, "{answer:?}");
    ensure!(answer.headers["content-type"].to_str()?.starts_with("text/plain; version=0.0.4"), "{answer:?}");
    Ok(answer.body)
}

const SHELL: &str =
    "name: told\nschedule: '@yearly'\nshell: { script: 'echo told; exit 3' }\nsuccess_codes: [0]\n";

#[test]
fn a_server_tells_what_ran_to_who_asks_on_the_machine_or_brings_a_token() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    server.apply(SHELL)?;
    server.apply("name: ticking\nschedule: '@every 1s'\nshell: { script: 'true' }\n")?;
    server.done(&["job", "run", "told"])?;
    server.run_in("told", &["failed"])?;
    server.run_in("ticking", &["succeeded"])?;
    server.done(&["job", "pause", "ticking"])?;
    let url = server.url.clone();
    let text = server.until("the figures to tell both ends", || {
        let text = scraped(&url)?;
        let ended = |status| {
            value(&text, &format!("sandglass_runs_ended_total{{kind=\"shell\",status=\"{status}\"}}"))
        };
        let both = ended("failed") == Some(1.0) && ended("succeeded").is_some_and(|n| n >= 1.0);
        let kept = value(&text, "sandglass_output_bytes_total").is_some_and(|bytes| bytes >= 5.0);
        Ok((both && kept).then_some(text))
    })?;
    let at = |series: &str| value(&text, series).with_context(|| format!("no `{series}` in\n{text}"));
    ensure!(
        at("sandglass_jobs{state=\"paused\"}")? == 1.0 && at("sandglass_jobs{state=\"enabled\"}")? == 1.0
    );
    ensure!(at("sandglass_start_lateness_seconds_count{kind=\"shell\"}")? >= 1.0);
    ensure!(at("sandglass_start_lateness_seconds_bucket{kind=\"shell\",le=\"+Inf\"}")? >= 1.0);
    ensure!(at("sandglass_claims_total{result=\"won\"}")? >= 2.0);
    ensure!(at("sandglass_store_seconds_count{store=\"intent\",call=\"commit\"}")? >= 2.0);
    ensure!(at("sandglass_leading{duty=\"recorder\"}")? == 1.0);
    ensure!(at("sandglass_worker_registered")? == 1.0 && at("sandglass_clock_ok")? == 1.0);
    ensure!(at("process_resident_memory_bytes")? > 1e6);
    let saved = "sandglass_http_requests_total{method=\"PUT\",route=\"/api/v1/jobs/{name}\",status=\"201\"}";
    ensure!(at(saved)? == 2.0, "{text}");
    // Guesses at paths make no series of their own.
    http::send("GET", &format!("{url}/guess-{}", 17), &[], "")?;
    ensure!(!scraped(&url)?.contains("guess"));

    let metrics = format!("{url}/metrics");
    let passed_on = ("x-forwarded-for", "192.0.2.7");
    let refused = http::send("GET", &metrics, &[passed_on], "")?;
    ensure!((refused.status, refused.code().as_str()) == (401, "not_logged_in"), "{refused:?}");
    let bearer = format!("Bearer {}", server.token());
    let let_in = http::send("GET", &metrics, &[passed_on, ("authorization", &bearer)], "")?;
    ensure!(let_in.status == 200, "{let_in:?}");
    Ok(())
}

#[test]
fn a_worker_tells_its_own_and_each_master_those_of_the_fleet() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let token = folder.path().join("token");
    fs::write(&token, "scrape-me\n")?;
    fs::set_permissions(&token, fs::Permissions::from_mode(0o600))?;
    let variable = |name: &str, value: &str| (format!("SANDGLASS_OPT_METRICS_{name}"), value.to_owned());
    let worker_variables =
        vec![variable("LISTEN", "127.0.0.1:0"), variable("TOKEN_FILE", &token.display().to_string())];
    let mut fleet = Fleet::start_as(&Plan { masters: 2, workers: 1, worker_variables, ..Plan::default() })?;
    fleet.master(0).apply(SHELL)?;
    fleet.master(0).done(&["job", "run", "told"])?;
    fleet.master(1).run_in("told", &["failed"])?;

    let log = fleet.worker(0).log();
    let address = log.lines().find_map(|line| line.split_once("tells figures at ")).context(log.clone())?.1;
    let worker = format!("http://{address}");
    let text = scraped(&worker)?;
    let ended = "sandglass_runs_ended_total{kind=\"shell\",status=\"failed\"}";
    ensure!(value(&text, ended) == Some(1.0), "{text}");
    ensure!(value(&text, "sandglass_clock_ahead_seconds").is_some_and(|ahead| ahead.abs() < 5.0), "{text}");
    let store = "sandglass_store_seconds_count{store=\"facts\",call=\"put_runs\"}";
    ensure!(value(&text, store).is_some_and(|calls| calls >= 1.0), "{text}");
    let passed_on = ("x-forwarded-for", "192.0.2.7");
    for (token, status) in [("scrape-me", 200), ("guess", 401)] {
        let headers = [passed_on, ("authorization", &*format!("Bearer {token}"))];
        let answer = http::send("GET", &format!("{worker}/metrics"), &headers, "")?;
        ensure!(answer.status == status, "{token}: {answer:?}");
    }

    let mut leaders = 0.0;
    for n in 0..2 {
        let text = scraped(&fleet.master(n).url)?;
        ensure!(value(&text, "sandglass_workers{state=\"ready\"}") == Some(1.0), "{text}");
        ensure!(value(&text, "sandglass_jobs{state=\"enabled\"}") == Some(1.0), "{text}");
        leaders += value(&text, "sandglass_leading{duty=\"recorder\"}").unwrap_or_default();
    }
    ensure!(leaders == 1.0, "{leaders} masters lead");
    Ok(())
}
