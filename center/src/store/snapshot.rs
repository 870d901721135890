//! Snapshots of feeds that are there to be loaded.

use std::time::Duration;

use domain::Division;
use domain::snapshot::{Offer, write::PART_BYTES};
use tokio_postgres::Row;

use super::blob::digest;
use crate::database::Tx;
use crate::error::{Error, Result};
use crate::snapshots::Limits;

/// Any number: all processes of one database take the same lock. It is of a kind of its own beside that
/// of migrations.
const BUILDER: i64 = 0x5969_7a68_736e;

/// Whether nobody else builds: it is ours until the transaction ends. An advisory lock gives the
/// transaction no number, so that one which lasts keeps no old row from being cleared away.
pub async fn lock_builder(tx: &Tx<'_>) -> Result<bool> {
    let statement = "SELECT pg_try_advisory_xact_lock($1) AS ours";
    let row = super::find(tx, statement, &[&BUILDER]).await?;
    row.map_or(Ok(false), |row| Ok(row.try_get("ours")?))
}

/// The newest one of a feed that this program can read.
pub async fn newest(tx: &Tx<'_>, feed: &Division, format: u32, fold: u32) -> Result<Option<Offer>> {
    let row = super::find(
        tx,
        "SELECT sha256, seq, format, fold, size_bytes, header_bytes FROM snapshot
         WHERE feed = $1 AND format = $2 AND fold = $3 ORDER BY seq DESC LIMIT 1",
        &[&feed.0, &small(format)?, &small(fold)?],
    )
    .await?;
    row.as_ref().map(read).transpose()
}

/// One that was asked for by its address.
pub async fn find(tx: &Tx<'_>, feed: &Division, sha256: &[u8; 32]) -> Result<Option<Offer>> {
    let row = super::find(
        tx,
        "SELECT sha256, seq, format, fold, size_bytes, header_bytes FROM snapshot
         WHERE feed = $1 AND sha256 = $2",
        &[&feed.0, &sha256.as_slice()],
    )
    .await?;
    row.as_ref().map(read).transpose()
}

/// All of them.
pub async fn all(tx: &Tx<'_>) -> Result<Vec<(Division, Offer)>> {
    let rows = super::rows(
        tx,
        "SELECT feed, sha256, seq, format, fold, size_bytes, header_bytes FROM snapshot",
        &[],
    )
    .await?;
    rows.iter()
        .map(|row| Ok((Division(row.try_get("feed")?), read(row)?)))
        .collect()
}

/// Feeds that have grown enough since their last snapshot.
pub async fn due(
    tx: &Tx<'_>,
    limits: &Limits,
    format: u32,
    fold: u32,
    most: i64,
) -> Result<Vec<Division>> {
    let rows = super::rows(
        tx,
        "SELECT feed.id FROM feed
         LEFT JOIN LATERAL (
             SELECT seq FROM snapshot
             WHERE snapshot.feed = feed.id AND format = $3 AND fold = $4
             ORDER BY seq DESC LIMIT 1) AS last ON true
         WHERE feed.head - coalesce(last.seq, 0) >= $1
           AND (feed.head - coalesce(last.seq, 0)) * 100 >= feed.head * $2
           AND feed.head > coalesce(last.seq, 0)
         ORDER BY feed.head - coalesce(last.seq, 0) DESC LIMIT $5",
        &[
            &super::signed(limits.tail_facts)?,
            &super::signed(limits.tail_percent)?,
            &small(format)?,
            &small(fold)?,
            &most,
        ],
    )
    .await?;
    rows.iter()
        .map(|row| Ok(Division(row.try_get("id")?)))
        .collect()
}

/// Keeps one; nothing when it is there already.
pub async fn insert(tx: &Tx<'_>, feed: &Division, offer: &Offer) -> Result<()> {
    super::run(
        tx,
        "INSERT INTO snapshot (feed, sha256, seq, format, fold, size_bytes, header_bytes)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        &[
            &feed.0,
            &address(&offer.sha256)?.as_slice(),
            &super::signed(offer.seq)?,
            &small(offer.format)?,
            &small(offer.fold)?,
            &super::signed(offer.size_bytes)?,
            &super::signed(offer.header_bytes)?,
        ],
    )
    .await?;
    Ok(())
}

/// Takes one away.
pub async fn withdraw(tx: &Tx<'_>, feed: &Division, sha256: &str) -> Result<()> {
    super::run(
        tx,
        "DELETE FROM snapshot WHERE feed = $1 AND sha256 = $2",
        &[&feed.0, &address(sha256)?.as_slice()],
    )
    .await?;
    Ok(())
}

/// Takes those away that were followed by another one so long ago.
pub async fn withdraw_followed(tx: &Tx<'_>, kept: Duration) -> Result<u64> {
    super::run(
        tx,
        "DELETE FROM snapshot AS old WHERE EXISTS (
             SELECT FROM snapshot AS next WHERE next.feed = old.feed
             AND next.made_at > old.made_at
             AND next.made_at < now() - make_interval(secs => $1))",
        &[&kept.as_secs_f64()],
    )
    .await
}

fn read(row: &Row) -> Result<Offer> {
    let sha256: Vec<u8> = row.try_get("sha256")?;
    let number = |column: &str| {
        let value: i32 = row.try_get(column)?;
        u32::try_from(value).map_err(|_| Error::Fault(format!("{column} is negative")))
    };
    Ok(Offer {
        sha256: hex::encode(sha256),
        size_bytes: super::count(row, "size_bytes")?,
        header_bytes: super::count(row, "header_bytes")?,
        seq: super::count(row, "seq")?,
        format: number("format")?,
        fold: number("fold")?,
        part_bytes: PART_BYTES,
    })
}

fn address(sha256: &str) -> Result<[u8; 32]> {
    digest(sha256).ok_or(Error::Fault("an address unchecked".to_owned()))
}

fn small(value: u32) -> Result<i32> {
    i32::try_from(value).map_err(|_| Error::Fault("a version beyond 31 bits".to_owned()))
}
