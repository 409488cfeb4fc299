//! How an etcd is reached: addresses, who we are, what is waited for.
//!
//! Flow: configuration → **`Options`** → `connection`.
//! Not here: reading files or the environment (`cli`).

use std::fmt;
use std::time::Duration;

use etcd_client::{Certificate, ConnectOptions, Identity, TlsOptions};

/// What a request waits for at most, unless it is said otherwise.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// What a connection waits for at most, unless it is said otherwise.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// After how much silence a connection asks whether the other side lives, and how long it waits for the answer:
/// without, a watch of a machine that went away hangs for ever.
const KEEP_ALIVE: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(3));

/// Options of [`super::Etcd`].
#[derive(Debug, Clone)]
pub struct Options {
    /// Addresses, as `http://10.0.0.2:2379` or `https://…`; all of one cluster.
    pub endpoints: Vec<String>,
    /// What all keys begin with, `/sandglass/` unless several fleets share one cluster.
    pub prefix: String,
    /// Who we are; none only with a certificate of our own, or with `allow_unauthenticated`.
    pub credentials: Option<Credentials>,
    /// Certificates; needed for `https`.
    pub tls: Option<Tls>,
    /// Whether a store may be used that asks nobody who they are.
    pub allow_unauthenticated: bool,
    /// What a request waits for at most.
    pub request_timeout: Duration,
    /// What a connection waits for at most.
    pub connect_timeout: Duration,
}

/// A user of etcd.
#[derive(Clone)]
pub struct Credentials {
    /// Name.
    pub user: String,
    /// Password; never shown.
    pub password: String,
}

/// Certificates, each as PEM text.
#[derive(Clone, Default)]
pub struct Tls {
    /// Who signs the server's certificate; none: nobody but the ones given here is trusted, so a server fails.
    pub ca: Option<String>,
    /// Our own certificate and its key, for a server that asks for one.
    pub identity: Option<(String, String)>,
    /// The name that the server's certificate must bear, where it is not the address's.
    pub domain: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({}, …)", self.user)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ca, identity, domain } = self;
        write!(f, "Tls(ca: {}, identity: {}, domain: {domain:?})", ca.is_some(), identity.is_some())
    }
}

impl Options {
    /// Returns the options of a cluster at `endpoints`, with nothing else said.
    pub fn new(endpoints: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            endpoints: endpoints.into_iter().map(Into::into).collect(),
            prefix: "/sandglass/".to_owned(),
            credentials: None,
            tls: None,
            allow_unauthenticated: false,
            request_timeout: REQUEST_TIMEOUT,
            connect_timeout: CONNECT_TIMEOUT,
        }
    }

    /// Returns what is wrong with them, each with its field and how to mend it; empty when nothing is.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.endpoints.is_empty() {
            faults.push("endpoints: at least one is needed, as `http://127.0.0.1:2379`".to_owned());
        }
        for (n, endpoint) in self.endpoints.iter().enumerate() {
            let known = ["http://", "https://"].iter().any(|scheme| endpoint.starts_with(scheme));
            if !known {
                faults.push(format!("endpoints[{n}]: `{endpoint}` must start with `http://` or `https://`"));
            }
            if self.tls.is_some() && endpoint.starts_with("http://") {
                faults.push(format!(
                    "endpoints[{n}]: `{endpoint}` must start with `https://`, since `tls` is set"
                ));
            }
        }
        if !self.prefix.ends_with('/') {
            faults.push(format!("prefix: `{}` must end with `/`", self.prefix));
        }
        let known = self.credentials.is_some() || self.tls.as_ref().is_some_and(|tls| tls.identity.is_some());
        if !known && !self.allow_unauthenticated {
            faults.push(
                "user: this store would be used without saying who we are\nhint: set `user` and `password_file`, \
                 or `allow_unauthenticated_stores = true` where nobody else can reach it"
                    .to_owned(),
            );
        }
        faults
    }

    /// Returns them as the client takes them.
    pub(super) fn for_client(&self) -> ConnectOptions {
        let (interval, timeout) = KEEP_ALIVE;
        let mut options = ConnectOptions::new()
            .with_timeout(self.request_timeout)
            .with_connect_timeout(self.connect_timeout)
            .with_keep_alive(interval, timeout)
            .with_keep_alive_while_idle(true)
            .with_require_leader(true);
        if let Some(Credentials { user, password }) = &self.credentials {
            options = options.with_user(user, password).with_auto_token_refresh(true);
        }
        if let Some(tls) = &self.tls {
            options = options.with_tls(tls.for_client());
        }
        options
    }
}

impl Tls {
    fn for_client(&self) -> TlsOptions {
        let mut options = TlsOptions::new();
        if let Some(ca) = &self.ca {
            options = options.ca_certificate(Certificate::from_pem(ca));
        }
        if let Some((certificate, key)) = &self.identity {
            options = options.identity(Identity::from_pem(certificate, key));
        }
        if let Some(domain) = &self.domain {
            options = options.domain_name(domain);
        }
        options
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_are_told_at_once() {
        let mut options = Options::new(["10.0.0.2:2379", "http://10.0.0.3:2379"]);
        options.prefix = "fleet".into();
        let faults = options.faults();
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[0].starts_with("endpoints[0]: `10.0.0.2:2379` must start with"), "{faults:?}");
        assert!(faults[1].starts_with("prefix: `fleet` must end with"), "{faults:?}");
        assert!(faults[2].contains("allow_unauthenticated_stores"), "{faults:?}");
    }

    #[test]
    fn a_password_is_not_shown() {
        let mut options = Options::new(["http://10.0.0.3:2379"]);
        options.credentials = Some(Credentials { user: "worker".into(), password: "hunter2".into() });
        assert!(!format!("{options:?}").contains("hunter2"));
        assert_eq!(options.faults(), Vec::<String>::new());
    }
}
