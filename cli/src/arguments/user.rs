//! What can be asked of users, of API tokens, and of one's own way in.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use model::account::{Role, Withheld};
use model::id::{TokenId, UserName};
use model::time::Span;

use super::ClientOptions;

/// What is asked of users.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Make a user; prints a link that opens the account once, to set a password
    Add {
        /// The name to log in by
        name: UserName,
        /// What they may do: viewer, operator, editor or admin
        #[arg(long, value_name = "ROLE", default_value = "viewer")]
        role: Role,
        /// What an editor may not save: shell_jobs or run_as_user; may be given twice
        #[arg(long, value_name = "RIGHT", value_delimiter = ',')]
        withhold: Vec<Withheld>,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// List users
    List {
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Take a user's password away; prints a link that opens the account once, to set another
    ///
    /// With --data or --config it works on the store itself, for who is locked out.
    ResetPassword {
        /// The user
        name: UserName,
        /// The data folder of a standalone server, which must be stopped
        #[arg(long, value_name = "DIR", conflicts_with = "config")]
        data: Option<PathBuf>,
        /// The configuration of a master of a fleet
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        #[command(flatten)]
        client: ClientOptions,
    },
}

/// What is asked of API tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make a token of your own; its secret is printed this once
    Create {
        /// What it is for
        name: String,
        /// Most that it may do [default: what you may]
        #[arg(long, value_name = "ROLE")]
        role: Option<Role>,
        /// How long it opens anything, such as 90d [default: until it is revoked]
        #[arg(long, value_name = "TIME")]
        ttl: Option<Span>,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// List your tokens; as an admin all
    List {
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Give a token another name or another end; its secret stays
    Change {
        /// The token's id, as `token list` shows it
        id: TokenId,
        /// What it is for
        #[arg(long, value_name = "NAME", required_unless_present = "ttl")]
        name: Option<String>,
        /// How long it opens anything from now on, such as 90d
        #[arg(long, value_name = "TIME")]
        ttl: Option<Span>,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Revoke a token
    Revoke {
        /// The token's id, as `token list` shows it
        id: TokenId,
        #[command(flatten)]
        client: ClientOptions,
    },
}

/// Log in by name and password, and keep a token for the commands that follow.
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// The name to log in by
    #[arg(long, value_name = "NAME")]
    pub(crate) user: UserName,
    /// How long the token opens anything
    #[arg(long, value_name = "TIME", default_value = "90d")]
    pub(crate) ttl: Span,
    #[command(flatten)]
    pub(crate) client: ClientOptions,
}
