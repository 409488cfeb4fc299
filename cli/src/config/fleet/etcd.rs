//! `[etcd]`: where intent is kept, and who we are there.

use model::fault::Faults;
use stores::etcd::{Credentials, Options, Tls};

use crate::config::section::Section;

/// Reads the section.
pub(super) fn read(mut section: Section<'_>, allow_unauthenticated: bool, faults: &mut Faults) -> Options {
    let text = |text: &str| Ok(text.to_owned());
    let default = Options::new(Vec::<String>::new());
    let options = Options {
        endpoints: section.texts("endpoints", text, faults),
        prefix: section.text("prefix", faults).unwrap_or_else(|| section.default("prefix", default.prefix)),
        credentials: credentials(&mut section, faults),
        tls: tls(&mut section, faults),
        allow_unauthenticated,
        request_timeout: super::time(&mut section, "request_timeout", default.request_timeout, faults),
        connect_timeout: super::time(&mut section, "connect_timeout", default.connect_timeout, faults),
    };
    for fault in options.faults() {
        super::add_store_fault(&mut section, &fault, faults);
    }
    section.finish(faults);
    options
}

fn credentials(section: &mut Section<'_>, faults: &mut Faults) -> Option<Credentials> {
    let (user, password) = super::user(section, faults)?;
    Some(Credentials { user, password })
}

fn tls(section: &mut Section<'_>, faults: &mut Faults) -> Option<Tls> {
    let places = ["cert_file", "key_file"].map(|name| section.place(name));
    let ca = section.content("ca_file", faults);
    let certificate = section.content("cert_file", faults);
    let key = section.secret("key_file", faults);
    let domain = section.text("tls_domain", faults);
    let identity = match (certificate, key) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        (Some(_), None) => {
            faults.add(places[0].clone(), "needs `key_file` beside it");
            None
        }
        (None, Some(_)) => {
            faults.add(places[1].clone(), "needs `cert_file` beside it");
            None
        }
    };
    (ca.is_some() || identity.is_some() || domain.is_some()).then_some(Tls { ca, identity, domain })
}
