//! A channel: where notices go, with the secrets that this takes.
//!
//! A secret is shown as `***`; a text that comes back as it is shown keeps what is stored, so that a list that was read
//! can be changed and sent back.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fault::Faults;
use crate::id::{ChannelName, JobName};
use crate::sentence;
use crate::time::Span;

/// What a secret is shown as.
const HIDDEN: &str = "***";
/// Most bytes of a secret, an address or a name of a server.
const TEXT_BYTES_MAX: usize = 2000;
/// Most bytes of a template.
const TEMPLATE_BYTES_MAX: usize = 4096;
/// Most recipients of one email channel.
const RECIPIENTS_MAX: usize = 20;

/// A text that is stored and never shown again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, example = "***")]
pub struct Secret(pub String);

impl Secret {
    /// Returns what is shown of an address that bears a secret: where it leads, and no more.
    fn shown_address(&self) -> Self {
        let host = self.0.find("://").map(|at| at + 3);
        let end = host.and_then(|from| self.0[from..].find('/').map(|at| from + at + 1));
        Self(end.map_or_else(|| HIDDEN.to_owned(), |end| format!("{}{HIDDEN}", &self.0[..end])))
    }

    fn hidden() -> Self {
        Self(HIDDEN.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How the connection to a mail server is encrypted. There is no way without.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// It begins in the clear and is encrypted before anything is said (port 587).
    #[default]
    Starttls,
    /// It is encrypted from its first byte (port 465).
    Tls,
}

/// A mail server, and whom it brings mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Email {
    /// Its name, which its certificate bears.
    pub server: String,
    /// Its port [default: 587, or 465 with `tls`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How the connection is encrypted.
    #[serde(default)]
    pub security: MailSecurity,
    /// Who logs in there; nobody without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// Whom mail comes from.
    pub from: String,
    /// Whom it goes to: 1 to 20.
    pub to: Vec<String>,
}

impl Email {
    /// Returns the port that is used.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            MailSecurity::Starttls => 587,
            MailSecurity::Tls => 465,
        })
    }
}

/// By what a channel reaches people or programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
// The interface has another `Via`: by what somebody came in.
#[schema(as = ChannelVia)]
pub enum Via {
    /// A POST of JSON, signed where there is a secret.
    Webhook {
        /// Where: `https://…` or `http://…`.
        url: String,
        /// The key of the signature.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<Secret>,
        /// The body in place of ours: `{{text}}`, `{{id}}`, `{{count}}` and `{{notices}}` stand for those as JSON.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        template: Option<String>,
    },
    /// An incoming webhook of Slack, Mattermost or what else takes `{"text": …}`.
    Slack {
        /// Where; it bears the secret.
        url: Secret,
    },
    /// A bot of Feishu or Lark.
    Feishu {
        /// Where; it bears the secret.
        url: Secret,
        /// The key of the signature.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<Secret>,
    },
    /// A bot of DingTalk.
    Dingtalk {
        /// Where; it bears the secret.
        url: Secret,
        /// The key of the signature.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<Secret>,
    },
    /// Mail.
    Email(Email),
    /// A job of this installation, run now with the message as JSON on its standard input.
    Job {
        /// Which.
        run: JobName,
    },
}

/// Where notices go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// What rules and jobs call it.
    pub name: ChannelName,
    /// By what.
    pub via: Via,
    /// How long a notice waits for others to go with it: 0s to 10m.
    #[serde(default = "default_group")]
    pub group: Span,
    /// How far messages are apart at least; what comes meanwhile goes in one: 0s to 1d.
    #[serde(default = "default_every")]
    pub every: Span,
}

fn default_group() -> Span {
    Span::from_seconds(5)
}

fn default_every() -> Span {
    Span::from_seconds(30)
}

impl Channel {
    /// Returns what is shown of it: secrets are hidden.
    #[must_use]
    pub fn shown(&self) -> Self {
        let mut shown = self.clone();
        for secret in shown.via.secrets() {
            *secret = Secret::hidden();
        }
        if let (Some(address), Some(ours)) = (shown.via.address(), self.via.clone().address()) {
            *address = ours.shown_address();
        }
        shown
    }

    /// Puts what is stored where a secret came back as it is shown.
    #[must_use]
    pub fn with_secrets_of(mut self, stored: &Self) -> Self {
        let (mut had, shown) = (stored.via.clone(), stored.shown());
        let mut seen = shown.via.clone();
        if std::mem::discriminant(&self.via) != std::mem::discriminant(&had) {
            return self;
        }
        if let (Some(address), Some(ours), Some(shown)) = (self.via.address(), had.address(), seen.address())
            && *address == *shown
        {
            *address = ours.clone();
        }
        // Where a channel leads decides who learns its secrets: another place does not get those of the first.
        if self.via.place() == stored.via.place() {
            self.via.keep_secrets(&stored.via);
        }
        self
    }

    /// Adds what is wrong with it.
    pub fn check(&self, path: &str, faults: &mut Faults) {
        if self.group > Span::from_minutes(10) {
            faults.add(format!("{path}.group"), sentence!("must be 0s to 10m, got `{}`", self.group));
        }
        if self.every > Span::from_days(1) {
            faults.add(format!("{path}.every"), sentence!("must be 0s to 1d, got `{}`", self.every));
        }
        self.via.check(&format!("{path}.via"), faults);
    }
}

impl Via {
    /// Returns its word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Webhook { .. } => "webhook",
            Self::Slack { .. } => "slack",
            Self::Feishu { .. } => "feishu",
            Self::Dingtalk { .. } => "dingtalk",
            Self::Email(_) => "email",
            Self::Job { .. } => "job",
        }
    }

    fn secrets(&mut self) -> Vec<&mut Secret> {
        match self {
            Self::Webhook { secret, .. } | Self::Feishu { secret, .. } | Self::Dingtalk { secret, .. } => {
                secret.iter_mut().collect()
            }
            Self::Email(email) => email.password.iter_mut().collect(),
            Self::Slack { .. } | Self::Job { .. } => Vec::new(),
        }
    }

    /// Returns the address, where it bears a secret.
    fn address(&mut self) -> Option<&mut Secret> {
        match self {
            Self::Slack { url } | Self::Feishu { url, .. } | Self::Dingtalk { url, .. } => Some(url),
            Self::Webhook { .. } | Self::Email(_) | Self::Job { .. } => None,
        }
    }

    /// Returns where it leads, as far as that decides who learns its secrets.
    fn place(&self) -> (Option<&str>, Option<u16>) {
        match self {
            Self::Webhook { url, .. } => (Some(url), None),
            Self::Slack { url } | Self::Feishu { url, .. } | Self::Dingtalk { url, .. } => {
                (Some(&url.0), None)
            }
            Self::Email(email) => (Some(&email.server), Some(email.port())),
            Self::Job { .. } => (None, None),
        }
    }

    fn keep_secrets(&mut self, stored: &Self) {
        let mut stored = stored.clone();
        let had = stored.secrets().into_iter().next().cloned();
        for secret in self.secrets() {
            if let (true, Some(had)) = (*secret == Secret::hidden(), &had) {
                *secret = had.clone();
            }
        }
    }

    fn check(&self, path: &str, faults: &mut Faults) {
        if self.clone().secrets().iter().any(|secret| **secret == Secret::hidden()) {
            faults.add_with_hint(
                format!("{path}.secret"),
                sentence!("`{}` is what a secret is shown as, and none is stored for this place", HIDDEN),
                sentence!(
                    "give the secret itself; one that was stored goes with the address it was stored for"
                ),
            );
        }
        match self {
            Self::Webhook { url, template, .. } => {
                check_url(url, path, faults);
                if template.as_ref().is_some_and(|template| template.len() > TEMPLATE_BYTES_MAX) {
                    faults
                        .add(format!("{path}.template"), sentence!("may have {} bytes", TEMPLATE_BYTES_MAX));
                }
            }
            Self::Slack { url } | Self::Feishu { url, .. } | Self::Dingtalk { url, .. } => {
                check_url(&url.0, path, faults);
            }
            Self::Email(email) => check_email(email, path, faults),
            Self::Job { .. } => {}
        }
    }
}

fn check_url(url: &str, path: &str, faults: &mut Faults) {
    let place = format!("{path}.url");
    let rest = ["https://", "http://"].iter().find_map(|scheme| url.strip_prefix(scheme));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    if url.len() > TEXT_BYTES_MAX || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        faults.add(place, sentence!("must be an address of at most {} bytes without blanks", TEXT_BYTES_MAX));
    } else if host.is_none_or(str::is_empty) {
        faults.add(place, sentence!("must begin with `https://` or `http://` and a host"));
    } else if host.is_some_and(|host| host.contains('@')) {
        faults.add(place, sentence!("may name no user and password; use `secret`"));
    } else if url.ends_with(HIDDEN) {
        faults.add(place, sentence!("ends in `{}`, as it is shown: give the address itself", HIDDEN));
    }
}

fn check_email(email: &Email, path: &str, faults: &mut Faults) {
    let plain = |text: &str| {
        !text.is_empty() && text.len() <= 255 && !text.chars().any(|c| c.is_whitespace() || c.is_control())
    };
    if !plain(&email.server) || email.server.contains(['/', '@', ':']) {
        faults.add(
            format!("{path}.server"),
            sentence!("must be the name of a server, got `{}`", email.server.escape_debug()),
        );
    }
    if email.user.is_some() != email.password.is_some() {
        faults.add(format!("{path}.password"), sentence!("`user` and `password` go together"));
    }
    if email.to.is_empty() || email.to.len() > RECIPIENTS_MAX {
        faults.add(format!("{path}.to"), sentence!("must be 1 to {} addresses", RECIPIENTS_MAX));
    }
    let addresses = std::iter::once(("from".to_owned(), &email.from))
        .chain(email.to.iter().enumerate().map(|(i, to)| (format!("to[{i}]"), to)));
    for (field, address) in addresses {
        let parts = address.split_once('@');
        if !plain(address) || parts.is_none_or(|(name, host)| name.is_empty() || host.is_empty()) {
            faults.add(
                format!("{path}.{field}"),
                sentence!("must be an address like `ops@example.org`, got `{}`", address.escape_debug()),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(via: serde_json::Value) -> Channel {
        let mut text = serde_json::json!({ "name": "ops" });
        text["via"] = via;
        serde_json::from_value(text).unwrap()
    }

    fn faults(channel: &Channel) -> String {
        let mut faults = Faults::new();
        channel.check("channels[0]", &mut faults);
        faults.to_string()
    }

    #[test]
    fn no_secret_is_shown_and_what_is_shown_keeps_it() {
        let all = [
            serde_json::json!({ "type": "webhook", "url": "https://a.example/x", "secret": "k1-secret" }),
            serde_json::json!({ "type": "slack", "url": "https://hooks.example/T0/k1-secret" }),
            serde_json::json!({ "type": "feishu", "url": "https://f.example/k1-secret", "secret": "k1-secret" }),
            serde_json::json!({ "type": "dingtalk", "url": "https://d.example/?t=k1-secret", "secret": "k1-secret" }),
            serde_json::json!({ "type": "email", "server": "mail.example", "user": "u", "password": "k1-secret",
                "from": "a@b.example", "to": ["c@d.example"] }),
        ];
        for via in all {
            let stored = channel(via);
            let shown = serde_json::to_string(&stored.shown()).unwrap();
            assert!(!shown.contains("k1-secret") && shown.contains("***"), "{shown}");
            assert!(!format!("{stored:?}").contains("k1-secret"));
            let back: Channel = serde_json::from_str(&shown).unwrap();
            assert_eq!(back.with_secrets_of(&stored), stored);
        }
    }

    /// Meant to fail when secrets are kept whatever the place.
    #[test]
    fn another_place_does_not_get_the_secret_of_the_first() {
        let stored =
            channel(serde_json::json!({ "type": "webhook", "url": "https://a.example/", "secret": "k" }));
        let mut moved = stored.shown();
        moved.via = Via::Webhook {
            url: "https://evil.example/".into(),
            secret: Some(Secret::hidden()),
            template: None,
        };
        let moved = moved.with_secrets_of(&stored);
        assert!(faults(&moved).contains("none is stored for this place"), "{moved:?}");
    }

    #[test]
    fn faults_name_field_and_fix() {
        let cases = [
            (
                serde_json::json!({ "type": "webhook", "url": "ftp://a" }),
                "via.url: must begin with `https://`",
            ),
            (serde_json::json!({ "type": "webhook", "url": "https://u:p@a/" }), "no user and password"),
            (serde_json::json!({ "type": "slack", "url": "https://a.example/***" }), "as it is shown"),
            (
                serde_json::json!({ "type": "email", "server": "m", "from": "x", "to": [] }),
                "via.from: must be an address",
            ),
        ];
        for (via, expected) in cases {
            let told = faults(&channel(via));
            assert!(told.contains(expected), "{told}");
        }
    }
}
