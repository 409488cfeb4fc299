//! Receivers of alerts as small servers on real sockets: one speaks HTTP, one speaks SMTP and TLS.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(120);

/// What somebody posted.
#[derive(Debug, Clone)]
pub(crate) struct Posted {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Posted {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap().to_str().unwrap()
    }

    /// Returns the ids of all notices in it.
    pub(crate) fn ids(&self) -> Vec<String> {
        let json = self.json();
        let notices = json["notices"].as_array().unwrap();
        notices.iter().map(|notice| notice["id"].as_str().unwrap().to_owned()).collect()
    }
}

/// What is answered next: a status, headers and a body.
type Reply = (StatusCode, HeaderMap, String);

#[derive(Clone, Default)]
struct Kept {
    all: Arc<Mutex<Vec<Posted>>>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    usual: Arc<Mutex<String>>,
}

/// Takes what is posted to it.
pub(crate) struct Webhooks {
    pub(crate) url: String,
    kept: Kept,
    _tasks: JoinSet<()>,
}

impl Webhooks {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let kept = Kept::default();
        let router = Router::new().fallback_service(post(take).with_state(kept.clone()));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, kept, _tasks: tasks }
    }

    /// Says what is answered to the next one.
    pub(crate) fn answer(&self, status: u16, headers: HeaderMap, body: &str) {
        let reply = (StatusCode::from_u16(status).unwrap(), headers, body.to_owned());
        self.kept.replies.lock().unwrap().push_back(reply);
    }

    /// Says what is answered to all others.
    pub(crate) fn usually(&self, body: &str) {
        *self.kept.usual.lock().unwrap() = body.to_owned();
    }

    pub(crate) fn posted(&self) -> Vec<Posted> {
        self.kept.all.lock().unwrap().clone()
    }

    /// Waits until what was posted is as it should be.
    pub(crate) async fn until(&self, what: &str, done: impl Fn(&[Posted]) -> bool) -> Vec<Posted> {
        until(what, || self.posted(), |all| done(all)).await
    }
}

async fn take(State(kept): State<Kept>, headers: HeaderMap, body: Bytes) -> Reply {
    kept.all.lock().unwrap().push(Posted { headers, body });
    let usual = || (StatusCode::OK, HeaderMap::new(), kept.usual.lock().unwrap().clone());
    kept.replies.lock().unwrap().pop_front().unwrap_or_else(usual)
}

async fn until<T>(what: &str, look: impl Fn() -> T, done: impl Fn(&T) -> bool) -> T
where
    T: std::fmt::Debug,
{
    let began = tokio::time::Instant::now();
    loop {
        let seen = look();
        if done(&seen) {
            return seen;
        }
        assert!(began.elapsed() < PATIENCE, "{what} did not come: {seen:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A mail that was taken.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    /// Head and body, as they came.
    pub(crate) text: String,
    /// Who had logged in.
    pub(crate) login: Option<String>,
}

impl Mail {
    /// Returns the ids of all notices in it.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.text.lines().filter_map(|line| line.strip_prefix("notice: ")).map(str::to_owned).collect()
    }
}

/// A mail server for `localhost`, with a certificate of its own.
pub(crate) struct MailServer {
    pub(crate) starttls_port: u16,
    pub(crate) tls_port: u16,
    /// Its certificate, as PEM.
    pub(crate) certificate: String,
    mails: Arc<Mutex<Vec<Mail>>>,
    _tasks: JoinSet<()>,
}

impl MailServer {
    pub(crate) async fn start() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let provider = Arc::new(default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let mails: Arc<Mutex<Vec<Mail>>> = Arc::default();
        let mut tasks = JoinSet::new();
        let mut ports = Vec::new();
        for wrapped in [false, true] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            ports.push(listener.local_addr().unwrap().port());
            let (acceptor, mails) = (acceptor.clone(), mails.clone());
            tasks.spawn(async move {
                let mut talks = JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    let (acceptor, mails) = (acceptor.clone(), mails.clone());
                    // A client that goes away in the middle is a mail less.
                    talks.spawn(async move { drop(talk(stream, acceptor, wrapped, mails).await) });
                }
            });
        }
        Self {
            starttls_port: ports[0],
            tls_port: ports[1],
            certificate: made.cert.pem(),
            mails,
            _tasks: tasks,
        }
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    /// Waits until the mails are as they should be.
    pub(crate) async fn until(&self, what: &str, done: impl Fn(&[Mail]) -> bool) -> Vec<Mail> {
        until(what, || self.mails(), |all| done(all)).await
    }
}

async fn talk(
    mut stream: TcpStream,
    acceptor: TlsAcceptor,
    wrapped: bool,
    mails: Arc<Mutex<Vec<Mail>>>,
) -> std::io::Result<()> {
    if !wrapped {
        if !converse(&mut stream, false, true, &mails).await? {
            return Ok(());
        }
        let mut stream = acceptor.accept(stream).await?;
        converse(&mut stream, true, false, &mails).await?;
        return Ok(());
    }
    let mut stream = acceptor.accept(stream).await?;
    converse(&mut stream, true, true, &mails).await.map(|_| ())
}

/// Talks SMTP; returns true when the client wants TLS from here on. Nothing is taken in the clear.
async fn converse<S>(
    stream: &mut S,
    encrypted: bool,
    greet: bool,
    mails: &Mutex<Vec<Mail>>,
) -> std::io::Result<bool>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = BufReader::new(stream);
    if greet {
        stream.write_all(b"220 localhost ESMTP sink\r\n").await?;
    }
    let mut mail = Mail { from: String::new(), to: Vec::new(), text: String::new(), login: None };
    let mut line = String::new();
    loop {
        line.clear();
        stream.flush().await?;
        if stream.read_line(&mut line).await? == 0 {
            return Ok(false);
        }
        let said = line.trim_end();
        let word = said.split([' ', ':']).next().unwrap().to_ascii_uppercase();
        let answer = match word.as_str() {
            "EHLO" if encrypted => {
                "250-localhost\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN\r\n"
            }
            "EHLO" => "250-localhost\r\n250-8BITMIME\r\n250 STARTTLS\r\n",
            "STARTTLS" if !encrypted => {
                stream.write_all(b"220 go on\r\n").await?;
                stream.flush().await?;
                return Ok(true);
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                stream.flush().await?;
                return Ok(false);
            }
            _ if !encrypted => "530 must issue STARTTLS first\r\n",
            "AUTH" => {
                mail.login = Some(said.rsplit(' ').next().unwrap().to_owned());
                "235 welcome\r\n"
            }
            "MAIL" => {
                mail.from = address(said);
                "250 ok\r\n"
            }
            "RCPT" => {
                mail.to.push(address(said));
                "250 ok\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                stream.flush().await?;
                loop {
                    line.clear();
                    if stream.read_line(&mut line).await? == 0 {
                        return Ok(false);
                    }
                    if line == ".\r\n" {
                        break;
                    }
                    mail.text.push_str(line.strip_prefix('.').unwrap_or(&line));
                }
                mail.text = mail.text.replace("\r\n", "\n");
                let taken = Mail {
                    to: std::mem::take(&mut mail.to),
                    text: std::mem::take(&mut mail.text),
                    ..mail.clone()
                };
                mails.lock().unwrap().push(taken);
                "250 taken\r\n"
            }
            "NOOP" | "RSET" => "250 ok\r\n",
            _ => "500 what\r\n",
        };
        stream.write_all(answer.as_bytes()).await?;
    }
}

fn address(said: &str) -> String {
    let from = said.find('<').map_or(0, |at| at + 1);
    said[from..].split('>').next().unwrap().to_owned()
}
