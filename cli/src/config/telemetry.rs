//! `[telemetry]`: where spans of runs and requests go. Nowhere, until a collector is named.

use std::str::FromStr as _;

use model::fault::Faults;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Certificate, Url};

use super::section::Section;

/// Where collectors take spans, beneath the address that people name: the same for all of them.
const PATH: &str = "v1/traces";
const HINT: &str = "name where a collector takes OTLP over HTTP, like `http://127.0.0.1:4318`";

/// A collector that takes spans.
#[derive(Debug, Clone)]
#[cfg_attr(not(feature = "opentelemetry"), expect(dead_code, reason = "without the feature it is refused"))]
pub(crate) struct Collector {
    /// Where they are posted to.
    pub(crate) url: Url,
    /// What goes with them: who we are, as a rule.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// Whose certificates are trusted beside those that the system trusts.
    pub(crate) trusted: Vec<Certificate>,
}

/// Reads the section.
pub(super) fn read(mut section: Section<'_>, faults: &mut Faults) -> Option<Collector> {
    let names = ["otlp_endpoint", "otlp_headers_file", "otlp_ca_file"];
    let [at, at_headers, at_ca] = names.map(|name| section.place(name));
    let endpoint: Option<String> = section.text(names[0], faults);
    let headers = section.secret(names[1], faults);
    let ca = section.content(names[2], faults);
    section.finish(faults);
    let Some(endpoint) = endpoint else {
        for (given, place) in [(headers.is_some(), at_headers), (ca.is_some(), at_ca)] {
            if given {
                faults.add_with_hint(place, "needs `otlp_endpoint` beside it", HINT);
            }
        }
        return None;
    };
    if !cfg!(feature = "opentelemetry") {
        let lacks = "this binary was built without OpenTelemetry";
        faults.add_with_hint(
            at,
            lacks,
            "remove it, or build with the feature `opentelemetry` of the crate `cli`",
        );
        return None;
    }
    let url = url(&endpoint).map_err(|why| faults.add_with_hint(at, why, HINT)).ok()?;
    let headers = headers.map_or(Ok(Vec::new()), |text| headers_of(&text));
    let headers = headers.map_err(|why| faults.add(at_headers, why)).unwrap_or_default();
    let trusted = ca.map_or(Ok(Vec::new()), |pem| certificates(&pem));
    let trusted = trusted.map_err(|why| faults.add(at_ca, why)).unwrap_or_default();
    Some(Collector { url, headers, trusted })
}

/// Returns where spans are posted to: beneath the address, unless it says the whole of it.
fn url(text: &str) -> Result<Url, String> {
    let refused = |why: &str| format!("{why}, got `{text}`");
    let mut url = Url::parse(text).map_err(|error| refused(&format!("is no address: {error}")))?;
    if !["http", "https"].contains(&url.scheme()) {
        return Err(refused("must start with `http://` or `https://`"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has a user in it: name a file with headers as `otlp_headers_file`".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refused("must have neither `?` nor `#`"));
    }
    if !url.path().ends_with(PATH) {
        let path = format!("{}/{PATH}", url.path().trim_end_matches('/'));
        url.set_path(&path);
    }
    Ok(url)
}

fn certificates(pem: &str) -> Result<Vec<Certificate>, String> {
    let read = Certificate::from_pem_bundle(pem.as_bytes());
    let read = read.map_err(|error| format!("does not read as certificates: {error}"))?;
    if read.is_empty() { Err("holds no certificate (PEM)".to_owned()) } else { Ok(read) }
}

/// Reads headers, one a line. What is wrong is told without the value, which is a secret.
fn headers_of(text: &str) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let header = |(at, line): (usize, &str)| {
        let read = line.split_once(':').and_then(|(name, value)| {
            let mut value = HeaderValue::from_str(value.trim()).ok()?;
            value.set_sensitive(true);
            Some((HeaderName::from_str(name.trim()).ok()?, value))
        });
        read.ok_or_else(|| {
            format!("line {} of the file must be a header like `authorization: Bearer …`", at + 1)
        })
    };
    lines.map(header).collect()
}

#[cfg(all(test, feature = "opentelemetry"))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::{Given, parse};
    use super::*;

    fn read_in(text: &str) -> Result<Option<Collector>, Vec<String>> {
        let given = Given::default();
        let read = parse(text, |table, faults| {
            let mut top = Section::top(table, &given);
            let collector = read(top.section("telemetry", faults), faults);
            top.finish(faults);
            collector
        });
        read.map_err(|faults| faults.as_slice().iter().map(ToString::to_string).collect())
    }

    #[test]
    fn spans_go_beneath_the_address_that_is_named() {
        assert!(read_in("").unwrap().is_none());
        assert!(read_in("[telemetry]\n").unwrap().is_none());
        for (named, posted) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("https://otel.example/", "https://otel.example/v1/traces"),
            ("https://otel.example/in/", "https://otel.example/in/v1/traces"),
            ("http://[::1]:4318/v1/traces", "http://[::1]:4318/v1/traces"),
        ] {
            let collector = read_in(&format!("[telemetry]\notlp_endpoint = \"{named}\"")).unwrap().unwrap();
            assert_eq!(collector.url.as_str(), posted);
        }
    }

    #[test]
    fn what_is_no_address_is_told_with_its_line_and_what_to_write() {
        for (value, why) in [
            ("\"127.0.0.1:4318\"", "is no address: "),
            ("\"collector\"", "is no address: "),
            ("\"http://\"", "is no address: empty host, got `http://`"),
            (
                "\"grpc://127.0.0.1:4317\"",
                "must start with `http://` or `https://`, got `grpc://127.0.0.1:4317`",
            ),
            ("\"http://127.0.0.1:4318/?key=1\"", "must have neither `?` nor `#`"),
            ("\"http://127.0.0.1:70000\"", "is no address: invalid port number"),
        ] {
            let told = read_in(&format!("[telemetry]\notlp_endpoint = {value}")).unwrap_err();
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(told[0].starts_with(&format!("telemetry.otlp_endpoint (line 2): {why}")), "{told:?}");
            assert!(
                told[0].ends_with(
                    "\nhint: name where a collector takes OTLP over HTTP, like `http://127.0.0.1:4318`"
                ),
                "{told:?}"
            );
        }
        let told = read_in("[telemetry]\notlp_endpoint = \"http://ann:secret@10.0.0.2/\"").unwrap_err();
        assert!(told[0].contains("`otlp_headers_file`") && !told[0].contains("secret"), "{told:?}");
        let told = read_in("[telemetry]\notlp_endpoint = 4318\nendpoint = 1").unwrap_err();
        assert!(
            told[0].contains("must be a text in quotes") && told[1].contains("is not known here"),
            "{told:?}"
        );
    }

    #[test]
    fn headers_are_a_secret_and_certificates_are_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            path
        };
        let with = |option: &str, path: &std::path::Path| {
            read_in(&format!("[telemetry]\notlp_endpoint = \"http://10.0.0.2:4318\"\n{option} = {path:?}"))
        };
        let good = file("good", "Authorization: Bearer s3cret\n\nx-scope-orgid: 7\n");
        let headers = with("otlp_headers_file", &good).unwrap().unwrap().headers;
        assert_eq!((headers.len(), headers[0].0.as_str()), (2, "authorization"));
        assert!(!format!("{headers:?}").contains("s3cret"), "{headers:?}");
        let told = with("otlp_headers_file", &file("bad", "x: 1\nBearer s3cret\n")).unwrap_err();
        assert!(
            told[0].starts_with("telemetry.otlp_headers_file (line 3): line 2 of the file must be"),
            "{told:?}"
        );
        assert!(!told[0].contains("s3cret"), "{told:?}");
        fs::set_permissions(&good, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(with("otlp_headers_file", &good).unwrap_err()[0].contains("chmod 600"));
        let told = with("otlp_ca_file", &file("ca", "no certificate\n")).unwrap_err();
        assert!(told[0].starts_with("telemetry.otlp_ca_file (line 3): holds no certificate"), "{told:?}");
        let told = read_in(&format!("[telemetry]\notlp_ca_file = {:?}", file("ca2", "x"))).unwrap_err();
        assert!(told[0].contains("needs `otlp_endpoint` beside it"), "{told:?}");
    }
}
