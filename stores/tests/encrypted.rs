//! Both stores over TLS, with passwords and certificates of clients: who has them is let in, who has not is told why.
//!
//! The certificates are made here, by an authority of the test's own.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use stores::SystemClock;
use stores::etcd::Etcd;
use stores::mongodb::Mongo;
use stores::testing::{Certificates, EtcdServer, MongoServer};

/// Makes an authority, and certificates of a server and a client that it signs.
fn certificates(folder: &Path, name: &str) -> Certificates {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.distinguished_name.push(DnType::CommonName, format!("authority of {name}"));
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().unwrap();
    let ca = authority.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(authority, key);
    let signed = |who: &str| {
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, who);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        // etcd asks itself by its own certificate.
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &issuer).unwrap().pem(), key.serialize_pem())
    };
    let write = |file: &str, text: &str| -> PathBuf {
        let path = folder.join(format!("{name}-{file}.pem"));
        fs::write(&path, text).unwrap();
        path
    };
    let ((server, server_key), (client, client_key)) = (signed("server"), signed("client"));
    Certificates {
        ca: write("ca", &ca),
        server: write("server", &server),
        server_key: write("server-key", &server_key),
        client: write("client", &client),
        client_key: write("client-key", &client_key),
        server_pair: write("server-pair", &(server + &server_key)),
        client_pair: write("client-pair", &(client + &client_key)),
    }
}

/// Each file is left out of the options in turn, or is another authority's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn etcd_lets_in_who_has_a_certificate_and_says_why_it_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (certificates(folder.path(), "ours"), certificates(folder.path(), "theirs"));
    let server = EtcdServer::start_encrypted(ours).await;
    let store = server.connect("worker", Arc::new(SystemClock)).await;
    store.intent().load().await.unwrap();
    drop(server.connect("master", Arc::new(SystemClock)).await.accounts());

    let told = async |change: &dyn Fn(&mut stores::etcd::Tls)| {
        let mut options = server.options("worker");
        change(options.tls.as_mut().unwrap());
        match Etcd::connect(&options, Arc::new(SystemClock)).await {
            Ok(_) => panic!("it was let in"),
            Err(error) => error.to_string(),
        }
    };
    let why = told(&|tls| tls.ca = Some(fs::read_to_string(&theirs.ca).unwrap())).await;
    assert!(why.contains("certificate") && why.contains("hint: "), "{why}");
    let why = told(&|tls| tls.identity = None).await;
    assert!(why.contains("certificate") && why.contains("hint: "), "{why}");
    let stranger =
        (fs::read_to_string(&theirs.client).unwrap(), fs::read_to_string(&theirs.client_key).unwrap());
    let why = told(&|tls| tls.identity = Some(stranger.clone())).await;
    assert!(why.contains("certificate") && why.contains("hint: "), "{why}");
    let mut options = server.options("worker");
    options.credentials.as_mut().unwrap().password = "wrong".into();
    let Err(refused) = Etcd::connect(&options, Arc::new(SystemClock)).await else {
        panic!("a wrong password")
    };
    assert!(refused.to_string().contains("authentication failed"), "{refused}");
}

/// Each file is left out of the options in turn, or is another authority's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mongodb_lets_in_who_has_a_certificate_and_says_why_it_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (certificates(folder.path(), "ours"), certificates(folder.path(), "theirs"));
    let server = MongoServer::start_encrypted(ours).await;
    let store = server.connect("master", Arc::new(SystemClock)).await;
    assert_eq!(store.blobs().modules().await.unwrap(), []);

    let told = async |change: &dyn Fn(&mut stores::mongodb::Options)| {
        let mut options = server.options("worker");
        change(&mut options);
        match Mongo::connect(&options, Arc::new(SystemClock)).await {
            Ok(_) => panic!("it was let in"),
            Err(error) => error.to_string(),
        }
    };
    let why = told(&|options| options.ca_file = Some(theirs.ca.clone())).await;
    assert!(why.contains("certificate") && why.contains("hint: "), "{why}");
    let why = told(&|options| options.certificate_file = None).await;
    assert!(why.contains("certificate") && why.contains("hint: "), "{why}");
    let why = told(&|options| options.certificate_file = Some(theirs.client_pair.clone())).await;
    assert!(why.contains("certificate") && why.contains("hint: "), "{why}");
    let why = told(&|options| options.credentials.as_mut().unwrap().password = "wrong".into()).await;
    assert!(why.contains("uthentication failed") && !why.contains("hint: the server"), "{why}");
    let why = told(&|options| (options.ca_file, options.certificate_file) = (None, None)).await;
    assert!(why.contains("hint: "), "{why}");
}
