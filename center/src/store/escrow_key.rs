//! The escrow keys' public halves; the newest is in force.

use chrono::{DateTime, Utc};
use domain::recovery::EscrowKey;
use tokio_postgres::Row;

use crate::database::Tx;
use crate::error::{Error, Result};

const COLUMNS: &str = "id, public_key, made_at";

/// One of them, and when it was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// Id and public half.
    pub key: EscrowKey,
    /// When.
    pub at: DateTime<Utc>,
}

/// Adds one.
pub async fn add(tx: &Tx<'_>, key: &EscrowKey) -> Result<()> {
    let public = hex::decode(&key.public).map_err(|_| Error::Fault("a public key".to_owned()))?;
    super::run(
        tx,
        "INSERT INTO escrow_key (id, public_key) VALUES ($1, $2)",
        &[&key.id, &public],
    )
    .await?;
    Ok(())
}

/// All of them, the one in force first.
pub async fn all(tx: &Tx<'_>) -> Result<Vec<Made>> {
    let statement = format!("SELECT {COLUMNS} FROM escrow_key ORDER BY made_at DESC, id DESC");
    let rows = super::rows(tx, &statement, &[]).await?;
    rows.iter().map(read).collect()
}

/// The one in force.
pub async fn in_force(tx: &Tx<'_>) -> Result<Option<EscrowKey>> {
    let statement =
        format!("SELECT {COLUMNS} FROM escrow_key ORDER BY made_at DESC, id DESC LIMIT 1");
    let row = super::find(tx, &statement, &[]).await?;
    Ok(row.as_ref().map(read).transpose()?.map(|made| made.key))
}

/// One by its id.
pub async fn find(tx: &Tx<'_>, id: &str) -> Result<Option<EscrowKey>> {
    let statement = format!("SELECT {COLUMNS} FROM escrow_key WHERE id = $1");
    let row = super::find(tx, &statement, &[&id]).await?;
    Ok(row.as_ref().map(read).transpose()?.map(|made| made.key))
}

fn read(row: &Row) -> Result<Made> {
    let public: Vec<u8> = row.try_get("public_key")?;
    Ok(Made {
        key: EscrowKey {
            id: row.try_get("id")?,
            public: hex::encode(public),
        },
        at: row.try_get("made_at")?,
    })
}
