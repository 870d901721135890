//! Which catalogues this centre has worked by.

use crate::database::Tx;
use crate::error::Result;

/// Keeps the hash of the catalogue in force.
pub async fn keep(tx: &Tx<'_>, hash: &str) -> Result<()> {
    let statement = "INSERT INTO catalog (hash) VALUES ($1) ON CONFLICT DO NOTHING";
    super::run(tx, statement, &[&hash]).await?;
    Ok(())
}
