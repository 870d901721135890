//! What installations said last.

use audit::Head;
use chrono::{DateTime, Utc};
use domain::Id;
use domain::heartbeat::Heartbeat;
use domain::sync::Hello;

use super::blob::digest;
use super::witness::read_head;
use crate::database::Tx;
use crate::error::Result;
use crate::sync::greet::Last;

/// Characters of a program's version, and of a notice's code.
const WORD: usize = 40;
/// Notices and devices that are kept: a station tells fewer.
const WORDS: usize = 12;

/// What was heard of an installation last, locked.
pub async fn last(tx: &Tx<'_>, installation: Id) -> Result<Option<Last>> {
    let row = super::find(
        tx,
        "SELECT boots, run, audit_n, audit_hash, seen_at FROM contact
         WHERE installation = $1 FOR NO KEY UPDATE",
        &[&installation.0],
    )
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let hash: Option<Vec<u8>> = row.try_get("audit_hash")?;
    let audit = match hash {
        Some(_) => Some(read_head(&row, "audit_n", "audit_hash")?),
        None => None,
    };
    let run: Option<uuid::Uuid> = row.try_get("run")?;
    Ok(Some(Last {
        boots: super::count(&row, "boots")?,
        run: run.map(Id),
        audit,
        at: row.try_get("seen_at")?,
    }))
}

/// Keeps what a hello told; `audit` is the head in it, where there is one. Whether there are orders for
/// the station is answered by the same statement: a herd of hellos pays for each.
///
/// None, and nothing kept, where there was no row to lock before and now there is one.
pub async fn keep(
    tx: &Tx<'_>,
    installation: Id,
    hello: &Hello,
    audit: Option<&Head>,
    is_known: bool,
) -> Result<Option<bool>> {
    let protocol = i32::try_from(hello.protocol).unwrap_or(i32::MAX);
    let silent = Heartbeat::default();
    let beat = hello.heartbeat.as_ref().unwrap_or(&silent);
    let off_s = beat.clock.map(|clock| (clock - Utc::now()).num_seconds());
    let disk = Some(beat.disk).filter(|disk| disk.total_bytes > 0);
    let bundle = hello.bundle.as_deref().and_then(digest);
    let row = super::find(
        tx,
        "INSERT INTO contact (installation, seen_at, protocol, version, boots, feed_seq,
             unsent_commands, unsent_pages, audit_n, audit_hash, log_last, lease_serial,
             clock_off_s, oldest_unsent, held, refused, devices, notices, disk_free_bytes,
             disk_bytes, database_bytes, backup_at, run, bundle, unsent_since)
         VALUES ($1, now(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
             $18, $19, $20, $21, $22, $24, CASE WHEN $6::bigint + $7::bigint > 0 THEN now() END)
         ON CONFLICT (installation) DO UPDATE SET
             seen_at = excluded.seen_at, protocol = excluded.protocol,
             version = excluded.version, boots = excluded.boots, feed_seq = excluded.feed_seq,
             unsent_commands = excluded.unsent_commands, unsent_pages = excluded.unsent_pages,
             audit_n = excluded.audit_n, audit_hash = excluded.audit_hash,
             log_last = excluded.log_last, lease_serial = excluded.lease_serial,
             clock_off_s = excluded.clock_off_s, oldest_unsent = excluded.oldest_unsent,
             held = excluded.held, refused = excluded.refused, devices = excluded.devices,
             notices = excluded.notices, disk_free_bytes = excluded.disk_free_bytes,
             disk_bytes = excluded.disk_bytes, database_bytes = excluded.database_bytes,
             backup_at = excluded.backup_at, run = excluded.run,
             bundle = excluded.bundle, ferry_at = NULL,
             unsent_since = CASE WHEN excluded.unsent_since IS NOT NULL
                 THEN coalesce(contact.unsent_since, excluded.unsent_since) END
         WHERE $23
         RETURNING EXISTS (SELECT FROM station_order o
             WHERE o.installation = $1 AND o.state IN ('given', 'fetched'))
             OR EXISTS (SELECT FROM station_order o
             WHERE o.installation = $1 AND o.withdrawal IS NOT NULL) AS has_orders",
        &[
            &installation.0,
            &protocol,
            &plain(&hello.version),
            &told(hello.boots),
            &told(hello.feed.seq),
            &told(hello.unsent.commands),
            &told(hello.unsent.pages),
            &told(audit.map_or(0, |head| head.n)),
            &audit.map(|head| head.hash.as_slice()),
            &told(hello.log.last),
            &told(hello.lease),
            &off_s,
            &beat.oldest_unsent.map(within_reach),
            &told(beat.held),
            &told(beat.refused),
            &devices(beat)?,
            &notices(beat),
            &disk.map(|disk| told(disk.free_bytes)),
            &disk.map(|disk| told(disk.total_bytes)),
            &Some(told(beat.database_bytes)).filter(|bytes| *bytes > 0),
            &beat.backup_at.map(within_reach),
            &hello.run.map(|run| run.0),
            &is_known,
            &bundle.as_ref().map(<[u8; 32]>::as_slice),
        ],
    )
    .await?;
    row.map(|row| Ok(row.try_get("has_orders")?)).transpose()
}

/// Keeps how a station says it is, by ferry, unless the line or another file has been quicker: each time it
/// has written files its audit is longer. Where its log stood and what was unsent is a line's to say, and so
/// is when it was heard. Whether it was kept.
pub async fn keep_by_ferry(tx: &Tx<'_>, installation: Id, hello: &Hello) -> Result<bool> {
    let Some(beat) = &hello.heartbeat else {
        return Ok(false);
    };
    let disk = Some(beat.disk).filter(|disk| disk.total_bytes > 0);
    let bundle = hello.bundle.as_deref().and_then(digest);
    let touched = super::run(
        tx,
        "UPDATE contact SET ferry_at = now(), ferry_n = $2, version = $3, oldest_unsent = $4, held = $5,
             refused = $6, devices = $7, notices = $8, disk_free_bytes = $9, disk_bytes = $10,
             database_bytes = $11, backup_at = $12, bundle = $13
         WHERE installation = $1 AND audit_n <= $2 AND ferry_n < $2",
        &[
            &installation.0,
            &told(hello.audit.n),
            &plain(&hello.version),
            &beat.oldest_unsent.map(within_reach),
            &told(beat.held),
            &told(beat.refused),
            &devices(beat)?,
            &notices(beat),
            &disk.map(|disk| told(disk.free_bytes)),
            &disk.map(|disk| told(disk.total_bytes)),
            &Some(told(beat.database_bytes)).filter(|bytes| *bytes > 0),
            &beat.backup_at.map(within_reach),
            &bundle.as_ref().map(<[u8; 32]>::as_slice),
        ],
    )
    .await?;
    Ok(touched == 1)
}

/// A count as the database keeps it; a hundred times the largest is still a number there.
fn told(value: u64) -> i64 {
    i64::try_from(value.min(1 << 56)).unwrap_or(1 << 56)
}

/// What a station says is kept as text of a length that fits a line.
fn plain(text: &str) -> String {
    text.chars().filter(|c| *c != '\0').take(WORD).collect()
}

/// A date that the database can hold, whatever a station's clock says.
fn within_reach(at: DateTime<Utc>) -> DateTime<Utc> {
    let last = DateTime::from_timestamp(32_503_680_000, 0).unwrap_or(at);
    at.clamp(DateTime::UNIX_EPOCH, last)
}

fn notices(beat: &Heartbeat) -> Vec<String> {
    let codes = beat.notices.iter().take(WORDS);
    codes.map(|code| plain(code)).collect()
}

fn devices(beat: &Heartbeat) -> Result<String> {
    let mut devices = beat.devices.clone();
    devices.truncate(WORDS);
    for device in &mut devices {
        (device.kind, device.code) = (plain(&device.kind), plain(&device.code));
    }
    super::to_json(&devices)
}
