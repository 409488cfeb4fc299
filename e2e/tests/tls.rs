//! The encrypted server: what it shows, that a new certificate takes its place while requests go on, and that a bad one
//! does not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result};
use e2e::{Server, alone, binary, told};
use nix::sys::signal::Signal;
use reqwest::Certificate;
use serde_json::json;

/// A certificate of `localhost` that signs itself, in files of its own.
struct Pair {
    folder: tempfile::TempDir,
}

impl Pair {
    fn new() -> Result<Self> {
        let pair = Self { folder: tempfile::tempdir()? };
        pair.renew()?;
        Ok(pair)
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("server.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("server.key")
    }

    /// Writes another certificate in place of the one before.
    fn renew(&self) -> Result<()> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        put(&self.certificate(), &made.cert.pem())?;
        put(&self.key(), &made.signing_key.serialize_pem())
    }

    fn flags(&self) -> [String; 4] {
        let text = |path: PathBuf| path.display().to_string();
        ["--tls-cert-file".into(), text(self.certificate()), "--tls-key-file".into(), text(self.key())]
    }

    /// Starts a server that shows it.
    fn serve(&self) -> Result<Server> {
        let flags = self.flags();
        let url = ["--no-demo", "--log", "info"];
        Server::start(&url.into_iter().chain(flags.iter().map(String::as_str)).collect::<Vec<_>>())
    }

    /// Returns a client that trusts what is in the file now, and nothing else.
    fn trusting(&self) -> Result<reqwest::Client> {
        drop(rustls::crypto::ring::default_provider().install_default());
        let certificate = Certificate::from_pem(&fs::read(self.certificate())?)?;
        Ok(reqwest::Client::builder().tls_certs_only([certificate]).build()?)
    }
}

fn put(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text)?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o600))?)
}

fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// Returns where the server is by the name in its certificate.
fn by_name(server: &Server) -> String {
    server.url.replace("127.0.0.1", "localhost")
}

/// Returns whether the server shows the certificate in the file.
fn shows(server: &Server, pair: &Pair) -> Result<bool> {
    let client = pair.trusting()?;
    block_on(async { Ok(client.get(format!("{}/healthz", by_name(server))).send().await.is_ok()) })
}

#[test]
fn an_encrypted_server_speaks_http2_and_keeps_its_cookie_to_itself() -> Result<()> {
    let pair = Pair::new()?;
    let server = pair.serve()?;
    assert!(server.banner.contains("https://127.0.0.1:"), "{}", server.banner);
    let (client, url) = (pair.trusting()?, by_name(&server));
    let token = server.token();
    block_on(async {
        let health = client.get(format!("{url}/healthz")).send().await?;
        assert_eq!(health.headers()["strict-transport-security"], "max-age=31536000");
        let login = client.post(format!("{url}/api/v1/session")).header("origin", &url);
        let login = login.json(&json!({ "token": token })).send().await?;
        let cookie = login.headers()["set-cookie"].to_str()?.to_owned();
        assert_eq!(login.status(), 201, "{}", login.text().await?);
        assert!(cookie.ends_with("; Secure"), "{cookie}");
        Ok(())
    })?;
    // To who can speak HTTP/2 it does.
    let curl = Command::new("curl")
        .args(["-sS", "--http2", "-o", "/dev/null", "-w", "%{http_version} %{http_code}", "--cacert"])
        .arg(pair.certificate())
        .arg(format!("{url}/healthz"))
        .output();
    match curl {
        Ok(curl) => assert_eq!(String::from_utf8_lossy(&curl.stdout), "2 200", "{}", told(&curl)),
        Err(_) => eprintln!("skipped: no `curl` on the PATH to speak HTTP/2"),
    }
    // Who speaks no TLS gets nothing that looks like an answer.
    let plain = e2e::http::send("GET", &server.url.replace("https:", "http:"), &[], "");
    assert!(plain.is_err(), "{plain:?}");
    // The command line trusts what the machine trusts.
    let with = |trusted: &Path| -> Result<Output> {
        Ok(Command::new(binary())
            .args(["job", "list"])
            .env("SANDGLASS_SERVER", &url)
            .env("SANDGLASS_TOKEN", &token)
            .env("SSL_CERT_FILE", trusted)
            .stdin(Stdio::null())
            .output()?)
    };
    let trusted = with(&pair.certificate())?;
    assert!(trusted.status.success(), "{}", told(&trusted));
    let other = Pair::new()?;
    assert_eq!(with(&other.certificate())?.status.code(), Some(1));
    Ok(())
}

/// Goal: renewing costs nobody anything.
#[test]
fn a_new_certificate_takes_the_place_of_the_old_one_and_connections_stay() -> Result<()> {
    let pair = Pair::new()?;
    let server = pair.serve()?;
    server.apply_over(&pair)?;
    let client = pair.trusting()?;
    let (url, token) = (by_name(&server), server.token());
    block_on(async {
        let run = client.post(format!("{url}/api/v1/jobs/long/run")).bearer_auth(&token).send().await?;
        let run: serde_json::Value = run.json().await?;
        let run = run["run"].as_str().context("a run")?.to_owned();
        let stream = format!("{url}/api/v1/runs/{run}/output/stream");
        let mut tail = client.get(stream).bearer_auth(&token).send().await?;
        assert_eq!(tail.status(), 200);
        pair.renew()?;
        server.signal(Signal::SIGHUP)?;
        server.until("the new certificate to be shown", || {
            Ok(in_thread(|| shows(&server, &pair))?.then_some(()))
        })?;
        // The stream that began under the old one goes on to its end.
        let anew = pair.trusting()?;
        let killed = anew.post(format!("{url}/api/v1/jobs/long/kill")).bearer_auth(&token).send().await?;
        assert_eq!(killed.status(), 202);
        let mut text = String::new();
        while let Some(part) = tail.chunk().await? {
            text.push_str(&String::from_utf8_lossy(&part));
        }
        assert!(text.contains("event: end") && text.contains("killed"), "{text}");
        Ok(())
    })?;
    // Without a signal they are looked at too.
    pair.renew()?;
    server.until("a certificate that was only put there", || Ok(shows(&server, &pair)?.then_some(())))?;
    // A bad one is told, and the old one stays.
    let good = fs::read_to_string(pair.certificate())?;
    put(&pair.certificate(), "nonsense")?;
    server.signal(Signal::SIGHUP)?;
    server.until("the refusal in the log", || {
        Ok(server.log().contains("the certificate stays as it was").then_some(()))
    })?;
    assert!(server.log().contains("server.pem` has no `-----BEGIN CERTIFICATE-----`"), "{}", server.log());
    put(&pair.certificate(), &good)?;
    assert!(shows(&server, &pair)?, "{}", server.log());
    Ok(())
}

/// Runs blocking work beside a runtime.
fn in_thread<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| scope.spawn(work).join()).expect("the work does not panic")
}

trait OverTls {
    /// Saves a job that runs until it is killed, over TLS.
    fn apply_over(&self, pair: &Pair) -> Result<()>;
}

impl OverTls for Server {
    fn apply_over(&self, pair: &Pair) -> Result<()> {
        let job = json!({ "name": "long", "schedule": "@yearly", "shell": { "script": "sleep 600" } });
        let (client, url) = (pair.trusting()?, by_name(self));
        block_on(async {
            let saved = client.post(format!("{url}/api/v1/jobs")).bearer_auth(self.token()).json(&job);
            let saved = saved.send().await?;
            assert_eq!(saved.status(), 201, "{}", saved.text().await?);
            Ok(())
        })
    }
}

#[test]
fn a_bad_certificate_is_refused_at_the_start_with_the_file_that_is_at_fault() -> Result<()> {
    let (pair, other) = (Pair::new()?, Pair::new()?);
    let data = tempfile::tempdir()?;
    let start = |certificate: &Path, key: &Path| -> Result<String> {
        let data = data.path().display().to_string();
        let (certificate, key) = (certificate.display().to_string(), key.display().to_string());
        let flags = ["--tls-cert-file", &certificate, "--tls-key-file", &key, "--data", &data];
        let ended = alone(&[&["standalone", "--no-demo", "--listen", "127.0.0.1:0"], &flags[..]].concat())?;
        assert_eq!(ended.status.code(), Some(64), "{}", told(&ended));
        Ok(told(&ended))
    };
    let swapped = start(&pair.certificate(), &other.key())?;
    assert!(swapped.contains("server.key` is not the key of the certificate beside it"), "{swapped}");
    let none = start(&pair.key(), &pair.key())?;
    assert!(none.contains("server.key` has no `-----BEGIN CERTIFICATE-----`"), "{none}");
    let missing = start(&pair.certificate(), Path::new("/nowhere/server.key"))?;
    assert!(missing.contains("`/nowhere/server.key` cannot be looked at"), "{missing}");
    fs::set_permissions(other.key(), fs::Permissions::from_mode(0o644))?;
    let open = start(&other.certificate(), &other.key())?;
    assert!(open.contains("is open to others (mode 644)"), "{open}");
    let half = alone(&["standalone", "--tls-cert-file", "a.pem"])?;
    assert_eq!(half.status.code(), Some(64), "{}", told(&half));
    assert!(told(&half).contains("--tls-key-file"), "{}", told(&half));
    Ok(())
}
