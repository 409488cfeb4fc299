//! What the standalone server keeps in its data folder besides the store and the runs: the admin's token.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// Fewest characters of a token: what a person types over the one that was made is refused.
const TOKEN_CHARACTERS_MIN: usize = 32;

/// Returns the admin's API token; makes it at the first start.
pub(super) fn admin_token(data: &Path) -> Result<String> {
    let path = data.join("admin-token");
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(mut file) => {
            let token = hex::encode(rand::random::<[u8; 32]>());
            writeln!(file, "{token}")
                .and_then(|()| file.sync_all())
                .with_context(|| format!("could not write `{}`", path.display()))?;
            Ok(token)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let text =
                fs::read_to_string(&path).with_context(|| format!("could not read `{}`", path.display()))?;
            let token = text.trim();
            if token.len() < TOKEN_CHARACTERS_MIN {
                bail!(
                    "the token in `{}` has {} characters, fewer than {TOKEN_CHARACTERS_MIN}\nhint: remove the file; \
                     the next start makes a new token",
                    path.display(),
                    token.len()
                );
            }
            Ok(token.to_owned())
        }
        Err(error) => Err(error).with_context(|| format!("could not make `{}`", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_token_is_made_once_and_is_the_owners_alone() {
        let data = tempfile::tempdir().unwrap();
        let token = admin_token(data.path()).unwrap();
        assert_eq!(token.len(), 64);
        assert_eq!(admin_token(data.path()).unwrap(), token);
        let mode = fs::metadata(data.path().join("admin-token")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_short_token_is_refused() {
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join("admin-token"), "secret\n").unwrap();
        assert!(admin_token(data.path()).unwrap_err().to_string().contains("remove the file"));
    }
}
