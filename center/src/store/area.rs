//! The area that row-level security lets a transaction see.

use domain::{Division, Id};

use crate::database::Tx;
use crate::error::Result;

/// Holds until the transaction ends.
pub async fn set(tx: &Tx<'_>, staff: Id, area: &Division) -> Result<()> {
    super::run(
        tx,
        "SELECT set_config('yizhan.area', $1, true), set_config('yizhan.staff', $2, true)",
        &[&area.0, &staff.to_string()],
    )
    .await?;
    Ok(())
}
