//! The feeds' heads: dense numbers and the running checksum.

use std::collections::BTreeMap;

use domain::Division;
use domain::sync::{FeedAt, first_sum};

use crate::database::Tx;
use crate::error::{Error, Result};

/// Where a feed ends.
pub async fn head(tx: &Tx<'_>, feed: &Division) -> Result<u64> {
    let row = super::find(tx, "SELECT head FROM feed WHERE id = $1", &[&feed.0]).await?;
    row.map_or(Ok(0), |row| super::count(&row, "head"))
}

/// The same with the checksum there.
pub async fn head_at(tx: &Tx<'_>, feed: &Division) -> Result<FeedAt> {
    let row = super::find(tx, "SELECT head, sum FROM feed WHERE id = $1", &[&feed.0]).await?;
    let Some(row) = row else {
        let (seq, sum) = (0, first_sum());
        return Ok(FeedAt { seq, sum });
    };
    let sum: Vec<u8> = row.try_get("sum")?;
    Ok(FeedAt {
        seq: super::count(&row, "head")?,
        sum: hex::encode(sum),
    })
}

/// Locks the heads of some feeds in order, making those that are new. Taken last in a transaction,
/// so that nobody waits long for them.
pub async fn lock(tx: &Tx<'_>, feeds: &[&Division]) -> Result<BTreeMap<Division, FeedAt>> {
    let mut names: Vec<_> = feeds.iter().map(|feed| feed.0.as_str()).collect();
    names.sort_unstable();
    let empty = hex::decode(first_sum()).map_err(|error| Error::Fault(error.to_string()))?;
    super::run(
        tx,
        "INSERT INTO feed (id, sum) SELECT id, $2 FROM unnest($1::text[]) AS t (id) ORDER BY id
         ON CONFLICT DO NOTHING",
        &[&names, &empty],
    )
    .await?;
    let rows = super::rows(
        tx,
        "SELECT id, head, sum FROM feed WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
        &[&names],
    )
    .await?;
    rows.iter()
        .map(|row| {
            let sum: Vec<u8> = row.try_get("sum")?;
            let at = FeedAt {
                seq: super::count(row, "head")?,
                sum: hex::encode(sum),
            };
            Ok((Division(row.try_get("id")?), at))
        })
        .collect()
}

/// Moves the heads.
pub async fn advance(tx: &Tx<'_>, heads: &BTreeMap<Division, FeedAt>) -> Result<()> {
    let ids: Vec<_> = heads.keys().map(|feed| feed.0.as_str()).collect();
    let seqs = heads
        .values()
        .map(|at| super::signed(at.seq))
        .collect::<Result<Vec<_>>>()?;
    let sums: Vec<_> = heads
        .values()
        .map(|at| hex::decode(&at.sum).unwrap_or_default())
        .collect();
    super::run(
        tx,
        "UPDATE feed SET head = t.head, sum = t.sum
         FROM unnest($1::text[], $2::bigint[], $3::bytea[]) AS t (id, head, sum)
         WHERE feed.id = t.id",
        &[&ids, &seqs, &sums],
    )
    .await?;
    Ok(())
}
