//! Sticks that were registered for the ferry.

use chrono::{DateTime, Utc};
use domain::ferry::Stick;
use domain::{Division, Id};
use tokio_postgres::Row;

use crate::database::Tx;
use crate::error::Result;

/// A stick as it is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What is signed of it.
    pub stick: Stick,
    /// Since when it is used no more.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// Registers one.
pub async fn add(tx: &Tx<'_>, stick: &Stick, area: &Division, by: Id) -> Result<()> {
    super::run(
        tx,
        "INSERT INTO ferry_stick (id, name, area, registered_by, registered_at, until)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            &stick.id.0,
            &stick.name,
            &area.0,
            &by.0,
            &stick.registered_at,
            &stick.until,
        ],
    )
    .await?;
    Ok(())
}

/// One of them, as far as the transaction sees.
pub async fn find(tx: &Tx<'_>, id: Id) -> Result<Option<Kept>> {
    let statement =
        "SELECT id, name, registered_at, until, withdrawn_at FROM ferry_stick WHERE id = $1";
    let row = super::find(tx, statement, &[&id.0]).await?;
    row.as_ref().map(read).transpose()
}

/// Those that the transaction sees, the newest first.
pub async fn list(tx: &Tx<'_>, limit: i64) -> Result<Vec<Kept>> {
    let rows = super::rows(
        tx,
        "SELECT id, name, registered_at, until, withdrawn_at FROM ferry_stick
         ORDER BY registered_at DESC LIMIT $1",
        &[&limit],
    )
    .await?;
    rows.iter().map(read).collect()
}

/// Uses one no more; false when it was so before.
pub async fn withdraw(tx: &Tx<'_>, id: Id) -> Result<bool> {
    let statement =
        "UPDATE ferry_stick SET withdrawn_at = now() WHERE id = $1 AND withdrawn_at IS NULL";
    Ok(super::run(tx, statement, &[&id.0]).await? == 1)
}

/// Those that are used no more although their time has not run out.
pub async fn withdrawn(tx: &Tx<'_>) -> Result<Vec<Id>> {
    let rows = super::rows(
        tx,
        "SELECT id FROM ferry_stick WHERE withdrawn_at IS NOT NULL AND until > now() ORDER BY id",
        &[],
    )
    .await?;
    rows.iter().map(|row| Ok(Id(row.try_get("id")?))).collect()
}

fn read(row: &Row) -> Result<Kept> {
    Ok(Kept {
        stick: Stick {
            id: Id(row.try_get("id")?),
            name: row.try_get("name")?,
            registered_at: row.try_get("registered_at")?,
            until: row.try_get("until")?,
        },
        withdrawn_at: row.try_get("withdrawn_at")?,
    })
}
