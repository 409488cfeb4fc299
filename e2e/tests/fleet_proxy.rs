//! nginx in front of masters, by the configuration that ships: reads go on and a stream is taken up again when one of them is
//! killed; encrypted, beneath a path, and with a bound for each address. Where this machine has no nginx, it says so and tests
//! nothing. The page behind it while masters are killed: `web/e2e/proxy.spec.ts`.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;

use anyhow::{Context as _, Result, ensure};
use e2e::fleet::{Fleet, Plan};
use e2e::nginx::{HINT, Nginx, Site};
use e2e::{PATIENCE, http, told};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;

/// Reads after a master was killed: round robin would send half of them to it.
const READS: usize = 12;

/// Starts nginx before the masters that run.
fn proxy(fleet: &mut Fleet, masters: &[String]) -> Result<Option<Nginx>> {
    let folder = fleet.folder().join("nginx");
    let nginx = Nginx::start(masters, &folder)?;
    if nginx.is_none() {
        eprintln!("skipped: there is no nginx\nhint: {HINT}");
    }
    Ok(nginx)
}

/// Caught: reads that are not passed on (`proxy_next_upstream off`), and a body that nginx refuses (`client_max_body_size`) or
/// keeps (`proxy_request_buffering on`).
#[test]
fn reads_go_on_when_one_of_two_masters_is_killed() -> Result<()> {
    let mut fleet = Fleet::start(2, 1)?;
    let masters = [fleet.master(0).url.clone(), fleet.master(1).url.clone()];
    let Some(nginx) = proxy(&mut fleet, &masters)? else { return Ok(()) };
    let client = fleet.client_at(&nginx.url);
    client.apply("name: hello\nschedule: '@yearly'\nshell: { script: echo hello }\n")?;
    client.done(&["job", "run", "hello"])?;
    client.run_in("hello", &["succeeded"])?;
    // What is large passes as it comes, and is refused by the master, not by nginx.
    let bearer = format!("Bearer {}", fleet.token());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/wasm")];
    let large = http::send("POST", &format!("{}/api/v1/modules", nginx.url), &headers, vec![0; 40 << 20])?;
    ensure!(large.status == 413 && large.code() != "", "{} {}", large.status, large.body);
    ensure!(!nginx.log().contains("buffered to a temporary file"), "nginx kept it:\n{}", nginx.log());

    fleet.master(1).kill()?;
    for n in 0..READS {
        let list = client.ask(&["job", "list"])?;
        ensure!(list.status.success(), "read {n}: {}\n{}", told(&list), nginx.log());
    }
    // Refused at most while nginx does not know yet, done from then on.
    client
        .until("a change", || Ok(client.ask(&["job", "pause", "hello"])?.status.success().then_some(())))?;
    let access = fs::read_to_string(fleet.folder().join("nginx/access.log"))?;
    ensure!(access.lines().any(|line| line.contains("GET /api/v1/jobs")), "{access}");
    Ok(())
}

/// The stream begins at the only master there is; another comes, the first is killed.
///
/// Not caught: `proxy_buffering on`, since this nginx passes on what comes in chunks as it comes all the same, and a stream
/// whose request nginx does not pass on (`proxy_next_upstream off`), since the client asks once more.
#[test]
fn a_stream_goes_on_at_the_other_master_when_its_own_is_killed() -> Result<()> {
    let mut fleet = Fleet::down(&Plan { masters: 2, workers: 1, fixed_ports: true, ..Plan::default() })?;
    let masters = [fleet.master(0).address_to_be()?, fleet.master(1).address_to_be()?];
    let Some(nginx) = proxy(&mut fleet, &masters)? else { return Ok(()) };
    fleet.master(0).start()?;
    fleet.worker(0).start()?;
    fleet.master(0).ready()?;
    let go = fleet.evidence().join("go");
    let script = format!(
        "n=0; while [ ! -e {} ]; do n=$((n+1)); echo line $n; sleep 0.2; done; echo end",
        go.display()
    );
    fleet.master(0).apply(&format!("name: long\nschedule: '@yearly'\nshell: {{ script: '{script}' }}\n"))?;
    fleet.master(0).done(&["job", "run", "long"])?;
    let run = fleet.master(0).run_in("long", &["running"])?;
    let id = run["id"].as_str().context("an id")?;
    let mut follow = Command::new(e2e::binary())
        .args(["run", "logs", id, "-f"])
        .env("SANDGLASS_SERVER", &nginx.url)
        .env("SANDGLASS_TOKEN", fleet.token())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("could not start sandglass")?;
    let out = BufReader::new(follow.stdout.take().context("piped above")?);
    let (told, lines) = mpsc::channel();
    std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| told.send(line)));
    let mut seen = vec![lines.recv_timeout(PATIENCE).context("a line while the run goes on")?];
    fleet.master(1).start()?;
    fleet.master(1).ready()?;
    fleet.master(0).kill()?;
    // More than what may have been on its way.
    for _ in 0..20 {
        seen.push(lines.recv_timeout(PATIENCE).context("a line by the other master")?);
    }
    fs::write(&go, "")?;
    while let Ok(line) = lines.recv_timeout(PATIENCE) {
        seen.push(line);
    }
    ensure!(follow.wait()?.success(), "the follower failed: {seen:?}\n{}", nginx.log());
    let all: Vec<String> = (1..seen.len()).map(|n| format!("line {n}")).chain(["end".to_owned()]).collect();
    ensure!(seen == all, "lost or doubled: {seen:?}");
    Ok(())
}

/// What the site tells to write for an encrypted address, a path of a site, and how fast one address may ask.
///
/// Caught: the page's files or its cookie at the top (`beneath`), a prefix from no trusted proxy, `limit_req` taken out.
#[test]
fn a_fleet_stands_encrypted_beneath_a_path_and_one_address_asks_only_so_fast() -> Result<()> {
    let mut fleet = Fleet::down(&Plan {
        masters: 1,
        workers: 1,
        master_variables: vec![("SANDGLASS_OPT_TRUSTED_PROXIES".to_owned(), "127.0.0.1".to_owned())],
        ..Plan::default()
    })?;
    let folder = fleet.folder().to_owned();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let (certificate, key) = (folder.join("site.pem"), folder.join("site.key"));
    fs::write(&certificate, made.cert.pem())?;
    fs::write(&key, made.signing_key.serialize_pem())?;
    fleet.master(0).start()?;
    fleet.worker(0).start()?;
    fleet.master(0).ready()?;
    let site = Site { tls: Some((certificate.clone(), key)), beneath: Some("/ops/sandglass".to_owned()) };
    let masters = [fleet.master(0).url.clone()];
    let Some(nginx) = Nginx::start_as(&site, &masters, &folder.join("nginx"))? else {
        eprintln!("skipped: there is no nginx\nhint: {HINT}");
        return Ok(());
    };
    let url = nginx.url.replace("127.0.0.1", "localhost");
    let trusting = Trusting::of(&certificate)?;
    let ask = |method: &str, path: &str, headers: &[(&str, &str)], body: &str| {
        trusting.send(method, &format!("{url}{path}"), headers, body)
    };

    // The page, by any of its addresses, finds its own files beneath the path.
    let page = ask("GET", "/jobs/hello", &[], "")?;
    ensure!(page.body.contains("name=\"base-path\" content=\"/ops/sandglass\""), "{}", page.body);
    let file = page.body.split('"').find(|text| text.starts_with("/ops/sandglass/") && text.contains('.'));
    let file = file.context("the page names a file of its own")?.replace("/ops/sandglass", "");
    ensure!(ask("GET", &file, &[], "")?.status == 200, "{file}");

    // A login's cookie is for the path alone, and goes over the encrypted way alone.
    let token = fleet.token();
    let json = ("content-type", "application/json");
    let origin = url.split_once("/ops").context("the path")?.0.to_owned();
    let login = json!({ "token": token }).to_string();
    let session = ask("POST", "/api/v1/session", &[json, ("origin", &origin)], &login)?;
    let cookie = session.headers.get("set-cookie").context("a cookie")?.to_str()?.to_owned();
    ensure!(cookie.contains("Path=/ops/sandglass/;") && cookie.ends_with("; Secure"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap_or_default();
    let job =
        json!({ "name": "hello", "schedule": "@yearly", "shell": { "script": "echo hello" } }).to_string();
    let saved = ask("POST", "/api/v1/jobs", &[json, ("origin", &origin), ("cookie", cookie)], &job)?;
    ensure!(saved.status == 201, "{} {}", saved.status, saved.body);
    ensure!(saved.headers["location"] == "/ops/sandglass/api/v1/jobs/hello", "{:?}", saved.headers);
    let document = ask("GET", "/api/v1/openapi.json", &[("cookie", cookie)], "")?;
    ensure!(document.json()["servers"][0]["url"] == "/ops/sandglass", "{}", document.status);
    // Without the proxy it stands at the top, whatever a header says.
    let straight = http::send("GET", &masters[0], &[], "")?;
    ensure!(straight.body.contains("name=\"base-path\" content=\"\""), "{}", straight.body);

    // The command line, by an address that is not encrypted, to the end of a run.
    let plain = Site { tls: None, ..site };
    let plain = Nginx::start_as(&plain, &masters, &folder.join("plain"))?.context("nginx was there")?;
    let client = fleet.client_at(&plain.url);
    client.done(&["job", "run", "hello"])?;
    client.run_in("hello", &["succeeded"])?;
    // A login by name sends what a browser's page would.
    let ada =
        json!({ "name": "ada", "role": "viewer", "password": "a word that nobody guesses" }).to_string();
    let bearer = format!("Bearer {token}");
    let made = ask("POST", "/api/v1/users", &[json, ("authorization", &bearer)], &ada)?;
    ensure!(made.status == 201, "{}", made.body);
    let mut login = Command::new(e2e::binary())
        .args(["login", "--user", "ada", "--server", &plain.url])
        .env("HOME", &folder)
        .env_remove("SANDGLASS_TOKEN")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    login.stdin.take().context("piped above")?.write_all(b"a word that nobody guesses\n")?;
    let login = login.wait_with_output()?;
    ensure!(login.status.success(), "{}", told(&login));

    // More than the burst at once: the rest is refused at the door, and told so.
    let statuses = trusting.flood(&format!("{url}/api/v1/session"), ("authorization", &bearer), 900)?;
    let count = |status: u16| statuses.iter().filter(|one| **one == status).count();
    ensure!(count(200) >= 400 && count(429) >= 50, "200: {}, 429: {}", count(200), count(429));
    ensure!(count(200) + count(429) == 900, "{statuses:?}");
    Ok(())
}

/// Asks over a connection whose certificate is in a file, as browsers do.
struct Trusting {
    client: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

impl Trusting {
    fn of(certificate: &Path) -> Result<Self> {
        drop(rustls::crypto::ring::default_provider().install_default());
        let certificate = reqwest::Certificate::from_pem(&fs::read(certificate)?)?;
        let client = reqwest::Client::builder().tls_certs_only([certificate]).build()?;
        Ok(Self { client, runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()? })
    }

    fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Result<http::Answer> {
        let mut request = self.client.request(method.parse()?, url).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.runtime.block_on(async {
            let answer = request.timeout(PATIENCE).send().await?;
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            Ok(http::Answer { status, headers, body: answer.text().await? })
        })
    }

    /// Asks so many times, forty at one time, and returns the statuses.
    fn flood(&self, url: &str, header: (&str, &str), count: usize) -> Result<Vec<u16>> {
        let one = |_| async move {
            let answer = self.client.get(url).header(header.0, header.1).timeout(PATIENCE).send().await?;
            anyhow::Ok(answer.status().as_u16())
        };
        self.runtime.block_on(stream::iter(0..count).map(one).buffer_unordered(40).try_collect())
    }
}
