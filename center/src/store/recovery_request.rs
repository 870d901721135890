//! Requests of locked stations, and what became of them.

use chrono::{DateTime, Utc};
use domain::{Division, Id};
use tokio_postgres::Row;

use crate::database::Tx;
use crate::error::{Error, Result};

/// What became of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody, or one officer, has approved.
    Waiting,
    /// An officer refused it.
    Refused(String),
    /// Opened. The answer's text is gone once it has expired.
    Answered(Option<String>),
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The station made it.
    pub id: Id,
    /// Which machine.
    pub installation: Id,
    /// Its community.
    pub community: Division,
    /// The escrow key its data key is sealed to.
    pub escrow_key: String,
    /// Verbatim.
    pub ask: String,
    /// SHA-256 of `ask`, hex.
    pub hash: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// Until when it may be decided, and its answer fetched.
    pub expires_at: DateTime<Utc>,
    /// What became of it.
    pub state: State,
    /// Whether `expires_at` is over.
    pub expired: bool,
}

const COLUMNS: &str = "id, installation, community, escrow_key, ask, hash, received_at, expires_at,
    state, refusal, answer, expires_at <= now() AS expired";

/// Adds one; false when its id is known.
pub async fn add(tx: &Tx<'_>, request: &Request) -> Result<bool> {
    let added = super::run(
        tx,
        "INSERT INTO recovery_request (id, installation, community, escrow_key, ask, hash,
             expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        &[
            &request.id.0,
            &request.installation.0,
            &request.community.0,
            &request.escrow_key,
            &request.ask,
            &request.hash,
            &request.expires_at,
        ],
    )
    .await?;
    Ok(added == 1)
}

/// As it stands.
pub async fn find(tx: &Tx<'_>, id: Id) -> Result<Option<Request>> {
    let statement = format!("SELECT {COLUMNS} FROM recovery_request WHERE id = $1");
    let row = super::find(tx, &statement, &[&id.0]).await?;
    row.as_ref().map(read).transpose()
}

/// As it stands in an area.
pub async fn find_in(tx: &Tx<'_>, id: Id, area: &Division) -> Result<Option<Request>> {
    let statement = format!(
        "SELECT {COLUMNS} FROM recovery_request WHERE id = $1 AND starts_with(community, $2)"
    );
    let row = super::find(tx, &statement, &[&id.0, &area.0]).await?;
    row.as_ref().map(read).transpose()
}

/// As it stands, locked.
pub async fn lock(tx: &Tx<'_>, id: Id) -> Result<Option<Request>> {
    let statement = format!("SELECT {COLUMNS} FROM recovery_request WHERE id = $1 FOR UPDATE");
    let row = super::find(tx, &statement, &[&id.0]).await?;
    row.as_ref().map(read).transpose()
}

/// Those of an area, the newest first.
pub async fn list(tx: &Tx<'_>, area: &Division, limit: i64) -> Result<Vec<Request>> {
    let statement = format!(
        "SELECT {COLUMNS} FROM recovery_request WHERE starts_with(community, $1)
         ORDER BY received_at DESC LIMIT $2"
    );
    let rows = super::rows(tx, &statement, &[&area.0, &limit]).await?;
    rows.iter().map(read).collect()
}

/// How many came from one machine within the last hour, and how many wait in all.
pub async fn counts(tx: &Tx<'_>, installation: Id) -> Result<(u64, u64)> {
    let row = super::find(
        tx,
        "SELECT count(*) FILTER (WHERE installation = $1
                 AND received_at > now() - interval '1 hour') AS hourly,
             count(*) FILTER (WHERE state = 'waiting' AND expires_at > now()) AS waiting
         FROM recovery_request",
        &[&installation.0],
    )
    .await?;
    let row = row.ok_or(Error::Fault("no counts".to_owned()))?;
    Ok((
        super::count(&row, "hourly")?,
        super::count(&row, "waiting")?,
    ))
}

/// An officer says no.
pub async fn refuse(tx: &Tx<'_>, id: Id, reason: &str) -> Result<()> {
    super::run(
        tx,
        "UPDATE recovery_request SET state = 'refused', refusal = $2 WHERE id = $1",
        &[&id.0, &reason],
    )
    .await?;
    Ok(())
}

/// Two officers have opened it.
pub async fn answer(tx: &Tx<'_>, id: Id, text: &str, until: DateTime<Utc>) -> Result<()> {
    super::run(
        tx,
        "UPDATE recovery_request SET state = 'answered', answer = $2, expires_at = $3
         WHERE id = $1",
        &[&id.0, &text, &until],
    )
    .await?;
    Ok(())
}

/// Takes away answers that nobody may use any more.
pub async fn forget_answers(tx: &Tx<'_>) -> Result<()> {
    super::run(
        tx,
        "UPDATE recovery_request SET answer = NULL
         WHERE answer IS NOT NULL AND expires_at <= now()",
        &[],
    )
    .await?;
    Ok(())
}

fn read(row: &Row) -> Result<Request> {
    let state: &str = row.try_get("state")?;
    Ok(Request {
        id: Id(row.try_get("id")?),
        installation: Id(row.try_get("installation")?),
        community: Division(row.try_get("community")?),
        escrow_key: row.try_get("escrow_key")?,
        ask: row.try_get("ask")?,
        hash: row.try_get("hash")?,
        received_at: row.try_get("received_at")?,
        expires_at: row.try_get("expires_at")?,
        state: match state {
            "waiting" => State::Waiting,
            "refused" => State::Refused(row.try_get("refusal")?),
            _ => State::Answered(row.try_get("answer")?),
        },
        expired: row.try_get("expired")?,
    })
}
