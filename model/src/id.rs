//! Typed ids. Each has a private field and one check that every way in passes, serde included.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::fault::Sentence;
use crate::sentence;
use crate::time::Timestamp;

/// Why a text is not the id that it should be. The message names the value and the form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.english())]
pub struct InvalidId(Sentence);

impl From<InvalidId> for Sentence {
    fn from(invalid: InvalidId) -> Self {
        invalid.0
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $check:expr, $form:expr, $pattern:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schema(value_type = String, pattern = $pattern, example = $example)]
        pub struct $name(String);

        impl $name {
            /// The form as a regular expression, for who reads the interface's document.
            pub const PATTERN: &'static str = $pattern;

            /// Returns the id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                let check: fn(&str) -> bool = $check;
                if check(&text) {
                    Ok(Self(text))
                } else {
                    Err(InvalidId(sentence!("must be {}, got `{}`", $form, text.escape_debug())))
                }
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

fn is_name(text: &str, extra: &[u8]) -> bool {
    let alphanumeric = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    (1..=63).contains(&bytes.len())
        && alphanumeric(&bytes[0])
        && bytes.iter().all(|b| alphanumeric(b) || extra.contains(b))
}

fn is_hex(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

text_id!(
    /// A job's name, chosen by its user and unique among the jobs that exist.
    JobName,
    |text| is_name(text, b"-"),
    sentence!("1 to 63 of `a-z`, `0-9` and `-`, not starting with `-`"),
    "^[a-z0-9][a-z0-9-]{0,62}$",
    "nightly-report"
);

text_id!(
    /// A job's own id: made at its first save and never used again, so that a name deleted and saved anew is another job.
    JobUid,
    |text| is_hex(text, 32),
    sentence!("32 hexadecimal digits"),
    "^[0-9a-f]{32}$",
    "5f2a9c0e7d1b4c3e8a6f0d9b2c1e4f70"
);

text_id!(
    /// One attempt at one tick, the same whoever computes it: see [`RunId::for_tick`].
    RunId,
    |text| is_hex(text, 24),
    sentence!("24 hexadecimal digits"),
    "^[0-9a-f]{24}$",
    "0f3c9a7be2d14c58a1b2c3d4"
);

text_id!(
    /// A worker's name, unique in a fleet; the host's name unless it is set.
    WorkerId,
    |text| is_name(text, b"-."),
    sentence!("1 to 63 of `a-z`, `0-9`, `-` and `.`, starting with a letter or digit"),
    "^[a-z0-9][a-z0-9.-]{0,62}$",
    "db1.example"
);

text_id!(
    /// One boot of one machine (`/proc/sys/kernel/random/boot_id`): what ran under another boot runs no more.
    BootId,
    |text| (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
    sentence!("1 to 64 letters, digits and `-`"),
    "^[A-Za-z0-9-]{1,64}$",
    "2f0c4a1e-9a77-4b1e-8f0e-0c1d2e3f4a5b"
);

text_id!(
    /// One sending of one claim; tells, after an ambiguous answer, whether it was ours that the store took.
    Nonce,
    |text| is_hex(text, 16),
    sentence!("16 hexadecimal digits"),
    "^[0-9a-f]{16}$",
    "9c0e7d1b4c3e8a6f"
);

text_id!(
    /// SHA-256 of a module's bytes: its identity.
    Digest,
    |text| text.strip_prefix("sha256:").is_some_and(|hex| is_hex(hex, 64)),
    sentence!("`sha256:` and 64 hexadecimal digits"),
    "^sha256:[0-9a-f]{64}$",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
);

text_id!(
    /// A name that points to a module and can be moved to another: what people call the version that they mean.
    ModuleTag,
    is_module_tag,
    sentence!("`NAME:TAG`, each 1 to 63 letters, digits, `.`, `_` and `-`, the name in lower case and not `sha256`"),
    "^[a-z0-9][a-z0-9._-]{0,62}:[A-Za-z0-9][A-Za-z0-9._-]{0,62}$",
    "report:stable"
);

text_id!(
    /// A user's name: what people log in by and what stands beside all that they change.
    UserName,
    |text| is_name(text, b"._-@"),
    sentence!("1 to 63 of `a-z`, `0-9`, `.`, `_`, `-` and `@`, starting with a letter or digit"),
    "^[a-z0-9][a-z0-9._@-]{0,62}$",
    "ada@example.org"
);

text_id!(
    /// An API token's own id, which is no secret: what lists show and what revokes it.
    TokenId,
    |text| is_hex(text, 12),
    sentence!("12 hexadecimal digits"),
    "^[0-9a-f]{12}$",
    "9c0e7d1b4c3e"
);

text_id!(
    /// One line of the audit: its instant in milliseconds, then chance, so that ids sort as the lines were written.
    AuditId,
    |text| is_hex(text, 28),
    sentence!("28 hexadecimal digits"),
    "^[0-9a-f]{28}$",
    "019b1c2d3e4f9c0e7d1b4c3e8a6f"
);

text_id!(
    /// A channel's name: what rules and jobs say who hears of something by.
    ChannelName,
    |text| is_name(text, b"._-"),
    sentence!("1 to 63 of `a-z`, `0-9`, `.`, `_` and `-`, starting with a letter or digit"),
    "^[a-z0-9][a-z0-9._-]{0,62}$",
    "ops"
);

text_id!(
    /// One notice, the same whoever makes it: see [`NoticeId::of`].
    NoticeId,
    |text| is_hex(text, 24),
    sentence!("24 hexadecimal digits"),
    "^[0-9a-f]{24}$",
    "0f3c9a7be2d14c58a1b2c3d4"
);

/// A tag never reads as a digest: `sha256` is no name.
fn is_module_tag(text: &str) -> bool {
    let Some((name, tag)) = text.split_once(':') else { return false };
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"._-".contains(b);
    let tag_begins = tag.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    name != "sha256"
        && is_name(name, b"._-")
        && tag_begins
        && tag.len() <= 63
        && tag.as_bytes().iter().all(plain)
}

impl JobUid {
    /// Returns a new random id.
    pub fn random() -> Self {
        Self(hex::encode(rand::random::<[u8; 16]>()))
    }
}

impl Nonce {
    /// Returns a new random nonce.
    pub fn random() -> Self {
        Self(hex::encode(rand::random::<[u8; 8]>()))
    }
}

impl TokenId {
    /// Returns a new random id.
    pub fn random() -> Self {
        Self(hex::encode(rand::random::<[u8; 6]>()))
    }
}

impl AuditId {
    /// Returns a new id of a line that is written at `at`.
    pub fn new(at: Timestamp) -> Self {
        let millis = u64::try_from(at.as_millis()).unwrap_or_default();
        Self(format!("{:012x}{}", millis & 0xffff_ffff_ffff, hex::encode(rand::random::<[u8; 8]>())))
    }
}

impl Digest {
    /// Returns the digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_sha256(Sha256::digest(bytes).into())
    }

    /// Returns the digest with this SHA-256 value.
    pub fn from_sha256(sum: [u8; 32]) -> Self {
        Self(format!("sha256:{}", hex::encode(sum)))
    }

    /// Returns the 64 hexadecimal digits without their prefix.
    pub fn hex(&self) -> &str {
        &self.0["sha256:".len()..]
    }
}

impl RunId {
    /// Returns the id of the `attempt`th run (from 1) of a scheduled tick; `worker` only for placement `all`.
    pub fn for_tick(uid: &JobUid, tick: Timestamp, attempt: u32, worker: Option<&WorkerId>) -> Self {
        Self::hash(uid, &format!("tick:{}", tick.as_millis()), attempt, worker)
    }

    /// Returns the id of the `attempt`th run (from 1) of a run-now request with idempotency key `key`.
    pub fn for_request(uid: &JobUid, key: &str, attempt: u32, worker: Option<&WorkerId>) -> Self {
        Self::hash(uid, &format!("key:{key}"), attempt, worker)
    }

    fn hash(uid: &JobUid, what: &str, attempt: u32, worker: Option<&WorkerId>) -> Self {
        let worker = worker.map_or("", WorkerId::as_str);
        Self(hash_of(&[uid.as_str(), what, &attempt.to_string(), worker]))
    }
}

impl NoticeId {
    /// Returns the id of the notice that is about this: the same for the same parts, on any master and at any time.
    pub fn of(parts: &[&str]) -> Self {
        Self(hash_of(parts))
    }
}

/// Returns 24 hexadecimal digits of the SHA-256 of some parts.
fn hash_of(parts: &[&str]) -> String {
    let mut sum = Sha256::new();
    // Length-prefixed, so that no two inputs spell the same bytes.
    for part in parts {
        sum.update((part.len() as u64).to_le_bytes());
        sum.update(part.as_bytes());
    }
    hex::encode(&sum.finalize()[..12])
}

/// Counts the saves of one job (one uid), from 1: names the text that a state belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct SpecId(pub u64);

impl SpecId {
    /// The first save of a job.
    pub const FIRST: Self = Self(1);

    /// Returns the id of the save after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for SpecId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A store's modification revision: rises with every change of any key and never repeats.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(transparent)]
pub struct Revision(pub u64);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The revision of the claim that started a run, handed to the job: rises with each claim of the job, so that
/// whatever the job writes to can refuse a run that was overtaken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Fence(pub u64);

impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_name_follows_its_form() {
        for good in ["a", "0", "nightly-report", &"a".repeat(63)] {
            assert!(good.parse::<JobName>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "A", "a_b", "a.b", "ü", "a b", &"a".repeat(64)] {
            assert!(bad.parse::<JobName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_tag_is_a_name_and_a_version_and_never_a_digest() {
        for good in ["a:b", "report:stable", "csv.to-md_2:1.2.0-RC1", &format!("{0}:{0}", "a".repeat(63))] {
            assert!(good.parse::<ModuleTag>().is_ok(), "{good}");
        }
        let digest = Digest::of(b"").to_string();
        for bad in
            ["", "report", "report:", ":stable", "Report:a", "a:b:c", "a:-", "a: b", "sha256:abc", &digest]
        {
            assert!(bad.parse::<ModuleTag>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_user_name_follows_its_form() {
        for good in ["a", "ada.lovelace", "ada@example.org", "0_1"] {
            assert!(good.parse::<UserName>().is_ok(), "{good}");
        }
        for bad in ["", "Ada", "@a", "a b", "a/b", "a\n", "../a", &"a".repeat(64)] {
            assert!(bad.parse::<UserName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn ids_of_the_audit_sort_by_time() {
        let early = AuditId::new(Timestamp::from_seconds(1_700_000_000));
        let late = AuditId::new(Timestamp::from_seconds(1_900_000_000));
        assert!(early < late, "{early} {late}");
        assert_eq!(early.as_str().parse::<AuditId>().as_ref(), Ok(&early));
    }

    #[test]
    fn a_run_id_differs_by_every_part() {
        let (a, b) = (JobUid::random(), JobUid::random());
        let t = Timestamp::from_millis(1_000);
        let w: WorkerId = "w1".parse().unwrap();
        let ids = [
            RunId::for_tick(&a, t, 1, None),
            RunId::for_tick(&b, t, 1, None),
            RunId::for_tick(&a, Timestamp::from_millis(2_000), 1, None),
            RunId::for_tick(&a, t, 2, None),
            RunId::for_tick(&a, t, 1, Some(&w)),
            RunId::for_request(&a, "1000", 1, None),
        ];
        let distinct: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
        assert_eq!(ids[0], RunId::for_tick(&a, t, 1, None));
    }

    #[test]
    fn serde_passes_the_same_check() {
        assert!(serde_json::from_str::<JobName>("\"Bad Name\"").is_err());
        assert_eq!(serde_json::from_str::<JobName>("\"ok\"").unwrap().as_str(), "ok");
    }
}
