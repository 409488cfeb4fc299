//! `[shell]`: who may run what as whom.

use model::fault::Faults;
use model::limits::LimitName;
use sandbox::shell::ShellPolicy;

use super::section::Section;

/// How `own_tmp` is written by default.
const OWN_TMP: &str = "without-user";

/// Reads the section. What is not there has its default.
pub(super) fn read(mut section: Section<'_>, faults: &mut Faults) -> ShellPolicy {
    let default = ShellPolicy::default();
    let text = |text: &str| Ok(text.to_owned());
    let policy = ShellPolicy {
        enabled: section.switch("enabled", default.enabled, faults),
        users: section.texts("users", text, faults),
        default_user: section.text("default_user", faults),
        allow_root: section.switch("allow_root", default.allow_root, faults),
        allow_privilege_gain: section.switch("allow_privilege_gain", default.allow_privilege_gain, faults),
        job_uids: section
            .text("job_uid_range", faults)
            .unwrap_or_else(|| section.default("job_uid_range", default.job_uids)),
        own_tmp: section.text("own_tmp", faults).unwrap_or_else(|| {
            section.default("own_tmp", OWN_TMP);
            default.own_tmp
        }),
        pid_namespace: section.switch("pid_namespace", default.pid_namespace, faults),
        allow_unenforced: section.texts("allow_unenforced", unenforced, faults).into_iter().collect(),
    };
    section.finish(faults);
    policy
}

/// Reads the name of a limit that a host may be unable to hold. The others hold everywhere.
///
/// # Errors
/// When it is none of these.
pub(crate) fn unenforced(text: &str) -> Result<LimitName, String> {
    [LimitName::Memory, LimitName::Cpu, LimitName::Pids]
        .into_iter()
        .find(|limit| limit.to_string() == text)
        .ok_or_else(|| format!("must be one of memory, cpu, pids, got `{}`", text.escape_debug()))
}
