//! A fresh database of each engine for each test.

use std::{
    env, process,
    sync::atomic::{AtomicU32, Ordering},
};

use ringback::store::Store;
use tempfile::TempDir;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A fresh database of one engine; a second `open` is another process on the same data.
pub(crate) struct Engine {
    url: String,
    _folder: Option<TempDir>,
}

impl Engine {
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Whether several services may share the database.
    pub(crate) fn is_shared(&self) -> bool {
        self.url.starts_with("postgres")
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.url).await.unwrap()
    }
}

pub(crate) fn sqlite() -> Engine {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ringback.db").display());
    Engine { url, _folder: Some(folder) }
}

/// None where no server is named; that is said, and is an error where it is required.
pub(crate) async fn postgres() -> Option<Engine> {
    let Ok(server) = env::var("RINGBACK_TEST_POSTGRES") else {
        assert!(env::var("RINGBACK_TEST_REQUIRE_POSTGRES").is_err(), "RINGBACK_TEST_POSTGRES names no server");
        eprintln!("not run on PostgreSQL: RINGBACK_TEST_POSTGRES names no server");
        return None;
    };
    sqlx::any::install_default_drivers();
    let name = format!("ringback_{}_{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mut connection = <sqlx::AnyConnection as sqlx::Connection>::connect(&server).await.unwrap();
    let sql = format!("CREATE DATABASE {name}");
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    Some(Engine { url: format!("{base}/{name}"), _folder: None })
}

/// Makes a test of each `async fn name(engine: Engine)` for both engines.
macro_rules! on_both_engines {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $name() { super::$name(crate::store::engines::sqlite()).await })*
        }
        mod postgres {
            $(#[tokio::test] async fn $name() {
                if let Some(engine) = crate::store::engines::postgres().await { super::$name(engine).await }
            })*
        }
    };
}
pub(crate) use on_both_engines;
