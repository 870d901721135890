//! Opening what a station has. Nothing is written to a database before it is known to be sound, and
//! what is asked of it here is quick: the deep check is for idle moments.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::Catalog;

use super::{Ballast, Places};
use crate::blobs::Blobs;
use crate::disk;
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::keys::{Installation, Keys};
use crate::store::{self, Agreed, Store, meta, wal};

/// The database's name in the station's folder.
pub(crate) const STORE: &str = "station.db";
/// The folder of sealed pages.
pub const BLOBS: &str = "blobs";
/// What belongs to a database, by the end of its name. SQLite would play what is left of another one
/// into it: a journal of its own kind is there while the log's mode is set.
pub(super) const DATABASE_ENDS: [&str; 4] = ["", "-wal", "-shm", "-journal"];
const SEALED_FOR: &str = "yizhan installation 1";

/// A station's data, open and agreeing.
pub struct Opened {
    /// The database, with its journal.
    pub store: Store,
    /// The sealed pages.
    pub blobs: Blobs,
    /// The machine, with its private keys.
    pub installation: Installation,
    /// What bringing database and journal to agree came to.
    pub agreed: Agreed,
}

/// Opens the store in `folder`: its log is looked at first, an older layout is copied before it is
/// changed, and what only the journal has is brought back.
pub fn open(
    folder: &Path,
    keys: &Keys,
    catalog: Arc<Catalog>,
    now: DateTime<Utc>,
) -> Result<Opened> {
    let path = folder.join(STORE);
    refuse_rotten_log(&path)?;
    let places = Places::load(folder);
    let ballast = Ballast::new(folder, places.ballast_bytes);
    let store = ballast.for_room(|| {
        store::keep_before_migration(&path, keys)?;
        Store::open(&path, keys, catalog.clone())
    })?;
    let blobs = Blobs::open(&folder.join(BLOBS), keys)?;
    let installation = open_installation(&store, keys)?;
    store.set_here(&installation.community);
    blobs.give_ballast(ballast.clone());
    store.give_ballast(ballast);
    let agreed = journal(&store, &places.journal_of(folder), &installation, keys, now)?;
    store.trust()?;
    if let Err(error) = store.show_by_catalogue() {
        tracing::warn!(
            code = error.code(),
            "what waits for an answer is shown as before"
        );
    }
    Ok(Opened {
        store,
        blobs,
        installation,
        agreed,
    })
}

/// Looks at a database's log before anybody writes to either. `store.unreadable` where it has rotted, or
/// cannot be read at all.
pub(crate) fn refuse_rotten_log(database: &Path) -> Result<()> {
    let why = match wal::look(database) {
        Ok(log) if !log.is_rotten => return Ok(()),
        Ok(_) => "it has rotted: what was saved last cannot be read".to_owned(),
        Err(error) => error.to_string(),
    };
    let path = wal::path_of(database);
    Err(Error::Unreadable { path, why })
}

/// Opens the journal under `folder` and brings both to agree. A journal that cannot be opened, its
/// stick being away, stops nothing; it is said.
pub fn journal(
    store: &Store,
    folder: &Path,
    installation: &Installation,
    keys: &Keys,
    now: DateTime<Utc>,
) -> Result<Agreed> {
    match Journal::open(folder, installation.id, &keys.journal) {
        Ok((journal, contents)) => store.keep_journal(installation.id, journal, &contents, now),
        Err(error) => {
            tracing::error!(%error, "there is no journal");
            store.lack_journal(error);
            Ok(Agreed::default())
        }
    }
}

/// The installation's private keys as they are kept in store and journal, hex.
pub fn seal_installation(installation: &Installation, keys: &Keys) -> Result<String> {
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(installation)?);
    Ok(hex::encode(keys.sealer().seal(SEALED_FOR, &plain)))
}

/// The installation's private keys from a store. `store.unreadable` when they are not in it.
pub fn open_installation(store: &Store, keys: &Keys) -> Result<Installation> {
    let lost = || Error::Unreadable {
        path: store.path().to_owned(),
        why: "the installation's keys are not in it".into(),
    };
    let sealed = store.meta(meta::INSTALLATION)?.ok_or_else(lost)?;
    let sealed = hex::decode(sealed).map_err(|_| lost())?;
    let plain = keys.sealer().open(SEALED_FOR, &sealed).ok_or_else(lost)?;
    Ok(serde_json::from_slice(&zeroize::Zeroizing::new(plain))?)
}

/// A name that begins with a database's.
pub(super) fn named(database: &Path, end: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Renames a database with its log, never over anything; the new name. Nothing when there is none.
pub fn set_aside(store: &Path, called: &str) -> Result<Option<PathBuf>> {
    let free = (1..).map(|k| match k {
        1 => named(store, &format!(".{called}")),
        _ => named(store, &format!(".{called}-{k}")),
    });
    let taken = |to: &PathBuf| {
        let mut ends = DATABASE_ENDS.into_iter();
        ends.any(|end| disk::exists(&named(to, end)))
    };
    let Some(to) = free.into_iter().find(|to| !taken(to)) else {
        return Ok(None);
    };
    let disk = disk::of(store);
    let mut moved = None;
    // The database goes first: without it nothing is opened, should this be cut off here.
    for end in DATABASE_ENDS {
        let from = named(store, end);
        if disk::exists(&from) {
            let outcome = disk.rename(&from, &named(&to, end));
            outcome.map_err(Error::disk(&from))?;
            moved = Some(to.clone());
        }
    }
    let folder = disk::folder_of(store);
    disk.sync_folder(folder).map_err(Error::disk(folder))?;
    Ok(moved)
}
