//! The manifest of each case: which blob is its n-th page.

use domain::{Case, Division, Id};

use crate::database::Tx;
use crate::error::{Error, Result};

/// A page to show.
pub struct Shown {
    /// The community that sent it.
    pub feed: Division,
    /// Its hash.
    pub sha256: [u8; 32],
    /// `image/jpeg` or `image/png`, as its author says.
    pub media_type: String,
    /// Whether all of it is here.
    pub stored: bool,
}

/// Writes the manifest of a case as it stands.
pub async fn replace(tx: &Tx<'_>, case: &Case) -> Result<()> {
    super::run(tx, "DELETE FROM page WHERE case_id = $1", &[&case.id.0]).await?;
    if case.pages.is_empty() {
        return Ok(());
    }
    let ordinals: Vec<i32> = (0..).take(case.pages.len()).collect();
    let digests = case
        .pages
        .iter()
        .map(|page| super::blob::digest(&page.sha256).map(|digest| digest.to_vec()))
        .collect::<Option<Vec<_>>>()
        .ok_or(Error::Fault("a hash unchecked".to_owned()))?;
    let types: Vec<_> = case
        .pages
        .iter()
        .map(|page| page.media_type.as_str())
        .collect();
    super::run(
        tx,
        "INSERT INTO page (case_id, ordinal, feed, sha256, media_type)
         SELECT $1, t.ordinal, $2, t.sha256, t.media_type
         FROM unnest($3::integer[], $4::bytea[], $5::text[]) AS t (ordinal, sha256, media_type)",
        &[&case.id.0, &case.filed_at.0, &ordinals, &digests, &types],
    )
    .await?;
    Ok(())
}

/// A page of a case in an area.
pub async fn find(tx: &Tx<'_>, case: Id, ordinal: i32, area: &Division) -> Result<Option<Shown>> {
    let row = super::find(
        tx,
        "SELECT p.feed, p.sha256, p.media_type, b.stored
         FROM page p JOIN cases c ON c.id = p.case_id JOIN blob b USING (feed, sha256)
         WHERE p.case_id = $1 AND p.ordinal = $2 AND starts_with(c.filed_at, $3)",
        &[&case.0, &ordinal, &area.0],
    )
    .await?;
    let Some(row) = row else { return Ok(None) };
    let sha256: Vec<u8> = row.try_get("sha256")?;
    Ok(Some(Shown {
        feed: Division(row.try_get("feed")?),
        sha256: sha256
            .try_into()
            .map_err(|_| Error::Fault("a hash of another size".to_owned()))?,
        media_type: row.try_get("media_type")?,
        stored: row.try_get("stored")?,
    }))
}
