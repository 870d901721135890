//! Entries that came by ferry ahead of what lies before them in their log.

use domain::Id;
use domain::sync::Entry;
use tokio_postgres::Row;

use crate::database::Tx;
use crate::error::{Error, Result};
use crate::seal::{Kind, Seals};

/// Parks entries; one that is parked already stays as it came first.
pub async fn park(tx: &Tx<'_>, seals: &Seals, installation: Id, entries: &[Entry]) -> Result<u64> {
    let mut parked = 0;
    for entry in entries {
        let bytes =
            |text: &str| hex::decode(text).map_err(|_| Error::Fault("unchecked hex".to_owned()));
        let body = seals.seal(
            Kind::Command,
            &place(installation, entry.n),
            entry.body.as_bytes(),
        );
        parked += super::run(
            tx,
            "INSERT INTO ferry_entry (installation, n, command, link, signature, body)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            &[
                &installation.0,
                &super::signed(entry.n)?,
                &entry.id.0,
                &bytes(&entry.link)?,
                &bytes(&entry.signature)?,
                &body,
            ],
        )
        .await?;
    }
    Ok(parked)
}

/// Entries that follow `acked` without a gap, in order.
pub async fn following(
    tx: &Tx<'_>,
    seals: &Seals,
    installation: Id,
    acked: u64,
    limit: usize,
) -> Result<Vec<Entry>> {
    let rows = super::rows(
        tx,
        "SELECT n, command, link, signature, body FROM ferry_entry
         WHERE installation = $1 AND n > $2 ORDER BY n LIMIT $3",
        &[&installation.0, &super::signed(acked)?, &(limit as i64)],
    )
    .await?;
    let entries = rows.iter().map(|row| read(row, seals, installation));
    let entries = entries.collect::<Result<Vec<_>>>()?;
    let follow = (acked + 1..)
        .zip(&entries)
        .take_while(|(n, entry)| *n == entry.n);
    let count = follow.count();
    Ok(entries.into_iter().take(count).collect())
}

/// What lies at or before `acked` is not parked any more.
pub async fn forget(tx: &Tx<'_>, installation: Id, acked: u64) -> Result<u64> {
    let statement = "DELETE FROM ferry_entry WHERE installation = $1 AND n <= $2";
    super::run(tx, statement, &[&installation.0, &super::signed(acked)?]).await
}

/// One entry is not parked any more.
pub async fn forget_one(tx: &Tx<'_>, installation: Id, n: u64) -> Result<u64> {
    let statement = "DELETE FROM ferry_entry WHERE installation = $1 AND n = $2";
    super::run(tx, statement, &[&installation.0, &super::signed(n)?]).await
}

/// How many of an installation are parked.
pub async fn count(tx: &Tx<'_>, installation: Id) -> Result<u64> {
    let statement = "SELECT count(*) AS parked FROM ferry_entry WHERE installation = $1";
    let row = super::find(tx, statement, &[&installation.0]).await?;
    row.map_or(Ok(0), |row| super::count(&row, "parked"))
}

/// Installations with parked entries whose gap was filled.
pub async fn ready(tx: &Tx<'_>) -> Result<Vec<Id>> {
    let rows = super::rows(
        tx,
        "SELECT DISTINCT e.installation FROM ferry_entry e
         JOIN installation i ON i.id = e.installation
         WHERE e.n <= i.acked + 1 AND i.revoked_at IS NULL",
        &[],
    )
    .await?;
    rows.iter()
        .map(|row| Ok(Id(row.try_get("installation")?)))
        .collect()
}

fn read(row: &Row, seals: &Seals, installation: Id) -> Result<Entry> {
    let n = super::count(row, "n")?;
    let body: Vec<u8> = row.try_get("body")?;
    let bytes = |column: &str| -> Result<String> {
        let bytes: Vec<u8> = row.try_get(column)?;
        Ok(hex::encode(bytes))
    };
    Ok(Entry {
        n,
        id: Id(row.try_get("command")?),
        body: seals.open_text(Kind::Command, &place(installation, n), &body)?,
        link: bytes("link")?,
        signature: bytes("signature")?,
    })
}

fn place(installation: Id, n: u64) -> Vec<u8> {
    format!("ferry/{installation}/{n}").into_bytes()
}
