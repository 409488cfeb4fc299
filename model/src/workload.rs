//! What a run executes: a shell script or a WASI module, with its arguments and environment.
//!
//! Environment values and standard input may hold secrets: `Debug` hides them, and no log prints them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::Digest;
use crate::network::NetworkGrant;

/// The two kinds of workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A script held by a cgroup.
    Shell,
    /// A WASI module held by fuel, memory and grants.
    Wasm,
}

impl Kind {
    /// Returns the kind as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Wasm => "wasm",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a run executes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Workload {
    /// A script for an interpreter.
    Shell(Shell),
    /// A module for the WASI sandbox.
    Wasm(Wasm),
}

impl Workload {
    /// Returns which kind this is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Shell(_) => Kind::Shell,
            Self::Wasm(_) => Kind::Wasm,
        }
    }

    /// Returns the environment that the job sets.
    pub fn env_mut(&mut self) -> &mut Env {
        match self {
            Self::Shell(shell) => &mut shell.env,
            Self::Wasm(wasm) => &mut wasm.env,
        }
    }
}

/// Environment variables by name. `Debug` shows the names only.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = BTreeMap<String, String>)]
pub struct Env(pub BTreeMap<String, String>);

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Text that may hold a secret. `Debug` shows its length only.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct HiddenText(pub String);

impl fmt::Debug for HiddenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0.len())
    }
}

/// A script and how to run it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Shell {
    /// The script's text, handed to the interpreter as a file.
    #[schema(example = "echo hello")]
    pub script: String,
    /// The interpreter and its options; the script's file is its last argument.
    #[serde(default = "default_interpreter")]
    pub interpreter: Vec<String>,
    /// The account to run as; without it the worker's owner decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The directory to start in, absolute; without it the home directory of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Environment variables besides those that every run gets.
    #[serde(default, skip_serializing_if = "env_is_empty")]
    pub env: Env,
    /// What the script reads on standard input; empty means at once end of file.
    #[serde(default, skip_serializing_if = "hidden_is_empty")]
    pub stdin: HiddenText,
    /// Lets set-user-id programs such as `sudo` gain privileges; the worker's owner must allow it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub privilege_gain: bool,
    /// What happens to processes that outlive the script.
    #[serde(default)]
    pub leftovers: Leftovers,
}

/// What happens to processes that outlive the script that started them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Leftovers {
    /// They are killed and counted.
    #[default]
    Kill,
    /// The run goes on until they end or its timeout passes.
    Wait,
}

/// A module and what it is given; nothing that is not named here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Wasm {
    /// The module's identity, as `POST /modules` returned it. A text may name it by a tag (`NAME:TAG`): the save puts
    /// the digest in its place.
    pub module: Digest,
    /// Arguments after the module's own name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Environment variables besides those that every run gets.
    #[serde(default, skip_serializing_if = "env_is_empty")]
    pub env: Env,
    /// What the module reads on standard input.
    #[serde(default, skip_serializing_if = "hidden_is_empty")]
    pub stdin: HiddenText,
    /// Directories of the host that the module may open, beneath the roots that the worker's owner allows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dirs: Vec<DirGrant>,
    /// What a component may connect to, each `host:port`; a private address only by address or block.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>, example = json!(["db.example:5432", "10.0.0.0/8:443", "udp://[::1]:53"]))]
    pub network: Vec<NetworkGrant>,
    /// The account that the host of the module runs as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// One directory granted to a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DirGrant {
    /// Absolute path on the worker.
    pub host: String,
    /// Absolute path inside the module.
    pub guest: String,
    /// What the module may do there.
    #[serde(default)]
    pub mode: DirMode,
}

/// What a module may do in a directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DirMode {
    /// Read only.
    #[default]
    Ro,
    /// Read and write.
    Rw,
}

/// Returns the interpreter of a script that names none.
pub fn default_interpreter() -> Vec<String> {
    vec!["/bin/sh".into(), "-e".into()]
}

fn env_is_empty(env: &Env) -> bool {
    env.0.is_empty()
}

fn hidden_is_empty(text: &HiddenText) -> bool {
    text.0.is_empty()
}

fn is_false(value: &bool) -> bool {
    !value
}
