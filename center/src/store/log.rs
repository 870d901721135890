//! Positions of the logs. A position has one link for ever.

use domain::Id;

use crate::database::Tx;
use crate::error::Result;

/// One position to write.
pub struct Position {
    /// From 1.
    pub n: u64,
    /// The command there.
    pub command: Id,
    /// Its link.
    pub link: Vec<u8>,
    /// The installation's signature of the link.
    pub signature: Vec<u8>,
}

/// The links at some positions, hex, by position.
pub async fn links(tx: &Tx<'_>, installation: Id, positions: &[u64]) -> Result<Vec<(u64, String)>> {
    let wanted = positions
        .iter()
        .map(|n| super::signed(*n))
        .collect::<Result<Vec<_>>>()?;
    let rows = super::rows(
        tx,
        "SELECT n, link FROM log WHERE installation = $1 AND n = ANY($2)",
        &[&installation.0, &wanted],
    )
    .await?;
    rows.iter()
        .map(|row| {
            let link: Vec<u8> = row.try_get("link")?;
            Ok((super::count(row, "n")?, hex::encode(link)))
        })
        .collect()
}

/// Appends positions.
pub async fn append(tx: &Tx<'_>, installation: Id, positions: &[Position]) -> Result<()> {
    let n = positions
        .iter()
        .map(|p| super::signed(p.n))
        .collect::<Result<Vec<_>>>()?;
    let commands: Vec<_> = positions.iter().map(|p| p.command.0).collect();
    let links: Vec<_> = positions.iter().map(|p| p.link.as_slice()).collect();
    let signatures: Vec<_> = positions.iter().map(|p| p.signature.as_slice()).collect();
    super::run(
        tx,
        "INSERT INTO log (installation, n, command, link, signature)
         SELECT $1, * FROM unnest($2::bigint[], $3::uuid[], $4::bytea[], $5::bytea[])",
        &[&installation.0, &n, &commands, &links, &signatures],
    )
    .await?;
    Ok(())
}
