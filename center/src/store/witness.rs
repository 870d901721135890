//! What the centre has seen of the stations' audits, and where it was not what it had been.

use audit::{Head, Witness};
use chrono::{DateTime, Utc};
use domain::Id;
use domain::heartbeat::Rebuilt;
use domain::sync::Hello;
use sha2::{Digest, Sha256};
use tokio_postgres::Row;

use crate::database::Tx;
use crate::error::{Error, Result};
use crate::sync::greet::Last;

/// Between two heads of one installation that are kept for ever, minutes.
const KEPT_EVERY_MINUTES: i32 = 60;

/// A head that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// `back` or `differs`.
    pub what: &'static str,
    /// How far it had been seen.
    pub seen: u64,
    /// The station says that its database was made anew, and no head that was kept contradicts where it
    /// says that its chain goes on.
    pub is_rebuilt: bool,
}

/// Keeps the head that an installation tells, before `contact` forgets the last one. An alarm is raised
/// once for each head that cannot be; whether this one is new. What the station says of a database that
/// was made anew is kept with it: what went with the old one is an alarm all the same, and told as that.
pub async fn take(
    tx: &Tx<'_>,
    installation: Id,
    told: &Head,
    before: Option<&Last>,
    alarm: Option<(&Alarm, Option<&Rebuilt>)>,
) -> Result<bool> {
    if told.n > 0 {
        super::run(
            tx,
            "INSERT INTO witness (installation, n, hash) SELECT $1::uuid, $2::bigint, $3::bytea
             WHERE $4::boolean OR NOT EXISTS (SELECT FROM witness WHERE installation = $1
                 AND at > now() - make_interval(mins => $5))
             ON CONFLICT DO NOTHING",
            &[
                &installation.0,
                &super::signed(told.n)?,
                &told.hash.as_slice(),
                &alarm.is_some(),
                &KEPT_EVERY_MINUTES,
            ],
        )
        .await?;
    }
    let Some((alarm, rebuilt)) = alarm else {
        return Ok(false);
    };
    if let Some((last, at)) = before.and_then(|before| Some((before.audit?, before.at))) {
        keep_for_good(tx, installation, &last, at).await?;
    }
    let raised = super::run(
        tx,
        "INSERT INTO witness_alarm (installation, n, hash, what, seen_n, rebuilt_n, rebuilt_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        &[
            &installation.0,
            &super::signed(told.n)?,
            &told.hash.as_slice(),
            &alarm.what,
            &super::signed(alarm.seen)?,
            &rebuilt
                .map(|rebuilt| super::signed(rebuilt.n))
                .transpose()?,
            &rebuilt.map(|rebuilt| rebuilt.at),
        ],
    )
    .await?;
    Ok(raised == 1)
}

/// An alarm of a second machine that speaks as an installation; whether this start of it is new.
pub async fn copied(tx: &Tx<'_>, installation: Id, hello: &Hello, heard: &Last) -> Result<bool> {
    let run = hello.run.as_ref().map_or(&[][..], |run| run.as_bytes());
    let starts = |starts: u64| super::signed(starts.min(1 << 56));
    let raised = super::run(
        tx,
        "INSERT INTO witness_alarm (installation, n, hash, what, seen_n)
         VALUES ($1, $2, $3, 'copied', $4) ON CONFLICT DO NOTHING",
        &[
            &installation.0,
            &starts(hello.boots)?,
            &Sha256::digest(run).as_slice(),
            &starts(heard.boots)?,
        ],
    )
    .await?;
    Ok(raised == 1)
}

/// The head that was told before one that contradicts it: `contact` forgets it now.
async fn keep_for_good(
    tx: &Tx<'_>,
    installation: Id,
    head: &Head,
    at: DateTime<Utc>,
) -> Result<()> {
    super::run(
        tx,
        "INSERT INTO witness (installation, n, hash, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
        &[
            &installation.0,
            &super::signed(head.n)?,
            &head.hash.as_slice(),
            &at,
        ],
    )
    .await?;
    Ok(())
}

/// Whether no head that was kept contradicts what a station says of a database made anew.
pub async fn is_credible(tx: &Tx<'_>, installation: Id, rebuilt: &Rebuilt) -> Result<bool> {
    let hash = hex::decode(&rebuilt.hash).unwrap_or_default();
    let n = super::signed(rebuilt.n)?;
    let contradicted = super::find(
        tx,
        "SELECT 1 FROM witness WHERE installation = $1 AND n = $2 AND hash <> $3 LIMIT 1",
        &[&installation.0, &n, &hash],
    )
    .await?;
    Ok(contradicted.is_none())
}

/// Why a head cannot be, after the one that was heard last.
pub fn contradicts(last: &Head, told: &Head, rebuilt: Option<&Rebuilt>) -> Option<Alarm> {
    let is_rebuilt = rebuilt.is_some();
    let what = match told.n.cmp(&last.n) {
        std::cmp::Ordering::Less => "back",
        std::cmp::Ordering::Equal if told.hash != last.hash => "differs",
        // Longer than before, but from an earlier record on.
        _ if rebuilt.is_some_and(|rebuilt| rebuilt.n < last.n) => "back",
        _ => return None,
    };
    let seen = last.n;
    Some(Alarm {
        what,
        seen,
        is_rebuilt,
    })
}

/// An alarm as the console lists it.
pub struct Raised {
    /// `back`, `differs` or `copied`.
    pub what: String,
    /// The record that was told; of a second machine how often it was started.
    pub n: u64,
    /// How far the audit had been seen; how often the machine that was heard before was started.
    pub seen: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// The record behind which the station says that its chain goes on, its database having been made
    /// anew.
    pub rebuilt: Option<u64>,
    /// Who looked into it.
    pub looked: Option<Looked>,
}

/// Who looked into an alarm.
pub struct Looked {
    /// Who.
    pub by: Id,
    /// What they found.
    pub words: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The latest alarms of a station; those that nobody looked into come first.
pub async fn alarms(tx: &Tx<'_>, installation: Id, limit: i64) -> Result<Vec<Raised>> {
    let rows = super::rows(
        tx,
        "SELECT a.what, a.n, a.seen_n, a.at, a.rebuilt_n, s.seen_by, s.words, s.at AS looked_at
         FROM witness_alarm a LEFT JOIN witness_alarm_seen s USING (installation, n, hash)
         WHERE a.installation = $1
         ORDER BY s.seen_by IS NOT NULL, a.at DESC, a.n DESC LIMIT $2",
        &[&installation.0, &limit],
    )
    .await?;
    rows.iter().map(raised).collect()
}

fn raised(row: &Row) -> Result<Raised> {
    let by: Option<uuid::Uuid> = row.try_get("seen_by")?;
    let looked = match by {
        None => None,
        Some(by) => Some(Looked {
            by: Id(by),
            words: row.try_get("words")?,
            at: row.try_get("looked_at")?,
        }),
    };
    let rebuilt: Option<i64> = row.try_get("rebuilt_n")?;
    Ok(Raised {
        what: row.try_get("what")?,
        n: super::count(row, "n")?,
        seen: super::count(row, "seen_n")?,
        at: row.try_get("at")?,
        rebuilt: rebuilt.and_then(|n| u64::try_from(n).ok()),
        looked,
    })
}

/// Notes who looked into all alarms of a station up to a moment; how many there were that nobody had
/// looked into.
pub async fn look_into(
    tx: &Tx<'_>,
    installation: Id,
    until: DateTime<Utc>,
    by: Id,
    words: &str,
) -> Result<u64> {
    super::run(
        tx,
        "INSERT INTO witness_alarm_seen (installation, n, hash, seen_by, words)
         SELECT a.installation, a.n, a.hash, $3::uuid, $4::text FROM witness_alarm a
         WHERE a.installation = $1 AND a.at <= $2
         ON CONFLICT DO NOTHING",
        &[&installation.0, &until, &by.0, &words],
    )
    .await
}

/// The last head that a station told in time, and when.
pub async fn last(tx: &Tx<'_>, installation: Id) -> Result<Option<(u64, DateTime<Utc>)>> {
    let row = super::find(
        tx,
        "SELECT n, at FROM witness WHERE installation = $1 ORDER BY n DESC LIMIT 1",
        &[&installation.0],
    )
    .await?;
    row.map(|row| Ok((super::count(&row, "n")?, row.try_get("at")?)))
        .transpose()
}

/// Everything that was seen of stations, for an export: the kept heads, and the last told ones.
pub async fn all(tx: &Tx<'_>) -> Result<Vec<Witness>> {
    let rows = super::rows(
        tx,
        "SELECT installation, n, hash, at FROM witness
         UNION
         SELECT installation, audit_n, audit_hash, seen_at FROM contact
         WHERE audit_hash IS NOT NULL AND audit_n > 0
         ORDER BY installation, n, at",
        &[],
    )
    .await?;
    rows.iter()
        .map(|row| {
            let at: DateTime<Utc> = row.try_get("at")?;
            Ok(Witness {
                origin: format!("station:{}", Id(row.try_get("installation")?)),
                head: read_head(row, "n", "hash")?,
                at_ms: at.timestamp_millis(),
            })
        })
        .collect()
}

pub(super) fn read_head(row: &Row, n: &str, hash: &str) -> Result<Head> {
    let bytes: Vec<u8> = row.try_get(hash)?;
    let size = |_| Error::Fault(format!("{hash} of another size"));
    Ok(Head {
        n: super::count(row, n)?,
        hash: bytes.try_into().map_err(size)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_that_goes_back_or_differs_is_an_alarm_and_one_that_grows_is_none() {
        let at = |n: u64, byte: u8| Head {
            n,
            hash: [byte; 32],
        };
        let alarm = |what| {
            Some(Alarm {
                what,
                seen: 7,
                is_rebuilt: false,
            })
        };
        let contradicts = |last: &Head, told: &Head| contradicts(last, told, None);
        assert_eq!(contradicts(&at(7, 1), &at(6, 1)), alarm("back"));
        assert_eq!(contradicts(&at(7, 1), &at(7, 2)), alarm("differs"));
        assert_eq!(contradicts(&at(7, 1), &at(7, 1)), None);
        assert_eq!(contradicts(&at(7, 1), &at(8, 2)), None);
    }

    #[test]
    fn a_database_made_anew_is_told_from_one_that_was_cut_even_where_it_is_longer_now() {
        let at = |n: u64| Head { n, hash: [1; 32] };
        let rebuilt = |n: u64| Rebuilt {
            n,
            hash: "01".repeat(32),
            at: Utc::now(),
        };
        let back = |told: u64, n: u64| {
            contradicts(&at(7), &at(told), Some(&rebuilt(n)))
                .map(|alarm| (alarm.what, alarm.is_rebuilt))
        };
        assert_eq!(back(6, 4), Some(("back", true)));
        assert_eq!(back(12, 4), Some(("back", true)));
        assert_eq!(back(12, 7), None, "nothing was lost");
    }
}
