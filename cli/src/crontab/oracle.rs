//! The schedules of imported entries against Vixie cron's own rule, written a second time and as naively as can be: bits
//! by field, one look each minute of the wall clock, and what cron does when that clock jumps.
//!
//! Shares nothing with `when` or `model::schedule`: it reads the fields itself, and knows the one zone by two instants.

use std::fs;
use std::path::{Path, PathBuf};

use model::job::Job;
use model::policy::{DstRule, Weekdays};
use model::schedule::{Schedule, Source};
use model::state::Ticks as _;
use model::time::Timestamp;

use super::when::When;
use super::{Kind, Names, Settings, What, lines, made};

/// Lines as packages of Debian and administrators write them.
const CORPUS: &str = "\
17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly
25 6\t* * *\troot\ttest -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }
47 6\t* * 7\troot\ttest -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.weekly; }
52 6\t1 * *\troot\ttest -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.monthly; }
30 3 * * 0 root test -e /run/systemd/system || /sbin/e2scrub_all_cron
10 3 * * * root test -e /run/systemd/system || /sbin/e2scrub_all -A -r
09,39 *     * * *     root   [ -x /usr/lib/php/sessionclean ] && /usr/lib/php/sessionclean
5-55/10 * * * * root command -v debian-sa1 > /dev/null && debian-sa1 1 1
59 23 * * * root command -v debian-sa1 > /dev/null && debian-sa1 60 2
0 */12 * * * root test -x /usr/bin/certbot && certbot -q renew
57 0 * * 0 root [ $(date +\\%d) -le 7 ] && /usr/share/mdadm/checkarray --cron --all
24 0 8-14 * * root [ $(date +\\%w) -eq 0 ] && /usr/lib/zfs-linux/scrub
24 0 1-7 * * root [ $(date +\\%w) -eq 0 ] && /usr/lib/zfs-linux/trim
30 7-23 * * * root /usr/sbin/invoke-rc.d anacron start
*/5 * * * * munin /usr/bin/munin-cron
2 * * * * logcheck nice -n10 /usr/sbin/logcheck
18 */3 * * * amavis /usr/sbin/amavisd-new-cronjob sa-sync
*/10 * * * * www-data /usr/share/awstats/tools/update.sh
10 03 * * * www-data /usr/share/awstats/tools/buildstatic.sh
0 8 * * * list /usr/lib/mailman/cron/checkdbs
5 6,18 * * * getmail /usr/bin/getmail_fetch
35 4 * * sun root /usr/sbin/ntp-drift
1-59/2 * * * * root /bin/odd
0 0 * * 1-5 root /bin/workdays
0 0 * * MON,wed,Fri root /bin/three
0 0 1,15 * * root /bin/halves
0 0 1,15 * 5 root /bin/halves-or-fridays
0 0 13 * fri root /bin/thirteenth-or-friday
0 9 */2 * 1 root /bin/odd-mondays
0 9 1-7 * */7 root /bin/first-week-sunday
15 2 * * * root /bin/in-the-gap
0,15,30,45 2 * * * root /bin/four-in-the-gap
*/15 2 * * * root /bin/stars-in-the-gap
30 1-3 * * * root /bin/around-the-gap
* 2 * * 0 root /bin/each-minute-in-the-gap
0 3 * * * root /bin/after-the-gap
45 1 * * * root /bin/before-the-gap
30 */2 * * * root /bin/even-hours
30 2 29 3 * root /bin/on-the-day
0 0 31 * * root /bin/long-months
0 12 * mar,OCT 2 root /bin/tuesdays
0 0-23/6 * * 0-7 root /bin/all-days
23 0-20/2 * * * root /bin/often
5 4 * * 6-7 root /bin/weekend
*/60 * * * * root /bin/hour
0 */24 * * * root /bin/day
0 22-23,0-2 * * * root /bin/night
@hourly root /bin/h
@daily root /bin/d
@midnight root /bin/m
@weekly root /bin/w
@monthly root /bin/mo
@yearly root /bin/y
@annually root /bin/a
";

/// Bits of an entry, as cron has them.
struct Vixie {
    bits: [u64; 5],
    /// The field begins with `*`: minute, hour, day of month, month, day of week.
    stars: [bool; 5],
}

const RANGES: [(u32, u32); 5] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];

impl Vixie {
    fn read(line: &str) -> Self {
        let fields: Vec<&str> = match line.split_whitespace().next().unwrap() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            _ => line,
        }
        .split_whitespace()
        .take(5)
        .collect();
        let mut read = Self { bits: [0; 5], stars: [false; 5] };
        for (at, field) in fields.iter().enumerate() {
            read.stars[at] = field.starts_with('*');
            for item in field.split(',') {
                let (range, step) = item.split_once('/').unwrap_or((item, "1"));
                let (from, to) = match range.split_once('-') {
                    _ if range == "*" => RANGES[at],
                    Some((from, to)) => (number(from), number(to)),
                    None => (number(range), number(range)),
                };
                let mut value = from;
                while value <= to {
                    read.bits[at] |= 1 << value;
                    value += step.parse::<u32>().unwrap();
                }
            }
        }
        if read.bits[4] & (1 | 1 << 7) != 0 {
            read.bits[4] |= 1 | 1 << 7;
        }
        read
    }

    fn is_wild(&self) -> bool {
        self.stars[0] || self.stars[1]
    }

    /// Matches a minute of the wall, counted from 1970.
    fn matches(&self, wall: i64) -> bool {
        let has = |field: usize, value: i64| self.bits[field] & (1 << value) != 0;
        if !has(0, wall.rem_euclid(60)) || !has(1, wall.div_euclid(60).rem_euclid(24)) {
            return false;
        }
        let days = wall.div_euclid(1440);
        let (month, day) = date(days);
        let (on_day, on_weekday) = (has(2, day), has(4, (days + 4).rem_euclid(7)));
        let either = !self.stars[2] && !self.stars[4];
        has(3, month) && if either { on_day || on_weekday } else { on_day && on_weekday }
    }
}

fn number(text: &str) -> u32 {
    const NAMES: &str =
        "jan1 feb2 mar3 apr4 may5 jun6 jul7 aug8 sep9 oct10 nov11 dec12 sun0 mon1 tue2 wed3 thu4 fri5 sat6";
    let lower = text.to_lowercase();
    let named =
        NAMES.split(' ').find_map(|name| name.strip_prefix(lower.as_str()).filter(|rest| !rest.is_empty()));
    named.unwrap_or(text).parse().unwrap()
}

/// Returns month and day of a day since 1970, by walking there.
fn date(days: i64) -> (i64, i64) {
    let (mut year, mut left) = (1970, days);
    loop {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let months = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        for (at, length) in months.iter().enumerate() {
            if left < *length {
                return (i64::try_from(at).unwrap() + 1, left + 1);
            }
            left -= length;
        }
        year += 1;
    }
}

/// Minutes from 1970 of 2026-03-29T01:00Z and 2026-10-25T01:00Z, when Berlin's clocks change.
const FORWARD: i64 = 29_579_100;
const BACK: i64 = 29_881_500;

fn berlin(minute: i64) -> i64 {
    minute + if (FORWARD..BACK).contains(&minute) { 120 } else { 60 }
}

/// Returns the minutes at which cron starts an entry, from `from` until before `to`, by cron's own loop: it compares
/// the wall with the minute that it has done, and catches up or waits where they differ by less than three hours.
fn fired(entry: &Vixie, zone: fn(i64) -> i64, from: i64, to: i64) -> Vec<i64> {
    let mut fired = Vec::new();
    let mut done = zone(from) - 1;
    for minute in from..to {
        let wall = zone(minute);
        let ahead = wall - done;
        let fires = if (1..=5).contains(&ahead) {
            let any = (done + 1..=wall).any(|wall| entry.matches(wall));
            done = wall;
            any
        } else if (6..180).contains(&ahead) {
            let wild = entry.is_wild() && entry.matches(wall);
            let fixed = !entry.is_wild() && (done + 1..=wall).any(|wall| entry.matches(wall));
            done = wall;
            wild || fixed
        } else {
            assert!((-180..=0).contains(&ahead), "no clock of this test jumps further");
            entry.is_wild() && entry.matches(wall)
        };
        if fires {
            fired.push(minute);
        }
    }
    fired
}

fn ours(job: &Job, from: i64, to: i64) -> Vec<i64> {
    let source = Source {
        text: &job.schedule,
        timezone: &job.timezone,
        dst: DstRule::Vixie,
        weekdays: Weekdays::Unix,
        seed: job.name.as_str(),
        anchor: Timestamp::default(),
    };
    assert_eq!((job.dst, job.weekdays), (source.dst, source.weekdays));
    let schedule = Schedule::parse(source).unwrap();
    let mut at = Timestamp::from_seconds(from * 60 - 1);
    let mut fired = Vec::new();
    while let Some(next) = schedule.next_after(at).filter(|next| next.as_seconds() < to * 60) {
        assert_eq!(next.as_seconds() % 60, 0);
        fired.push(next.as_seconds() / 60);
        at = next;
    }
    fired
}

/// A zone by its name, what its clock shows at a minute of UTC, and the span that is looked at, in minutes of UTC.
type Months = (&'static str, fn(i64) -> i64, i64, i64);

const MONTHS: [Months; 4] = [
    ("UTC", |minute| minute, 29_452_320, 29_542_000),
    ("Europe/Berlin", berlin, FORWARD - 28 * 1440, FORWARD + 5 * 1440),
    ("Europe/Berlin", berlin, FORWARD + 20 * 1440, FORWARD + 51 * 1440),
    ("Europe/Berlin", berlin, BACK - 25 * 1440, BACK + 8 * 1440),
];

/// Compares each entry of a file with cron's own loop, and returns how many entries there are and how many starts.
fn compared(file: &str, text: &[u8], kind: &Kind) -> (usize, usize) {
    let (mut entries, mut starts) = (0, 0);
    let found = lines(text, kind);
    for (timezone, zone, from, to) in MONTHS {
        let settings = Settings { timezone: timezone.to_owned(), ..Settings::default() };
        let mut names = Names::default();
        for line in &found {
            let entry = match &line.what {
                // One that names a zone of its own follows no clock of this test.
                What::Entry(entry)
                    if entry.when != When::Reboot && !entry.variables.contains_key("CRON_TZ") =>
                {
                    entry
                }
                What::Fault(faults) => panic!("{file}: {}: {faults:?}", line.text),
                _ => continue,
            };
            let name = names.of(&entry.command, "");
            let job = made(entry, "f", &name, &settings).unwrap().job;
            let cron = fired(&Vixie::read(&line.text), zone, from, to);
            assert_eq!(ours(&job, from, to), cron, "{file}: {timezone} from {from}: {}", line.text);
            entries += 1;
            starts += cron.len();
        }
    }
    (entries / MONTHS.len(), starts)
}

/// Goal: an import changes no minute. Method: each line's job and cron's own loop, over months with and without a change
/// of the clock.
#[test]
fn imported_jobs_start_at_the_minutes_at_which_cron_did() {
    let (entries, starts) = compared("the corpus", CORPUS.as_bytes(), &Kind::System);
    assert_eq!(entries, CORPUS.lines().count());
    assert!(starts > 200_000, "{starts} starts");
}

/// The same for the crontabs of this machine, and of those below `SANDGLASS_TEST_CRONTABS` (`cargo xtask soak crontab`).
#[test]
#[expect(clippy::disallowed_methods, reason = "the project's own commands tell tests by the environment")]
fn crontabs_of_real_machines_start_at_the_same_minutes() {
    let unpacked = std::env::var_os("SANDGLASS_TEST_CRONTABS").map(PathBuf::from);
    let mut files = Vec::new();
    for root in unpacked.iter().map(PathBuf::as_path).chain([Path::new("/")]) {
        files.push((root.join("etc/crontab"), Kind::System));
        for (folder, kind) in [
            ("etc/cron.d", Kind::System),
            ("var/spool/cron/crontabs", Kind::User(Some("somebody".to_owned()))),
        ] {
            let inside = fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
            files.extend(inside.map(|file| (file.path(), kind.clone())));
        }
    }
    let mut all = (0, 0);
    for (file, kind) in files {
        let Ok(text) = fs::read(&file) else { continue };
        let (entries, starts) = compared(&file.to_string_lossy(), &text, &kind);
        eprintln!("{}: {entries} entries, {starts} starts", file.display());
        all = (all.0 + entries, all.1 + starts);
    }
    eprintln!("{} entries of real crontabs start at the same {} minutes", all.0, all.1);
    assert!(unpacked.is_none() || all.0 > 20, "the packages hold {} entries", all.0);
}
