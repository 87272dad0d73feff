//! What most commands begin with: the config, and the store it names.

use std::path::Path;

use crate::{
    app::{self, Parts},
    cli::say::Failure,
    config::{self, Config},
    store::Store,
};

/// Reads the config file; every mistake is in the failure.
pub(super) fn config(path: Option<&Path>) -> Result<Config, Failure> {
    Ok(config::load(&config::find(path), &environment)?)
}

/// Reads the config and builds its templates, notifiers and routes.
pub(super) fn parts(path: Option<&Path>) -> Result<(Config, Parts), Failure> {
    let config = config(path)?;
    let parts = app::assemble(&config).map_err(|flaws| Failure::flaws(&flaws))?;
    Ok((config, parts))
}

/// The same; where there is no config file and none is asked for, what is built in.
pub(super) fn parts_or_builtin(path: Option<&Path>) -> Result<(Config, Parts), Failure> {
    if has_config(path) {
        return parts(path);
    }
    let config = Config::default();
    let parts = app::assemble(&config).map_err(|flaws| Failure::flaws(&flaws))?;
    Ok((config, parts))
}

pub(super) fn has_config(path: Option<&Path>) -> bool {
    path.is_some() || config::find(None).exists()
}

/// Reads the config and opens its store.
pub(super) async fn store(path: Option<&Path>) -> Result<(Config, Store), Failure> {
    let config = config(path)?;
    let store = Store::open(config.store.url.expose()).await?;
    Ok((config, store))
}

/// Where variables in the config come from; it does not change while the process runs.
pub(super) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
