//! What is locked before a decision: rows, taken in the order of their keys, so that two pushes
//! never wait for each other. Rows and not advisory locks, because a push may take 2,000 and
//! advisory locks live in shared memory.

use std::collections::{BTreeSet, HashSet};

use crate::database::Tx;
use crate::error::Result;

/// Locks until the transaction ends. State must be read in a later statement than this. The answer is
/// what is locked together with these keys ([`join`]), these themselves included; mostly nothing.
///
/// A row that was made here is ours already: whoever wants the same one waits for our end.
pub async fn lock(tx: &Tx<'_>, mut keys: Vec<Vec<u8>>) -> Result<BTreeSet<Vec<u8>>> {
    keys.sort();
    keys.dedup();
    if keys.is_empty() {
        return Ok(BTreeSet::new());
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
        return Ok(BTreeSet::new());
    }
    let locked = super::rows(
        tx,
        "SELECT also FROM entity WHERE key = ANY($1) ORDER BY key FOR NO KEY UPDATE",
        &[&keys],
    )
    .await?;
    let mut also = BTreeSet::new();
    for row in &locked {
        let keys: Option<Vec<Vec<u8>>> = row.try_get("also")?;
        also.extend(keys.into_iter().flatten());
    }
    Ok(also)
}

/// Keys that are locked together from now on. Every one of them is locked.
pub async fn join(tx: &Tx<'_>, keys: &[Vec<u8>]) -> Result<()> {
    super::run(
        tx,
        "UPDATE entity SET also = (
             SELECT array_agg(DISTINCT k) FROM (
                 SELECT unnest($1::bytea[])
                 UNION SELECT unnest(also) FROM entity WHERE key = ANY($1)) AS t (k))
         WHERE key = ANY($1)",
        &[&keys],
    )
    .await?;
    Ok(())
}
