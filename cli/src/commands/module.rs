//! `module push|list|delete`.

use std::path::Path;

use anyhow::{Context as _, Result};
use master::api::{ModuleList, ModuleView};
use model::module::Module as Stored;
use reqwest::{Body, Method, StatusCode};
use tokio_util::io::ReaderStream;

use crate::arguments::{ClientOptions, Format, Module};
use crate::client::Client;
use crate::exit::Exit;
use crate::show;

impl Module {
    /// Returns which server to ask.
    pub(super) fn client(&self) -> &ClientOptions {
        match self {
            Self::Push { client, .. } | Self::List { client, .. } | Self::Delete { client, .. } => client,
        }
    }
}

pub(super) async fn run(server: &Client, asked: Module) -> Result<Exit> {
    match asked {
        Module::Push { file, name, client } => push(server, &file, name, client.chosen()).await,
        Module::List { client } => {
            let list: ModuleList = server.read(server.request(Method::GET, "/modules")).await?;
            show::value(client.chosen(), &list, |list| {
                let mut table = show::table(&["DIGEST", "NAME", "SIZE", "UPLOADED", "BY", "USED BY"]);
                for ModuleView { module, used_by } in &list.modules {
                    table.add_row([
                        module.digest.to_string(),
                        module.name.clone(),
                        module.size.to_string(),
                        module.uploaded_at.to_string(),
                        module.uploaded_by.clone(),
                        used_by.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
                    ]);
                }
                table
            })?;
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
async fn push(server: &Client, path: &Path, name: Option<String>, format: Format) -> Result<Exit> {
    let file =
        tokio::fs::File::open(path).await.with_context(|| format!("could not open `{}`", path.display()))?;
    let size = file.metadata().await.with_context(|| format!("could not read `{}`", path.display()))?.len();
    let name = match name {
        Some(name) => name,
        None => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
    };
    let request = server
        .request(Method::POST, "/modules")
        .query(&[("name", &name)])
        .header("Content-Type", "application/wasm")
        .header("Content-Length", size)
        .body(Body::wrap_stream(ReaderStream::new(file)));
    let answer = server.send(request).await?;
    let new = answer.status() == StatusCode::CREATED;
    let module: Stored =
        answer.json().await.context("the server's answer is not what this version expects")?;
    show::value(format, &module, |module| {
        show::facts(vec![
            ("module", module.digest.to_string()),
            ("name", module.name.clone()),
            ("size", module.size.to_string()),
            ("", if new { String::new() } else { "it was there before".to_owned() }),
        ])
    })?;
    Ok(Exit::Done)
}
