//! Who read a full number, when and why.

use domain::{Id, Staff};

use crate::database::Tx;
use crate::error::Result;

/// Records a read, in the transaction that reads.
pub async fn record(tx: &Tx<'_>, by: &Staff, case: Id, reason: &str) -> Result<()> {
    super::run(
        tx,
        "INSERT INTO audit (staff, area, case_id, reason) VALUES ($1, $2, $3, $4)",
        &[&by.id.0, &by.area.0, &case.0, &reason],
    )
    .await?;
    Ok(())
}
