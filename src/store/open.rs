//! Opening a database: what must be true of it before anything is written to it.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{ErrorKind, Read},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use sqlx::{
    AnyConnection, AnyPool, Connection, Executor,
    any::{AnyPoolOptions, install_default_drivers},
    migrate::Migrator,
};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// The first bytes of every SQLite file.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// The largest file that is read through at the start, in bytes; of others, only head and schema are.
const CHECKED: u64 = 256 << 20;
/// Connections to PostgreSQL; SQLite has one, as it has one writer anyway.
const CONNECTIONS: u32 = 8;

pub(super) async fn pool(url: &str) -> anyhow::Result<AnyPool> {
    install_default_drivers();
    match sqlite_file(url) {
        Some(Some(file)) => sqlite(&file).await,
        Some(None) => {
            migrated(AnyPoolOptions::new().max_connections(1), "sqlite::memory:", "the database in memory").await
        }
        None if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
            let options = AnyPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(Duration::from_secs(5));
            migrated(options, url, "the PostgreSQL database").await
        }
        None => bail!("the store's url must begin with sqlite: or postgres://"),
    }
}

/// The file of a SQLite URL; `Some(None)` for one in memory, `None` for another kind of URL.
fn sqlite_file(url: &str) -> Option<Option<PathBuf>> {
    let rest = url.strip_prefix("sqlite:")?;
    let path = rest.strip_prefix("//").unwrap_or(rest);
    // Parameters that other programs put there, such as `mode=rwc`, say nothing new here.
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    Some((path != ":memory:").then(|| PathBuf::from(path)))
}

async fn sqlite(file: &Path) -> anyhow::Result<AnyPool> {
    let name = file.display().to_string();
    // sqlx decodes the path of its URL.
    let url = format!("sqlite:{}", name.replace('%', "%25").replace('?', "%3F").replace('#', "%23"));
    if is_filled(file)? {
        inspect(&url, &name).await?;
    } else {
        create(file)?;
    }
    // The pool would try for half a minute to open what may not be written, and then not say why.
    let mut connection = AnyConnection::connect(&url).await.with_context(|| format!("open the database {name}"))?;
    prepare(&mut connection).await.with_context(|| format!("write to the database {name}"))?;
    connection.close().await.with_context(|| format!("close the database {name}"))?;
    let options = AnyPoolOptions::new()
        .max_connections(1)
        .after_connect(|connection, _| Box::pin(async move { prepare(connection).await }));
    migrated(options, &url, &name).await
}

async fn prepare(connection: &mut AnyConnection) -> sqlx::Result<()> {
    // FULL: a commit that was reported is on the disk, whatever happens to the machine.
    // Deleted content is overwritten with zeros: who is forgotten is gone from the file too.
    for pragma in [
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA secure_delete = ON",
        "PRAGMA busy_timeout = 15000",
    ] {
        connection.execute(pragma).await?;
    }
    Ok(())
}

/// Locks a SQLite database for one service: the lock ends with the process, however that ends.
/// None for other databases, which several may share.
pub(super) fn lock(url: &str) -> anyhow::Result<Option<File>> {
    let Some(Some(file)) = sqlite_file(url) else { return Ok(None) };
    let beside = format!("{}.lock", file.display());
    let lock = OpenOptions::new().create(true).append(true).mode(0o600).open(&beside);
    let lock = lock.with_context(|| format!("open the lock file {beside}"))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => {
            bail!("another ringback runs on {}; stop it, or give this one its own [store] url", file.display())
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("lock {beside}")),
    }
}

/// Whether there is something in the file that must not be harmed.
fn is_filled(file: &Path) -> anyhow::Result<bool> {
    let mut opened = match File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error).with_context(|| format!("open the database {}", file.display())),
    };
    let mut head = [0; 16];
    match opened.read(&mut head).with_context(|| format!("read the database {}", file.display()))? {
        0 => Ok(false),
        _ if head == *MAGIC => Ok(true),
        _ => bail!("{} is not a Ringback database; name another file in [store] url", file.display()),
    }
}

/// Only the owner may read what people said on the phone.
fn create(file: &Path) -> anyhow::Result<()> {
    let created = OpenOptions::new().create(true).append(true).mode(0o600).open(file);
    created.map(drop).with_context(|| format!("create the database {}", file.display()))
}

/// Looks at a database without writing to it, and refuses one that is damaged or too new.
async fn inspect(url: &str, name: &str) -> anyhow::Result<()> {
    let damaged = || format!("the database {name} is damaged; restore it from a backup, or move it away to begin anew");
    // Without a write-ahead log beside it, the file is read as immutable, so that not even lock
    // files are made; with one, the log is part of the database.
    let logged = fs::metadata(format!("{name}-wal")).is_ok_and(|log| log.len() > 0);
    let mode = if logged { "mode=ro" } else { "mode=ro&immutable=true" };
    let mut connection = AnyConnection::connect(&format!("{url}?{mode}")).await.with_context(damaged)?;
    if fs::metadata(name).is_ok_and(|file| file.len() <= CHECKED) {
        let checked: Result<String, _> = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut connection).await;
        let verdict = checked.with_context(damaged)?;
        if verdict != "ok" {
            bail!("{}: {verdict}", damaged());
        }
    }
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table'")
        .fetch_all(&mut connection)
        .await
        .with_context(damaged)?;
    if !tables.is_empty() && !tables.iter().any(|table| table == "_sqlx_migrations") {
        bail!("{name} is a database of another program; name another file in [store] url");
    }
    if !tables.is_empty() {
        refuse_newer(&mut connection, name).await?;
    }
    connection.close().await.context("close the database")
}

async fn refuse_newer(connection: &mut AnyConnection, name: &str) -> anyhow::Result<()> {
    let newest: Option<i64> = sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations")
        .fetch_one(connection)
        .await
        .with_context(|| format!("read the schema version of {name}"))?;
    let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
    match newest {
        Some(newest) if newest > known => bail!(
            "{name} was written by a newer Ringback (schema {newest}, this program knows {known}); install that version"
        ),
        _ => Ok(()),
    }
}

async fn migrated(options: AnyPoolOptions, url: &str, name: &str) -> anyhow::Result<AnyPool> {
    // The error of a bad URL would show the URL, and with it a password.
    let pool = options.connect(url).await.map_err(without_url).with_context(|| format!("connect to {name}"))?;
    let mut connection = pool.acquire().await.with_context(|| format!("connect to {name}"))?;
    let exists =
        sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM _sqlx_migrations").fetch_one(&mut *connection).await;
    if exists.is_ok() {
        refuse_newer(&mut connection, name).await?;
    }
    drop(connection);
    MIGRATIONS.run(&pool).await.with_context(|| format!("bring the schema of {name} up to date"))?;
    Ok(pool)
}

fn without_url(error: sqlx::Error) -> anyhow::Error {
    match error {
        sqlx::Error::Configuration(_) => anyhow::anyhow!(
            "the store's url cannot be read; write sqlite:FILE or postgres://user:password@host/database"
        ),
        other => anyhow::Error::from(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_urls_name_files_or_memory() {
        for (url, file) in [
            ("sqlite:ringback.db", Some(Some("ringback.db"))),
            ("sqlite:///var/lib/r.db", Some(Some("/var/lib/r.db"))),
            ("sqlite:data/r.db?mode=rwc", Some(Some("data/r.db"))),
            ("sqlite::memory:", Some(None)),
            ("postgres://h/d", None),
        ] {
            assert_eq!(sqlite_file(url), file.map(|file| file.map(PathBuf::from)), "{url}");
        }
    }
}
