//! Key files that stations deposited, without the wraps of their staff.

use domain::Id;
use domain::recovery::Deposit;

use crate::database::Tx;
use crate::error::{Error, Result};

/// Keeps a station's newest.
pub async fn keep(tx: &Tx<'_>, installation: Id, deposit: &Deposit) -> Result<()> {
    super::run(
        tx,
        "INSERT INTO deposit (installation, escrow_key, sealed, file) VALUES ($1, $2, $3, $4)
         ON CONFLICT (installation) DO UPDATE SET escrow_key = excluded.escrow_key,
             sealed = excluded.sealed, file = excluded.file, at = now()",
        &[
            &installation.0,
            &deposit.escrow_key,
            &deposit.sealed,
            &deposit.file,
        ],
    )
    .await?;
    Ok(())
}

/// A station's.
pub async fn find(tx: &Tx<'_>, installation: Id) -> Result<Option<Deposit>> {
    let row = super::find(
        tx,
        "SELECT escrow_key, sealed, file FROM deposit WHERE installation = $1",
        &[&installation.0],
    )
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Deposit {
        escrow_key: row.try_get("escrow_key")?,
        sealed: row.try_get("sealed")?,
        file: row.try_get("file")?,
    }))
}

/// How many stations that may speak have a deposit for this key, and how many stations there are.
pub async fn counts(tx: &Tx<'_>, key: &str) -> Result<(u64, u64)> {
    let row = super::find(
        tx,
        "SELECT count(*) FILTER (WHERE d.escrow_key = $1) AS sealed, count(*) AS stations
         FROM installation i LEFT JOIN deposit d ON d.installation = i.id
         WHERE i.kind = 'station' AND i.revoked_at IS NULL",
        &[&key],
    )
    .await?;
    let row = row.ok_or(Error::Fault("no counts".to_owned()))?;
    Ok((
        super::count(&row, "sealed")?,
        super::count(&row, "stations")?,
    ))
}
