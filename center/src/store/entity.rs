//! What is locked before a decision: rows, taken in the order of their keys, so that two pushes
//! never wait for each other. Rows and not advisory locks, because a push may take 2,000 and
//! advisory locks live in shared memory.

use std::collections::HashSet;

use crate::database::Tx;
use crate::error::Result;

/// Locks until the transaction ends. State must be read in a later statement than this.
///
/// A row that was made here is ours already: whoever wants the same one waits for our end.
pub async fn lock(tx: &Tx<'_>, mut keys: Vec<Vec<u8>>) -> Result<()> {
    keys.sort();
    keys.dedup();
    if keys.is_empty() {
        return Ok(());
    }
    let made = super::rows(
        tx,
        "INSERT INTO entity (key) SELECT key FROM unnest($1::bytea[]) AS t (key) ORDER BY key
         ON CONFLICT DO NOTHING RETURNING key",
        &[&keys],
    )
    .await?;
    let made = made.iter().map(|row| row.try_get("key"));
    let made: HashSet<Vec<u8>> = made.collect::<std::result::Result<_, _>>()?;
    keys.retain(|key| !made.contains(key));
    if keys.is_empty() {
        return Ok(());
    }
    super::run(
        tx,
        "SELECT key FROM entity WHERE key = ANY($1) ORDER BY key FOR NO KEY UPDATE",
        &[&keys],
    )
    .await?;
    Ok(())
}
