//! Table `removed`: changes to drafts and pages that can be taken back.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::Id;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::draft::DraftKept;
use crate::error::Result;
use crate::view::DraftPage;

/// What was taken away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "removed", rename_all = "snake_case")]
pub enum Removed {
    /// A whole draft.
    Draft {
        /// As it was.
        draft: Box<DraftKept>,
        /// Its pages.
        pages: Vec<DraftPage>,
    },
    /// One page.
    Page {
        /// Of which draft.
        draft: Id,
        /// Where it stood.
        place: usize,
        /// As it was.
        page: DraftPage,
    },
    /// Pages that were filed: what they were made from is kept for a while.
    Filed {
        /// As they were filed.
        pages: Vec<DraftPage>,
    },
    /// Pages that were taken together, and can be taken away together.
    Added {
        /// Of which draft.
        draft: Id,
        /// Their ids as they came.
        pages: Vec<String>,
    },
    /// A page that was turned or shaped anew.
    Changed {
        /// Of which draft.
        draft: Id,
        /// As it was.
        page: DraftPage,
    },
}

impl Removed {
    /// The pages that go with it.
    pub fn pages(&self) -> &[DraftPage] {
        match self {
            Removed::Draft { pages, .. } | Removed::Filed { pages } => pages,
            // They are still in the form, or were kept when they were taken away.
            Removed::Added { .. } => &[],
            Removed::Page { page, .. } | Removed::Changed { page, .. } => {
                std::slice::from_ref(page)
            }
        }
    }
}

/// Keeps it under a token.
pub fn keep(tx: &Transaction, token: &str, at: DateTime<Utc>, removed: &Removed) -> Result<()> {
    let mut query =
        tx.prepare_cached("INSERT INTO removed (token, removed_at, body) VALUES (?1, ?2, ?3)")?;
    query.execute(params![
        token,
        at.to_rfc3339(),
        serde_json::to_string(removed)?
    ])?;
    Ok(())
}

/// Takes it out again.
pub fn take(tx: &Transaction, token: &str) -> Result<Option<Removed>> {
    let mut query = tx.prepare_cached("DELETE FROM removed WHERE token = ?1 RETURNING body")?;
    let body: Option<String> = query.query_row([token], |row| row.get(0)).optional()?;
    Ok(body.map(|body| serde_json::from_str(&body)).transpose()?)
}

/// Forgets what was removed before `day`, and says what it was.
pub fn forget_before(tx: &Transaction, day: DateTime<Utc>) -> Result<Vec<Removed>> {
    let mut query =
        tx.prepare_cached("DELETE FROM removed WHERE removed_at < ?1 RETURNING body")?;
    let rows = query.query_map([day.to_rfc3339()], |row| row.get::<_, String>(0))?;
    rows.map(|body| Ok(serde_json::from_str(&body?)?)).collect()
}

/// How many there are.
pub fn count(connection: &Connection) -> Result<u64> {
    let mut query = connection.prepare_cached("SELECT count(*) FROM removed")?;
    Ok(query.query_row([], |row| row.get(0))?)
}

/// The pictures of everything that can be brought back.
pub fn hashes(connection: &Connection) -> Result<BTreeSet<String>> {
    let mut query = connection.prepare_cached("SELECT body FROM removed")?;
    let rows = query.query_map([], |row| row.get::<_, String>(0))?;
    let mut hashes = BTreeSet::new();
    for body in rows {
        let removed: Removed = serde_json::from_str(&body?)?;
        hashes.extend(removed.pages().iter().flat_map(DraftPage::pictures));
    }
    Ok(hashes)
}

/// Whether something removed still shows this picture.
pub fn uses(connection: &Connection, sha256: &str) -> Result<bool> {
    let mut query = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM removed WHERE instr(body, ?1) > 0)")?;
    Ok(query.query_row([sha256], |row| row.get(0))?)
}
