//! What the centre has seen of the stations' audits, and where it was not what it had been.

use audit::{Head, Witness};
use chrono::{DateTime, Utc};
use domain::Id;
use tokio_postgres::Row;

use crate::database::Tx;
use crate::error::{Error, Result};

/// Between two heads of one installation that are kept for ever, minutes.
const KEPT_EVERY_MINUTES: i32 = 60;

/// A head that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// `back` or `differs`.
    pub what: &'static str,
    /// How far it had been seen.
    pub seen: u64,
}

/// Takes in the head that an installation tells, before `contact` forgets the last one. An alarm is
/// raised once for each head that cannot be.
pub async fn take(tx: &Tx<'_>, installation: Id, told: &Head) -> Result<Option<Alarm>> {
    let last = super::find(
        tx,
        "SELECT audit_n, audit_hash FROM contact
         WHERE installation = $1 AND audit_hash IS NOT NULL FOR NO KEY UPDATE",
        &[&installation.0],
    )
    .await?;
    let last = last.map(|row| read_head(&row, "audit_n", "audit_hash"));
    let last = last.transpose()?;
    if last == Some(*told) {
        return Ok(None);
    }
    let alarm = last.and_then(|last| contradicts(&last, told));
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
    let Some(alarm) = alarm else {
        return Ok(None);
    };
    let raised = super::run(
        tx,
        "INSERT INTO witness_alarm (installation, n, hash, what, seen_n)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        &[
            &installation.0,
            &super::signed(told.n)?,
            &told.hash.as_slice(),
            &alarm.what,
            &super::signed(alarm.seen)?,
        ],
    )
    .await?;
    Ok((raised == 1).then_some(alarm))
}

fn contradicts(last: &Head, told: &Head) -> Option<Alarm> {
    let what = match told.n.cmp(&last.n) {
        std::cmp::Ordering::Less => "back",
        std::cmp::Ordering::Equal if told.hash != last.hash => "differs",
        _ => return None,
    };
    let seen = last.n;
    Some(Alarm { what, seen })
}

/// An alarm as the console lists it.
pub struct Raised {
    /// `back` or `differs`.
    pub what: String,
    /// The record that was told.
    pub n: u64,
    /// How far the audit had been seen.
    pub seen: u64,
    /// When.
    pub at: DateTime<Utc>,
}

/// The latest alarm of a station.
pub async fn alarm(tx: &Tx<'_>, installation: Id) -> Result<Option<Raised>> {
    let row = super::find(
        tx,
        "SELECT what, n, seen_n, at FROM witness_alarm
         WHERE installation = $1 ORDER BY at DESC LIMIT 1",
        &[&installation.0],
    )
    .await?;
    let read = |row: Row| {
        Ok(Raised {
            what: row.try_get("what")?,
            n: super::count(&row, "n")?,
            seen: super::count(&row, "seen_n")?,
            at: row.try_get("at")?,
        })
    };
    row.map(read).transpose()
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

fn read_head(row: &Row, n: &str, hash: &str) -> Result<Head> {
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
        let alarm = |what| Some(Alarm { what, seen: 7 });
        assert_eq!(contradicts(&at(7, 1), &at(6, 1)), alarm("back"));
        assert_eq!(contradicts(&at(7, 1), &at(7, 2)), alarm("differs"));
        assert_eq!(contradicts(&at(7, 1), &at(7, 1)), None);
        assert_eq!(contradicts(&at(7, 1), &at(8, 2)), None);
    }
}
