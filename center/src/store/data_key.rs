//! By which data key the database is sealed.

use domain::Id;

use crate::database::Tx;
use crate::error::Result;
use crate::seal::{Kind, Seals};

/// Commands that are tried where no key is named yet: one of them may have rotted.
const TRIED: i64 = 5;

/// Whether this is the key. A database of before there was a name for it names the one that opens what is
/// in it; an empty one the first.
pub async fn is_ours(tx: &Tx<'_>, seals: &Seals) -> Result<bool> {
    let ours = seals.hash("data key", b"yizhan");
    if let Some(row) = super::find(tx, "SELECT hash FROM data_key", &[]).await? {
        return Ok(row.try_get::<_, Vec<u8>>("hash")? == ours);
    }
    if !opens(tx, seals).await? {
        return Ok(false);
    }
    let statement = "INSERT INTO data_key (hash) VALUES ($1) ON CONFLICT DO NOTHING";
    super::run(tx, statement, &[&ours]).await?;
    Ok(true)
}

async fn opens(tx: &Tx<'_>, seals: &Seals) -> Result<bool> {
    let rows = super::rows(tx, "SELECT id, body FROM command LIMIT $1", &[&TRIED]).await?;
    for row in &rows {
        let (id, sealed): (_, Vec<u8>) = (Id(row.try_get("id")?), row.try_get("body")?);
        if seals.open(Kind::Command, id.as_bytes(), &sealed).is_ok() {
            return Ok(true);
        }
    }
    Ok(rows.is_empty())
}
