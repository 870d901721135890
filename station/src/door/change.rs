//! Changing the data key, because somebody who had it has left. Every step is durable before the next:
//!
//! 1. `keys.json`: the leaver's way in is gone; a next data key is boxed for all who stay.
//! 2. The database gets the next key, in one transaction ([`crate::store::rekey`]).
//! 3. `keys.json`: the next data key is the current one.
//!
//! Cut off after 1, the database still has the old key; after 2, the new one: the next log-in looks
//! which, and goes on from there. The ring stays the same, so nothing else is sealed anew.

use std::path::Path;

use super::STORE;
use crate::error::{Error, Result};
use crate::keys::{DataKey, Held, KeyFile, Opened};
use crate::storage;
use crate::store::rekey;

/// Takes a staff member's way in away and prepares a new data key. Step 1.
pub fn dismiss(folder: &Path, file: &mut KeyFile, held: &Held, login: &str) -> Result<DataKey> {
    file.dismiss(login);
    let next = file.prepare_next(held)?;
    file.save(folder)?;
    Ok(next)
}

/// Finishes what a change of the data key has left, and says what is held now. Nobody has the
/// database open. A disk that does not take it is no reason to stay out: the current key serves until next
/// time.
pub fn settle(folder: &Path, file: &mut KeyFile, opened: Opened) -> Result<Held> {
    let Some(next) = opened.next else {
        return file.hold(opened.current);
    };
    match finish(folder, file, &opened.current, &next) {
        Ok(()) => file.hold(next),
        Err(error)
            if waits(&error) && rekey::fits(&folder.join(STORE), &opened.current.database())? =>
        {
            tracing::warn!(%error, "the data key waits to be changed");
            file.hold(opened.current)
        }
        Err(error) => Err(error),
    }
}

/// Whether it may go better the next time.
fn waits(error: &Error) -> bool {
    matches!(
        error.code(),
        "store.disk_full" | "store.unwritable" | "store.busy"
    )
}

/// Steps 2 and 3, from wherever they were cut off. The new key is in force when this returns Ok, the old one
/// otherwise.
pub fn finish(folder: &Path, file: &mut KeyFile, old: &DataKey, new: &DataKey) -> Result<()> {
    let store = folder.join(STORE);
    storage::refuse_rotten_log(&store)?;
    let (old, new) = (old.database(), new.database());
    if !rekey::fits(&store, &new)? {
        if !rekey::fits(&store, &old)? {
            let why = "neither of its two keys opens it".into();
            return Err(Error::Unreadable { path: store, why });
        }
        rekey::rekey(&store, &old, &new)?;
    }
    file.promote();
    // The file on the disk names the new key as the next one: that opens it too.
    if let Err(error) = file.save(folder) {
        tracing::warn!(%error, "the key file waits to be written");
    }
    Ok(())
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
