//! The certificate that a server shows, and the key to it; both can be replaced while it serves.
//!
//! Connections that stand keep what they began with. Not here: the files, and when they are read (`cli`).

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// How HTTP/2 is named in a handshake.
pub(super) const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// What a server shows to those who connect.
#[derive(Clone)]
pub struct Tls(Arc<RwLock<Arc<ServerConfig>>>);

/// What is wrong with a certificate or a key, as what follows the name of its file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// The certificate.
    #[error("{0}")]
    Certificate(String),
    /// The key.
    #[error("{0}")]
    Key(String),
}

impl Tls {
    /// Returns what shows these certificates, the server's own first, in PEM.
    ///
    /// # Errors
    /// When one of them is not what it should be, or the key is another certificate's.
    pub fn new(certificates: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        Ok(Self(Arc::new(RwLock::new(read(certificates, key)?))))
    }

    /// Shows these from the next connection on.
    ///
    /// # Errors
    /// As [`Tls::new`]; the ones before stay then.
    pub fn replace(&self, certificates: &[u8], key: &[u8]) -> Result<(), TlsError> {
        let config = read(certificates, key)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Tls")
    }
}

fn read(certificates: &[u8], key: &[u8]) -> Result<Arc<ServerConfig>, TlsError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(certificates)
        .collect::<Result<_, _>>()
        .map_err(|error| TlsError::Certificate(format!("is no certificate in PEM: {error}")))?;
    if chain.is_empty() {
        let what = "has no `-----BEGIN CERTIFICATE-----`: it must be the server's certificate in PEM";
        return Err(TlsError::Certificate(what.to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| {
        TlsError::Key(format!("is no private key in PEM: {error}; one with a passphrase cannot be read"))
    })?;
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::Key(format!("cannot be used: {error}")))?;
    let fits = builder.with_no_client_auth().with_single_cert(chain, key);
    let mut config = fits.map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            TlsError::Key("is not the key of the certificate beside it".to_owned())
        }
        rustls::Error::InvalidCertificate(why) => {
            TlsError::Certificate(format!("is no certificate that can be shown: {why}"))
        }
        other => TlsError::Key(format!("cannot be used with the certificate beside it: {other}")),
    })?;
    config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (String, String) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    fn fault(certificates: &str, key: &str) -> TlsError {
        Tls::new(certificates.as_bytes(), key.as_bytes()).unwrap_err()
    }

    #[test]
    fn what_is_wrong_is_told_of_the_file_that_is_wrong() {
        let ((certificate, key), (_, other)) = (pair(), pair());
        assert!(Tls::new(certificate.as_bytes(), key.as_bytes()).is_ok());
        let told = |error: TlsError| match error {
            TlsError::Certificate(what) => format!("certificate: {what}"),
            TlsError::Key(what) => format!("key: {what}"),
        };
        assert!(told(fault("", &key)).starts_with("certificate: has no `-----BEGIN CERTIFICATE-----`"));
        assert!(told(fault(&key, &key)).starts_with("certificate: has no"));
        let torn = &certificate[..certificate.len() / 2];
        assert!(told(fault(torn, &key)).starts_with("certificate: is no certificate"));
        assert!(told(fault(&certificate, &certificate)).starts_with("key: is no private key in PEM"));
        assert_eq!(told(fault(&certificate, &other)), "key: is not the key of the certificate beside it");
    }

    #[test]
    fn a_bad_replacement_leaves_the_one_before() {
        let (certificate, key) = pair();
        let tls = Tls::new(certificate.as_bytes(), key.as_bytes()).unwrap();
        let before = tls.acceptor();
        assert!(tls.replace(b"nothing", key.as_bytes()).is_err());
        assert!(Arc::ptr_eq(before.config(), tls.acceptor().config()));
        let (certificate, key) = pair();
        tls.replace(certificate.as_bytes(), key.as_bytes()).unwrap();
        assert!(!Arc::ptr_eq(before.config(), tls.acceptor().config()));
    }
}
