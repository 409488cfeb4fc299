//! nginx in front of masters: the configuration that ships (`deploy/nginx.conf`), with other addresses.
//!
//! Not here: finding or fetching its program (`xtask`).

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::PATIENCE;

/// What ships.
const SITE: &str = include_str!("../../deploy/nginx.conf");
/// How a master and the address are named there.
const MASTER: &str = "    server 10.0.0.";
const LISTEN: &str = "    listen 80;";
/// How long its end may take.
const END: Duration = Duration::from_secs(10);

/// Who does not have it is told this.
pub const HINT: &str = "install it (Debian: nginx), set SANDGLASS_TEST_NGINX to its path, or run `cargo xtask services` where \
                        `apt-get download` works";

/// A running nginx; ended when this is dropped.
#[derive(Debug)]
pub struct Nginx {
    child: Child,
    folder: PathBuf,
    /// Its address.
    pub url: String,
}

impl Nginx {
    /// Starts it before masters at these addresses (`http://127.0.0.1:7480`), with its files in a new folder. None where
    /// this machine has no nginx.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(masters: &[String], folder: &Path) -> Result<Option<Self>> {
        Self::start_as(&Site::default(), masters, folder)
    }

    /// [`Nginx::start`], with what the file that ships tells to write for this.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_as(how: &Site, masters: &[String], folder: &Path) -> Result<Option<Self>> {
        let Some(program) = program() else { return Ok(None) };
        fs::create_dir(folder)?;
        // A port that nobody used a moment ago.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        fs::write(folder.join("site.conf"), how.text(masters, &address)?)?;
        fs::write(folder.join("nginx.conf"), around(folder))?;
        let log = fs::File::create(folder.join("log"))?;
        let mut command = Command::new(program);
        command.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf")).args(["-e", "stderr"]);
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn();
        let child = child.context("could not start nginx")?;
        let mut nginx = Self { child, folder: folder.to_owned(), url: how.url(&address) };
        nginx.answers(&address)?;
        Ok(Some(nginx))
    }

    /// Returns what it logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn answers(&mut self, address: &str) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("nginx ended at its start ({status}):\n{}", self.log());
            }
            ensure!(Instant::now() < deadline, "nginx does not answer:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("a process id is positive"));
        // Killed, it would leave its workers.
        let told = kill(pid, Signal::SIGTERM).is_ok();
        let deadline = Instant::now() + END;
        while told && matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What is changed in the file that ships, as its own lines tell.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// The certificate and its key: it is reached encrypted.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Beneath which path it shows the masters: `/sandglass`.
    pub beneath: Option<String>,
}

impl Site {
    fn url(&self, address: &str) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{address}{}", self.beneath.as_deref().unwrap_or_default())
    }

    /// Returns the site that ships, for these masters and at this address.
    fn text(&self, masters: &[String], address: &str) -> Result<String> {
        let (mut text, mut named) = (String::new(), false);
        for line in SITE.lines() {
            if line.starts_with(MASTER) {
                // All of them stand in the place of the first.
                for master in masters.iter().filter(|_| !named) {
                    let at = master.strip_prefix("http://").context("a master's address")?;
                    let (_, how) = line.split_once(":7480").context("the port of a master")?;
                    text.push_str(&format!("    server {at}{how}\n"));
                }
                named = true;
            } else {
                text.push_str(line);
                text.push('\n');
            }
        }
        let text = changed(&text, LISTEN, &self.listen(address))?;
        let Some(path) = &self.beneath else { return Ok(text) };
        let text = changed(&text, "X-Forwarded-Prefix \"\"", &format!("X-Forwarded-Prefix \"{path}\""))?;
        let redirect = format!("location = {path} {{ return 301 {path}/; }}");
        let text = changed(&text, "    location / {", &format!("    {redirect}\n    location {path}/ {{"))?;
        let pass = "        proxy_pass http://sandglass;";
        changed(&text, pass, &format!("        rewrite ^{path}(/.*)$ $1 break;\n{pass}"))
    }

    fn listen(&self, address: &str) -> String {
        let Some((certificate, key)) = &self.tls else { return format!("    listen {address};") };
        let (certificate, key) = (certificate.display(), key.display());
        format!(
            "    listen {address} ssl;\n    ssl_certificate {certificate};\n    ssl_certificate_key {key};"
        )
    }
}

/// Puts something else in the place of what must stand there.
fn changed(text: &str, what: &str, by: &str) -> Result<String> {
    ensure!(text.contains(what), "the site that ships has no `{what}`");
    Ok(text.replace(what, by))
}

/// Returns the configuration around a site: everything that it writes is in its folder.
fn around(folder: &Path) -> String {
    let at = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary: String =
        temporary.iter().map(|what| format!("    {what}_temp_path {at}/{what};\n")).collect();
    format!(
        "daemon off;\npid {at}/pid;\nerror_log stderr warn;\nworker_processes 1;\nevents {{}}\nhttp {{\n    \
         access_log {at}/access.log;\n{temporary}    include {at}/site.conf;\n}}\n"
    )
}

/// Returns its program: where `SANDGLASS_TEST_NGINX` says, else on the PATH.
#[expect(clippy::disallowed_methods, reason = "the project's own commands tell tests by the environment")]
fn program() -> Option<PathBuf> {
    if let Some(told) = std::env::var_os("SANDGLASS_TEST_NGINX") {
        return Some(told.into());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("nginx")).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_that_ships_is_told_all_masters_and_its_address() {
        let masters = ["http://127.0.0.1:1001", "http://127.0.0.1:1002", "http://127.0.0.1:1003"];
        let text = Site::default().text(&masters.map(str::to_owned), "127.0.0.1:1000").unwrap();
        let servers: Vec<&str> = text.lines().filter(|line| line.starts_with("    server ")).collect();
        assert_eq!(servers.len(), 3, "{text}");
        assert_eq!(servers[2], "    server 127.0.0.1:1003 max_fails=1 fail_timeout=5s;");
        assert!(text.contains("    listen 127.0.0.1:1000;") && !text.contains("10.0.0."), "{text}");
    }
}
