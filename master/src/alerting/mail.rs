//! Sends messages by mail: SMTP over TLS, to the address that was checked and under the name that the certificate bears.

use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use model::alert::{Email, MailSecurity};

use super::address;
use super::message::Told;
use crate::AlertOptions;

/// How long each command may take.
const COMMAND: Duration = Duration::from_secs(10);
/// How long the whole exchange may take.
const WHOLE: Duration = Duration::from_secs(40);

/// Sends a message; returns why it was not taken.
pub(super) async fn send(email: &Email, told: &Told, options: &AlertOptions) -> Result<(), String> {
    let mail = mail(email, told)?;
    let at = address::checked(&email.server, email.port(), &options.allow).await?;
    let mut tls = TlsParameters::builder(email.server.clone());
    for certificate in certificates(options)? {
        tls = tls.add_root_certificate(certificate);
    }
    let tls = tls.build_rustls().map_err(|error| format!("TLS cannot be set up: {error}"))?;
    let tls = match email.security {
        MailSecurity::Starttls => Tls::Required(tls),
        MailSecurity::Tls => Tls::Wrapper(tls),
    };
    let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(at.ip().to_string())
        .port(at.port())
        .timeout(Some(COMMAND))
        .tls(tls);
    if let (Some(user), Some(password)) = (&email.user, &email.password) {
        transport = transport.credentials(Credentials::new(user.clone(), password.0.clone()));
    }
    let sent = tokio::time::timeout(WHOLE, transport.build().send(mail)).await;
    let sent = sent.map_err(|_| "the mail server did not take it in time".to_owned())?;
    sent.map(|_| ()).map_err(|error| told_error(&error))
}

fn certificates(options: &AlertOptions) -> Result<Vec<Certificate>, String> {
    let Some(ca) = &options.ca else { return Ok(Vec::new()) };
    let certificate = Certificate::from_pem(ca).map_err(|error| format!("`alerts.ca_file`: {error}"))?;
    Ok(vec![certificate])
}

fn mail(email: &Email, told: &Told) -> Result<Message, String> {
    let mailbox = |address: &str| {
        address.parse::<Mailbox>().map_err(|error| format!("`{address}` is no address: {error}"))
    };
    // The same id each time: a mail program shows a repeat once.
    let id = format!("<{}@{}>", told.id, email.from.rsplit('@').next().unwrap_or("sandglass"));
    let mut builder: MessageBuilder = Message::builder()
        .from(mailbox(&email.from)?)
        .subject(format!("[sandglass] {}", told.subject))
        .message_id(Some(id))
        .header(ContentType::TEXT_PLAIN)
        .header(NoticeHeader(told.id.to_string()));
    for to in &email.to {
        builder = builder.to(mailbox(to)?);
    }
    builder.body(told.full.clone()).map_err(|error| format!("the mail cannot be made: {error}"))
}

fn told_error(error: &lettre::transport::smtp::Error) -> String {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_words = cause.to_string();
        if !words.contains(&cause_words) {
            words.push_str(&format!(": {cause_words}"));
        }
        source = cause.source();
    }
    words
}

/// `X-Sandglass-Notice`: the message's id.
#[derive(Clone)]
struct NoticeHeader(String);

impl lettre::message::header::Header for NoticeHeader {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("X-Sandglass-Notice")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), self.0.clone())
    }
}
