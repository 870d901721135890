//! Table `draft_page`: the papers of a form under way, in order.

use std::collections::BTreeSet;

use domain::{Id, Page};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::error::Result;
use crate::view::DraftPage;

/// The pages of a draft, in order.
pub fn of(connection: &Connection, draft: Id) -> Result<Vec<DraftPage>> {
    let mut query = connection.prepare_cached(
        "SELECT page, material, sha256, size_bytes, media_type, made FROM draft_page
         WHERE draft = ?1 ORDER BY place",
    )?;
    let rows = query.query_map([draft.as_bytes()], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A page by its id, in whatever draft.
pub fn find(connection: &Connection, page: &str) -> Result<Option<DraftPage>> {
    let mut query = connection.prepare_cached(
        "SELECT page, material, sha256, size_bytes, media_type, made FROM draft_page
         WHERE page = ?1",
    )?;
    Ok(query.query_row([page], read).optional()?)
}

/// Replaces the pages of a draft.
pub fn set(tx: &Transaction, draft: Id, pages: &[DraftPage]) -> Result<()> {
    let mut delete = tx.prepare_cached("DELETE FROM draft_page WHERE draft = ?1")?;
    delete.execute([draft.as_bytes()])?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO draft_page
             (page, draft, place, material, sha256, size_bytes, media_type, made)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (place, page) in pages.iter().enumerate() {
        insert.execute(params![
            page.page,
            draft.as_bytes(),
            place,
            page.material,
            page.manifest.sha256,
            page.manifest.size_bytes,
            page.manifest.media_type,
            page.made.as_ref().map(serde_json::to_string).transpose()?,
        ])?;
    }
    Ok(())
}

/// The pictures of all forms, and those that pages were made from.
pub fn hashes(connection: &Connection) -> Result<BTreeSet<String>> {
    let mut query = connection.prepare_cached(
        "SELECT page, material, sha256, size_bytes, media_type, made FROM draft_page",
    )?;
    let rows = query.query_map([], read)?;
    let mut hashes = BTreeSet::new();
    for page in rows {
        hashes.extend(page?.pictures());
    }
    Ok(hashes)
}

/// Whether a draft still shows this picture, or shows a page made from it.
pub fn uses(connection: &Connection, sha256: &str) -> Result<bool> {
    let mut query = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM draft_page WHERE sha256 = ?1 OR instr(made, ?1) > 0)",
    )?;
    Ok(query.query_row([sha256], |row| row.get(0))?)
}

fn read(row: &Row) -> rusqlite::Result<DraftPage> {
    let material: String = row.get(1)?;
    let made: Option<String> = row.get(5)?;
    let made = made.map(|text| serde_json::from_str(&text)).transpose();
    let wrong = |error| rusqlite::Error::FromSqlConversionFailure(5, Type::Text, Box::new(error));
    Ok(DraftPage {
        page: row.get(0)?,
        material: material.clone(),
        manifest: Page {
            material,
            sha256: row.get(2)?,
            size_bytes: row.get(3)?,
            media_type: row.get(4)?,
        },
        made: made.map_err(wrong)?,
    })
}
