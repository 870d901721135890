//! Queries to a database that was restored from a backup, beside our own.

use domain::Id;
use tokio_postgres::Client;

use crate::database::Tx;
use crate::error::Result;

/// The end of a log in a copy.
pub struct End {
    /// Whose it is.
    pub installation: Id,
    /// The last position, as its installation's row says.
    pub acked: u64,
    /// The link there, hex.
    pub link: String,
    /// Positions there are.
    pub entries: u64,
    /// Positions whose command is there.
    pub commands: u64,
}

/// Marks our own database for as long as the transaction is open.
pub async fn mark(tx: &Tx<'_>, mark: i64) -> Result<()> {
    super::run(tx, "SELECT pg_advisory_xact_lock($1)", &[&mark]).await?;
    Ok(())
}

/// Whether a database is the marked one.
pub async fn is_marked(copy: &Client, mark: i64) -> Result<bool> {
    let row = copy
        .query_one("SELECT pg_try_advisory_lock($1)", &[&mark])
        .await?;
    let free: bool = row.try_get(0)?;
    Ok(!free)
}

/// The ends of all logs that have begun.
pub async fn ends(copy: &Client) -> Result<Vec<End>> {
    let rows = copy
        .query(
            "SELECT i.id, i.acked, i.link,
                    i.parent_n + (SELECT count(*) FROM log l WHERE l.installation = i.id) AS entries,
                    i.parent_n + (SELECT count(*) FROM log l JOIN command c ON c.id = l.command
                     WHERE l.installation = i.id) AS commands
             FROM installation i WHERE i.acked > i.parent_n ORDER BY i.id",
            &[],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let link: Vec<u8> = row.try_get("link")?;
            Ok(End {
                installation: Id(row.try_get("id")?),
                acked: super::count(row, "acked")?,
                link: hex::encode(link),
                entries: super::count(row, "entries")?,
                commands: super::count(row, "commands")?,
            })
        })
        .collect()
}

/// Where rows point, and how to find one that points nowhere: see migration 11.
const REFERENCES: [(&str, &str); 6] = [
    (
        "command",
        "NOT EXISTS (SELECT FROM installation i WHERE i.id = r.installation)",
    ),
    (
        "identity",
        "NOT EXISTS (SELECT FROM person p WHERE p.id = r.person)",
    ),
    (
        "person_feed",
        "NOT EXISTS (SELECT FROM person p WHERE p.id = r.person)",
    ),
    (
        "cases",
        "NOT EXISTS (SELECT FROM person p WHERE p.id = r.person)",
    ),
    (
        "page",
        "NOT EXISTS (SELECT FROM cases c WHERE c.id = r.case_id)",
    ),
    (
        "page",
        "NOT EXISTS (SELECT FROM blob b WHERE b.feed = r.feed AND b.sha256 = r.sha256)",
    ),
];

/// The first table with a row that points to what is not there.
pub async fn dangling(copy: &Client) -> Result<Option<&'static str>> {
    for (table, nowhere) in REFERENCES {
        let statement = format!("SELECT EXISTS (SELECT FROM {table} r WHERE {nowhere})");
        let found: bool = copy.query_one(&statement, &[]).await?.try_get(0)?;
        if found {
            return Ok(Some(table));
        }
    }
    Ok(None)
}
