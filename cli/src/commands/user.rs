//! `user add|list|reset-password`.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use comfy_table::Table;
use master::api::{UserChange, UserList, UserReply, UserRequest};
use model::id::UserName;
use model::ports::{Accounts, Clock};
use reqwest::Method;
use stores::SystemClock;
use stores::sqlite::Sqlite;

use crate::arguments::{ClientOptions, User};
use crate::client::Client;
use crate::exit::Exit;
use crate::show;

impl User {
    /// Returns which server to ask.
    pub(super) fn client(&self) -> &ClientOptions {
        match self {
            Self::Add { client, .. } | Self::List { client } | Self::ResetPassword { client, .. } => client,
        }
    }
}

pub(super) async fn run(server: &Client, asked: User) -> Result<Exit> {
    match asked {
        User::Add { name, role, withhold, client } => {
            let request = UserRequest { name, role, withheld: withhold, password: None };
            let reply = server.read(server.request(Method::POST, "/users").json(&request)).await?;
            told(server, &reply, &client)
        }
        User::List { client } => {
            let list: UserList = server.read(server.request(Method::GET, "/users")).await?;
            show::value(client.chosen(), &list, table)?;
            Ok(Exit::Done)
        }
        User::ResetPassword { name, client, .. } => {
            let change = UserChange { reset_password: true, ..UserChange::default() };
            let request = server.request(Method::PUT, &format!("/users/{name}"));
            let reply = server.read(request.json(&change)).await?;
            told(server, &reply, &client)
        }
    }
}

fn told(server: &Client, reply: &UserReply, client: &ClientOptions) -> Result<Exit> {
    show::value(client.chosen(), reply, |reply| {
        let link = reply.login_token.as_ref();
        let link = link.map_or_else(String::new, |secret| format!("{}/login#{secret}", server.base()));
        show::facts(vec![
            ("user", reply.user.name.to_string()),
            ("role", reply.user.role.to_string()),
            ("link", link.clone()),
            (
                "",
                if link.is_empty() {
                    String::new()
                } else {
                    "it opens the account once, within a day".into()
                },
            ),
        ])
    })?;
    Ok(Exit::Done)
}

fn table(list: &UserList) -> Table {
    let mut table = show::table(&["NAME", "ROLE", "MAY NOT SAVE", "PASSWORD SET", "MADE", "BY"]);
    for user in &list.users {
        let withheld: Vec<_> = user.withheld.iter().map(|right| right.as_str()).collect();
        table.add_row([
            user.name.to_string(),
            user.role.to_string(),
            withheld.join(" "),
            show::instant(user.password_at),
            user.created_at.to_string(),
            user.created_by.clone(),
        ]);
    }
    table
}

/// Resets a password in the data folder of a standalone server that is stopped.
pub(super) fn reset_in(data: &Path, name: &UserName) -> Result<Exit> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // Opening would make a store where none is.
    if !data.join("intent.db").is_file() {
        return Err(anyhow!("`{}` is no data folder of a standalone server", data.display()));
    }
    let store = Sqlite::open(data, clock.clone())
        .with_context(|| format!("could not open the store in `{}`", data.display()))?;
    runtime()?.block_on(reset(store.accounts().as_ref(), clock.as_ref(), name))
}

/// Resets a password in the stores of a fleet.
#[cfg(all(feature = "etcd", feature = "mongodb"))]
pub(super) fn reset_by(config: &Path, name: &UserName) -> Result<Exit> {
    let given = crate::config::Given {
        environment: crate::host::options_of_environment(),
        ..crate::config::Given::default()
    };
    let config = crate::config::fleet::load_master(config, &given)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    runtime()?.block_on(async {
        let etcd = stores::etcd::Etcd::connect(&config.stores.etcd, clock.clone()).await?;
        reset(etcd.accounts().as_ref(), clock.as_ref(), name).await
    })
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().context("could not start a runtime")
}

async fn reset(accounts: &dyn Accounts, clock: &dyn Clock, name: &UserName) -> Result<Exit> {
    let secret = master::reset_password(accounts, clock, name).await?;
    let Some(secret) = secret else {
        return Err(anyhow!(
            "there is no user `{name}`\nhint: each start of the server prints a link for the first admin"
        ));
    };
    show::line(&format!(
        "The password of `{name}` is gone and all sessions have ended.\nOpen the server's page at\n  \
         /login#{secret}\nonce, within a day, and set another."
    ))?;
    Ok(Exit::Done)
}
