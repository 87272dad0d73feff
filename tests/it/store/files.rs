//! SQLite files that must not be touched, and what is said of them.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use ringback::store::{Store, outbox::DeliveryFilter};
use tempfile::TempDir;

use super::{LEASE, at, event};

async fn refused(file: &Path) -> String {
    let before = fs::read(file).unwrap();
    let error = Store::open(&format!("sqlite:{}", file.display())).await.unwrap_err();
    assert_eq!(fs::read(file).unwrap(), before, "the file must stay as it was");
    let beside: Vec<_> =
        fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside.len(), 1, "nothing may be left beside it: {beside:?}");
    format!("{error:#}")
}

/// A database that this program made, with something in it, closed.
async fn made(folder: &TempDir) -> std::path::PathBuf {
    let file = folder.path().join("ringback.db");
    let store = Store::open(&format!("sqlite:{}", file.display())).await.unwrap();
    store.healthy("2026-03-02T15:00:00Z".parse().unwrap()).await.unwrap();
    store.close().await;
    file
}

#[tokio::test]
async fn a_new_database_is_for_its_owner_alone() {
    let folder = TempDir::new().unwrap();
    let file = made(&folder).await;
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_untouched() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("ringback.db");
    fs::write(&file, "dear diary, this is long enough to be something").unwrap();
    let said = refused(&file).await;
    assert!(said.contains("ringback.db is not a Ringback database") && said.contains("[store] url"), "{said}");
}

#[tokio::test]
async fn a_damaged_database_is_refused_untouched() {
    let folder = TempDir::new().unwrap();
    let file = made(&folder).await;
    let mut bytes = fs::read(&file).unwrap();
    let half = bytes.len() / 2;
    bytes[200..half].fill(0xA5);
    fs::write(&file, bytes).unwrap();
    let said = refused(&file).await;
    assert!(said.contains("is damaged; restore it from a backup"), "{said}");
}

#[tokio::test]
async fn a_truncated_database_is_refused_untouched() {
    let folder = TempDir::new().unwrap();
    let file = made(&folder).await;
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 3]).unwrap();
    let said = refused(&file).await;
    assert!(said.contains("is damaged"), "{said}");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_untouched() {
    let folder = TempDir::new().unwrap();
    let file = made(&folder).await;
    let url = format!("sqlite:{}", file.display());
    let mut connection = <sqlx::AnyConnection as sqlx::Connection>::connect(&url).await.unwrap();
    sqlx::query("UPDATE _sqlx_migrations SET version = 9999 WHERE version = 1").execute(&mut connection).await.unwrap();
    sqlx::query("PRAGMA journal_mode = DELETE").execute(&mut connection).await.unwrap();
    sqlx::Connection::close(connection).await.unwrap();
    let said = refused(&file).await;
    assert!(said.contains("newer Ringback (schema 9999") && said.contains("install that version"), "{said}");
}

#[tokio::test]
async fn a_database_of_the_first_schema_is_brought_up_to_date_with_all_that_it_holds() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("old.db");
    sqlx::any::install_default_drivers();
    let url = format!("sqlite:{}", file.display());
    let mut connection = <sqlx::AnyConnection as sqlx::Connection>::connect(&format!("{url}?mode=rwc")).await.unwrap();
    let all = sqlx::migrate!();
    let first: Vec<_> = all.iter().filter(|migration| migration.version == 1).cloned().collect();
    sqlx::migrate::Migrator::with_migrations(first).run(&mut connection).await.unwrap();
    let body = serde_json::to_string(&event("c1", "end")).unwrap();
    let fill = format!(
        "INSERT INTO events VALUES ('{id}', 'call.completed', 'c1', 's', 'bland', 1, 1, '{}'); \
         INSERT INTO deliveries VALUES ('d1', 7, '{id}', 'a', '', 'a#1', 's', 'pending', 5, NULL, 1, 0, 5, 5, NULL, NULL, NULL, 'bytes'); \
         INSERT INTO deliveries VALUES ('d2', 8, '{id}', 'b', '', 'b#1', 's', 'dead', 5, NULL, 1, 0, 5, 5, 6, 'why', NULL, NULL); \
         INSERT INTO attempts VALUES ('d1', 1, 5, 2, 'retry', '503')",
        body.replace('\'', "''"),
        id = event("c1", "end").id,
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(fill)).execute(&mut connection).await.unwrap();
    sqlx::Connection::close(connection).await.unwrap();

    let store = Store::open(&url).await.unwrap();
    let rows =
        store.deliveries(&DeliveryFilter { about: Some("c1".to_owned()), ..DeliveryFilter::default() }).await.unwrap();
    let seen: Vec<_> = rows.iter().map(|row| (row.id.as_str(), row.kind.as_str(), row.events)).collect();
    assert_eq!(seen, [("d2", "call.completed", 1), ("d1", "call.completed", 1)]);
    assert_eq!(store.attempts("d1").await.unwrap()[0].note, "503");
    let claimed = store.claim("a", at(0), LEASE, 10).await.unwrap().remove(0);
    assert_eq!((claimed.event.id, claimed.payload.as_deref()), (event("c1", "end").id, Some("bytes")));
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("none/ringback.db");
    let error = Store::open(&format!("sqlite:{}", file.display())).await.unwrap_err();
    assert!(format!("{error:#}").contains("none/ringback.db"), "{error:#}");
}

#[tokio::test]
async fn a_bad_url_is_refused_without_showing_its_password() {
    for url in ["mysql://u:hunter2@h/d", "postgres://u:hunter2@127.0.0.1:1/d", "postgres://u:hunter2@[bad/d"] {
        let error = Store::open(url).await.unwrap_err();
        assert!(!format!("{error:#} {error:?}").contains("hunter2"), "{error:#}");
    }
}
