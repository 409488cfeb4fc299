//! What a module asks of the host, told by the names that it imports.
//!
//! Flow: inspector → `ModuleReport::imports` → **`Capability`** → what a job's grants are held against before it is
//! saved. A name that is imported may never be called: this says what a module can ask for, not what it does.
//!
//! Not here: which names may be imported at all (the sandbox's inspector), what a job grants.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::module::ModuleReport;

/// One kind of thing that a module can ask of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// The arguments that it is called with.
    Arguments,
    /// Environment variables.
    Environment,
    /// Standard input; preview 1 reads files by the same function.
    Input,
    /// Opening, listing and changing files.
    Files,
    /// Connections.
    Network,
    /// Reading clocks, and sleeping.
    Clocks,
    /// Random bytes.
    Random,
}

impl Capability {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Arguments,
        Self::Environment,
        Self::Input,
        Self::Files,
        Self::Network,
        Self::Clocks,
        Self::Random,
    ];

    /// Returns the name that is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arguments => "arguments",
            Self::Environment => "environment",
            Self::Input => "input",
            Self::Files => "files",
            Self::Network => "network",
            Self::Clocks => "clocks",
            Self::Random => "random",
        }
    }

    /// Returns what is asked for by an import written as `module::name` or, for a component, as an interface with
    /// its version. Empty for what needs no grant: writing output, ending.
    pub fn of_import(import: &str) -> &'static [Self] {
        match import.split_once("::") {
            Some((_, function)) => of_function(function),
            None => of_interface(import),
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A function of preview 1.
fn of_function(name: &str) -> &'static [Capability] {
    match name {
        "args_get" | "args_sizes_get" => &[Capability::Arguments],
        "environ_get" | "environ_sizes_get" => &[Capability::Environment],
        "fd_read" | "fd_pread" => &[Capability::Input],
        "fd_readdir" => &[Capability::Files],
        "clock_time_get" | "clock_res_get" | "poll_oneoff" => &[Capability::Clocks],
        "random_get" => &[Capability::Random],
        _ if name.starts_with("path_") => &[Capability::Files],
        _ if name.starts_with("sock_") => &[Capability::Network],
        _ => &[],
    }
}

/// An interface of preview 2 (`wasi:sockets/tcp@0.2.3`).
fn of_interface(name: &str) -> &'static [Capability] {
    let name = name.split('@').next().unwrap_or_default();
    match name {
        // One interface for both.
        "wasi:cli/environment" => &[Capability::Arguments, Capability::Environment],
        "wasi:cli/stdin" => &[Capability::Input],
        _ if name.starts_with("wasi:filesystem/") => &[Capability::Files],
        _ if name.starts_with("wasi:sockets/") => &[Capability::Network],
        _ if name.starts_with("wasi:clocks/") => &[Capability::Clocks],
        _ if name.starts_with("wasi:random/") => &[Capability::Random],
        _ => &[],
    }
}

impl ModuleReport {
    /// Returns what the module asks for, each with the imports that ask for it, sorted.
    pub fn asks_for(&self) -> BTreeMap<Capability, Vec<String>> {
        let mut asked: BTreeMap<Capability, Vec<String>> = BTreeMap::new();
        for import in &self.imports {
            for capability in Capability::of_import(import) {
                asked.entry(*capability).or_default().push(import.clone());
            }
        }
        asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module::ModuleShape;
    use crate::quantity::ByteSize;

    #[test]
    fn imports_tell_what_is_asked_for() {
        let table: [(&str, &[Capability]); 12] = [
            ("wasi_snapshot_preview1::fd_write", &[]),
            ("wasi_snapshot_preview1::proc_exit", &[]),
            ("wasi_snapshot_preview1::environ_sizes_get", &[Capability::Environment]),
            ("wasi_snapshot_preview1::path_open", &[Capability::Files]),
            ("wasi_snapshot_preview1::poll_oneoff", &[Capability::Clocks]),
            ("wasi_snapshot_preview1::sock_recv", &[Capability::Network]),
            ("wasi:cli/environment@0.2.0", &[Capability::Arguments, Capability::Environment]),
            ("wasi:cli/stdout@0.2.0", &[]),
            ("wasi:filesystem/types@0.2.6", &[Capability::Files]),
            ("wasi:sockets/tcp", &[Capability::Network]),
            ("wasi:random/insecure-seed@0.2.12", &[Capability::Random]),
            ("wasi:io/streams@0.2.0", &[]),
        ];
        for (import, asked) in table {
            assert_eq!(Capability::of_import(import), asked, "{import}");
        }
    }

    #[test]
    fn a_report_groups_its_imports() {
        let imports = ["clock_time_get", "fd_write", "path_open", "path_rename"];
        let report = ModuleReport {
            shape: ModuleShape::Core,
            imports: imports.map(|name| format!("wasi_snapshot_preview1::{name}")).into(),
            exports: Vec::new(),
            memory_min: ByteSize::from_kib(64),
            producers: Vec::new(),
        };
        let asked = report.asks_for();
        assert_eq!(asked.keys().copied().collect::<Vec<_>>(), [Capability::Files, Capability::Clocks]);
        assert_eq!(asked[&Capability::Files].len(), 2);
    }
}
