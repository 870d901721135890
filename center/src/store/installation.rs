//! Installations: enrolled machines, and the centre's own logs.

use chrono::{DateTime, Utc};
use domain::new_log::NewLog;
use domain::{Division, Id};
use tokio_postgres::Row;

use crate::database::Tx;
use crate::error::{Error, Result};
use crate::refusal;

/// One installation with the end of its log.
#[derive(Clone, Debug)]
pub struct Installation {
    /// Its id, as in its certificate.
    pub id: Id,
    /// Its community; None for the centre's own.
    pub community: Option<Division>,
    /// Ed25519 public key of its log.
    pub log_key: [u8; 32],
    /// The last position taken.
    pub acked: u64,
    /// The link there, hex.
    pub link: String,
    /// The last position in a backup that was verified by a restore.
    pub durable: u64,
    /// When its right to speak was withdrawn.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Its number within the community; None for the centre's own.
    pub number: Option<u32>,
    /// Until when its newest certificate holds.
    pub certificate_until: Option<DateTime<Utc>>,
    /// The installation of another community that it was, until it has spoken from here.
    pub moving_from: Option<Id>,
}

const COLUMNS: &str = "id, community, log_key, acked, link, durable, revoked_at, number, certificate_until, moving_from";

/// Enrols one with an empty log. A known id is left as it is.
pub async fn add(tx: &Tx<'_>, id: Id, community: Option<&Division>, key: &[u8; 32]) -> Result<()> {
    let kind = if community.is_some() {
        "station"
    } else {
        "centre"
    };
    super::run(
        tx,
        "INSERT INTO installation (id, kind, community, log_key, link)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        &[
            &id.0,
            &kind,
            &community.map(|c| &c.0),
            &key.as_slice(),
            &[0u8; 32].as_slice(),
        ],
    )
    .await?;
    Ok(())
}

/// Gives a station that was just added the next number of its community. Two at once: the second
/// waits for the lock and counts the first.
pub async fn number(tx: &Tx<'_>, id: Id, community: &Division) -> Result<u32> {
    super::run(
        tx,
        "SELECT pg_advisory_xact_lock(hashtextextended('installation ' || $1, 0))",
        &[&community.0],
    )
    .await?;
    let row = super::find(
        tx,
        "UPDATE installation SET number = (
             SELECT coalesce(max(number), 0) + 1 FROM installation WHERE community = $2)
         WHERE id = $1 RETURNING number",
        &[&id.0, &community.0],
    )
    .await?;
    let row = row.ok_or(Error::Fault(
        "an installation that was not added".to_owned(),
    ))?;
    read_number(&row)?.ok_or(Error::Fault("no number was given".to_owned()))
}

/// Its log goes on from another one: the next position is the one behind `new.n`.
pub async fn go_on(tx: &Tx<'_>, id: Id, new: &NewLog) -> Result<()> {
    let link = hex::decode(&new.link).map_err(|error| Error::Fault(error.to_string()))?;
    super::run(
        tx,
        "UPDATE installation SET parent = $2, parent_n = $3, acked = $3, link = $4 WHERE id = $1",
        &[&id.0, &new.parent.0, &super::signed(new.n)?, &link],
    )
    .await?;
    Ok(())
}

/// It comes from another community. One that came with the same order before and never spoke is none.
pub async fn comes_from(tx: &Tx<'_>, id: Id, parent: Id) -> Result<()> {
    let gone = "UPDATE installation SET moving_from = NULL, revoked_at = now()
         WHERE moving_from = $1 AND id <> $2";
    super::run(tx, gone, &[&parent.0, &id.0]).await?;
    let statement = "UPDATE installation SET moving_from = $2 WHERE id = $1";
    super::run(tx, statement, &[&id.0, &parent.0]).await?;
    Ok(())
}

/// It has spoken from where it is now.
pub async fn has_come(tx: &Tx<'_>, id: Id) -> Result<()> {
    let statement = "UPDATE installation SET moving_from = NULL WHERE id = $1";
    super::run(tx, statement, &[&id.0]).await?;
    Ok(())
}

/// Notes until when its newest certificate holds.
pub async fn certified(tx: &Tx<'_>, id: Id, until: DateTime<Utc>) -> Result<()> {
    let statement = "UPDATE installation SET certificate_until = $2 WHERE id = $1";
    super::run(tx, statement, &[&id.0, &until]).await?;
    Ok(())
}

/// As it stands.
pub async fn find(tx: &Tx<'_>, id: Id) -> Result<Option<Installation>> {
    let statement = format!("SELECT {COLUMNS} FROM installation WHERE id = $1");
    super::find(tx, &statement, &[&id.0])
        .await?
        .map(read)
        .transpose()
}

/// A station as it stands, whose right to speak was not withdrawn.
pub async fn may_speak(tx: &Tx<'_>, id: Id) -> Result<Installation> {
    permitted(find(tx, id).await?)
}

/// Nobody but who is known, and whose right to speak was not withdrawn.
pub fn permitted(found: Option<Installation>) -> Result<Installation> {
    let found = found.ok_or(Error::Refused(&refusal::STATION_UNKNOWN))?;
    match found.revoked_at {
        None => Ok(found),
        Some(_) => Err(Error::Refused(&refusal::STATION_REVOKED)),
    }
}

/// As it stands, locked: a log has one writer.
pub async fn lock(tx: &Tx<'_>, id: Id) -> Result<Option<Installation>> {
    let statement = format!("SELECT {COLUMNS} FROM installation WHERE id = $1 FOR NO KEY UPDATE");
    super::find(tx, &statement, &[&id.0])
        .await?
        .map(read)
        .transpose()
}

/// Moves the end of the log.
pub async fn advance(tx: &Tx<'_>, id: Id, acked: u64, link: &[u8]) -> Result<()> {
    super::run(
        tx,
        "UPDATE installation SET acked = $2, link = $3 WHERE id = $1",
        &[&id.0, &super::signed(acked)?, &link],
    )
    .await?;
    Ok(())
}

/// A log is in a verified backup up to here. Word that came late changes nothing.
pub async fn set_durable(tx: &Tx<'_>, id: Id, durable: u64) -> Result<()> {
    super::run(
        tx,
        "UPDATE installation SET durable = greatest(durable, $2) WHERE id = $1",
        &[&id.0, &super::signed(durable)?],
    )
    .await?;
    Ok(())
}

/// Withdraws its right to speak; false when there is no such station.
pub async fn revoke(tx: &Tx<'_>, id: Id) -> Result<bool> {
    let touched = super::run(
        tx,
        "UPDATE installation SET revoked_at = coalesce(revoked_at, now())
         WHERE id = $1 AND kind = 'station'",
        &[&id.0],
    )
    .await?;
    Ok(touched == 1)
}

/// The communities of an area that have one which may speak.
pub async fn communities(tx: &Tx<'_>, area: &Division) -> Result<Vec<Division>> {
    let rows = super::rows(
        tx,
        "SELECT DISTINCT community FROM installation
         WHERE kind = 'station' AND revoked_at IS NULL AND starts_with(community, $1)",
        &[&area.0],
    )
    .await?;
    rows.iter()
        .map(|row| Ok(Division(row.try_get("community")?)))
        .collect()
}

fn read(row: Row) -> Result<Installation> {
    let key: Vec<u8> = row.try_get("log_key")?;
    let link: Vec<u8> = row.try_get("link")?;
    Ok(Installation {
        id: Id(row.try_get("id")?),
        community: row.try_get::<_, Option<String>>("community")?.map(Division),
        log_key: key
            .try_into()
            .map_err(|_| Error::Fault("a log key of another size".to_owned()))?,
        acked: super::count(&row, "acked")?,
        link: hex::encode(link),
        durable: super::count(&row, "durable")?,
        revoked_at: row.try_get("revoked_at")?,
        number: read_number(&row)?,
        certificate_until: row.try_get("certificate_until")?,
        moving_from: row.try_get::<_, Option<uuid::Uuid>>("moving_from")?.map(Id),
    })
}

fn read_number(row: &Row) -> Result<Option<u32>> {
    let number: Option<i32> = row.try_get("number")?;
    let negative = |_| Error::Fault("a number is negative".to_owned());
    number.map(u32::try_from).transpose().map_err(negative)
}
