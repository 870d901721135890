//! Orders to installations, and what became of them.

use chrono::{DateTime, Utc};
use domain::Id;
use domain::order::{Order, Report, ReportState, SignedOrder, What};
use tokio_postgres::Row;

use crate::database::Tx;
use crate::error::Result;

/// Characters of the code with which a station says why it did not obey.
const CODE: usize = 60;

/// An order as kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its id.
    pub id: Id,
    /// For whom.
    pub installation: Id,
    /// `log_extract`, `resync`, `wipe`, `revoke` or `remap`.
    pub kind: String,
    /// What was signed.
    pub body: Option<String>,
    /// Who gave it.
    pub given_by: Id,
    /// When.
    pub given_at: DateTime<Utc>,
    /// Who agreed.
    pub agreed_by: Option<Id>,
    /// `asked`, `given`, `fetched`, `done`, `failed` or `withdrawn`.
    pub state: String,
    /// When the station got it first.
    pub fetched_at: Option<DateTime<Utc>>,
    /// When it was carried out, refused or withdrawn.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it was not carried out.
    pub code: Option<String>,
    /// Whether there is a log's extract.
    pub has_extract: bool,
    /// The station's receipt, and its signature.
    pub receipt: Option<(String, String)>,
}

impl Kept {
    /// What is to be done; None of a revocation.
    pub fn what(&self) -> Option<What> {
        let order: Order = serde_json::from_str(self.body.as_deref()?).ok()?;
        Some(order.what)
    }
}

const COLUMNS: &str =
    "id, installation, kind, body, given_by, given_at, agreed_by, state, fetched_at,
    ended_at, code, extract IS NOT NULL AS has_extract, receipt, receipt_signature";

/// Keeps a new one.
pub async fn add(tx: &Tx<'_>, order: &Kept, signature: Option<&str>) -> Result<()> {
    super::run(
        tx,
        "INSERT INTO station_order (id, installation, kind, body, signature, given_by, given_at,
             state, ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            &order.id.0,
            &order.installation.0,
            &order.kind,
            &order.body,
            &signature,
            &order.given_by.0,
            &order.given_at,
            &order.state,
            &order.ended_at,
        ],
    )
    .await?;
    Ok(())
}

/// What an installation has still to do or to let be, the oldest first. Those it gets for the first time
/// are marked; whether there are such.
pub async fn hand_out(tx: &Tx<'_>, installation: Id) -> Result<(Vec<SignedOrder>, bool)> {
    let rows = super::rows(
        tx,
        "SELECT body, signature, state, given_at, id FROM station_order
         WHERE installation = $1 AND state IN ('given', 'fetched')
         UNION ALL
         SELECT withdrawal, withdrawal_signature, state, given_at, id FROM station_order
         WHERE installation = $1 AND withdrawal IS NOT NULL
         ORDER BY given_at, id",
        &[&installation.0],
    )
    .await?;
    let mut is_new = false;
    let mut orders = Vec::new();
    for row in &rows {
        is_new |= row.try_get::<_, &str>("state")? == "given";
        orders.push(SignedOrder {
            body: row.try_get("body")?,
            signature: row.try_get("signature")?,
        });
    }
    if is_new {
        super::run(
            tx,
            "UPDATE station_order SET state = 'fetched', fetched_at = now()
             WHERE installation = $1 AND state = 'given'",
            &[&installation.0],
        )
        .await?;
    }
    Ok((orders, is_new))
}

/// Takes in what became of an order; one that was withdrawn too late was obeyed all the same, one that was
/// withdrawn in time stays withdrawn. None when it had ended before, or is none of this installation's: a
/// report that comes twice changes nothing.
pub async fn end(tx: &Tx<'_>, installation: Id, report: &Report) -> Result<Option<Kept>> {
    let state = match report.state {
        ReportState::Done => "done",
        ReportState::Failed => "failed",
    };
    let cut = |text: &String, limit: usize| -> String {
        text.chars().filter(|c| *c != '\0').take(limit).collect()
    };
    let code = report.code.as_ref().map(|code| cut(code, CODE));
    let extract = report
        .text
        .as_ref()
        .map(|text| cut(text, domain::order::EXTRACT_BYTES));
    let receipt = report.receipt.as_ref();
    let statement = format!(
        "UPDATE station_order SET ended_at = now(), code = $4, extract = $5,
             state = CASE WHEN state = 'withdrawn' AND $3 = 'failed' THEN state ELSE $3 END,
             receipt = $6, receipt_signature = $7,
             withdrawal = NULL, withdrawal_signature = NULL
         WHERE id = $1 AND installation = $2 AND (state IN ('given', 'fetched')
             OR state = 'withdrawn' AND code IS NULL)
         RETURNING {COLUMNS}"
    );
    let row = super::find(
        tx,
        &statement,
        &[
            &report.order.0,
            &installation.0,
            &state,
            &code,
            &extract,
            &receipt.map(|receipt| receipt.body.as_str()),
            &receipt.map(|receipt| receipt.signature.as_str()),
        ],
    )
    .await?;
    row.as_ref().map(read).transpose()
}

/// The machine has gone to another community: its order to do so has ended. What was signed.
pub async fn end_remap(tx: &Tx<'_>, installation: Id) -> Result<Option<Kept>> {
    let statement = format!(
        "UPDATE station_order SET state = 'done', ended_at = now()
         WHERE installation = $1 AND kind = 'remap' AND state IN ('given', 'fetched', 'withdrawn')
         RETURNING {COLUMNS}"
    );
    let rows = super::rows(tx, &statement, &[&installation.0]).await?;
    rows.last().map(read).transpose()
}

/// One, locked.
pub async fn lock(tx: &Tx<'_>, id: Id) -> Result<Option<Kept>> {
    let statement = format!("SELECT {COLUMNS} FROM station_order WHERE id = $1 FOR UPDATE");
    let row = super::find(tx, &statement, &[&id.0]).await?;
    row.as_ref().map(read).transpose()
}

/// The second officer agrees: the station gets it with its next hello.
pub async fn agree(tx: &Tx<'_>, id: Id, by: Id) -> Result<()> {
    super::run(
        tx,
        "UPDATE station_order SET state = 'given', agreed_by = $2 WHERE id = $1 AND state = 'asked'",
        &[&id.0, &by.0],
    )
    .await?;
    Ok(())
}

/// Takes one back, with the word that tells it to a station which has it; false when it has ended.
pub async fn withdraw(tx: &Tx<'_>, id: Id, word: Option<&SignedOrder>) -> Result<bool> {
    let touched = super::run(
        tx,
        "UPDATE station_order SET state = 'withdrawn', ended_at = now(),
             withdrawal = $2, withdrawal_signature = $3
         WHERE id = $1 AND state IN ('asked', 'given', 'fetched')",
        &[
            &id.0,
            &word.map(|word| word.body.as_str()),
            &word.map(|word| word.signature.as_str()),
        ],
    )
    .await?;
    Ok(touched == 1)
}

/// The order of a kind that an installation has not ended, if there is one.
pub async fn open(tx: &Tx<'_>, installation: Id, kind: &str) -> Result<Option<Kept>> {
    let statement = format!(
        "SELECT {COLUMNS} FROM station_order WHERE installation = $1 AND kind = $2
             AND state IN ('asked', 'given', 'fetched') ORDER BY given_at LIMIT 1"
    );
    let row = super::find(tx, &statement, &[&installation.0, &kind]).await?;
    row.as_ref().map(read).transpose()
}

/// An installation's orders, the newest first, with those of the one that it goes on from.
pub async fn list(tx: &Tx<'_>, installation: Id, limit: i64) -> Result<Vec<Kept>> {
    let statement = format!(
        "SELECT {COLUMNS} FROM station_order WHERE installation = $1
             OR installation = (SELECT parent FROM installation WHERE id = $1)
         ORDER BY given_at DESC, id LIMIT $2"
    );
    let rows = super::rows(tx, &statement, &[&installation.0, &limit]).await?;
    rows.iter().map(read).collect()
}

/// The log's extract that came of an order.
pub async fn extract(tx: &Tx<'_>, installation: Id, id: Id) -> Result<Option<String>> {
    let row = super::find(
        tx,
        "SELECT extract FROM station_order WHERE id = $1 AND installation = $2",
        &[&id.0, &installation.0],
    )
    .await?;
    Ok(row.map(|row| row.try_get("extract")).transpose()?.flatten())
}

fn read(row: &Row) -> Result<Kept> {
    let receipt: Option<String> = row.try_get("receipt")?;
    let signature: Option<String> = row.try_get("receipt_signature")?;
    Ok(Kept {
        id: Id(row.try_get("id")?),
        installation: Id(row.try_get("installation")?),
        kind: row.try_get("kind")?,
        body: row.try_get("body")?,
        given_by: Id(row.try_get("given_by")?),
        given_at: row.try_get("given_at")?,
        agreed_by: row.try_get::<_, Option<uuid::Uuid>>("agreed_by")?.map(Id),
        state: row.try_get("state")?,
        fetched_at: row.try_get("fetched_at")?,
        ended_at: row.try_get("ended_at")?,
        code: row.try_get("code")?,
        has_extract: row.try_get("has_extract")?,
        receipt: receipt.zip(signature),
    })
}
