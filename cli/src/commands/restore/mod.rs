//! `restore`: makes a store that was put back from a backup fit to start from.
//!
//! Such a store has forgotten claims and gives out revisions a second time. So revisions are raised above all from before,
//! which fences are made of, and all that the records still want to start is settled. On the store itself, with every
//! server stopped: nothing may be claimed in between.
//!
//! Not here: what becomes of a record (`master::restoring`), and the copying of stores (docs/BACKUP.md).

#[cfg(all(feature = "etcd", feature = "mongodb"))]
mod fleet;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use comfy_table::Table;
use master::restoring::{Named, Settled, Stores, settle};
use model::id::Revision;
use model::ports::Clock;
use model::time::Timestamp;
use serde::Serialize;
use stores::SystemClock;
use stores::sqlite::Sqlite;

use super::process::runtime;
use crate::arguments::Restore;
use crate::exit::{BadUsage, Exit};
use crate::show;

/// What was done, or would be.
#[derive(Serialize)]
struct Report {
    dry_run: bool,
    /// Every fence from now on is above it; none when nothing was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    fences_above: Option<Revision>,
    #[serde(flatten)]
    settled: Settled,
}

pub(super) fn run(options: &Restore) -> Result<Exit> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let to = instant(&options.resolve_to, clock.now())?;
    let report = match (&options.data, &options.config) {
        (Some(data), _) => runtime()?.block_on(in_folder(data, options, to, clock))?,
        #[cfg(all(feature = "etcd", feature = "mongodb"))]
        (None, Some(config)) => runtime()?.block_on(fleet::restore(config, options, to, clock))?,
        _ => return Err(BadUsage("this build has no fleet\nhint: --data DIR".to_owned()).into()),
    };
    show::value(options.chosen(), &report, table)?;
    Ok(Exit::Done)
}

/// Reads `NOW` or an instant that has passed.
fn instant(text: &str, now: Timestamp) -> Result<Timestamp, BadUsage> {
    if text.eq_ignore_ascii_case("now") {
        return Ok(now);
    }
    let to: Timestamp =
        text.parse().map_err(|e| BadUsage(format!("--resolve-to: {e}\nhint: or `NOW`, which is {now}")))?;
    if to > now {
        let why = "--resolve-to: must not lie ahead, since no tick ends before it is due";
        return Err(BadUsage(format!("{why}, got `{to}`\nhint: `NOW` is {now}")));
    }
    Ok(to)
}

async fn in_folder(data: &Path, options: &Restore, to: Timestamp, clock: Arc<dyn Clock>) -> Result<Report> {
    // Opening would make a store where none is.
    if !data.join("intent.db").is_file() {
        return Err(anyhow!("`{}` is no data folder of a standalone server", data.display()));
    }
    let store = Sqlite::open(data, clock.clone())
        .with_context(|| format!("could not open the store in `{}`", data.display()))?;
    let stores = Stores {
        intent: store.intent(),
        registry: store.registry(),
        election: store.election(),
        facts: store.facts(),
        accounts: store.accounts(),
        clock: clock.clone(),
    };
    let fences_above = if options.dry_run { None } else { Some(store.begin_epoch(clock.now()).await?) };
    let settled = settle(&stores, to, options.dry_run).await?;
    Ok(Report { dry_run: options.dry_run, fences_above, settled })
}

fn table(report: &Report) -> Table {
    let Settled { resolved_to, records, moved, jobs } = &report.settled;
    let runs = |of: fn(&Named) -> usize| jobs.iter().map(of).sum::<usize>();
    let fences = report
        .fences_above
        .map_or_else(|| "would rise above all from before".to_owned(), |base| format!("rise from {base} on"));
    let done =
        if report.dry_run { "nothing was changed (--dry-run); this would be" } else { "this was done" };
    let mut table = show::facts(vec![
        ("restore", done.to_owned()),
        ("ticks", format!("ended up to {resolved_to} in {moved} of {records} records")),
        ("fences", fences),
        (
            "lost",
            format!(
                "{} runs that were under way in the backup, and whose end nobody knows",
                runs(|job| job.lost.len())
            ),
        ),
        ("skipped", format!("{} runs that were still to start", runs(|job| job.skipped.len()))),
        ("known", format!("{} runs whose end is recorded", runs(|job| job.known.len()))),
    ]);
    for job in jobs {
        let of = job.worker.as_ref().map_or_else(String::new, |worker| format!(" on {worker}"));
        for (what, runs) in [("lost", &job.lost), ("skipped", &job.skipped), ("known", &job.known)] {
            for run in runs {
                table.add_row([format!("  {what}"), format!("{run} of `{}`{of}", job.job)]);
            }
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_now_or_has_passed() {
        let now = Timestamp::from_seconds(1_800_000_000);
        assert_eq!(instant("NOW", now).unwrap(), now);
        assert_eq!(instant("now", now).unwrap(), now);
        assert_eq!(instant("2027-01-15T07:59:59Z", now).unwrap(), Timestamp::from_seconds(1_799_999_999));
        let ahead = instant("2027-01-15T08:00:01Z", now).unwrap_err().to_string();
        assert!(ahead.contains("must not lie ahead") && ahead.contains("hint: `NOW` is 2027"), "{ahead}");
        let words = instant("yesterday", now).unwrap_err().to_string();
        assert!(words.starts_with("--resolve-to: must be an RFC 3339 instant"), "{words}");
    }
}
