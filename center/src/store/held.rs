//! Commands that somebody must look at, or that wait for another.

use chrono::{DateTime, Utc};
use domain::{Division, Id, Reason};

use crate::database::Tx;
use crate::error::Result;

/// One held command.
pub struct Held {
    /// Which.
    pub command: Id,
    /// Where it was filed.
    pub feed: Option<Division>,
    /// Why it is held.
    pub reason: Reason,
    /// The command it waits for.
    pub waits_for: Option<Id>,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// Holds a command, or says anew why.
pub async fn hold(
    tx: &Tx<'_>,
    command: Id,
    feed: Option<&Division>,
    reason: &Reason,
    waits_for: Option<Id>,
) -> Result<()> {
    super::run(
        tx,
        "INSERT INTO held (command, feed, reason, waits_for) VALUES ($1, $2, $3, $4)
         ON CONFLICT (command) DO UPDATE SET
             reason = excluded.reason, waits_for = excluded.waits_for",
        &[
            &command.0,
            &feed.map(|f| &f.0),
            &super::to_json(reason)?,
            &waits_for.map(|id| id.0),
        ],
    )
    .await?;
    Ok(())
}

/// Lets commands go.
pub async fn release(tx: &Tx<'_>, commands: &[Id]) -> Result<()> {
    let ids: Vec<_> = commands.iter().map(|id| id.0).collect();
    super::run(tx, "DELETE FROM held WHERE command = ANY($1)", &[&ids]).await?;
    Ok(())
}

/// Held commands whose wait is over: what they wait for is there and not held itself.
pub async fn ready(tx: &Tx<'_>, limit: i64) -> Result<Vec<Id>> {
    let rows = super::rows(
        tx,
        "SELECT h.command FROM held h JOIN command c ON c.id = h.waits_for
         WHERE c.state <> 'held' ORDER BY h.since, h.command LIMIT $1",
        &[&limit],
    )
    .await?;
    rows.iter()
        .map(|row| Ok(Id(row.try_get("command")?)))
        .collect()
}

/// Held commands whose wait is over, among these and those that wait for one of these: however many
/// others wait, only these are looked at.
///
/// In two questions: the first is nearly always answered with nothing, by two short indexes. A join planned
/// while few were held would read through what the city has decided.
pub async fn ready_after(tx: &Tx<'_>, decided: &[Id]) -> Result<Vec<Id>> {
    let ids: Vec<_> = decided.iter().map(|id| id.0).collect();
    let waiting = super::rows(
        tx,
        "SELECT command FROM held WHERE waits_for = ANY($1)
         UNION SELECT command FROM held WHERE command = ANY($1) AND waits_for IS NOT NULL",
        &[&ids],
    )
    .await?;
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let waiting: Vec<uuid::Uuid> = waiting
        .iter()
        .map(|row| row.try_get("command"))
        .collect::<std::result::Result<_, _>>()?;
    let rows = super::rows(
        tx,
        "SELECT h.command FROM held h JOIN command c ON c.id = h.waits_for
         WHERE c.state <> 'held' AND h.command = ANY($1) ORDER BY h.since, h.command",
        &[&waiting],
    )
    .await?;
    rows.iter()
        .map(|row| Ok(Id(row.try_get("command")?)))
        .collect()
}

/// Everything held for this reason, oldest first.
pub async fn held_for(tx: &Tx<'_>, code: &str) -> Result<Vec<Id>> {
    let rows = super::rows(
        tx,
        "SELECT command FROM held WHERE reason::json ->> 'code' = $1 ORDER BY since, command",
        &[&code],
    )
    .await?;
    rows.iter()
        .map(|row| Ok(Id(row.try_get("command")?)))
        .collect()
}

/// The held commands of an area, oldest first.
pub async fn list(tx: &Tx<'_>, area: &Division, limit: i64) -> Result<Vec<Held>> {
    let rows = super::rows(
        tx,
        "SELECT command, feed, reason, waits_for, since FROM held
         WHERE starts_with(coalesce(feed, left($1, 4)), $1) ORDER BY since, command LIMIT $2",
        &[&area.0, &limit],
    )
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Held {
                command: Id(row.try_get("command")?),
                feed: row.try_get::<_, Option<String>>("feed")?.map(Division),
                reason: super::json(row.try_get("reason")?, "reason")?,
                waits_for: row.try_get::<_, Option<uuid::Uuid>>("waits_for")?.map(Id),
                since: row.try_get("since")?,
            })
        })
        .collect()
}

/// Whether this held command lies in the area.
pub async fn is_in_area(tx: &Tx<'_>, command: Id, area: &Division) -> Result<bool> {
    let row = super::find(
        tx,
        "SELECT 1 FROM held WHERE command = $1 AND starts_with(coalesce(feed, left($2, 4)), $2)",
        &[&command.0, &area.0],
    )
    .await?;
    Ok(row.is_some())
}
