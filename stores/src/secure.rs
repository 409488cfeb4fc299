//! What to look at when a server can be reached and does not speak with us: mostly a matter of certificates, which
//! clients tell in words that help nobody.
//!
//! Flow: a failed connection to `etcd` or `mongodb` → **`hinted`** → whoever reads the log.

use model::ports::StoreError;

/// Words of a server that is not there at all: no certificate mends that.
const NOT_THERE: [&str; 4] = ["Connection refused", "tcp connect error", "dns error", "No route to host"];

/// Adds what to look at to why there is no connection, which is `encrypted` or not on our side.
pub(crate) fn hinted(error: StoreError, encrypted: bool) -> StoreError {
    let StoreError::Unavailable(why) = error else { return error };
    if NOT_THERE.iter().any(|words| why.contains(words)) {
        return StoreError::Unavailable(why);
    }
    let hint = match encrypted {
        true => {
            "is `ca_file` the authority that signed the server's certificate? a server may also ask for a certificate \
             of ours, `certificate_file`, signed by an authority that it knows"
        }
        false => "a server that asks for TLS answers nobody without: set `ca_file`",
    };
    StoreError::Unavailable(format!("{why}\nhint: {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_not_there_is_no_matter_of_certificates() {
        let told =
            |why: &str, encrypted| hinted(StoreError::Unavailable(why.to_owned()), encrypted).to_string();
        assert!(!told("Connection refused (os error 111)", true).contains("hint"));
        assert!(told("transport error: invalid peer certificate", true).contains("hint: is `ca_file`"));
        assert!(told("unexpected end of file", false).contains("hint: a server that asks for TLS"));
        let refused = StoreError::Permanent("authentication failed".to_owned());
        assert_eq!(hinted(refused.clone(), true), refused);
    }
}
