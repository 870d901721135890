//! The lease that each installation was given last: by the hash of its content, with its number.

use domain::Id;

use crate::database::Tx;
use crate::error::{Error, Result};

/// The serial number of a lease with this content. Another content gets the next one, and never one
/// below what the installation says it holds: a centre restored from a backup has forgotten some.
pub async fn serial(tx: &Tx<'_>, installation: Id, content_hash: &[u8], held: u64) -> Result<u64> {
    let held = super::signed(held)?;
    let known = super::find(
        tx,
        "SELECT serial FROM lease
         WHERE installation = $1 AND content_hash = $2 AND serial >= $3",
        &[&installation.0, &content_hash, &held],
    )
    .await?;
    let row = match known {
        Some(row) => Some(row),
        None => {
            super::find(
                tx,
                "INSERT INTO lease (installation, serial, content_hash)
                 VALUES ($1, $3::bigint + 1, $2)
                 ON CONFLICT (installation) DO UPDATE SET
                     serial = greatest(lease.serial, $3::bigint) + 1,
                     content_hash = excluded.content_hash
                 RETURNING serial",
                &[&installation.0, &content_hash, &held],
            )
            .await?
        }
    };
    let row = row.ok_or(Error::Fault("a lease without a number".to_owned()))?;
    super::count(&row, "serial")
}
