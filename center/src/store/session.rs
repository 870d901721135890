//! Sessions of the console, by the keyed hash of their token.

use domain::Id;

use crate::database::Tx;
use crate::error::Result;

/// Minutes without a request.
const IDLE_MINUTES: i32 = 30;
/// Hours in all.
const LONGEST_HOURS: i32 = 8;

/// Opens one and clears away those that ran out.
pub async fn open(tx: &Tx<'_>, token_hash: &[u8], staff: Id) -> Result<()> {
    super::run(
        tx,
        "DELETE FROM session WHERE seen_at < now() - make_interval(mins => $1)
             OR started_at < now() - make_interval(hours => $2)",
        &[&IDLE_MINUTES, &LONGEST_HOURS],
    )
    .await?;
    super::run(
        tx,
        "INSERT INTO session (token_hash, staff) VALUES ($1, $2)",
        &[&token_hash, &staff.0],
    )
    .await?;
    Ok(())
}

/// Whose it is, while it holds; looking keeps it alive.
pub async fn touch(tx: &Tx<'_>, token_hash: &[u8]) -> Result<Option<Id>> {
    let row = super::find(
        tx,
        "UPDATE session SET seen_at = now()
         WHERE token_hash = $1 AND seen_at > now() - make_interval(mins => $2)
             AND started_at > now() - make_interval(hours => $3)
         RETURNING staff",
        &[&token_hash, &IDLE_MINUTES, &LONGEST_HOURS],
    )
    .await?;
    Ok(row.map(|row| row.try_get("staff")).transpose()?.map(Id))
}

/// Ends one.
pub async fn close(tx: &Tx<'_>, token_hash: &[u8]) -> Result<()> {
    super::run(
        tx,
        "DELETE FROM session WHERE token_hash = $1",
        &[&token_hash],
    )
    .await?;
    Ok(())
}

/// Ends all of somebody's.
pub async fn close_all(tx: &Tx<'_>, staff: Id) -> Result<()> {
    super::run(tx, "DELETE FROM session WHERE staff = $1", &[&staff.0]).await?;
    Ok(())
}
