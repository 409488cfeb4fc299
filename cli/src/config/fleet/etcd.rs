//! `[etcd]`: where intent is kept, and who we are there.

use model::fault::Faults;
use model::time::Span;
use stores::etcd::{Credentials, Options, Tls};

use crate::config::section::Section;

/// Reads the section.
pub(super) fn read(mut section: Section<'_>, allow_unauthenticated: bool, faults: &mut Faults) -> Options {
    let text = |text: &str| Ok(text.to_owned());
    let default = Options::new(Vec::<String>::new());
    let seconds = |span: Option<Span>, default| span.map_or(default, Span::to_std);
    let options = Options {
        endpoints: section.texts("endpoints", text, faults),
        prefix: section.text("prefix", faults).unwrap_or(default.prefix),
        credentials: credentials(&mut section, faults),
        tls: tls(&mut section, faults),
        allow_unauthenticated,
        request_timeout: seconds(section.text("request_timeout", faults), default.request_timeout),
        connect_timeout: seconds(section.text("connect_timeout", faults), default.connect_timeout),
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
