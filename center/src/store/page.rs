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

/// Writes the manifests of some cases as they stand.
pub async fn replace(tx: &Tx<'_>, cases: &[&Case]) -> Result<()> {
    let ids: Vec<_> = cases.iter().map(|case| case.id.0).collect();
    super::run(tx, "DELETE FROM page WHERE case_id = ANY($1)", &[&ids]).await?;
    let (mut ids, mut ordinals, mut feeds) = (Vec::new(), Vec::new(), Vec::new());
    let (mut digests, mut types) = (Vec::new(), Vec::new());
    for case in cases {
        for (ordinal, page) in (0_i32..).zip(&case.pages) {
            let digest = super::blob::digest(&page.sha256);
            ids.push(case.id.0);
            ordinals.push(ordinal);
            feeds.push(case.filed_at.0.as_str());
            digests.push(digest.ok_or(Error::Fault("a hash unchecked".to_owned()))?);
            types.push(page.media_type.as_str());
        }
    }
    if ids.is_empty() {
        return Ok(());
    }
    let digests: Vec<_> = digests.iter().map(<[u8; 32]>::as_slice).collect();
    super::run(
        tx,
        "INSERT INTO page (case_id, ordinal, feed, sha256, media_type)
         SELECT * FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::bytea[], $5::text[])",
        &[&ids, &ordinals, &feeds, &digests, &types],
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
