//! Catalogues as stations load them.

use crate::database::Tx;
use crate::error::Result;

/// Keeps the catalogue that is in force from now on. One that was kept before stays as it was packed
/// then.
pub async fn keep(tx: &Tx<'_>, sha256: &[u8; 32], body: &[u8]) -> Result<()> {
    super::run(
        tx,
        "INSERT INTO bundle (sha256, body) VALUES ($1, $2)
         ON CONFLICT (sha256) DO UPDATE SET named_at = now()
         WHERE bundle.named_at < (SELECT max(named_at) FROM bundle)",
        &[&sha256.as_slice(), &body],
    )
    .await?;
    Ok(())
}

/// Deletes those that no station says it works by, but for so many that were named last: another process of
/// the centre may still name one of them, and who is offline may have heard of one. How many.
pub async fn forget(tx: &Tx<'_>, newest: i64) -> Result<u64> {
    super::run(
        tx,
        "DELETE FROM bundle b
         WHERE NOT EXISTS (SELECT FROM contact c WHERE c.bundle = b.sha256)
             AND b.sha256 NOT IN (SELECT sha256 FROM bundle ORDER BY named_at DESC LIMIT $1)",
        &[&newest],
    )
    .await
}

/// The address that was named last, by whichever process of the centre, and the length of its file.
pub async fn named_last(tx: &Tx<'_>) -> Result<Option<(Vec<u8>, u64)>> {
    let statement = "SELECT sha256, length(body)::bigint AS size_bytes FROM bundle
         ORDER BY named_at DESC LIMIT 1";
    let row = super::find(tx, statement, &[]).await?;
    row.map(|row| Ok((row.try_get("sha256")?, super::count(&row, "size_bytes")?)))
        .transpose()
}

/// The file under an address.
pub async fn find(tx: &Tx<'_>, sha256: &[u8; 32]) -> Result<Option<Vec<u8>>> {
    let statement = "SELECT body FROM bundle WHERE sha256 = $1";
    let row = super::find(tx, statement, &[&sha256.as_slice()]).await?;
    row.map(|row| Ok(row.try_get("body")?)).transpose()
}
