//! Holds what a module can ask for against what a job grants it.
//!
//! Flow: job, module's report → **`grants`** → check of a job, the form's panel, `sandglass job check`.
//! Words only: nothing here decides what a guest may do. The sandbox gives what the job grants, whatever stands here.

use std::collections::BTreeMap;

use model::capability::Capability;
use model::module::{Module, ModuleShape, Tag};
use model::workload::{DirMode, Wasm};

use crate::api::{GrantLine, GrantsView};

/// Imports that a warning names; the panel shows them all.
const NAMED_MAX: usize = 3;

/// Returns what a module asks for and what its job grants.
pub(crate) fn of(wasm: &Wasm, module: &Module, tag: Option<&Tag>) -> GrantsView {
    let mut asked = module.report.asks_for();
    let lines = Capability::ALL.map(|capability| GrantLine {
        capability,
        imports: asked.remove(&capability).unwrap_or_default(),
        grants: granted(wasm, capability),
    });
    let lines = Vec::from(lines);
    GrantsView {
        module: module.digest.clone(),
        name: module.name.clone(),
        tag: tag.map(|tag| tag.tag.clone()),
        warnings: warnings(wasm, module.report.shape, &lines),
        lines,
    }
}

/// Returns what a job grants of one kind. Values of variables are nobody's to read.
fn granted(wasm: &Wasm, capability: Capability) -> Vec<String> {
    match capability {
        Capability::Arguments => wasm.args.clone(),
        Capability::Environment => {
            let own = wasm.env.0.keys().cloned();
            own.chain(["TZ and SANDGLASS_…, as every run has them".to_owned()]).collect()
        }
        Capability::Input if wasm.stdin.0.is_empty() => Vec::new(),
        Capability::Input => vec![format!("{} bytes", wasm.stdin.0.len())],
        Capability::Files => wasm
            .dirs
            .iter()
            .map(|dir| {
                let mode = match dir.mode {
                    DirMode::Ro => "read only",
                    DirMode::Rw => "read and write",
                };
                format!("{} as {}, {mode}", dir.host, dir.guest)
            })
            .collect(),
        Capability::Network => wasm.network.iter().map(ToString::to_string).collect(),
        Capability::Clocks | Capability::Random => vec!["always".to_owned()],
    }
}

/// Returns where the two do not fit.
fn warnings(wasm: &Wasm, shape: ModuleShape, lines: &[GrantLine]) -> Vec<String> {
    let asked: BTreeMap<Capability, &GrantLine> = lines.iter().map(|line| (line.capability, line)).collect();
    let asks = |capability| !asked[&capability].imports.is_empty();
    let names = |capability| some_of(&asked[&capability].imports);
    let mut warnings = Vec::new();
    if asks(Capability::Files) && wasm.dirs.is_empty() {
        warnings.push(format!(
            "the module can open files ({}), but the job grants no directory (`wasm.dirs`): it will find none",
            names(Capability::Files)
        ));
    }
    if asks(Capability::Network) && wasm.network.is_empty() {
        warnings.push(format!(
            "the module can open connections ({}), but the job grants no address (`wasm.network`): each will be refused",
            names(Capability::Network)
        ));
    }
    if !wasm.network.is_empty() && shape == ModuleShape::Core {
        warnings.push(
            "the job grants addresses (`wasm.network`), but a core module (preview 1) has no way to connect: only a \
             component has"
                .to_owned(),
        );
    }
    let of_no_use = [
        (Capability::Arguments, !wasm.args.is_empty(), "arguments (`wasm.args`)", "reads none"),
        (Capability::Environment, !wasm.env.0.is_empty(), "variables (`wasm.env`)", "reads none"),
        (Capability::Input, !wasm.stdin.0.is_empty(), "standard input (`wasm.stdin`)", "reads none"),
        (Capability::Files, !wasm.dirs.is_empty(), "directories (`wasm.dirs`)", "opens no file"),
        (
            Capability::Network,
            !wasm.network.is_empty() && shape == ModuleShape::Component,
            "addresses (`wasm.network`)",
            "opens no connection",
        ),
    ];
    for (capability, granted, what, does) in of_no_use {
        if granted && !asks(capability) {
            warnings.push(format!("the job gives {what}, but by its imports the module {does}"));
        }
    }
    warnings
}

fn some_of(imports: &[String]) -> String {
    let mut names: Vec<String> = imports.iter().take(NAMED_MAX).map(|name| format!("`{name}`")).collect();
    if imports.len() > NAMED_MAX {
        names.push(format!("{} more", imports.len() - NAMED_MAX));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use model::id::Digest;
    use model::module::ModuleReport;
    use model::quantity::ByteSize;
    use model::time::Timestamp;
    use model::workload::Workload;
    use serde_json::{Value, json};

    use super::*;

    fn module(shape: ModuleShape, imports: &[&str]) -> Module {
        Module {
            digest: Digest::of(b""),
            name: "report.wasm".into(),
            size: ByteSize::from_kib(1),
            uploaded_by: "admin".into(),
            uploaded_at: Timestamp::from_millis(0),
            report: ModuleReport {
                shape,
                imports: imports.iter().map(|name| (*name).to_owned()).collect(),
                exports: Vec::new(),
                memory_min: ByteSize::from_kib(64),
                producers: Vec::new(),
            },
        }
    }

    fn job(mut wasm: Value) -> Wasm {
        wasm["module"] = json!(Digest::of(b""));
        let job = json!({ "name": "a", "schedule": "@hourly", "wasm": wasm });
        match model::job::Job::parse(&job).unwrap().workload {
            Workload::Wasm(wasm) => wasm,
            Workload::Shell(_) => unreachable!("the job runs a module"),
        }
    }

    #[test]
    fn each_mismatch_is_told_once() {
        let (files, tcp) = ("wasi_snapshot_preview1::path_open", "wasi:sockets/tcp@0.2.0");
        let dirs = json!([{ "host": "/srv/in", "guest": "/in" }]);
        let core = ModuleShape::Core;
        let table: [(Value, Module, &[&str]); 9] = [
            (json!({}), module(core, &[]), &[]),
            (json!({ "dirs": dirs }), module(core, &[files]), &[]),
            (json!({}), module(core, &[files]), &["grants no directory"]),
            (json!({ "dirs": dirs }), module(core, &[]), &["opens no file"]),
            (json!({ "network": ["db:1"] }), module(core, &[]), &["has no way to connect"]),
            (json!({}), module(ModuleShape::Component, &[tcp]), &["grants no address"]),
            (json!({ "network": ["db:1"] }), module(ModuleShape::Component, &[tcp]), &[]),
            (json!({ "network": ["db:1"] }), module(ModuleShape::Component, &[]), &["opens no connection"]),
            (
                json!({ "args": ["x"], "env": { "A": "secret" }, "stdin": "in" }),
                module(core, &[]),
                &["wasm.args", "wasm.env", "wasm.stdin"],
            ),
        ];
        for (wasm, module, expected) in table {
            let warnings = of(&job(wasm.clone()), &module, None).warnings;
            assert_eq!(warnings.len(), expected.len(), "{wasm}: {warnings:?}");
            for (warning, words) in warnings.iter().zip(expected) {
                assert!(warning.contains(words), "{warning}");
            }
        }
    }

    #[test]
    fn values_of_variables_are_not_shown() {
        let view = of(&job(json!({ "env": { "TOKEN": "hunter2" } })), &module(ModuleShape::Core, &[]), None);
        let text = serde_json::to_string(&view).unwrap();
        assert!(text.contains("TOKEN") && !text.contains("hunter2"), "{text}");
    }
}
