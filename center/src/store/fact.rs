//! Facts in their feeds. What one transaction tells a feed lies in few rows: a *run* of facts, packed
//! (zstd) and sealed together. A row a fact would be most of what a push costs.
//!
//! Inside a run the facts stand word for word, one a line: JSON text has no bare line feed.

use domain::Division;
use domain::sync::{FeedFact, first_sum, sum_after};
use tokio_postgres::Row;

use crate::database::Tx;
use crate::error::{Error, Result};
use crate::seal::{Kind, Seals};

/// Facts of one run. A pull takes whole runs out of the database, and gives part of one.
const RUN_FACTS: usize = 128;
/// Bytes of a run before it is packed, but for its last fact.
const RUN_BYTES: usize = 64 << 10;
/// What a run may be once unpacked: one fact may be as long as a push.
const UNPACKED_LIMIT_BYTES: usize = 16 << 20;
const LEVEL: i32 = 1;

/// Facts to write: consecutive, of one feed.
pub struct Told<'a> {
    /// The feed.
    pub feed: &'a Division,
    /// The checksum before the first.
    pub before: String,
    /// In order.
    pub facts: Vec<FeedFact>,
}

/// The checksum at a position; None when the feed is not that long.
pub async fn find_sum(
    tx: &Tx<'_>,
    seals: &Seals,
    feed: &Division,
    seq: u64,
) -> Result<Option<String>> {
    if seq == 0 {
        return Ok(Some(first_sum()));
    }
    let Ok(wanted) = i64::try_from(seq) else {
        return Ok(None);
    };
    let statement = "SELECT seq, first, before, sum, packed, body FROM fact
                     WHERE feed = $1 AND seq >= $2 ORDER BY seq LIMIT 1";
    let Some(row) = super::find(tx, statement, &[&feed.0, &wanted]).await? else {
        return Ok(None);
    };
    if super::count(&row, "seq")? == seq {
        return Ok(Some(hex::encode(row.try_get::<_, Vec<u8>>("sum")?)));
    }
    let facts = unpack(seals, feed, &row)?;
    let found = facts.into_iter().find(|fact| fact.seq == seq);
    Ok(found.map(|fact| fact.sum))
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
    let last = super::signed(seq.saturating_add(limit as u64))?;
    let rows = super::rows(
        tx,
        "SELECT seq, first, before, sum, packed, body FROM fact
         WHERE feed = $1 AND seq > $2 AND first <= $3 ORDER BY seq",
        &[&feed.0, &super::signed(seq)?, &last],
    )
    .await?;
    let (mut facts, mut bytes) = (Vec::new(), 0);
    for row in &rows {
        for fact in unpack(seals, feed, row)? {
            if fact.seq <= seq {
                continue;
            }
            bytes += fact.body.len();
            if facts.len() == limit || (bytes > limit_bytes && !facts.is_empty()) {
                return Ok(facts);
            }
            facts.push(fact);
        }
    }
    Ok(facts)
}

/// Writes facts at their positions.
pub async fn insert(tx: &Tx<'_>, seals: &Seals, told: &[Told<'_>]) -> Result<()> {
    let mut columns = Columns::default();
    for told in told {
        let mut before = told.before.as_str();
        for run in runs(&told.facts) {
            columns.add(seals, told.feed, before, run)?;
            before = run.last().map_or(before, |fact| &fact.sum);
        }
    }
    super::run(
        tx,
        "INSERT INTO fact (feed, seq, first, before, sum, packed, body)
         SELECT feed, seq, first, before, sum, true, body
         FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[])
             AS t (feed, seq, first, before, sum, body)",
        &[
            &columns.feeds,
            &columns.seqs,
            &columns.firsts,
            &columns.befores,
            &columns.sums,
            &columns.bodies,
        ],
    )
    .await?;
    Ok(())
}

#[derive(Default)]
struct Columns<'a> {
    feeds: Vec<&'a str>,
    seqs: Vec<i64>,
    firsts: Vec<i64>,
    befores: Vec<Vec<u8>>,
    sums: Vec<Vec<u8>>,
    bodies: Vec<Vec<u8>>,
}

impl<'a> Columns<'a> {
    fn add(
        &mut self,
        seals: &Seals,
        feed: &'a Division,
        before: &str,
        run: &[FeedFact],
    ) -> Result<()> {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            return Ok(());
        };
        let bodies: Vec<_> = run.iter().map(|fact| fact.body.as_str()).collect();
        let packed = zstd::bulk::compress(bodies.join("\n").as_bytes(), LEVEL)
            .map_err(|error| Error::Fault(format!("packing facts: {error}")))?;
        self.feeds.push(&feed.0);
        self.seqs.push(super::signed(last.seq)?);
        self.firsts.push(super::signed(first.seq)?);
        self.befores.push(hex::decode(before).unwrap_or_default());
        self.sums.push(hex::decode(&last.sum).unwrap_or_default());
        let place = place(feed, last.seq);
        self.bodies.push(seals.seal(Kind::Fact, &place, &packed));
        Ok(())
    }
}

/// Cuts facts into runs.
fn runs(facts: &[FeedFact]) -> Vec<&[FeedFact]> {
    let (mut runs, mut begin, mut bytes) = (Vec::new(), 0, 0);
    for (at, fact) in facts.iter().enumerate() {
        if at - begin == RUN_FACTS || bytes > RUN_BYTES {
            runs.push(&facts[begin..at]);
            (begin, bytes) = (at, 0);
        }
        bytes += fact.body.len();
    }
    runs.push(&facts[begin..]);
    runs
}

/// The facts of a row with their numbers and checksums, which follow from what stands before them.
fn unpack(seals: &Seals, feed: &Division, row: &Row) -> Result<Vec<FeedFact>> {
    let (first, last) = (super::count(row, "first")?, super::count(row, "seq")?);
    let sealed: Vec<u8> = row.try_get("body")?;
    let mut text = seals.open(Kind::Fact, &place(feed, last), &sealed)?;
    if row.try_get("packed")? {
        text = zstd::bulk::decompress(&text, UNPACKED_LIMIT_BYTES)
            .map_err(|error| Error::Fault(format!("unpacking facts: {error}")))?;
    }
    let text = String::from_utf8(text).map_err(|_| Error::Fault("facts are text".to_owned()))?;
    let mut sum = hex::encode(row.try_get::<_, Vec<u8>>("before")?);
    let mut facts = Vec::new();
    for (seq, body) in (first..).zip(text.split('\n')) {
        sum = sum_after(&sum, body);
        facts.push(FeedFact {
            seq,
            body: body.to_owned(),
            sum: sum.clone(),
        });
    }
    let kept: Vec<u8> = row.try_get("sum")?;
    let whole = facts.last().is_some_and(|fact| fact.seq == last) && hex::encode(kept) == sum;
    match whole {
        true => Ok(facts),
        false => Err(Error::Fault(format!("a run of facts that ends at {last}"))),
    }
}

fn place(feed: &Division, seq: u64) -> Vec<u8> {
    format!("{feed}/{seq}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_hold_every_fact_once_and_none_grows_without_end() {
        let fact = |seq, size| FeedFact {
            seq,
            body: "x".repeat(size),
            sum: String::new(),
        };
        let short: Vec<_> = (1..=300).map(|seq| fact(seq, 10)).collect();
        let long: Vec<_> = (1..=5).map(|seq| fact(seq, RUN_BYTES)).collect();
        for (facts, wanted) in [(&short, vec![128, 128, 44]), (&long, vec![2, 2, 1])] {
            let runs = runs(facts);
            let sizes: Vec<_> = runs.iter().map(|run| run.len()).collect();
            assert_eq!(sizes, wanted);
            assert_eq!(runs.concat(), *facts);
        }
    }
}
