//! The job that does what an entry of a crontab did: the same shell, account, directory, variables and standard input,
//! no timeout to speak of, no catching up, runs that may overlap.
//!
//! Flow: `Entry` → **`job`** → a job's text with only what differs from the defaults, read once by `Job::parse`.

use std::collections::BTreeMap;

use model::fault::{Fault, Faults};
use model::id::JobName;
use model::job::Job;
use model::time::Span;
use serde_json::{Map, Value, json};

use super::{Entry, When, shell};

/// What an import says of all its jobs.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The zone that cron runs in.
    pub(crate) timezone: String,
    pub(crate) timeout: Span,
    /// Labels that a worker must have.
    pub(crate) placement: BTreeMap<String, String>,
    /// Who hears of runs that fail, in the place of mail.
    pub(crate) channel: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timezone: "UTC".to_owned(),
            timeout: Span::from_days(30),
            placement: BTreeMap::new(),
            channel: None,
        }
    }
}

/// A job that does what an entry did.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    /// As a file has it.
    pub(crate) text: Value,
    /// The same with every default.
    pub(crate) job: Job,
    /// What a reader should know.
    pub(crate) notes: Vec<String>,
}

/// Label of all imported jobs.
const LABEL: (&str, &str) = ("imported", "crontab");
const DESCRIPTION_BYTES_MAX: usize = 1_900;

/// Returns the job of an entry.
///
/// # Errors
/// What keeps it from being a job; of `@reboot` the reason why it is not taken.
pub(crate) fn made(entry: &Entry, place: &str, name: &JobName, settings: &Settings) -> Result<Made, Faults> {
    let When::Schedule(schedule) = &entry.when else { return Err(reboot().into()) };
    let mut notes = entry.notes.clone();
    let mut variables = entry.variables.clone();
    let zone = variables.remove("CRON_TZ").filter(|zone| !zone.is_empty());
    if zone.is_some() {
        // The command itself knew the machine's zone.
        variables.entry("TZ".to_owned()).or_insert_with(|| settings.timezone.clone());
    }
    let jitter = jitter(&mut variables)?;
    let mail = mail(&variables, settings, &mut notes);
    let mut job = json!({
        "name": name,
        "description": description(entry, place),
        "labels": { LABEL.0: LABEL.1 },
        "schedule": schedule,
        "timezone": zone.as_ref().unwrap_or(&settings.timezone),
    });
    let fields = job.as_object_mut().expect("an object was just made");
    if let Some(jitter) = jitter {
        fields.insert("jitter".into(), jitter.into());
    }
    fields.insert("shell".into(), workload(entry, variables, &mut notes));
    fields.insert("limits".into(), json!({ "timeout": settings.timeout }));
    if !settings.placement.is_empty() {
        fields.insert("placement".into(), json!({ "labels": settings.placement }));
    }
    fields.insert("overlap".into(), "allow".into());
    fields.insert("missed".into(), json!({ "policy": "none" }));
    if let Some(channel) = mail {
        let on = ["failed", "timed_out", "out_of_memory", "not_started", "host_error", "lost"];
        fields.insert("alerts".into(), json!({ "on": on, "channels": [channel] }));
    }
    let parsed = Job::parse(&job)?;
    Ok(Made { text: job, job: parsed, notes })
}

/// Returns why `@reboot` is not taken.
pub(crate) fn reboot() -> Fault {
    let message = "`@reboot` is no time: a fleet has no one reboot, and the start of a worker is no tick";
    let hint = "leave the line to cron, or make it a unit of the host's service manager (`WantedBy=multi-user.target`)";
    Fault::new("schedule", message).with_hint(hint)
}

fn workload(entry: &Entry, mut variables: BTreeMap<String, String>, notes: &mut Vec<String>) -> Value {
    for own in ["LOGNAME", "USER"] {
        if variables.remove(own).is_some() {
            notes.push(format!("`{own}` is the account's name, whatever a crontab sets"));
        }
    }
    let shell = variables.get("SHELL").map_or("/bin/sh", String::as_str).to_owned();
    let home = variables.get("HOME").filter(|home| home.starts_with('/')).cloned();
    for (name, value) in &variables {
        if value.contains('$') || value.starts_with('~') {
            notes.push(format!("`{name}={value}`: cron expands nothing there, and nothing is expanded here"));
        }
    }
    if entry.command.contains("\\\\") {
        notes.push("two backslashes stay two; the oldest crons made one of them".to_owned());
    }
    let seen = shell::seen(&entry.command);
    let is_root = entry.user.as_deref() == Some("root");
    let mut shell_job = Map::new();
    // Neither cron's shell nor this one stops at the first command that fails.
    shell_job.insert("script".into(), entry.command.clone().into());
    shell_job.insert("interpreter".into(), json!([shell]));
    let rest = [
        ("user", entry.user.clone().map(Value::from)),
        ("cwd", entry.cwd.clone().or(home).map(Value::from)),
        ("env", (!variables.is_empty()).then(|| json!(variables))),
        ("stdin", (!entry.stdin.is_empty()).then(|| entry.stdin.clone().into())),
        ("privilege_gain", (!seen.gains.is_empty() && !is_root).then_some(Value::Bool(true))),
        ("leftovers", seen.background.then(|| "wait".into())),
    ];
    shell_job.extend(rest.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    if !seen.gains.is_empty() && !is_root {
        let gains = seen.gains.join("`, `");
        notes.push(format!(
            "`{gains}` gains privileges: `privilege_gain: true`, which the worker's owner must allow"
        ));
    }
    if seen.background {
        notes.push(
            "it starts something in the background: the run lasts until that has ended (`leftovers: wait`)"
                .to_owned(),
        );
    }
    if entry.command.contains("/run/systemd/system") {
        notes.push("it does nothing where systemd runs: there a timer of systemd does the same".to_owned());
    }
    Value::Object(shell_job)
}

/// Reads the longest random delay, which some crons take in minutes.
fn jitter(variables: &mut BTreeMap<String, String>) -> Result<Option<String>, Faults> {
    let Some(delay) = variables.remove("RANDOM_DELAY") else { return Ok(None) };
    match delay.parse::<u32>() {
        Ok(0) => Ok(None),
        Ok(minutes @ 1..=1440) => Ok(Some(format!("{minutes}m"))),
        _ => {
            let mut faults = Faults::new();
            let hint = "a number of minutes from 0 to 1440, or no such line";
            faults.add_with_hint("RANDOM_DELAY", format!("`{delay}` does not read"), hint);
            Err(faults)
        }
    }
}

/// Returns the channel that hears of failures, where cron mailed output to somebody.
fn mail<'a>(
    variables: &BTreeMap<String, String>,
    settings: &'a Settings,
    notes: &mut Vec<String>,
) -> Option<&'a String> {
    let to = variables.get("MAILTO");
    if to.is_some_and(String::is_empty) {
        return None;
    }
    if let (Some(to), None) = (to, &settings.channel) {
        notes.push(format!(
            "cron mailed its output to `{to}`: each run keeps its output; say --channel NAME, and failures are told"
        ));
    }
    settings.channel.as_ref()
}

fn description(entry: &Entry, place: &str) -> String {
    let mut text = entry.comment.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&format!("from {place}"));
    let mut end = text.len().min(DESCRIPTION_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crontab::{Kind, Names, What, lines};

    fn jobs(text: &str, kind: &Kind, settings: &Settings) -> Vec<Result<Made, Faults>> {
        let mut names = Names::default();
        let mut found = Vec::new();
        for line in lines(text.as_bytes(), kind) {
            if let What::Entry(entry) = line.what {
                let name = names.of(&entry.command, "");
                found.push(made(&entry, &format!("f:{}", line.number), &name, settings));
            }
        }
        found
    }

    #[test]
    fn an_entry_becomes_a_job_that_does_the_same() {
        let text = "SHELL=/bin/bash\nPATH=/usr/bin:/bin\nMAILTO=ops@example.org\nHOME=/srv/www\nLOGNAME=x\n\
                    # Sends the report.\n*/5 8-18 * * 1-5 www-data df -h | mail -s \"disk 90\\%\" ops%Hi,%bye\n";
        let settings = Settings { timezone: "Europe/Berlin".to_owned(), ..Settings::default() };
        let made = jobs(text, &Kind::System, &settings).remove(0).unwrap();
        let expected = json!({
            "name": "df",
            "description": "Sends the report.\nfrom f:7",
            "labels": { "imported": "crontab" },
            "schedule": "*/5 8-18 * * 1-5",
            "timezone": "Europe/Berlin",
            "shell": {
                "script": "df -h | mail -s \"disk 90%\" ops",
                "interpreter": ["/bin/bash"],
                "user": "www-data",
                "cwd": "/srv/www",
                "env": {
                    "HOME": "/srv/www", "MAILTO": "ops@example.org", "PATH": "/usr/bin:/bin", "SHELL": "/bin/bash",
                },
                "stdin": "Hi,\nbye\n",
                "privilege_gain": true,
            },
            "limits": { "timeout": "30d" },
            "overlap": "allow",
            "missed": { "policy": "none" },
        });
        assert_eq!(made.text, expected);
        assert_eq!(made.notes.len(), 3, "{:?}", made.notes);
    }

    #[test]
    fn zones_delays_and_channels_are_taken_over() {
        let text =
            "CRON_TZ=Asia/Tokyo\nRANDOM_DELAY=45\nMAILTO=a@b\n0 9 * * * one &\nMAILTO=\"\"\n0 9 * * * two\n";
        let settings = Settings { channel: Some("ops".to_owned()), ..Settings::default() };
        let made = jobs(text, &Kind::User(None), &settings);
        let [one, two] = [&made[0], &made[1]].map(|made| &made.as_ref().unwrap().text);
        assert_eq!((&one["timezone"], &one["shell"]["env"]["TZ"]), (&json!("Asia/Tokyo"), &json!("UTC")));
        assert_eq!((&one["jitter"], &one["alerts"]["channels"][0]), (&json!("45m"), &json!("ops")));
        assert_eq!(one["shell"]["leftovers"], "wait");
        assert!(two.get("alerts").is_none(), "cron mailed nobody");
        assert!(two["shell"].get("user").is_none(), "the worker's owner decides");
    }

    #[test]
    fn what_cannot_be_a_job_says_why() {
        for (text, word) in [
            ("@reboot root /usr/bin/x\n", "`@reboot` is no time"),
            ("CRON_TZ=Mars/Base\n0 0 * * * root x\n", "Mars/Base"),
            ("0 0 30 2 * root x\n", "never fires"),
            ("RANDOM_DELAY=soon\n0 0 * * * root x\n", "minutes"),
            ("SHELL=bash\n0 0 * * * root x\n", "absolute path"),
            ("0 0 * * * us:er x\n", "shell.user"),
            ("SANDGLASS_X=1\n0 0 * * * root x\n", "SANDGLASS_"),
        ] {
            let faults = jobs(text, &Kind::System, &Settings::default()).remove(0).unwrap_err();
            assert!(faults.to_string().contains(word), "{text}: {faults}");
        }
    }
}
