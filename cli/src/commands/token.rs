//! `token create|list|change|revoke`.

use anyhow::Result;
use comfy_table::Table;
use master::api::{TokenChange, TokenList, TokenReply, TokenRequest, TokenView};
use reqwest::Method;

use crate::arguments::{ClientOptions, Token};
use crate::client::Client;
use crate::exit::Exit;
use crate::show;

impl Token {
    /// Returns which server to ask.
    pub(super) fn client(&self) -> &ClientOptions {
        match self {
            Self::Create { client, .. }
            | Self::List { client }
            | Self::Change { client, .. }
            | Self::Revoke { client, .. } => client,
        }
    }
}

pub(super) async fn run(server: &Client, asked: Token) -> Result<Exit> {
    match asked {
        Token::Create { name, role, ttl, client } => {
            let request = server.request(Method::POST, "/tokens").json(&TokenRequest { name, role, ttl });
            let reply: TokenReply = server.read(request).await?;
            show::value(client.chosen(), &reply, |reply| {
                show::facts(vec![
                    ("id", reply.token.id.to_string()),
                    ("at most", reply.token.role.to_string()),
                    ("ends", show::instant(reply.token.expires_at)),
                    ("secret", reply.secret.clone()),
                ])
            })?;
        }
        Token::List { client } => {
            let list: TokenList = server.read(server.request(Method::GET, "/tokens")).await?;
            show::value(client.chosen(), &list, table)?;
        }
        Token::Change { id, name, ttl, client } => {
            let request = server.request(Method::PUT, &format!("/tokens/{id}"));
            let token: TokenView = server.read(request.json(&TokenChange { name, ttl })).await?;
            show::value(client.chosen(), &TokenList { tokens: vec![token] }, table)?;
        }
        Token::Revoke { id, .. } => {
            server.send(server.request(Method::DELETE, &format!("/tokens/{id}"))).await?;
            show::line(&format!("token {id} opens nothing any more"))?;
        }
    }
    Ok(Exit::Done)
}

fn table(list: &TokenList) -> Table {
    let mut table = show::table(&["ID", "NAME", "USER", "AT MOST", "MADE", "ENDS", "LAST USED"]);
    for token in &list.tokens {
        table.add_row([
            token.id.to_string(),
            token.name.clone(),
            token.user.to_string(),
            token.role.to_string(),
            token.created_at.to_string(),
            show::instant(token.expires_at),
            show::instant(token.last_used_at),
        ]);
    }
    table
}
