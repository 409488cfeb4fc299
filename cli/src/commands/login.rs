//! `login`: a name and its password become a token, which the commands that follow find in the profile.
//!
//! The session that this takes is ended again; the password is kept nowhere.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use anyhow::{Context as _, Result, anyhow};
use master::api::{SessionRequest, SessionView, TokenReply, TokenRequest};
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use reqwest::Method;
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};

use crate::arguments::Login;
use crate::client::Client;
use crate::exit::Exit;
use crate::profile::Profile;
use crate::{host, show};

pub(super) async fn run(server: &Client, profile: Option<&str>, asked: Login) -> Result<Exit> {
    let server = server.clone().without_token();
    let password = password(&format!("Password of {} at {}: ", asked.user, server.base()))?;
    let request =
        SessionRequest { name: Some(asked.user.to_string()), password: Some(password), ..Default::default() };
    let answer = server.send(server.request(Method::POST, "/session").json(&request)).await?;
    let cookie = answer.headers().get(SET_COOKIE).and_then(|cookie| cookie.to_str().ok());
    let cookie = cookie.and_then(|cookie| cookie.split(';').next()).context("the server sets no cookie")?;
    let cookie = cookie.to_owned();
    let view: SessionView = answer.json().await.context("the server's answer")?;
    let named = |method, path: &str| {
        server.request(method, path).header(COOKIE, cookie.as_str()).header(ORIGIN, server.origin())
    };
    let on = host::worker_id().map_or_else(|_| "this machine".to_owned(), String::from);
    let token = TokenRequest { name: format!("sandglass login on {on}"), role: None, ttl: Some(asked.ttl) };
    let made: Result<TokenReply> = server.read(named(Method::POST, "/tokens").json(&token)).await;
    server.send(named(Method::DELETE, "/session")).await?;
    let kept = Profile { server: server.base().to_owned(), token: made?.secret };
    let file = kept.keep(profile)?;
    show::line(&format!(
        "Logged in as {} ({}); the token stands in `{}` and ends in {}.",
        view.user,
        view.role,
        file.display(),
        asked.ttl
    ))?;
    Ok(Exit::Done)
}

/// Asks for a password without showing it; reads a line where nobody is asked.
fn password(question: &str) -> Result<String> {
    let input = std::io::stdin();
    let mut line = String::new();
    if input.is_terminal() {
        eprint!("{question}");
        std::io::stderr().flush()?;
        let shown = tcgetattr(&input).context("the terminal")?;
        let mut hidden = shown.clone();
        hidden.local_flags.remove(LocalFlags::ECHO);
        tcsetattr(&input, SetArg::TCSANOW, &hidden).context("the terminal")?;
        let read = input.lock().read_line(&mut line);
        tcsetattr(&input, SetArg::TCSANOW, &shown).context("the terminal")?;
        eprintln!();
        read.context("the password")?;
    } else {
        input.lock().read_line(&mut line).context("the password")?;
    }
    let password = line.trim_end_matches(['\n', '\r']).to_owned();
    if password.is_empty() {
        return Err(anyhow!(
            "no password was given\nhint: type it, or pass it as the first line of the input"
        ));
    }
    Ok(password)
}
