//! The centre's chain: who did what in the console and at the command line. The head's row is
//! locked last, so nothing waits for it but other acts of people.

use std::sync::OnceLock;
use std::time::Instant;

use audit::record::{About, Hash, Record};
use audit::{Event, Head};
use chrono::Utc;
use domain::{Division, Staff};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::database::Tx;
use crate::error::{Error, Result};

/// A record as kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Where whoever did it works; empty for the centre itself.
    pub area: Division,
    /// See [`Record::n`].
    pub n: u64,
    /// See [`Record::at_ms`].
    pub at_ms: i64,
    running_ms: u64,
    boots: u64,
    high_water_ms: i64,
    /// Who.
    pub who: Option<Uuid>,
    /// What.
    pub kind: String,
    about: Option<About>,
    /// Particulars, JSON.
    pub details: String,
    previous: Hash,
    hash: Hash,
}

impl Kept {
    /// As a link of the chain.
    pub fn record(&self) -> Record<'_> {
        Record {
            n: self.n,
            at_ms: self.at_ms,
            running_ms: self.running_ms,
            boots: self.boots,
            high_water_ms: self.high_water_ms,
            who: self.who,
            kind: &self.kind,
            about: self.about,
            details: &self.details,
            previous: self.previous,
            hash: self.hash,
        }
    }
}

/// Records an event in the transaction of what it tells of. The last thing a transaction does.
pub async fn append(tx: &Tx<'_>, by: Option<&Staff>, event: &Event) -> Result<()> {
    write(tx, by, event, None).await
}

/// The same, about somebody: a keyed pseudonym.
pub async fn append_about(
    tx: &Tx<'_>,
    by: Option<&Staff>,
    event: &Event,
    about: About,
) -> Result<()> {
    write(tx, by, event, Some(about)).await
}

async fn write(tx: &Tx<'_>, by: Option<&Staff>, event: &Event, about: Option<About>) -> Result<()> {
    let statement = "SELECT n, hash, high_water_ms FROM audit_head FOR NO KEY UPDATE";
    let row = super::find(tx, statement, &[]).await?.ok_or_else(no_head)?;
    let head = read_head(&row)?;
    let at_ms = Utc::now().timestamp_millis();
    let high_water_ms = at_ms.max(row.try_get("high_water_ms")?);
    let (kind, details) = event.parts();
    let record = Record {
        n: 0,
        at_ms,
        running_ms: running_ms(),
        boots: 0,
        high_water_ms,
        who: by.map(|staff| staff.id.0),
        kind: &kind,
        about,
        details: &details,
        previous: head.hash,
        hash: head.hash,
    };
    let record = record.chained(&head);
    insert(tx, by.map_or("", |staff| &staff.area.0), &record).await?;
    super::run(
        tx,
        "UPDATE audit_head SET n = $1, hash = $2, high_water_ms = $3",
        &[
            &super::signed(record.n)?,
            &record.hash.as_slice(),
            &high_water_ms,
        ],
    )
    .await?;
    Ok(())
}

async fn insert(tx: &Tx<'_>, area: &str, record: &Record<'_>) -> Result<()> {
    super::run(
        tx,
        "INSERT INTO audit (n, at_ms, running_ms, boots, high_water_ms, who, area, kind, about,
             details, previous, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &[
            &super::signed(record.n)?,
            &record.at_ms,
            &super::signed(record.running_ms)?,
            &super::signed(record.boots)?,
            &record.high_water_ms,
            &record.who,
            &area,
            &record.kind,
            &record.about.as_ref().map(|about| about.as_slice()),
            &record.details,
            &record.previous.as_slice(),
            &record.hash.as_slice(),
        ],
    )
    .await?;
    Ok(())
}

/// Where the chain stands.
pub async fn head(tx: &Tx<'_>) -> Result<Head> {
    let row = super::find(tx, "SELECT n, hash FROM audit_head", &[]).await?;
    read_head(&row.ok_or_else(no_head)?)
}

/// Records behind `after`, in order.
pub async fn page(tx: &Tx<'_>, after: u64, limit: i64) -> Result<Vec<Kept>> {
    let rows = super::rows(
        tx,
        "SELECT * FROM audit WHERE n > $1 ORDER BY n LIMIT $2",
        &[&super::signed(after)?, &limit],
    )
    .await?;
    rows.iter().map(read).collect()
}

/// One of an area's records with the name of who did it.
pub struct Shown {
    /// The record.
    pub kept: Kept,
    /// Who, by name.
    pub name: Option<String>,
}

/// Records of people of an area in a span of time, newest first. An empty `kind` is any.
pub async fn between(
    tx: &Tx<'_>,
    area: &Division,
    (from_ms, until_ms): (i64, i64),
    kind: &str,
    limit: i64,
) -> Result<Vec<Shown>> {
    let rows = super::rows(
        tx,
        "SELECT a.*, s.name FROM audit a LEFT JOIN staff s ON s.id = a.who
         WHERE a.at_ms >= $1 AND a.at_ms < $2 AND starts_with(a.kind, $3)
             AND (starts_with(a.area, $4) OR (a.area = '' AND length($4) = 4))
         ORDER BY a.n DESC LIMIT $5",
        &[&from_ms, &until_ms, &kind, &area.0, &limit],
    )
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Shown {
                kept: read(row)?,
                name: row.try_get("name")?,
            })
        })
        .collect()
}

fn read(row: &Row) -> Result<Kept> {
    let about: Option<Vec<u8>> = row.try_get("about")?;
    Ok(Kept {
        area: Division(row.try_get("area")?),
        n: super::count(row, "n")?,
        at_ms: row.try_get("at_ms")?,
        running_ms: super::count(row, "running_ms")?,
        boots: super::count(row, "boots")?,
        high_water_ms: row.try_get("high_water_ms")?,
        who: row.try_get("who")?,
        kind: row.try_get("kind")?,
        about: about.and_then(|about| about.try_into().ok()),
        details: row.try_get("details")?,
        previous: bytes32(row, "previous")?,
        hash: bytes32(row, "hash")?,
    })
}

fn read_head(row: &Row) -> Result<Head> {
    Ok(Head {
        n: super::count(row, "n")?,
        hash: bytes32(row, "hash")?,
    })
}

fn bytes32(row: &Row, column: &str) -> Result<Hash> {
    let bytes: Vec<u8> = row.try_get(column)?;
    let size = |_| Error::Fault(format!("{column} of another size"));
    bytes.try_into().map_err(size)
}

fn no_head() -> Error {
    Error::Fault("the audit has no head".to_owned())
}

/// How long this process has been recording.
fn running_ms() -> u64 {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    let began = BEGAN.get_or_init(Instant::now);
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
