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

/// The link at a position, hex.
pub async fn link(tx: &Tx<'_>, installation: Id, n: u64) -> Result<Option<String>> {
    let statement = "SELECT link FROM log WHERE installation = $1 AND n = $2";
    let row = super::find(tx, statement, &[&installation.0, &super::signed(n)?]).await?;
    row.map(|row| Ok(hex::encode(row.try_get::<_, Vec<u8>>("link")?)))
        .transpose()
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
