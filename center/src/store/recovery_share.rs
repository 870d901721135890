//! Shares that the first approving officer passed on, sealed to each of the others.

use domain::Id;

use crate::database::Tx;
use crate::error::Result;

/// Passes one on.
pub async fn add(tx: &Tx<'_>, request: Id, recipient: Id, sealed: &[u8]) -> Result<()> {
    super::run(
        tx,
        "INSERT INTO recovery_share (request, recipient, sealed) VALUES ($1, $2, $3)",
        &[&request.0, &recipient.0, &sealed],
    )
    .await?;
    Ok(())
}

/// What was passed on to an officer.
pub async fn find(tx: &Tx<'_>, request: Id, recipient: Id) -> Result<Option<Vec<u8>>> {
    let row = super::find(
        tx,
        "SELECT sealed FROM recovery_share WHERE request = $1 AND recipient = $2",
        &[&request.0, &recipient.0],
    )
    .await?;
    Ok(row.map(|row| row.try_get("sealed")).transpose()?)
}

/// Takes away what belongs to a request that is decided.
pub async fn remove(tx: &Tx<'_>, request: Id) -> Result<()> {
    super::run(
        tx,
        "DELETE FROM recovery_share WHERE request = $1",
        &[&request.0],
    )
    .await?;
    Ok(())
}

/// Takes away what belongs to requests that are too old.
pub async fn remove_expired(tx: &Tx<'_>) -> Result<()> {
    super::run(
        tx,
        "DELETE FROM recovery_share s USING recovery_request r
         WHERE r.id = s.request AND r.expires_at <= now()",
        &[],
    )
    .await?;
    Ok(())
}
