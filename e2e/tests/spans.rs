//! Spans for OpenTelemetry, as a collector gets them: of runs and requests, whole and once; and a collector that is away.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::collector::{Collector, Told};
use e2e::{Server, alone, http, told};
use nix::sys::signal::Signal;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

fn job(name: &str, script: &str) -> String {
    format!("name: {name}\nschedule: '@yearly'\nshell: {{ script: '{script}' }}\n---\n")
}

/// Returns the one span of this name.
fn one<'a>(told: &'a [Told], name: &str) -> Result<&'a Told> {
    let names: Vec<&str> = told.iter().map(|one| one.span.name.as_str()).collect();
    let found: Vec<&Told> = told.iter().filter(|one| one.span.name == name).collect();
    ensure!(found.len() == 1, "{} spans are named `{name}` among {names:?}", found.len());
    Ok(found[0])
}

fn lasted(told: &Told) -> Duration {
    Duration::from_nanos(told.span.end_time_unix_nano - told.span.start_time_unix_nano)
}

fn ends_well(server: &mut Server) -> Result<()> {
    server.signal(Signal::SIGTERM)?;
    let status = server.wait()?;
    ensure!(status.success(), "{status}: {}", server.log());
    Ok(())
}

/// Goal: the spans of a good and of a bad run, and of the request that began one, with all that they say; and no others.
#[test]
fn a_run_and_a_request_of_the_interface_are_a_span_each() -> Result<()> {
    let collector = Collector::start(true)?;
    let folder = tempfile::tempdir()?;
    let (config, headers) = (folder.path().join("server.toml"), folder.path().join("headers"));
    fs::write(&headers, "Authorization: Bearer of-the-collector\n")?;
    fs::set_permissions(&headers, fs::Permissions::from_mode(0o600))?;
    let text = format!("[telemetry]\notlp_endpoint = {:?}\notlp_headers_file = {headers:?}\n", collector.url);
    fs::write(&config, text)?;
    let config = config.display().to_string();
    // Which lines are printed is another question.
    let mut server =
        Server::start(&["--no-demo", "--log", "warn", "--worker-id", "w7", "--config", &config])?;
    server.apply(&(job("good", "sleep 1") + &job("bad", "exit 3")))?;
    server.done(&["job", "run", "good"])?;
    server.done(&["job", "run", "bad"])?;
    let (good, bad) = (server.run_in("good", &["succeeded"])?, server.run_in("bad", &["failed"])?);
    for path in ["/healthz", "/", "/guess-17", "/api/v1/guess-18"] {
        http::send("GET", &format!("{}{path}", server.url), &[], "")?;
    }
    ends_well(&mut server)?;

    let told = collector.told();
    let of = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let of_run = |run: &serde_json::Value, job: &str, outcome: &str, code: &str| {
        of(&[
            ("sandglass.run.id", run["id"].as_str().unwrap_or_default()),
            ("sandglass.job.name", job),
            ("sandglass.worker.id", "w7"),
            ("sandglass.run.attempt", "#1"),
            ("sandglass.run.kind", "shell"),
            ("sandglass.run.outcome", outcome),
            ("process.exit.code", code),
        ])
    };
    let (of_good, of_bad) = (one(&told, "run good")?, one(&told, "run bad")?);
    ensure!(of_good.attributes == of_run(&good, "good", "succeeded", "#0"), "{of_good:?}");
    let mut expected = of_run(&bad, "bad", "failed", "#3");
    expected.insert("error.type".to_owned(), "failed".to_owned());
    ensure!(of_bad.attributes == expected, "{of_bad:?}");
    let status = |told: &Told| told.span.status.clone().map(|status| (status.code(), status.message));
    ensure!(status(of_good) == Some((StatusCode::Ok, String::new())), "{of_good:?}");
    ensure!(status(of_bad) == Some((StatusCode::Error, "exit code 3".to_owned())), "{of_bad:?}");
    ensure!(lasted(of_good) >= Duration::from_secs(1), "{of_good:?}");
    ensure!(of_good.span.trace_id != of_bad.span.trace_id, "each run is a trace of its own");
    ensure!(of_good.span.parent_span_id.is_empty() && of_bad.span.parent_span_id.is_empty(), "{told:?}");
    for (name, value) in [("service.name", "sandglass"), ("service.instance.id", "w7")] {
        ensure!(of_good.resource.get(name).is_some_and(|told| told == value), "{:?}", of_good.resource);
    }
    let version = of_good.resource.get("service.version").context("a version")?;
    ensure!(server.ask(&["--version"])?.stdout.ends_with(format!(" {version}\n").as_bytes()), "{version}");
    ensure!(of_good.head.starts_with("post /v1/traces "), "{}", of_good.head);
    ensure!(of_good.head.contains("authorization: bearer of-the-collector"), "{}", of_good.head);
    ensure!(of_good.head.contains("content-type: application/x-protobuf"), "{}", of_good.head);

    let runs = told.iter().filter(|one| one.span.name == "POST /api/v1/jobs/{name}/run");
    let runs: Vec<&Told> = runs.collect();
    ensure!(runs.len() == 2, "{told:?}");
    let request = &runs[0].attributes;
    ensure!(request["http.request.method"] == "POST" && request["http.route"] == "/api/v1/jobs/{name}/run");
    ensure!(request["http.response.status_code"] == "#202" && request.contains_key("sandglass.request.id"));
    ensure!(runs[0].span.kind() == SpanKind::Server, "{:?}", runs[0]);
    let names: Vec<&str> = told.iter().map(|one| one.span.name.as_str()).collect();
    ensure!(names.iter().all(|name| name.starts_with("run ") || name.contains(" /api/v1/")), "{names:?}");
    ensure!(!names.iter().any(|name| name.contains("guess")), "a guess at a path is no route: {names:?}");
    ensure!(!server.log().contains("spans"), "{}", server.log());
    Ok(())
}

/// Caught: a span of each process that saw the run, and one that begins with the process that saw the end.
#[test]
fn a_run_that_goes_on_below_the_next_process_is_one_span() -> Result<()> {
    let collector = Collector::start(true)?;
    // An account of this machine: others have a `/tmp` of their own, and could not look for the file.
    let options = ["--no-demo", "--shell-default-user", "nobody", "--otlp-endpoint", &collector.url];
    let mut server = Server::start(&options)?;
    fs::set_permissions(server.beside(), fs::Permissions::from_mode(0o755))?;
    let go = server.beside().join("go");
    server.apply(&job("long", &format!("while [ ! -e {} ]; do sleep 0.1; done", go.display())))?;
    server.done(&["job", "run", "long"])?;
    server.run_in("long", &["running"])?;
    ends_well(&mut server)?;
    ensure!(!collector.told().iter().any(|one| one.span.name == "run long"), "nobody has seen its end");
    server.up()?;
    fs::write(&go, "")?;
    let run = server.run_in("long", &["succeeded"])?;
    ends_well(&mut server)?;
    let told = collector.told();
    let long = one(&told, "run long")?;
    let started: jiff::Timestamp = run["started_at"].as_str().context("when it started")?.parse()?;
    let began = i128::from(long.span.start_time_unix_nano);
    ensure!(began <= started.as_nanosecond(), "it began below the first process: {long:?}, {run}");
    ensure!(long.attributes["sandglass.run.outcome"] == "succeeded", "{long:?}");
    Ok(())
}

/// Caught: a line of log for each try; spans that are given up after their second try.
#[test]
fn a_collector_that_is_away_is_told_of_once_and_gets_what_waited() -> Result<()> {
    let collector = Collector::start(false)?;
    let mut server = Server::start(&["--no-demo", "--otlp-endpoint", &collector.url])?;
    server.apply("name: often\nschedule: '* * * * * *'\nshell: { script: 'true' }\n")?;
    let ended = |server: &Server| -> Result<Vec<String>> {
        let ended = server.runs("often")?.into_iter().filter(|run| run["status"] == "succeeded");
        Ok(ended.filter_map(|run| run["id"].as_str().map(str::to_owned)).collect())
    };
    let while_away = server.until("runs to end and tries to fail", || {
        let ended = ended(&server)?;
        Ok((ended.len() >= 4 && collector.refused() >= 4).then_some(ended))
    })?;
    let lines = |server: &Server, words: &str| {
        server.log().lines().filter(|line| line.contains(words)).map(str::to_owned).collect::<Vec<_>>()
    };
    let warned = lines(&server, "takes no spans");
    ensure!(
        warned.len() == 1 && warned[0].contains(" WARN ") && warned[0].contains(&collector.url),
        "{warned:?}"
    );
    collector.answer();
    let well = server.until("it to be told as well again", || {
        Ok(Some(lines(&server, "takes spans again")).filter(|lines| !lines.is_empty()))
    })?;
    ensure!(well.len() == 1 && well[0].ends_with("; 0 were lost"), "{well:?}");
    ends_well(&mut server)?;
    let told = collector.told();
    for run in while_away {
        let is = |one: &&Told| one.attributes.get("sandglass.run.id").is_some_and(|id| *id == run);
        ensure!(told.iter().filter(is).count() == 1, "run {run} is told of once: {told:?}");
    }
    Ok(())
}

/// Goal: one that takes connections and never answers holds neither a run nor the end of the process.
#[test]
fn a_collector_that_never_answers_holds_neither_a_run_nor_the_end() -> Result<()> {
    // Nobody accepts: the kernel does, and that is all.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", silent.local_addr()?);
    let mut server = Server::start(&["--no-demo", "--otlp-endpoint", &url])?;
    server.apply("name: often\nschedule: '* * * * * *'\nshell: { script: 'true' }\n")?;
    server.until("runs to go on beside a try that fails", || {
        let ended = server.runs("often")?.iter().filter(|run| run["status"] == "succeeded").count();
        Ok((ended >= 8 && server.log().contains("takes no spans")).then_some(()))
    })?;
    let asked = Instant::now();
    ends_well(&mut server)?;
    // Within the patience of a service manager; a message may be tried for longer than that.
    ensure!(asked.elapsed() < Duration::from_secs(20), "it took {:?}", asked.elapsed());
    ensure!(server.log().contains("spans were not sent before the end"), "{}", server.log());
    Ok(())
}

#[test]
fn what_is_no_collector_is_refused_with_its_field_its_value_and_what_to_write() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("server.toml");
    fs::write(&config, "[telemetry]\notlp_endpoint = \"otel.example:4318\"\notlp_headers = \"x: 1\"\n")?;
    let config = config.display().to_string();
    let hint = "hint: name where a collector takes OTLP over HTTP, like `http://127.0.0.1:4318`";
    let why = "must start with `http://` or `https://`, got `otel.example:4318`";
    let standalone = ["standalone", "--listen", "127.0.0.1:0", "--data"];
    let data = folder.path().join("data").display().to_string();
    let flag = ["--otlp-endpoint", "otel.example:4318"];
    for (arguments, place) in [
        (vec!["check", "--config", &config], "(line 2)"),
        ([&standalone[..], &[&data, "--config", &config]].concat(), "(line 2)"),
        ([&standalone[..], &[&data], &flag].concat(), "(--otlp-endpoint)"),
    ] {
        let ended = alone(&arguments)?;
        let told = told(&ended);
        ensure!(ended.status.code() == Some(64), "{told}");
        ensure!(told.contains(&format!("telemetry.otlp_endpoint {place}: {why}")), "{told}");
        ensure!(told.contains(hint), "{told}");
        let names_both = told.contains("telemetry.otlp_headers (line 3): is not known here");
        ensure!(names_both == (place == "(line 2)"), "{told}");
    }
    Ok(())
}
