//! A program with its arguments and environment, as `execve` takes them: looked for and written out before the child
//! exists, so that the child has one call to make.
//!
//! Flow: `plan` → **`Program`** → `spawn`. Not here: what a refusal means for the job (`explain`).

use std::collections::BTreeMap;
use std::ffi::{CString, OsStr};
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::ptr;

use serde::{Deserialize, Serialize};

/// A program ready for exec.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Program {
    candidates: Vec<CString>,
    arguments: Vec<CString>,
    environment: Vec<CString>,
}

impl Program {
    /// Returns the program of this name. Without a slash it is looked for in the environment's `PATH`, the child's.
    ///
    /// # Errors
    /// `NotFound` when the path has none of that name; `InvalidInput` when a word holds a NUL byte.
    pub(super) fn find(
        name: &str,
        arguments: &[String],
        environment: &BTreeMap<String, String>,
    ) -> io::Result<Self> {
        let search = environment.get("PATH").map_or("", String::as_str);
        let candidates = candidates(name, search)
            .into_iter()
            .map(|path| Ok(CString::new(path.into_os_string().into_vec())?));
        let candidates = candidates.collect::<io::Result<Vec<_>>>()?;
        if candidates.is_empty() {
            return Err(io::Error::from_raw_os_error(libc::ENOENT));
        }
        let words = std::iter::once(name).chain(arguments.iter().map(String::as_str));
        let variables = environment.iter().map(|(name, value)| format!("{name}={value}"));
        Ok(Self {
            candidates,
            arguments: words.map(|word| Ok(CString::new(word)?)).collect::<io::Result<_>>()?,
            environment: variables.map(|variable| Ok(CString::new(variable)?)).collect::<io::Result<_>>()?,
        })
    }

    /// Returns where the program may be, in the order of the search. Usually one path: what is not there was left out,
    /// and whether the child may execute it is the child's to find out.
    pub(super) fn candidates(&self) -> &[CString] {
        &self.candidates
    }

    /// Returns the paths that may be the program, for messages.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.candidates.iter().map(|path| Path::new(OsStr::from_bytes(path.as_bytes())))
    }

    /// Returns the null-terminated vectors of arguments and environment. They point into this program.
    pub(super) fn vectors(&self) -> (Vec<*const libc::c_char>, Vec<*const libc::c_char>) {
        let pointers =
            |words: &[CString]| words.iter().map(|word| word.as_ptr()).chain([ptr::null()]).collect();
        (pointers(&self.arguments), pointers(&self.environment))
    }
}

/// Returns the paths that `name` may mean. A directory of the search path that is relative depends on where the child
/// starts, so it stays in.
fn candidates(name: &str, search: &str) -> Vec<PathBuf> {
    if name.contains('/') {
        return vec![name.into()];
    }
    let dirs = search.split(':').map(|dir| if dir.is_empty() { "." } else { dir });
    let paths = dirs.map(|dir| Path::new(dir).join(name));
    paths.filter(|path| !name.is_empty() && (path.is_relative() || path.is_file())).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn found(name: &str, path: &str) -> Vec<PathBuf> {
        let environment = [("PATH".to_owned(), path.to_owned())].into();
        Program::find(name, &[], &environment)
            .map_or_else(|_| Vec::new(), |p| p.paths().map(Into::into).collect())
    }

    #[test]
    fn a_name_is_looked_for_in_the_order_of_the_path() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for name in ["a", "b", "c", "c/tool"] {
            fs::create_dir(at(name)).unwrap();
        }
        for name in ["b/tool", "a/other"] {
            fs::write(at(name), "").unwrap();
        }
        let path = ["a", "b", "c"].map(|name| at(name).display().to_string()).join(":");
        assert_eq!(found("tool", &path), [at("b/tool")], "a directory is no program");
        assert_eq!(found("tool", &format!(":{path}")), [PathBuf::from("./tool"), at("b/tool")]);
        assert_eq!(found("none", &path), [] as [PathBuf; 0]);
    }

    #[test]
    fn a_path_stands_for_itself() {
        assert_eq!(found("/no/such/program", "/bin"), [PathBuf::from("/no/such/program")]);
        assert_eq!(found("./here", ""), [PathBuf::from("./here")]);
        assert_eq!(found("", "/bin"), [] as [PathBuf; 0]);
    }

    #[test]
    fn a_word_with_a_nul_byte_is_refused() {
        let e = Program::find("/bin/true", &["a\0b".into()], &BTreeMap::new()).unwrap_err();
        assert_eq!(e.kind(), io::ErrorKind::InvalidInput);
    }
}
