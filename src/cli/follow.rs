//! `add` and `remove`: which calls and batches are followed by id.

use std::{path::Path, process::ExitCode};

use clap::Args;

use crate::{
    app,
    cli::{open, say::Failure},
    config::Config,
    store::records::{Change, Follow, FollowKind},
    watch::config::bad_id,
};

#[derive(Debug, Args)]
pub(super) struct Add {
    /// Ids of calls or batches.
    #[arg(required = true)]
    ids: Vec<String>,
    /// The watch they count to [default: the first of the account].
    #[arg(long)]
    watch: Option<String>,
    /// The account that knows them [default: the watch's, or `bland`].
    #[arg(long)]
    account: Option<String>,
    /// They are batches; without this, calls are tried first.
    #[arg(long)]
    batch: bool,
}

#[derive(Debug, Args)]
pub(super) struct Remove {
    /// Ids of calls or batches.
    #[arg(required = true)]
    ids: Vec<String>,
    /// The account that knows them [default: the only one, or `bland`].
    #[arg(long)]
    account: Option<String>,
}

pub(super) async fn add(config: Option<&Path>, arguments: Add) -> Result<ExitCode, Failure> {
    let (config, store) = open::store(config).await?;
    let (account, watch) = place(&config, arguments.account, arguments.watch)?;
    let kind = if arguments.batch { FollowKind::Batch } else { FollowKind::Either };
    let follow = |id: String| Follow { account: account.clone(), kind, id, watch: watch.clone(), wanted: true };
    note(&store, arguments.ids, follow).await?;
    eprintln!("a running service takes them up within one poll interval");
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn remove(config: Option<&Path>, arguments: Remove) -> Result<ExitCode, Failure> {
    let (config, store) = open::store(config).await?;
    let (account, watch) = place(&config, arguments.account, None)?;
    let follow = |id: String| Follow {
        account: account.clone(),
        kind: FollowKind::Either,
        id,
        watch: watch.clone(),
        wanted: false,
    };
    let ids: Vec<&str> = arguments.ids.iter().map(String::as_str).collect();
    let calls = store.calls(&account, &ids).await?.into_iter().map(|record| record.call.id);
    let batches = store.batches(&account, &ids).await?.into_iter().map(|record| record.batch.id);
    let asked = store.follows(&account).await?.into_iter().map(|follow| follow.id);
    let known: Vec<String> = calls.chain(batches).chain(asked).collect();
    let (known, unknown): (Vec<String>, Vec<String>) = arguments.ids.into_iter().partition(|id| known.contains(id));
    note(&store, known, follow).await?;
    for id in &unknown {
        eprintln!("error: {id} is not followed");
    }
    Ok(ExitCode::from(u8::from(!unknown.is_empty())))
}

async fn note(store: &crate::store::Store, ids: Vec<String>, follow: impl Fn(String) -> Follow) -> Result<(), Failure> {
    let wrong: Vec<String> = ids.iter().filter_map(|id| bad_id(id)).collect();
    if !wrong.is_empty() {
        return Err(Failure::usage(wrong.join("\n")));
    }
    let change = Change { follows: ids.into_iter().map(follow).collect(), ..Change::default() };
    store.commit(&change, app::clock()).await?;
    Ok(())
}

/// The account and the watch that ids are added to.
fn place(config: &Config, account: Option<String>, watch: Option<String>) -> Result<(String, String), Failure> {
    let names: Vec<&str> = config.watches.iter().map(|watch| watch.name.as_str()).collect();
    let found = config.watches.iter().find(|known| match (&watch, &account) {
        (Some(name), _) => known.name == *name,
        (None, Some(account)) => known.account() == account,
        (None, None) => true,
    });
    match found {
        Some(found) => Ok((found.account().to_owned(), found.name.clone())),
        None => Err(Failure::usage(format!(
            "no such watch or account; hint: the watches are {}",
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        ))),
    }
}
