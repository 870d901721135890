//! Forms out of a database that cannot be used any more: each that can still be read.

use std::path::Path;

use domain::Id;
use rusqlite::Connection;

use super::draft::DraftKept;
use super::entity::id_at;
use super::{draft, draft_page, open, outbox};
use crate::error::Result;
use crate::keys::Keys;
use crate::store::Store;
use crate::view::DraftPage;

/// A form with its pages.
pub type Form = (DraftKept, Vec<DraftPage>);

/// The forms that can be read in a database, which is not written to. Nothing where it cannot even
/// be opened.
pub fn forms(path: &Path, keys: &Keys) -> Vec<Form> {
    let Ok(connection) = open::reader(path, keys) else {
        return Vec::new();
    };
    let ids = ids(&connection);
    ids.into_iter()
        .filter_map(|id| {
            let form = draft::find(&connection, id).ok()??;
            // A form without its pages is worth more than none.
            let pages = draft_page::of(&connection, id).unwrap_or_default();
            Some((form, pages))
        })
        .collect()
}

/// The ids up to the first that cannot be read.
fn ids(connection: &Connection) -> Vec<Id> {
    let Ok(mut query) = connection.prepare("SELECT id FROM draft") else {
        return Vec::new();
    };
    let Ok(rows) = query.query_map([], |row| id_at(row, 0)) else {
        return Vec::new();
    };
    rows.map_while(rusqlite::Result::ok).collect()
}

impl Store {
    /// Takes in forms that this store does not have, or has as they were before; not those that
    /// were filed meanwhile. How many.
    pub fn take_in(&self, forms: Vec<Form>) -> Result<u64> {
        let mut count = 0;
        for (form, pages) in forms {
            let subject = self.subject(&form.identity.document.number);
            count += u64::from(self.write(|tx| {
                let known = draft::find(tx, form.id)?;
                let newer = known.is_none_or(|known| known.saved_at < form.saved_at);
                if !newer || outbox::was_filed(tx, form.id)? {
                    return Ok(false);
                }
                draft::put(tx, &form, &subject)?;
                draft_page::set(tx, form.id, &pages)?;
                Ok(true)
            })?);
        }
        Ok(count)
    }
}
