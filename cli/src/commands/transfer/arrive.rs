//! `import`: looks through the whole archive, then asks the server what would come of each thing in it, and only when nothing
//! is in the way has it kept: modules, tags, settings and accounts, jobs last.
//!
//! Repeated it does what was left undone: what is there already is the same, and a job that has begun there is not set back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Seek as _;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use futures::TryStreamExt as _;
use master::api::{
    ChannelList, Existing, ImportItem, ImportJobsRequest, ImportReply, ImportSettingsRequest, Landed,
    ModuleList, MovingJob, MovingSettings, TRANSFER_JOBS_MAX, TagRequest,
};
use model::id::{Digest, ModuleTag};
use reqwest::{Body, Method};
use tokio::io::AsyncReadExt as _;
use tokio_util::io::ReaderStream;

use super::archive::Archive;
use super::lines::lines;
use super::report::Imported;
use super::{JOBS, MODULES, ModuleLine, SETTINGS, module_file, read};
use crate::arguments::ImportAll;
use crate::client::Client;
use crate::commands::bulk::Progress;
use crate::exit::{Exit, Impossible};

/// Beyond so many bytes of texts the rest goes with the next request.
const REQUEST_BYTES_MAX: usize = 2 * 1024 * 1024;

pub(in crate::commands) async fn run(server: &Client, asked: &ImportAll) -> Result<Exit> {
    let shown = asked.file.display().to_string();
    let archive = Archive::open(file(asked)?).with_context(|| format!("could not import `{shown}`"))?;
    let existing = match (asked.replace, asked.skip_existing) {
        (true, _) => Existing::Replace,
        (_, true) => Existing::Skip,
        _ => Existing::Refuse,
    };
    let import = Import::read(server, &archive, existing).await?;
    let look = Imported::of(&shown, &archive.about, true, import.look().await?);
    let (in_the_way, faulty) = look.hindered();
    if in_the_way + faulty > 0 {
        look.show(asked.client.chosen())?;
        return Err(Impossible(format!(
            "nothing was imported: {in_the_way} in the way, {faulty} that cannot be kept\nhint: --replace puts what the file has \
             in the place of what is in the way, --skip-existing leaves that as it is"
        ))
        .into());
    }
    if asked.dry_run {
        look.show(asked.client.chosen())?;
        return Ok(Exit::Done);
    }
    let done = import.carry_out().await.context(
        "not everything was imported\nhint: import the same file again: what is there already stays as it is",
    )?;
    let done = Imported::of(&shown, &archive.about, false, done);
    done.show(asked.client.chosen())?;
    if !archive.about.cutover {
        eprintln!("sandglass: this was a copy: the jobs of {} go on there too", archive.about.source);
    }
    let (in_the_way, faulty) = done.hindered();
    if in_the_way + faulty > 0 {
        eprintln!(
            "sandglass: {} were not imported; they changed since they were looked at",
            in_the_way + faulty
        );
        return Ok(Exit::Failed);
    }
    Ok(Exit::Done)
}

/// Opens the file; standard input is put on the disk first, since it is read twice.
fn file(asked: &ImportAll) -> Result<File> {
    if asked.file.as_os_str() != "-" {
        return File::open(&asked.file).with_context(|| format!("could not open `{}`", asked.file.display()));
    }
    let mut file = tempfile::tempfile().context("could not make a temporary file")?;
    std::io::copy(&mut std::io::stdin().lock(), &mut file).context("could not read standard input")?;
    file.rewind().context("could not read a temporary file")?;
    Ok(file)
}

/// What the server has under names that matter to jobs.
struct Known {
    modules: BTreeSet<Digest>,
    tags: BTreeMap<ModuleTag, Digest>,
    channels: BTreeSet<String>,
}

/// An import under way.
struct Import<'a> {
    server: &'a Client,
    archive: &'a Archive,
    existing: Existing,
    modules: Vec<ModuleLine>,
    settings: MovingSettings,
    known: Known,
}

impl<'a> Import<'a> {
    async fn read(server: &'a Client, archive: &'a Archive, existing: Existing) -> Result<Self> {
        let modules: Vec<ModuleLine> = lines(archive, MODULES)?.collect::<Result<_>>()?;
        let settings = serde_json::from_str(&archive.text(SETTINGS)?).map_err(|error| {
            Impossible(format!("`{SETTINGS}` does not read: {error}; nothing was changed"))
        })?;
        for module in &modules {
            let name = module_file(&module.digest);
            if archive.size(&name) != Some(module.size.as_bytes()) {
                return Err(Impossible(format!(
                    "`{name}` is not what `{MODULES}` says; nothing was changed"
                ))
                .into());
            }
        }
        let list: ModuleList = read(server, server.request(Method::GET, "/modules")).await?;
        let channels: ChannelList = read(server, server.request(Method::GET, "/alerts/channels")).await?;
        let tags = list
            .modules
            .iter()
            .flat_map(|view| view.tags.iter().map(|tag| (tag.clone(), view.module.digest.clone())));
        let known = Known {
            tags: tags.collect(),
            modules: list.modules.iter().map(|view| view.module.digest.clone()).collect(),
            channels: channels.channels.iter().map(|channel| channel.name.to_string()).collect(),
        };
        Ok(Self { server, archive, existing, modules, settings, known })
    }

    /// Returns what would come of each thing.
    async fn look(&self) -> Result<Vec<ImportItem>> {
        let mut items = self.modules_and_tags();
        items.extend(self.send_settings(true).await?);
        let mut jobs = self.send_jobs("compare jobs", true).await?;
        self.check_references(&mut jobs)?;
        items.extend(jobs);
        Ok(items)
    }

    fn modules_and_tags(&self) -> Vec<ImportItem> {
        let mut items = Vec::new();
        for module in &self.modules {
            let stands = self.known.modules.contains(&module.digest);
            let result = if stands { Landed::Same } else { Landed::Created };
            items.push(ImportItem::new(
                "module",
                &format!("{} ({})", module.digest, module.name),
                result,
                "",
            ));
            for tag in &module.tags {
                let (result, detail) = match self.known.tags.get(tag) {
                    None => (Landed::Created, String::new()),
                    Some(digest) if *digest == module.digest => (Landed::Same, String::new()),
                    Some(digest) => (self.existing.landed(), format!("points to {digest} here")),
                };
                items.push(ImportItem::new("tag", tag.as_str(), result, detail));
            }
        }
        items
    }

    /// Marks jobs whose module or channel is neither in the file nor on the server.
    fn check_references(&self, items: &mut [ImportItem]) -> Result<()> {
        let modules: BTreeSet<String> = (self.modules.iter().map(|module| module.digest.to_string()))
            .chain(self.known.modules.iter().map(ToString::to_string))
            .collect();
        let channels: BTreeSet<&str> = (self.settings.channels.iter().map(|channel| channel.name.as_str()))
            .chain(self.known.channels.iter().map(String::as_str))
            .collect();
        for (job, item) in lines::<MovingJob>(self.archive, JOBS)?.zip(items) {
            let job = job?.job;
            let mut missing = Vec::new();
            if let Some(module) = job["wasm"]["module"].as_str().filter(|module| !modules.contains(*module)) {
                missing.push(format!("its module `{module}` is neither in the file nor on the server"));
            }
            for channel in
                job["alerts"]["channels"].as_array().into_iter().flatten().filter_map(|one| one.as_str())
            {
                if !channels.contains(channel) {
                    missing.push(format!("its channel `{channel}` is neither in the file nor on the server"));
                }
            }
            if !missing.is_empty() && item.result != Landed::Same {
                (item.result, item.detail) = (Landed::Faulty, missing.join("\n"));
            }
        }
        Ok(())
    }

    /// Has everything kept; jobs last, since they begin at once.
    async fn carry_out(&self) -> Result<Vec<ImportItem>> {
        let mut items = self.modules_and_tags();
        let new = |module: &&ModuleLine| !self.known.modules.contains(&module.digest);
        let bytes = self.modules.iter().filter(new).map(|module| module.size.as_bytes()).sum();
        let progress = Arc::new(Progress::of_bytes("upload modules", bytes));
        for module in self.modules.iter().filter(new) {
            let upload = self.upload(module, progress.clone());
            upload.await.with_context(|| format!("module {} ({})", module.digest, module.name))?;
        }
        drop(progress);
        for module in &self.modules {
            for tag in &module.tags {
                let stands = self.known.tags.get(tag);
                if stands == Some(&module.digest) || stands.is_some() && self.existing == Existing::Skip {
                    continue;
                }
                let request = self.server.request(Method::PUT, &format!("/modules/tags/{tag}"));
                let request = request.json(&TagRequest { digest: module.digest.clone() });
                self.server.send_patiently(request).await?;
            }
        }
        items.extend(self.send_settings(false).await?);
        items.extend(self.send_jobs("import jobs", false).await?);
        Ok(items)
    }

    /// Uploads a module piece by piece from the file.
    async fn upload(&self, module: &ModuleLine, progress: Arc<Progress>) -> Result<()> {
        let (file, size) = self.archive.at(&module_file(&module.digest))?;
        let file = tokio::fs::File::from_std(file);
        let parts =
            ReaderStream::new(file.take(size)).inspect_ok(move |part| progress.step_by(part.len() as u64));
        let request = self
            .server
            .request(Method::POST, "/modules")
            .query(&[("name", &module.name)])
            .header("Content-Type", "application/wasm")
            .header("Content-Length", size)
            .body(Body::wrap_stream(parts));
        self.server.send_patiently(request).await?;
        Ok(())
    }

    async fn send_settings(&self, dry_run: bool) -> Result<Vec<ImportItem>> {
        let settings = self.settings.clone();
        let request = ImportSettingsRequest { settings, existing: self.existing, dry_run };
        let request = self.server.request(Method::POST, "/transfer/settings/import").json(&request);
        Ok(read::<ImportReply>(self.server, request).await?.items)
    }

    /// Sends all jobs, some at one time.
    async fn send_jobs(&self, what: &str, dry_run: bool) -> Result<Vec<ImportItem>> {
        let count = self.archive.member(JOBS).map(|jobs| std::io::BufRead::lines(jobs).count())?;
        let progress = Progress::of(what, count);
        let (mut items, mut jobs, mut bytes) = (Vec::new(), Vec::new(), 0);
        for job in lines::<MovingJob>(self.archive, JOBS)? {
            let job = job?;
            let size = job.job.to_string().len();
            if !jobs.is_empty() && (jobs.len() == TRANSFER_JOBS_MAX || bytes + size > REQUEST_BYTES_MAX) {
                items.extend(self.send(std::mem::take(&mut jobs), dry_run, &progress).await?);
                bytes = 0;
            }
            bytes += size;
            jobs.push(job);
        }
        if !jobs.is_empty() {
            items.extend(self.send(jobs, dry_run, &progress).await?);
        }
        Ok(items)
    }

    async fn send(
        &self,
        jobs: Vec<MovingJob>,
        dry_run: bool,
        progress: &Progress,
    ) -> Result<Vec<ImportItem>> {
        let count = jobs.len() as u64;
        let request = ImportJobsRequest { jobs, existing: self.existing, dry_run };
        let request = self.server.request(Method::POST, "/transfer/jobs/import").json(&request);
        let reply: ImportReply = read(self.server, request).await?;
        progress.step_by(count);
        Ok(reply.items)
    }
}
