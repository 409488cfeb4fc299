//! `export`: reads a server by its interface and writes the archive. Modules first, which may take long; then the jobs are
//! paused, and what is under way is waited for; then the rest.
//!
//! Repeated, it writes the same: a job that an export paused is told from one that a person paused.
//! Not here: what becomes of the ticks (`model::state::moving`).

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use futures::TryStreamExt as _;
use master::api::{
    ExportJobsReply, ExportJobsRequest, ExportSettingsReply, ExportSettingsRequest, ModuleList, ModuleView,
    MovingJob,
};
use model::id::{Digest, JobName};
use model::job::Job;
use model::policy::PlacementMode;
use model::workload::Workload;
use reqwest::Method;
use tempfile::NamedTempFile;

use super::archive::Writer;
use super::lines::Spool;
use super::report::{Left, Written};
use super::{ABOUT, About, JOBS, MODULES, ModuleLine, SETTINGS, VERSION, module_file, read};
use crate::arguments::ExportAll;
use crate::client::Client;
use crate::commands::bulk::Progress;
use crate::commands::{job, many};
use crate::exit::{BadUsage, Exit};

/// How many jobs are asked for at one time.
const JOBS_AT_ONCE: usize = 50;
/// How often what is under way is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Most jobs that a message names.
const NAMED_MAX: usize = 10;

pub(in crate::commands) async fn run(server: &Client, asked: &ExportAll) -> Result<Exit> {
    let to_output = asked.file.as_os_str() == "-";
    if !to_output && asked.file.exists() {
        let file = asked.file.display();
        return Err(
            BadUsage(format!("`{file}` is there already\nhint: name another file, or remove it")).into()
        );
    }
    let cutover = !asked.no_pause;
    let names = names(server).await?;
    if cutover && !asked.yes {
        let (count, base) = (names.len(), server.base());
        let what = format!("pause {count} jobs of {base}, which go on where the file is imported");
        many::confirmed(&what, "--yes does it, --no-pause makes a copy and pauses nothing")?;
    }
    let written = if to_output {
        write(server, asked, names, std::io::stdout().lock()).await?.1
    } else {
        let folder = asked.file.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        // Its owner's alone (mode 0600) from its first byte.
        let file = NamedTempFile::new_in(folder)
            .with_context(|| format!("could not make a file in `{}`", folder.display()))?;
        let (file, written) = write(server, asked, names, file).await?;
        file.as_file().sync_all().context("could not write the file to the disk")?;
        let kept = file.persist_noclobber(&asked.file).map_err(|error| error.error);
        kept.with_context(|| format!("could not make `{}`", asked.file.display()))?;
        written
    };
    written.show(asked.client.chosen(), to_output)?;
    Ok(Exit::Done)
}

/// Returns the names of all jobs.
async fn names(server: &Client) -> Result<Vec<JobName>> {
    Ok(job::pages(server, None, None).await?.jobs.into_iter().map(|job| job.name).collect())
}

async fn write<W: Write>(
    server: &Client,
    asked: &ExportAll,
    names: Vec<JobName>,
    out: W,
) -> Result<(W, Written)> {
    let cutover = !asked.no_pause;
    let about = About {
        format: "sandglass export".to_owned(),
        version: VERSION,
        made_by: env!("CARGO_PKG_VERSION").to_owned(),
        source: server.base().to_owned(),
        cutover,
        secrets: asked.with_secrets,
    };
    let mut writer = Writer::begin(out, &about).with_context(|| format!("could not write `{ABOUT}`"))?;
    let mut modules = Modules::default();
    modules.add(server, &mut writer, |_| true).await?;
    let mut jobs = leave(server, names, cutover).await?;
    let written = async {
        let under_way = wait(server, std::mem::take(&mut jobs.under_way), asked).await?;
        let request = ExportSettingsRequest { secrets: asked.with_secrets };
        let request = server.request(Method::POST, "/transfer/settings/export").json(&request);
        let rest: ExportSettingsReply = read(server, request).await?;
        // One may have been uploaded, and named by a job, since the first look.
        let lines = modules.add(server, &mut writer, |digest| jobs.modules.contains(digest)).await?;
        let mut spool = Spool::new()?;
        for line in &lines {
            spool.push(line)?;
        }
        writer.file(MODULES, spool.file()?)?;
        let settings = serde_json::to_string_pretty(&rest.settings).context("the settings")? + "\n";
        writer.text(SETTINGS, &settings)?;
        writer.file(JOBS, jobs.spool.file()?)?;
        let out = writer.finish()?;
        anyhow::Ok((out, written(asked, &jobs, &lines, &rest, under_way)))
    };
    let paused = jobs_paused(cutover);
    written.await.map_err(|error| error.context(paused))
}

fn jobs_paused(cutover: bool) -> &'static str {
    if cutover {
        "no file was written, and the jobs are paused: export again, or let them go on by `sandglass job resume --all`"
    } else {
        "no file was written"
    }
}

fn written(
    asked: &ExportAll,
    jobs: &Jobs,
    modules: &[ModuleLine],
    rest: &ExportSettingsReply,
    under_way: Vec<JobName>,
) -> Written {
    let settings = &rest.settings;
    Written {
        file: asked.file.display().to_string(),
        cutover: !asked.no_pause,
        secrets: asked.with_secrets,
        jobs: jobs.spool.count,
        jobs_with_a_pause_of_their_own: jobs.paused,
        modules: modules.len(),
        tags: modules.iter().map(|module| module.tags.len()).sum(),
        settings: settings.settings.is_some(),
        channels: settings.channels.len(),
        rules: settings.rules.len(),
        mutes: settings.mutes.len(),
        users: settings.users.len(),
        tokens: settings.tokens.len(),
        left: Left {
            jobs_under_way: under_way,
            jobs_on_every_worker: jobs.everywhere,
            channels_without_secrets: rest.channels_without_secrets,
            users_without_passwords: rest.users_without_passwords,
            tokens: rest.tokens_left,
        },
    }
}

/// Jobs that have left.
struct Jobs {
    spool: Spool,
    /// Modules that they run.
    modules: BTreeSet<Digest>,
    /// Those that are not over here.
    under_way: Vec<JobName>,
    /// How many have a pause of their own.
    paused: usize,
    /// How many run on every matching worker.
    everywhere: usize,
}

/// Has all jobs leave, also those that are saved meanwhile.
async fn leave(server: &Client, names: Vec<JobName>, pause: bool) -> Result<Jobs> {
    let spool = Spool::new()?;
    let mut jobs = Jobs { spool, modules: BTreeSet::new(), under_way: Vec::new(), paused: 0, everywhere: 0 };
    let mut known: BTreeSet<JobName> = BTreeSet::new();
    let mut next = names;
    while !next.is_empty() {
        let progress = Progress::of(if pause { "pause" } else { "read" }, next.len());
        known.extend(next.iter().cloned());
        while !next.is_empty() {
            let names: Vec<_> = next.iter().take(JOBS_AT_ONCE).cloned().collect();
            let reply = ask(server, names, pause).await?;
            let done = reply.jobs.len() + reply.missing.len();
            if done == 0 {
                bail!("the server's answer is not what this version expects: it has none of the jobs");
            }
            next.drain(..done.min(next.len()));
            for exported in reply.jobs {
                let job: Job =
                    serde_json::from_value(exported.job.job.clone()).context("a job of the server")?;
                if exported.under_way > 0 {
                    jobs.under_way.push(job.name.clone());
                }
                jobs.look_at(&exported.job, &job);
                jobs.spool.push(&exported.job)?;
                progress.step();
            }
        }
        drop(progress);
        next = self::names(server).await?.into_iter().filter(|name| !known.contains(name)).collect();
    }
    Ok(jobs)
}

impl Jobs {
    fn look_at(&mut self, moving: &MovingJob, job: &Job) {
        self.paused += usize::from(moving.paused.is_some());
        self.everywhere += usize::from(job.placement.mode == PlacementMode::All);
        if let Workload::Wasm(wasm) = &job.workload {
            self.modules.insert(wasm.module.clone());
        }
    }
}

async fn ask(server: &Client, names: Vec<JobName>, pause: bool) -> Result<ExportJobsReply> {
    let request = server.request(Method::POST, "/transfer/jobs/export");
    read(server, request.json(&ExportJobsRequest { names, pause })).await
}

/// Waits until what is under way at the source is over; returns what is not, where nobody wants to wait for it.
async fn wait(server: &Client, mut names: Vec<JobName>, asked: &ExportAll) -> Result<Vec<JobName>> {
    let limit = Duration::from_millis(asked.wait.as_millis());
    if asked.no_pause {
        return Ok(Vec::new());
    }
    let began = Instant::now();
    let mut told = Vec::new();
    while !names.is_empty() && !limit.is_zero() {
        if began.elapsed() >= limit {
            bail!(
                "{} had not ended within {}\nhint: --wait TIME waits longer, --wait 0s does not wait, `sandglass job kill NAME` ends them",
                listed(&names),
                asked.wait
            );
        }
        if told != names {
            eprintln!("sandglass: waits for what is under way: {}", listed(&names));
            told.clone_from(&names);
        }
        tokio::time::sleep(LOOK_EVERY).await;
        let mut left = Vec::new();
        for some in names.chunks(JOBS_AT_ONCE) {
            let reply = ask(server, some.to_vec(), false).await?;
            let seen = reply.jobs.len() + reply.missing.len();
            let ours = |name: &JobName| reply.jobs.iter().find(|job| job.job.job["name"] == name.as_str());
            left.extend(
                some.iter().take(seen).filter(|n| ours(n).is_some_and(|job| job.under_way > 0)).cloned(),
            );
            left.extend(some.iter().skip(seen).cloned());
        }
        names = left;
    }
    Ok(names)
}

fn listed(names: &[JobName]) -> String {
    let mut shown: Vec<String> = names.iter().take(NAMED_MAX).map(|name| format!("`{name}`")).collect();
    if names.len() > NAMED_MAX {
        shown.push(format!("{} more", names.len() - NAMED_MAX));
    }
    shown.join(", ")
}

/// Modules whose bytes are in the archive.
#[derive(Default)]
struct Modules(BTreeMap<Digest, ModuleLine>);

impl Modules {
    /// Adds the bytes of those that are wanted and not in it yet; returns the line of each that is.
    async fn add<W: Write>(
        &mut self,
        server: &Client,
        writer: &mut Writer<W>,
        wanted: impl Fn(&Digest) -> bool,
    ) -> Result<Vec<ModuleLine>> {
        let list: ModuleList = read(server, server.request(Method::GET, "/modules")).await?;
        let new =
            |view: &&ModuleView| !self.0.contains_key(&view.module.digest) && wanted(&view.module.digest);
        let bytes = list.modules.iter().filter(new).map(|view| view.module.size.as_bytes()).sum();
        let progress = Progress::of_bytes("read modules", bytes);
        for view in list.modules.iter().filter(new).collect::<Vec<_>>() {
            let digest = &view.module.digest;
            let mut file = tempfile::tempfile().context("could not make a temporary file")?;
            fetch(server, digest, &mut file, &progress).await?;
            writer.file(&module_file(digest), &mut file)?;
            self.0.insert(digest.clone(), line(view));
        }
        // Tags as they stand now; a module that was deleted meanwhile has none.
        let stands: BTreeMap<_, _> = list.modules.iter().map(|view| (&view.module.digest, view)).collect();
        Ok(self
            .0
            .values()
            .map(|known| match stands.get(&known.digest) {
                Some(view) => line(view),
                None => ModuleLine { tags: Vec::new(), ..known.clone() },
            })
            .collect())
    }
}

fn line(view: &ModuleView) -> ModuleLine {
    let module = &view.module;
    ModuleLine {
        digest: module.digest.clone(),
        name: module.name.clone(),
        size: module.size,
        uploaded_by: module.uploaded_by.clone(),
        uploaded_at: module.uploaded_at,
        tags: view.tags.clone(),
    }
}

/// Fetches a module's bytes piece by piece.
async fn fetch(
    server: &Client,
    digest: &Digest,
    file: &mut std::fs::File,
    progress: &Progress,
) -> Result<()> {
    let request = server.request(Method::GET, &format!("/modules/{digest}/content"));
    let mut bytes = server.send_patiently(request).await?.bytes_stream();
    while let Some(part) =
        bytes.try_next().await.with_context(|| format!("could not read module {digest}"))?
    {
        file.write_all(&part).context("could not write a temporary file")?;
        progress.step_by(part.len() as u64);
    }
    Ok(())
}
