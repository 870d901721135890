//! One-time codes that enrol an installation.

use chrono::{DateTime, Utc};
use domain::{Division, Id};

use crate::database::Tx;
use crate::error::Result;

/// What a code is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The community of the installation.
    pub community: Division,
    /// The only installation whose log may go on in a new one with it; None enrols any machine.
    pub parent: Option<Id>,
}

/// Keeps a code by its keyed hash.
pub async fn add(tx: &Tx<'_>, hash: &[u8], code: &Code, expires_at: DateTime<Utc>) -> Result<()> {
    super::run(
        tx,
        "INSERT INTO enrolment_code (code_hash, community, parent, expires_at)
         VALUES ($1, $2, $3, $4)",
        &[
            &hash,
            &code.community.0,
            &code.parent.map(|id| id.0),
            &expires_at,
        ],
    )
    .await?;
    Ok(())
}

/// Ends a code, also for an enrolment that has begun; false where a machine has come with it.
pub async fn end(tx: &Tx<'_>, hash: &[u8]) -> Result<bool> {
    let row = super::find(
        tx,
        "UPDATE enrolment_code SET expires_at =
             CASE WHEN installation IS NULL THEN '-infinity' ELSE expires_at END
         WHERE code_hash = $1 RETURNING installation IS NULL AS ended",
        &[&hash],
    )
    .await?;
    let ended = row.map(|row| row.try_get("ended")).transpose()?;
    Ok(ended.unwrap_or(true))
}

/// Uses a code up for an installation that was just added to this transaction. Two at once: the
/// second waits for the row and then finds it used.
pub async fn use_up(tx: &Tx<'_>, hash: &[u8], installation: Id) -> Result<Option<Division>> {
    let row = super::find(
        tx,
        "UPDATE enrolment_code SET installation = $2
         WHERE code_hash = $1 AND expires_at > now()
             AND (installation IS NULL OR EXISTS (SELECT FROM installation i
                 WHERE i.id = enrolment_code.installation AND i.moving_from IS NOT NULL))
         RETURNING community",
        &[&hash, &installation.0],
    )
    .await?;
    Ok(row
        .map(|row| row.try_get("community"))
        .transpose()?
        .map(Division))
}

/// A code that may still be used. One with which a machine goes on elsewhere holds until it has spoken
/// from there: the answer may have been lost on the way.
pub async fn find(tx: &Tx<'_>, hash: &[u8]) -> Result<Option<Code>> {
    let row = super::find(
        tx,
        "SELECT community, parent FROM enrolment_code
         WHERE code_hash = $1 AND expires_at > now()
             AND (installation IS NULL OR EXISTS (SELECT FROM installation i
                 WHERE i.id = enrolment_code.installation AND i.moving_from IS NOT NULL))",
        &[&hash],
    )
    .await?;
    row.map(|row| {
        Ok(Code {
            community: Division(row.try_get("community")?),
            parent: row.try_get::<_, Option<uuid::Uuid>>("parent")?.map(Id),
        })
    })
    .transpose()
}
