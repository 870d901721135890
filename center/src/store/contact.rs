//! What installations said last.

use audit::Head;
use chrono::{DateTime, Utc};
use domain::sync::Hello;
use domain::{Division, Id};

use crate::database::Tx;
use crate::error::Result;

/// Keeps what a hello told; `audit` is the head in it, where there is one.
pub async fn keep(
    tx: &Tx<'_>,
    installation: Id,
    hello: &Hello,
    audit: Option<&Head>,
) -> Result<()> {
    let protocol = i32::try_from(hello.protocol).unwrap_or(i32::MAX);
    let told = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let version: String = hello
        .version
        .chars()
        .filter(|c| *c != '\0')
        .take(40)
        .collect();
    super::run(
        tx,
        "INSERT INTO contact (installation, seen_at, protocol, version, boots, feed_seq,
             unsent_commands, unsent_pages, audit_n, audit_hash)
         VALUES ($1, now(), $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (installation) DO UPDATE SET
             seen_at = excluded.seen_at, protocol = excluded.protocol,
             version = excluded.version, boots = excluded.boots, feed_seq = excluded.feed_seq,
             unsent_commands = excluded.unsent_commands, unsent_pages = excluded.unsent_pages,
             audit_n = excluded.audit_n, audit_hash = excluded.audit_hash",
        &[
            &installation.0,
            &protocol,
            &version,
            &told(hello.boots),
            &told(hello.feed.seq),
            &told(hello.unsent.commands),
            &told(hello.unsent.pages),
            &told(audit.map_or(0, |head| head.n)),
            &audit.map(|head| head.hash.as_slice()),
        ],
    )
    .await?;
    Ok(())
}

/// One station as the console lists it.
pub struct Station {
    /// Its id.
    pub installation: Id,
    /// Its community.
    pub community: Division,
    /// Last hello; None before the first.
    pub seen_at: Option<DateTime<Utc>>,
    /// Its program's version.
    pub version: Option<String>,
    /// Commands taken.
    pub acked: u64,
    /// Commands it said it had not sent.
    pub unsent_commands: u64,
    /// Pages it said it had not sent.
    pub unsent_pages: u64,
    /// Whether it may no longer speak.
    pub revoked: bool,
}

/// The stations of an area, by community.
pub async fn stations(tx: &Tx<'_>, area: &Division, limit: i64) -> Result<Vec<Station>> {
    let rows = super::rows(
        tx,
        "SELECT i.id, i.community, c.seen_at, c.version, i.acked,
             coalesce(c.unsent_commands, 0) AS unsent_commands,
             coalesce(c.unsent_pages, 0) AS unsent_pages, i.revoked_at IS NOT NULL AS revoked
         FROM installation i LEFT JOIN contact c ON c.installation = i.id
         WHERE i.kind = 'station' AND starts_with(i.community, $1)
         ORDER BY i.community, i.id LIMIT $2",
        &[&area.0, &limit],
    )
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Station {
                installation: Id(row.try_get("id")?),
                community: Division(row.try_get("community")?),
                seen_at: row.try_get("seen_at")?,
                version: row.try_get("version")?,
                acked: super::count(row, "acked")?,
                unsent_commands: super::count(row, "unsent_commands")?,
                unsent_pages: super::count(row, "unsent_pages")?,
                revoked: row.try_get("revoked")?,
            })
        })
        .collect()
}
