//! Pages' bytes: how much of them is here. A push and an upload both make **and lock** the row, so
//! that a case can't be stuck between them.

use std::collections::BTreeSet;

use domain::{Division, Page};

use crate::database::Tx;
use crate::error::{Error, Result};
use crate::refusal;

/// One community's copy of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Plain bytes in all.
    pub size_bytes: u64,
    /// Plain bytes received.
    pub have: u64,
    /// Whole, re-hashed, durable.
    pub stored: bool,
}

impl Blob {
    /// Where a part goes, read without the bytes: true when it is to be kept behind what is here, false
    /// when it is here already. A length that the sender knows better starts the page over.
    pub fn place(&mut self, offset: u64, len: u64, length: Option<u64>) -> Result<bool> {
        if self.stored {
            return Ok(false);
        }
        if let Some(length) = length.filter(|length| *length != self.size_bytes) {
            // The hash decides which length was right; who has the bytes knows it better.
            (self.size_bytes, self.have) = (length, 0);
        }
        let end = offset.saturating_add(len);
        if end <= self.have {
            return Ok(false);
        }
        if offset != self.have {
            return Err(Error::Refused(&refusal::BLOB_OFFSET));
        }
        if end > self.size_bytes {
            return Err(Error::Refused(&refusal::BLOB_TOO_LONG));
        }
        Ok(true)
    }

    /// A part is kept; true when it was the last, and the page is to be hashed.
    pub fn grow(&mut self, len: u64) -> bool {
        self.have += len;
        self.have >= self.size_bytes
    }

    /// Every byte was here: whether they are those of the hash. Others start over.
    pub fn end(&mut self, is_right: bool) -> Result<()> {
        if !is_right {
            self.have = 0;
            return Err(Error::Refused(&refusal::BLOB_WRONG_HASH));
        }
        self.stored = true;
        Ok(())
    }
}

/// The bytes of a hash in hex.
pub fn digest(sha256: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let plain = sha256
        .bytes()
        .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    (plain && hex::decode_to_slice(sha256, &mut bytes).is_ok()).then_some(bytes)
}

/// Announces pages, then locks their rows in order and returns the hashes that are stored.
pub async fn lock_pages(
    tx: &Tx<'_>,
    feed: &Division,
    announced: &[&Page],
    asked: &BTreeSet<String>,
) -> Result<BTreeSet<String>> {
    let mut rows = Vec::new();
    for page in announced {
        let digest = digest(&page.sha256).ok_or(Error::Fault("a hash unchecked".to_owned()))?;
        rows.push((digest, super::signed(page.size_bytes)?));
    }
    rows.sort_unstable();
    rows.dedup_by_key(|row| row.0);
    let (digests, sizes): (Vec<_>, Vec<_>) = rows
        .iter()
        .map(|(digest, size)| (digest.as_slice(), *size))
        .unzip();
    super::run(
        tx,
        "INSERT INTO blob (feed, sha256, size_bytes)
         SELECT $1, * FROM unnest($2::bytea[], $3::bigint[]) ON CONFLICT DO NOTHING",
        &[&feed.0, &digests, &sizes],
    )
    .await?;
    let asked: Vec<_> = asked.iter().filter_map(|sha| digest(sha)).collect();
    let asked: Vec<_> = asked.iter().map(<[u8; 32]>::as_slice).collect();
    let rows = super::rows(
        tx,
        "SELECT sha256, stored FROM blob WHERE feed = $1 AND sha256 = ANY($2)
         ORDER BY sha256 FOR NO KEY UPDATE",
        &[&feed.0, &asked],
    )
    .await?;
    let mut stored = BTreeSet::new();
    for row in &rows {
        let sha256: Vec<u8> = row.try_get("sha256")?;
        if row.try_get("stored")? {
            stored.insert(hex::encode(sha256));
        }
    }
    Ok(stored)
}

/// As it stands.
pub async fn find(tx: &Tx<'_>, feed: &Division, sha256: &[u8; 32]) -> Result<Option<Blob>> {
    let row = super::find(
        tx,
        "SELECT size_bytes, have, stored FROM blob
         WHERE feed = $1 AND sha256 = $2",
        &[&feed.0, &sha256.as_slice()],
    )
    .await?;
    row.map(|row| read(&row)).transpose()
}

/// As it stands, locked; made with `size_bytes` when it is new and that is known.
pub async fn lock(
    tx: &Tx<'_>,
    feed: &Division,
    sha256: &[u8; 32],
    size_bytes: Option<u64>,
) -> Result<Option<Blob>> {
    if let Some(size) = size_bytes {
        super::run(
            tx,
            "INSERT INTO blob (feed, sha256, size_bytes) VALUES ($1, $2, $3)
             ON CONFLICT DO NOTHING",
            &[&feed.0, &sha256.as_slice(), &super::signed(size)?],
        )
        .await?;
    }
    let row = super::find(
        tx,
        "SELECT size_bytes, have, stored FROM blob
         WHERE feed = $1 AND sha256 = $2 FOR UPDATE",
        &[&feed.0, &sha256.as_slice()],
    )
    .await?;
    row.map(|row| read(&row)).transpose()
}

/// Writes how much is here now.
pub async fn update(tx: &Tx<'_>, feed: &Division, sha256: &[u8; 32], blob: &Blob) -> Result<()> {
    super::run(
        tx,
        "UPDATE blob SET size_bytes = $3, have = $4, stored = $5
         WHERE feed = $1 AND sha256 = $2",
        &[
            &feed.0,
            &sha256.as_slice(),
            &super::signed(blob.size_bytes)?,
            &super::signed(blob.have)?,
            &blob.stored,
        ],
    )
    .await?;
    Ok(())
}

fn read(row: &tokio_postgres::Row) -> Result<Blob> {
    Ok(Blob {
        size_bytes: super::count(row, "size_bytes")?,
        have: super::count(row, "have")?,
        stored: row.try_get("stored")?,
    })
}
