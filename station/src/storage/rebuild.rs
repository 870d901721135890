//! The database is gone or damaged: it is made again from the best that is left (its own sound
//! part, the newest good backup, or nothing), the journal, and later the centre's facts. The damaged
//! file is never written to, and is kept under a name that says when.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use audit::Event;
use chrono::{DateTime, Utc};
use domain::Catalog;

use super::{Places, STORE, open_installation, set_aside};
use crate::backup;
use crate::disk;
use crate::error::{Error, Result};
use crate::journal::{Contents, Journal};
use crate::keys::{Keys, PublicPart};
use crate::store::salvage::{self, Form};
use crate::store::{self, Store, meta, wal};

/// What a store was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// The damaged file's own sound part.
    Own,
    /// A backup, made then.
    Backup(DateTime<Utc>),
    /// A copy that was kept before its layout was changed.
    OlderLayout,
    /// Nothing: the journal alone, and what the centre will send.
    Nothing,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Looking for the best that is left.
    Looking,
    /// Bringing back what the journal has.
    Journal,
    /// Looking at every page of the new database.
    Checking,
    /// Done.
    Done,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// What it was made from.
    pub base: Base,
    /// The last entry of its log.
    pub log_last: u64,
    /// Commands that the journal brought back.
    pub brought_back: u64,
    /// Forms that were taken out of the damaged file.
    pub forms: u64,
    /// The journal goes on to the last save; else the log may have gone further than is known.
    pub is_complete: bool,
    /// Where the damaged file is kept, where there was one.
    pub kept: Option<PathBuf>,
}

/// Makes the database in `folder` again and puts it in its place; from one backup alone where one is
/// named. `store.nothing_left` where there is neither a sound part, nor a backup, nor a journal.
pub fn rebuild(
    folder: &Path,
    from: Option<&Path>,
    keys: &Keys,
    catalog: Arc<Catalog>,
    now: DateTime<Utc>,
    tell: &dyn Fn(Step),
) -> Result<Rebuilt> {
    tell(Step::Looking);
    let places = Places::load(folder);
    let at = Place {
        database: folder.join(STORE),
        new: folder.join(format!("{STORE}.rebuilt")),
        keys,
    };
    let journal = look(folder, &places, keys)?;
    let mut forms = Vec::new();
    let base = match from {
        Some(backup) => at.lay_backup(backup)?,
        None => at.choose(&places.backups_of(folder), &mut forms)?,
    };
    let store = at.open(&base, journal.as_ref(), catalog)?;
    tell(Step::Journal);
    let mut rebuilt = fill(&store, keys, journal.as_ref(), forms, base, now)?;
    store.note_audit_rebuilt(now)?;
    store.note(&match (from, &rebuilt.base) {
        (Some(_), Base::Backup(made)) => Event::BackupRestored {
            made_ms: made.timestamp_millis(),
        },
        _ => Event::StoreRebuilt {
            entries: rebuilt.brought_back,
        },
    })?;
    tell(Step::Checking);
    store.fold()?;
    store.trust()?;
    drop(store);
    store::prove(&at.new, keys)?;
    rebuilt.kept = at.put_in_place(now)?;
    tell(Step::Done);
    Ok(rebuilt)
}

/// What the journal holds; a journal that cannot be read is none.
fn look(folder: &Path, places: &Places, keys: &Keys) -> Result<Option<Contents>> {
    let Some(public) = PublicPart::load(folder) else {
        return Ok(None);
    };
    let found = Journal::look(&places.journal_of(folder), public.id, &keys.journal);
    Ok(found.unwrap_or_else(|error| {
        tracing::error!(%error, "the journal cannot be read");
        None
    }))
}

struct Place<'a> {
    database: PathBuf,
    new: PathBuf,
    keys: &'a Keys,
}

impl Place<'_> {
    /// Lays a backup at the new place; `backup.damaged` when it is no good.
    fn lay_backup(&self, folder: &Path) -> Result<Base> {
        self.clear()?;
        let manifest = backup::check(folder, self.keys)?;
        disk::copy_file(&folder.join(STORE), &self.new)?;
        Ok(Base::Backup(manifest.made_at))
    }

    /// Lays the best that is left at the new place.
    fn choose(&self, backups: &Path, forms: &mut Vec<Form>) -> Result<Base> {
        self.clear()?;
        if disk::exists(&self.database) {
            let log = wal::look(&self.database)?;
            if self.lay(&self.database, log.sound_bytes as u64)? {
                // What is sound of it may be older than the newest backup, and forms are in no journal.
                if log.is_rotten {
                    *forms = self.backed_up_forms(backups);
                }
                return Ok(Base::Own);
            }
            *forms = salvage::forms(&self.new, self.keys);
        }
        for found in backup::list(backups, &self.keys.backup) {
            if self.lay(&found.folder.join(STORE), 0)? {
                return Ok(Base::Backup(found.manifest.made_at));
            }
        }
        for kept in store::kept_before_migration(&self.database) {
            if self.lay(&kept, 0)? {
                return Ok(Base::OlderLayout);
            }
        }
        self.clear()?;
        Ok(Base::Nothing)
    }

    /// The forms in the newest backup that is good.
    fn backed_up_forms(&self, backups: &Path) -> Vec<Form> {
        let found = backup::list(backups, &self.keys.backup).into_iter();
        let mut stores = found.map(|found| found.folder.join(STORE));
        let good = stores.find(|store| store::prove(store, self.keys).is_ok());
        good.map_or_else(Vec::new, |store| salvage::forms(&store, self.keys))
    }

    /// Copies a database with the sound part of its log; false when it is no good.
    fn lay(&self, from: &Path, log_bytes: u64) -> Result<bool> {
        self.clear()?;
        if disk::copy_file(from, &self.new).is_err() {
            return Ok(false);
        }
        if log_bytes > 0 {
            disk::copy_part(&wal::path_of(from), &wal::path_of(&self.new), log_bytes)?;
        }
        Ok(store::prove(&self.new, self.keys).is_ok())
    }

    fn clear(&self) -> Result<()> {
        for end in ["", "-wal", "-shm"] {
            let mut path = self.new.clone().into_os_string();
            path.push(end);
            disk::remove(Path::new(&path))?;
        }
        Ok(())
    }

    fn open(
        &self,
        base: &Base,
        journal: Option<&Contents>,
        catalog: Arc<Catalog>,
    ) -> Result<Store> {
        if *base != Base::Nothing {
            return Store::open(&self.new, self.keys, catalog);
        }
        let sealed = journal.and_then(|contents| contents.installation.as_ref());
        let sealed = sealed.ok_or_else(|| Error::coded("store.nothing_left"))?;
        let store = Store::create(&self.new, self.keys, catalog)?;
        store.set_meta(meta::INSTALLATION, sealed)?;
        Ok(store)
    }

    /// The damaged file goes aside, the new one takes its place.
    fn put_in_place(&self, now: DateTime<Utc>) -> Result<Option<PathBuf>> {
        let named = format!("bad-{}", now.format("%Y%m%dT%H%M%SZ"));
        let kept = set_aside(&self.database, &named)?;
        let (disk, folder) = (disk::of(&self.new), disk::folder_of(&self.database));
        disk.rename(&self.new, &self.database)
            .and_then(|()| disk.sync_folder(folder))
            .map_err(Error::disk(&self.database))?;
        self.clear()?;
        Ok(kept)
    }
}

fn fill(
    store: &Store,
    keys: &Keys,
    journal: Option<&Contents>,
    forms: Vec<Form>,
    base: Base,
    now: DateTime<Utc>,
) -> Result<Rebuilt> {
    let installation = open_installation(store, keys)?;
    store.set_here(&installation.community);
    let brought_back = match journal {
        Some(contents) if !store.tells_another_history(contents)? => {
            store.bring_back(installation.id, contents)?
        }
        _ => 0,
    };
    let log_last = store.log_at()?.last;
    let is_complete = journal.is_some_and(|contents| contents.last() == log_last);
    if !is_complete {
        store.note_restored(now)?;
    }
    Ok(Rebuilt {
        base,
        log_last,
        brought_back,
        forms: store.take_in(forms)?,
        is_complete,
        kept: None,
    })
}
