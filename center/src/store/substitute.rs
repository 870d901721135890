//! Codes that let a substitute in, to whom they were given, and who used them.

use chrono::{DateTime, Utc};
use domain::substitute::{Neighbour, Used};
use domain::{Division, Id, Staff};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::database::Tx;
use crate::error::Result;

/// A code as kept.
#[derive(Clone, Debug)]
pub struct Code {
    /// Its id.
    pub id: Id,
    /// Its digits and its binding key, sealed.
    pub sealed: Vec<u8>,
    /// Since when the centre has it.
    pub deposited_at: DateTime<Utc>,
}

/// Each time that a code was given out.
#[derive(Clone, Debug)]
pub struct Given {
    /// For whom.
    pub staff: Id,
    /// Why.
    pub reason: String,
    /// By whom.
    pub given_by: Id,
    /// When.
    pub given_at: DateTime<Utc>,
    /// When they sat down with it, by the station's clock.
    pub used_at: Option<DateTime<Utc>>,
    /// When the centre heard of it.
    pub told_at: Option<DateTime<Utc>>,
}

/// Somebody sat down with a code that had not been given for them.
#[derive(Clone, Debug)]
pub struct Stranger {
    /// Who they said they were.
    pub staff: Id,
    /// When the centre heard of it.
    pub told_at: DateTime<Utc>,
}

/// Keeps a code; one that is known already stays as it is.
pub async fn keep(tx: &Tx<'_>, installation: Id, code: Id, sealed: &[u8]) -> Result<()> {
    super::run(
        tx,
        "INSERT INTO substitute_code (id, installation, sealed)
         VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
        &[&code.0, &installation.0, &sealed],
    )
    .await?;
    Ok(())
}

/// The code that is read out now, with its digits; for the centre's own eyes.
pub async fn in_force(tx: &Tx<'_>, installation: Id) -> Result<Option<Code>> {
    let row = super::find(
        tx,
        "SELECT id, sealed, deposited_at, used_by FROM substitute_code
         WHERE installation = $1 ORDER BY deposited_at DESC, id DESC LIMIT 1",
        &[&installation.0],
    )
    .await?;
    let Some(row) = row else { return Ok(None) };
    let used: Option<Uuid> = row.try_get("used_by")?;
    Ok(match used {
        Some(_) => None,
        None => Some(Code {
            id: Id(row.try_get("id")?),
            sealed: row.try_get("sealed")?,
            deposited_at: row.try_get("deposited_at")?,
        }),
    })
}

/// Since when there is a code that nobody has used, for the console.
pub async fn waits_since(tx: &Tx<'_>, installation: Id) -> Result<Option<DateTime<Utc>>> {
    let row = super::find(
        tx,
        "SELECT deposited_at FROM (SELECT deposited_at, used_by FROM substitute_code
             WHERE installation = $1 ORDER BY deposited_at DESC, id DESC LIMIT 1) AS newest
         WHERE used_by IS NULL",
        &[&installation.0],
    )
    .await?;
    row.map(|row| Ok(row.try_get("deposited_at")?)).transpose()
}

/// Notes that a code was given out.
pub async fn give(
    tx: &Tx<'_>,
    installation: Id,
    code: Id,
    staff: Id,
    reason: &str,
    by: Id,
) -> Result<()> {
    super::run(
        tx,
        "INSERT INTO substitute_given (id, code, installation, staff, reason, given_by)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            &Uuid::now_v7(),
            &code.0,
            &installation.0,
            &staff.0,
            &reason,
            &by.0,
        ],
    )
    .await?;
    Ok(())
}

/// Takes in who used a code: whether it had been given for them, and whether that is news. None for a
/// code that is none of this installation's.
pub async fn take_use(tx: &Tx<'_>, installation: Id, used: &Used) -> Result<Option<(bool, bool)>> {
    let row = super::find(
        tx,
        "UPDATE substitute_code c SET used_by = s.id, used_at = $4, told_at = now(),
             given = EXISTS (SELECT FROM substitute_given g WHERE g.code = c.id AND g.staff = s.id)
         FROM staff s
         WHERE c.id = $1 AND c.installation = $2 AND s.id = $3 AND c.used_by IS NULL
         RETURNING c.given",
        &[&used.code.0, &installation.0, &used.staff.0, &used.at],
    )
    .await?;
    if let Some(row) = row {
        return Ok(Some((row.try_get("given")?, true)));
    }
    let row = super::find(
        tx,
        "SELECT given AND used_by = $3 AS given FROM substitute_code
         WHERE id = $1 AND installation = $2 AND used_by IS NOT NULL",
        &[&used.code.0, &installation.0, &used.staff.0],
    )
    .await?;
    row.map(|row| Ok((row.try_get("given")?, false)))
        .transpose()
}

/// The last times that codes of a station were given out, newest first.
pub async fn list(tx: &Tx<'_>, installation: Id, limit: i64) -> Result<Vec<Given>> {
    let rows = super::rows(
        tx,
        "SELECT g.staff, g.reason, g.given_by, g.given_at, c.used_at, c.told_at
         FROM substitute_given g
         LEFT JOIN substitute_code c ON c.id = g.code AND c.used_by = g.staff
         WHERE g.installation = $1 ORDER BY g.given_at DESC, g.id DESC LIMIT $2",
        &[&installation.0, &limit],
    )
    .await?;
    let read = |row: &Row| {
        Ok(Given {
            staff: Id(row.try_get("staff")?),
            reason: row.try_get("reason")?,
            given_by: Id(row.try_get("given_by")?),
            given_at: row.try_get("given_at")?,
            used_at: row.try_get("used_at")?,
            told_at: row.try_get("told_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Who used a code of a station that had not been given for them, newest first.
pub async fn strangers(tx: &Tx<'_>, installation: Id, limit: i64) -> Result<Vec<Stranger>> {
    let rows = super::rows(
        tx,
        "SELECT used_by, told_at FROM substitute_code
         WHERE installation = $1 AND given = false ORDER BY told_at DESC LIMIT $2",
        &[&installation.0, &limit],
    )
    .await?;
    let read = |row: &Row| {
        Ok(Stranger {
            staff: Id(row.try_get("used_by")?),
            told_at: row.try_get("told_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Of these people, who was let in at which community by a code that was given for them within the
/// last `days`.
pub async fn let_in(tx: &Tx<'_>, people: &[Id], days: u32) -> Result<Vec<(Id, Division)>> {
    let people: Vec<_> = people.iter().map(|id| id.0).collect();
    let days = f64::from(days);
    let rows = super::rows(
        tx,
        "SELECT DISTINCT c.used_by, i.community FROM substitute_code c
         JOIN installation i ON i.id = c.installation
         JOIN substitute_given g ON g.code = c.id AND g.staff = c.used_by
         WHERE c.given AND c.used_by = ANY($1) AND g.given_at > now() - $2 * interval '1 day'",
        &[&people, &days],
    )
    .await?;
    let read = |row: &Row| {
        let community = Division(row.try_get("community")?);
        Ok((Id(row.try_get("used_by")?), community))
    };
    rows.iter().map(read).collect()
}

/// Who works at other stations of the county, those of the same street first.
pub async fn neighbours(tx: &Tx<'_>, community: &Division, limit: u32) -> Result<Vec<Neighbour>> {
    let within = |digits: usize| community.0.get(..digits).unwrap_or(&community.0).to_owned();
    let rows = super::rows(
        tx,
        "SELECT id, login, name, area FROM staff
         WHERE role = 'station' AND active AND starts_with(area, $1) AND length(area) = 12
             AND area <> $3
         ORDER BY starts_with(area, $2) DESC, area, login LIMIT $4",
        &[&within(6), &within(9), &community.0, &i64::from(limit)],
    )
    .await?;
    rows.iter().map(neighbour).collect()
}

/// Notes whom a station is told of, where it is another list than before.
pub async fn tell_people(tx: &Tx<'_>, installation: Id, people: &[Neighbour]) -> Result<()> {
    let people: Vec<_> = people.iter().map(|one| one.staff.id.0).collect();
    super::run(
        tx,
        "INSERT INTO substitute_people (installation, people) VALUES ($1, $2)
         ON CONFLICT (installation) DO UPDATE SET people = excluded.people, told_at = now()",
        &[&installation.0, &people],
    )
    .await?;
    Ok(())
}

/// Whom a station was told of, and who may still work: those of its own street first.
pub async fn people(tx: &Tx<'_>, installation: Id, community: &Division) -> Result<Vec<Neighbour>> {
    let street = community.0.get(..9).unwrap_or(&community.0);
    let rows = super::rows(
        tx,
        "SELECT s.id, s.login, s.name, s.area FROM substitute_people p
         JOIN staff s ON s.id = ANY(p.people)
         WHERE p.installation = $1 AND s.active AND s.role = 'station'
             AND NOT starts_with($3, s.area)
         ORDER BY starts_with(s.area, $2) DESC, s.area, s.login",
        &[&installation.0, &street, &community.0],
    )
    .await?;
    rows.iter().map(neighbour).collect()
}

fn neighbour(row: &Row) -> Result<Neighbour> {
    Ok(Neighbour {
        staff: Staff {
            id: Id(row.try_get("id")?),
            name: row.try_get("name")?,
            area: Division(row.try_get("area")?),
        },
        login: row.try_get("login")?,
    })
}
