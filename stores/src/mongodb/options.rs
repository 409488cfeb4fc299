//! How a MongoDB is reached: its address, who we are, what is waited for.
//!
//! Flow: configuration → **`Options`** → the driver's client.
//! Not here: reading files or the environment (`cli`).

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use mongodb::bson::{Document, doc};
use mongodb::options::{
    Acknowledgment, ClientOptions, ConnectionString, Credential, ReadConcern, TlsOptions, WriteConcern,
};

/// How long a server that takes writes is looked for, unless it is said otherwise: the driver's own 30 s would hold
/// up whoever asks.
pub const SELECTION_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a majority of the servers may take to keep a write.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a server is asked how it is: after a connection that failed nothing is sent until it has said so, which
/// would be ten seconds by the driver's own measure.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// Options of [`super::Mongo`].
#[derive(Clone)]
pub struct Options {
    /// Address, as `mongodb://10.0.0.2,10.0.0.3/?replicaSet=rs0`; a password in it is never shown.
    pub uri: String,
    /// The database, `sandglass` unless it is said otherwise.
    pub database: String,
    /// Who we are, when the address does not say so.
    pub credentials: Option<Credentials>,
    /// Who signs the server's certificate; with it the connection is encrypted.
    pub ca_file: Option<PathBuf>,
    /// Our own certificate and its key in one file, for a server that asks for one.
    pub certificate_file: Option<PathBuf>,
    /// Whether a store may be used that asks nobody who they are.
    pub allow_unauthenticated: bool,
    /// How long a server that takes writes is looked for.
    pub selection_timeout: Duration,
}

/// A user of MongoDB.
#[derive(Clone)]
pub struct Credentials {
    /// Name.
    pub user: String,
    /// Password; never shown.
    pub password: String,
    /// The database in which the user was made; `admin` mostly.
    pub source: String,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.credentials.as_ref().map(|credentials| &credentials.user);
        write!(f, "Options({}, database: {}, user: {user:?})", self.shown(), self.database)
    }
}

impl Options {
    /// Returns the options of the servers at `uri`, with nothing else said.
    pub fn new(uri: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            database: "sandglass".to_owned(),
            credentials: None,
            ca_file: None,
            certificate_file: None,
            allow_unauthenticated: false,
            selection_timeout: SELECTION_TIMEOUT,
        }
    }

    /// Returns the address without a password.
    pub fn shown(&self) -> String {
        match (self.uri.split_once("://"), self.uri.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, hosts))) => format!("{scheme}://…@{hosts}"),
            _ => self.uri.clone(),
        }
    }

    /// Returns what is wrong with them, each with its field and how to mend it; empty when nothing is.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let named = match ConnectionString::parse(&self.uri) {
            _ if self.uri.is_empty() => {
                faults.push("uri: is needed, as `mongodb://127.0.0.1:27017/?replicaSet=rs0`".to_owned());
                true
            }
            Ok(address) => address.credential.is_some(),
            Err(error) => {
                faults.push(format!("uri: `{}`: {error}", self.shown()));
                true
            }
        };
        if !named && self.credentials.is_none() && !self.allow_unauthenticated {
            faults.push(
                "user: this store would be used without saying who we are\nhint: set `user` and `password_file`, \
                 or `allow_unauthenticated_stores = true` where nobody else can reach it"
                    .to_owned(),
            );
        }
        if self.database.is_empty() || self.database.contains(['/', '\\', '.', ' ', '"', '$']) {
            faults.push(format!("database: `{}` is not a name of a database", self.database));
        }
        faults
    }

    /// Returns them as the driver takes them.
    ///
    /// # Errors
    /// All that is wrong with them, each with its field and how to mend it.
    pub(super) async fn for_client(&self) -> Result<ClientOptions, Vec<String>> {
        let faults = self.faults();
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut options = match ClientOptions::parse(&self.uri).await {
            Ok(options) => options,
            Err(error) => return Err(vec![format!("uri: `{}`: {error}", self.shown())]),
        };
        if let Some(Credentials { user, password, source }) = &self.credentials {
            let credential = Credential::builder()
                .username(user.clone())
                .password(password.clone())
                .source(source.clone())
                .build();
            options.credential = Some(credential);
        }
        if self.ca_file.is_some() || self.certificate_file.is_some() {
            let mut tls = TlsOptions::default();
            tls.ca_file_path.clone_from(&self.ca_file);
            tls.cert_key_file_path.clone_from(&self.certificate_file);
            options.tls = Some(mongodb::options::Tls::Enabled(tls));
        }
        options.app_name = Some("sandglass".to_owned());
        options.server_selection_timeout = Some(self.selection_timeout);
        options.connect_timeout = Some(self.selection_timeout);
        options.heartbeat_freq = Some(HEARTBEAT);
        // What was answered survives the loss of a server.
        options.write_concern = Some(
            WriteConcern::builder()
                .w(Acknowledgment::Majority)
                .journal(true)
                .w_timeout(WRITE_TIMEOUT)
                .build(),
        );
        options.read_concern = Some(ReadConcern::majority());
        Ok(options)
    }

    /// Returns the write concern for commands that the driver sends as they are.
    pub(super) fn write_concern() -> Document {
        let timeout = i64::try_from(WRITE_TIMEOUT.as_millis()).expect("seconds fit");
        doc! { "w": "majority", "j": true, "wtimeout": timeout }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        let options = Options::new("mongodb://sandglass:hun@ter2@10.0.0.2:27017,10.0.0.3/?replicaSet=rs0");
        assert_eq!(options.shown(), "mongodb://…@10.0.0.2:27017,10.0.0.3/?replicaSet=rs0");
        assert!(!format!("{options:?}").contains("ter2"));
    }

    #[tokio::test]
    async fn all_faults_are_told_at_once() {
        let mut options = Options::new("mongodb://10.0.0.2:27017");
        options.database = "a.b".into();
        let faults = options.for_client().await.unwrap_err();
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].contains("allow_unauthenticated_stores"), "{faults:?}");
        assert!(faults[1].starts_with("database: `a.b`"), "{faults:?}");
        let faults = Options::new("mongo://nowhere").for_client().await.unwrap_err();
        assert!(faults[0].starts_with("uri: `mongo://nowhere`"), "{faults:?}");
    }
}
