//! `module inspect`: what is in a module, of the server's or of a file.
//!
//! A file is looked into here, by the code that a server looks into uploads with: what is refused here is refused
//! there, for the same reason.

use std::fmt::Display;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use comfy_table::Table;
use master::api::{ModuleView, TagView};
use model::capability::Capability;
use model::id::Digest;
use model::module::{ModuleReport, ModuleShape};
use model::ports::ModuleInspector as _;
use model::quantity::ByteSize;
use reqwest::Method;
use sandbox::wasm::{Inspector, MODULE_BYTES_MAX};
use serde::Serialize;

use crate::arguments::{Format, ModuleName};
use crate::client::Client;
use crate::exit::{Exit, Impossible};
use crate::show;

/// A module that lies in a file.
#[derive(Serialize)]
struct InFile<'a> {
    digest: Digest,
    name: String,
    size: ByteSize,
    report: &'a ModuleReport,
    asks_for: Vec<Capability>,
}

/// Returns true when `what` means a file: a digest never does, a tag does where there is a file of that name.
pub(super) fn is_file(what: &str) -> bool {
    what.parse::<Digest>().is_err() && (Path::new(what).exists() || what.parse::<ModuleName>().is_err())
}

/// Looks into a file.
pub(super) fn file(path: &Path, format: Format) -> Result<Exit> {
    let most = MODULE_BYTES_MAX.as_bytes();
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(most + 1).read_to_end(&mut bytes))
        .with_context(|| format!("could not read `{}`", path.display()))?;
    if bytes.len() as u64 > most {
        return Err(Impossible(format!("`{}` is larger than {MODULE_BYTES_MAX}", path.display())).into());
    }
    let refused = |refusal| Impossible(format!("`{}` would be refused: {refusal}", path.display()));
    let report = Inspector::default().inspect(&bytes).map_err(refused)?;
    let module = InFile {
        digest: Digest::of(&bytes),
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        size: ByteSize::from_bytes(bytes.len() as u64),
        asks_for: report.asks_for().into_keys().collect(),
        report: &report,
    };
    show::value(format, &module, |module| {
        let mut facts = identity(&module.digest, &module.name, module.size);
        facts.extend(found(module.report));
        show::facts(facts)
    })?;
    Ok(Exit::Done)
}

/// Shows a module of the server.
pub(super) async fn stored(server: &Client, what: &str, format: Format) -> Result<Exit> {
    let name: ModuleName = what.parse().map_err(Impossible)?;
    let digest = digest_of(server, name).await?;
    let view: ModuleView = server.read(server.request(Method::GET, &format!("/modules/{digest}"))).await?;
    show::value(format, &view, table)?;
    Ok(Exit::Done)
}

/// Returns the digest that a name stands for.
pub(super) async fn digest_of(server: &Client, name: ModuleName) -> Result<Digest> {
    match name {
        ModuleName::Digest(digest) => Ok(digest),
        ModuleName::Tag(tag) => {
            let request = server.request(Method::GET, &format!("/modules/tags/{tag}"));
            Ok(server.read::<TagView>(request).await?.tag.digest)
        }
    }
}

fn table(ModuleView { module, tags, used_by, .. }: &ModuleView) -> Table {
    let mut facts = identity(&module.digest, &module.name, module.size);
    facts.extend([
        ("uploaded", format!("{} by {}", module.uploaded_at, module.uploaded_by)),
        ("tags", spaced(tags)),
        ("used by", spaced(used_by)),
    ]);
    facts.extend(found(&module.report));
    show::facts(facts)
}

fn identity(digest: &Digest, name: &str, size: ByteSize) -> Vec<(&'static str, String)> {
    vec![("module", digest.to_string()), ("name", name.to_owned()), ("size", size.to_string())]
}

/// Returns what was found in a module, a fact each; lists have a line for each entry.
fn found(report: &ModuleReport) -> Vec<(&'static str, String)> {
    let kind = match report.shape {
        ModuleShape::Core => "core module, WASI preview 1",
        ModuleShape::Component => "component, WASI preview 2",
    };
    let asks_for = report.asks_for();
    let asks_for: Vec<_> = asks_for.keys().map(ToString::to_string).collect();
    vec![
        ("kind", kind.to_owned()),
        ("memory", format!("{} at its start", report.memory_min)),
        ("asks for", if asks_for.is_empty() { "nothing".to_owned() } else { asks_for.join(", ") }),
        ("made by", report.producers.join("\n")),
        ("imports", report.imports.join("\n")),
        ("exports", report.exports.join("\n")),
    ]
}

/// Returns names with blanks between them.
pub(super) fn spaced<T: Display>(names: &[T]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
