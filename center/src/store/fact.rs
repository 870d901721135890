//! Facts in their feeds, sealed.

use domain::Division;
use domain::sync::{FeedFact, first_sum};

use crate::database::Tx;
use crate::error::Result;
use crate::seal::{Kind, Seals};

/// The checksum at a position; None when the feed is not that long.
pub async fn find_sum(tx: &Tx<'_>, feed: &Division, seq: u64) -> Result<Option<String>> {
    if seq == 0 {
        return Ok(Some(first_sum()));
    }
    let Ok(seq) = i64::try_from(seq) else {
        return Ok(None);
    };
    let statement = "SELECT sum FROM fact WHERE feed = $1 AND seq = $2";
    let row = super::find(tx, statement, &[&feed.0, &seq]).await?;
    Ok(row
        .map(|row| row.try_get::<_, Vec<u8>>("sum"))
        .transpose()?
        .map(hex::encode))
}

/// The facts after a position, in order, at most `limit` and about `limit_bytes`.
pub async fn after(
    tx: &Tx<'_>,
    seals: &Seals,
    feed: &Division,
    seq: u64,
    limit: usize,
    limit_bytes: usize,
) -> Result<Vec<FeedFact>> {
    let rows = super::rows(
        tx,
        "SELECT seq, sum, body FROM fact WHERE feed = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        &[&feed.0, &super::signed(seq)?, &super::signed(limit as u64)?],
    )
    .await?;
    let mut facts = Vec::with_capacity(rows.len());
    let mut bytes = 0;
    for row in &rows {
        let seq = super::count(row, "seq")?;
        let sealed: Vec<u8> = row.try_get("body")?;
        let body = seals.open_text(Kind::Fact, &place(feed, seq), &sealed)?;
        bytes += body.len();
        if bytes > limit_bytes && !facts.is_empty() {
            break;
        }
        let sum: Vec<u8> = row.try_get("sum")?;
        let sum = hex::encode(sum);
        facts.push(FeedFact { seq, body, sum });
    }
    Ok(facts)
}

/// Writes facts at their positions.
pub async fn insert(tx: &Tx<'_>, seals: &Seals, facts: &[(&Division, FeedFact)]) -> Result<()> {
    let feeds: Vec<_> = facts.iter().map(|(feed, _)| feed.0.as_str()).collect();
    let seqs = facts
        .iter()
        .map(|(_, fact)| super::signed(fact.seq))
        .collect::<Result<Vec<_>>>()?;
    let sums: Vec<_> = facts
        .iter()
        .map(|(_, fact)| hex::decode(&fact.sum).unwrap_or_default())
        .collect();
    let bodies: Vec<_> = facts
        .iter()
        .map(|(feed, fact)| seals.seal(Kind::Fact, &place(feed, fact.seq), fact.body.as_bytes()))
        .collect();
    super::run(
        tx,
        "INSERT INTO fact (feed, seq, sum, body)
         SELECT * FROM unnest($1::text[], $2::bigint[], $3::bytea[], $4::bytea[])",
        &[&feeds, &seqs, &sums, &bodies],
    )
    .await?;
    Ok(())
}

fn place(feed: &Division, seq: u64) -> Vec<u8> {
    format!("{feed}/{seq}").into_bytes()
}
