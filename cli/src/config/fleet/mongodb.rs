//! `[mongodb]`: where facts are kept, and who we are there.

use model::fault::Faults;
use stores::mongodb::{Credentials, Options};

use crate::config::section::Section;

/// Reads the section.
pub(super) fn read(mut section: Section<'_>, allow_unauthenticated: bool, faults: &mut Faults) -> Options {
    let place = section.place("uri");
    let written: Option<String> = section.text("uri", faults);
    let kept = section.secret("uri_file", faults);
    if written.is_some() && kept.is_some() {
        faults.add(place.clone(), "stands beside `uri_file`: one of them");
    }
    if written.as_deref().is_some_and(has_password) {
        faults.add_with_hint(
            place,
            "has a password in it",
            "name a file with `password_file` beside `user`, or keep the whole address in a file and name it with \
             `uri_file`",
        );
    }
    let default = Options::new(String::new());
    let options = Options {
        uri: kept.or(written).unwrap_or_default(),
        database: section
            .text("database", faults)
            .unwrap_or_else(|| section.default("database", default.database)),
        credentials: credentials(&mut section, faults),
        ca_file: section.text("ca_file", faults),
        certificate_file: section.text("cert_key_file", faults),
        allow_unauthenticated,
        selection_timeout: super::time(&mut section, "selection_timeout", default.selection_timeout, faults),
    };
    for fault in options.faults() {
        super::add_store_fault(&mut section, &fault, faults);
    }
    section.finish(faults);
    options
}

fn credentials(section: &mut Section<'_>, faults: &mut Faults) -> Option<Credentials> {
    let source = section
        .text("auth_source", faults)
        .unwrap_or_else(|| section.default("auth_source", "admin".to_owned()));
    let (user, password) = super::user(section, faults)?;
    Some(Credentials { user, password, source })
}

/// Returns true for `scheme://user:password@host`.
fn has_password(uri: &str) -> bool {
    let hosts = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    hosts.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_with_a_password_counts_as_secret() {
        assert!(has_password("mongodb://ann:secret@10.0.0.2:27017/"));
        assert!(!has_password("mongodb://ann@10.0.0.2:27017/"));
        assert!(!has_password("mongodb://10.0.0.2:27017,10.0.0.3:27017/?replicaSet=rs0"));
    }
}
