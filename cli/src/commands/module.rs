//! `module push|list|tag|untag|delete`.
//!
//! Not here: `module inspect` (`inspect`), which needs no server for a file.

use std::path::Path;

use anyhow::{Context as _, Result};
use futures::TryStreamExt as _;
use master::api::{ModuleList, ModuleView, TagRequest, TagView};
use model::id::{Digest, ModuleTag};
use model::module::Module as Stored;
use reqwest::{Body, Method, StatusCode};
use tokio_util::io::ReaderStream;

use super::bulk::Progress;
use super::inspect;
use crate::arguments::{ClientOptions, Format, Module};
use crate::client::Client;
use crate::exit::Exit;
use crate::show;

impl Module {
    /// Returns which server to ask.
    pub(super) fn client(&self) -> &ClientOptions {
        match self {
            Self::Push { client, .. }
            | Self::List { client, .. }
            | Self::Inspect { client, .. }
            | Self::Tag { client, .. }
            | Self::Untag { client, .. }
            | Self::Delete { client, .. } => client,
        }
    }
}

pub(super) async fn run(server: &Client, asked: Module) -> Result<Exit> {
    match asked {
        Module::Push { file, name, tag, client } => push(server, &file, name, &tag, client.chosen()).await,
        Module::List { client } => {
            let list: ModuleList = server.read(server.request(Method::GET, "/modules")).await?;
            show::value(client.chosen(), &list, |list| {
                let mut table = show::table(&["DIGEST", "NAME", "TAGS", "SIZE", "UPLOADED", "BY", "USED BY"]);
                for ModuleView { module, tags, used_by, .. } in &list.modules {
                    table.add_row([
                        module.digest.to_string(),
                        module.name.clone(),
                        inspect::spaced(tags),
                        module.size.to_string(),
                        module.uploaded_at.to_string(),
                        module.uploaded_by.clone(),
                        inspect::spaced(used_by),
                    ]);
                }
                table
            })?;
            Ok(Exit::Done)
        }
        Module::Inspect { what, client } => inspect::stored(server, &what, client.chosen()).await,
        Module::Tag { tag, module, client } => {
            let digest = inspect::digest_of(server, module).await?;
            let view = set_tag(server, &tag, &digest).await?;
            show::value(client.chosen(), &view, |view| show::facts(tag_facts(view)))?;
            Ok(Exit::Done)
        }
        Module::Untag { tag, .. } => {
            server.send(server.request(Method::DELETE, &format!("/modules/tags/{tag}"))).await?;
            show::line(&format!("tag {tag} is removed"))?;
            Ok(Exit::Done)
        }
        Module::Delete { digest, .. } => {
            server.send(server.request(Method::DELETE, &format!("/modules/{digest}"))).await?;
            show::line(&format!("module {digest} is deleted"))?;
            Ok(Exit::Done)
        }
    }
}

/// Uploads a file as it is read; a module of any size takes no memory here.
async fn push(
    server: &Client,
    path: &Path,
    name: Option<String>,
    tags: &[ModuleTag],
    format: Format,
) -> Result<Exit> {
    let file =
        tokio::fs::File::open(path).await.with_context(|| format!("could not open `{}`", path.display()))?;
    let size = file.metadata().await.with_context(|| format!("could not read `{}`", path.display()))?.len();
    let name = match name {
        Some(name) => name,
        None => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
    };
    let progress = Progress::of_bytes("upload", size);
    let parts = ReaderStream::new(file).inspect_ok(move |part| progress.step_by(part.len() as u64));
    let request = server
        .request(Method::POST, "/modules")
        .query(&[("name", &name)])
        .header("Content-Type", "application/wasm")
        .header("Content-Length", size)
        .body(Body::wrap_stream(parts));
    let answer = server.send(request).await?;
    let new = answer.status() == StatusCode::CREATED;
    let module: Stored =
        answer.json().await.context("the server's answer is not what this version expects")?;
    let mut moved = Vec::new();
    for tag in tags {
        moved.push(set_tag(server, tag, &module.digest).await?);
    }
    show::value(format, &module, |module| {
        let mut facts = vec![
            ("module", module.digest.to_string()),
            ("name", module.name.clone()),
            ("size", module.size.to_string()),
            ("", if new { String::new() } else { "it was there before".to_owned() }),
        ];
        moved
            .iter()
            .for_each(|view| facts.extend(tag_facts(view).into_iter().filter(|(name, _)| *name != "module")));
        show::facts(facts)
    })?;
    Ok(Exit::Done)
}

async fn set_tag(server: &Client, tag: &ModuleTag, digest: &Digest) -> Result<TagView> {
    let request = server.request(Method::PUT, &format!("/modules/tags/{tag}"));
    server.read(request.json(&TagRequest { digest: digest.clone() })).await
}

fn tag_facts(TagView { tag, before }: &TagView) -> Vec<(&'static str, String)> {
    let before = before.as_ref().filter(|before| **before != tag.digest);
    vec![
        ("tag", tag.tag.to_string()),
        ("module", tag.digest.to_string()),
        ("before", before.map(ToString::to_string).unwrap_or_default()),
    ]
}
