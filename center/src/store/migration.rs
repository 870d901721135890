//! What was applied to this schema.

use tokio_postgres::{Client, Transaction};

use crate::error::Result;

/// Any number: all processes of one database take the same lock.
const LOCK: i64 = 0x5969_7a68_616e;

/// Waits for other processes, then returns the hash of a migration that was applied.
pub async fn lock(tx: &Transaction<'_>, number: i32) -> Result<Option<String>> {
    tx.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])
        .await?;
    tx.batch_execute(
        "CREATE TABLE IF NOT EXISTS migration (
            number integer PRIMARY KEY,
            name text NOT NULL,
            hash text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )",
    )
    .await?;
    let row = tx
        .query_opt("SELECT hash FROM migration WHERE number = $1", &[&number])
        .await?;
    Ok(row.map(|row| row.get("hash")))
}

/// Records an applied migration.
pub async fn record(tx: &Transaction<'_>, number: i32, name: &str, hash: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO migration (number, name, hash) VALUES ($1, $2, $3)",
        &[&number, &name, &hash],
    )
    .await?;
    Ok(())
}

/// The highest number applied.
pub async fn newest(client: &Client) -> Result<i32> {
    let row = client
        .query_one(
            "SELECT coalesce(max(number), 0) AS newest FROM migration",
            &[],
        )
        .await?;
    Ok(row.get("newest"))
}
