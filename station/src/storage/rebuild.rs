//! The database is gone or damaged: it is made again from the best that is left (its own sound
//! part, the newest good backup, or nothing), the journal, and later the centre's facts. The damaged
//! file is never written to, and is kept under a name that says when.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use audit::Event;
use chrono::{DateTime, Utc};
use domain::Catalog;

use super::open::{DATABASE_ENDS, named};
use super::{Ballast, Places, STORE, open_installation, set_aside};
use crate::backup;
use crate::disk;
use crate::error::{Error, Result};
use crate::journal::{Contents, Journal};
use crate::keys::{Keys, PublicPart};
use crate::store::salvage::{self, Form};
use crate::store::wal::{self, Wal};
use crate::store::{self, Store, meta};

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
    let journal = look(folder, &places, keys)?;
    let at = Place {
        database: folder.join(STORE),
        making: folder.join(format!("{STORE}.making")),
        made: folder.join(format!("{STORE}.rebuilt")),
        keys,
        journal,
    };
    let outcome = match at.finish(from, now) {
        Ok(None) => make(&at, &places.backups_of(folder), from, catalog, now, tell),
        Ok(Some(finished)) => Ok(finished),
        Err(error) => Err(error),
    };
    if let Err(error) = &outcome {
        // What is half made takes room, and the next try needs it.
        at.clear()?;
        if error.code() == "store.disk_full" {
            Ballast::new(folder, places.ballast_bytes).release();
        }
    }
    let rebuilt = outcome?;
    tell(Step::Done);
    Ok(rebuilt)
}

fn make(
    at: &Place,
    backups: &Path,
    from: Option<&Path>,
    catalog: Arc<Catalog>,
    now: DateTime<Utc>,
    tell: &dyn Fn(Step),
) -> Result<Rebuilt> {
    let mut forms = Vec::new();
    let base = match from {
        Some(backup) => at.lay_backup(backup, &mut forms)?,
        None => at.choose(backups, &mut forms)?,
    };
    let store = at.open(&base, catalog)?;
    tell(Step::Journal);
    store.note_audit_rebuilt(now)?;
    // Before anything is added: what others have seen behind it went with the old database.
    store.note(&match (from, &base) {
        (Some(_), Base::Backup(made)) => Event::BackupRestored {
            made_ms: made.timestamp_millis(),
        },
        _ => Event::StoreRebuilt {
            entries: at.lacked(&store)?,
        },
    })?;
    let mut rebuilt = fill(&store, at, forms, base, now)?;
    tell(Step::Checking);
    store.fold()?;
    store.trust()?;
    drop(store);
    store::prove(&at.making, at.keys)?;
    at.keep_made()?;
    rebuilt.kept = at.put_in_place(now)?;
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
    /// Where it is made: never in the database's place before it is proved …
    making: PathBuf,
    /// … and this is its name once it is.
    made: PathBuf,
    keys: &'a Keys,
    journal: Option<Contents>,
}

impl Place<'_> {
    /// A database that was made and proved, and cut off before it had its place, gets it now. Its log
    /// may lie where the old one's did.
    fn finish(&self, from: Option<&Path>, now: DateTime<Utc>) -> Result<Option<Rebuilt>> {
        let waits = !disk::exists(&self.database) && disk::exists(&self.made);
        if from.is_some() || !waits || !self.is_good(&self.made)? {
            return Ok(None);
        }
        let log_last = store::log_of(&self.made, self.keys)?.last;
        Ok(Some(Rebuilt {
            base: Base::Own,
            log_last,
            brought_back: 0,
            forms: 0,
            is_complete: self.is_complete(log_last),
            kept: self.put_in_place(now)?,
        }))
    }

    fn is_complete(&self, log_last: u64) -> bool {
        let journal = self.journal.as_ref();
        journal.is_some_and(|contents| contents.last() == log_last)
    }

    /// The journal, where it tells this store's history.
    fn journal_of(&self, store: &Store) -> Result<Option<&Contents>> {
        match &self.journal {
            Some(contents) if !store.tells_another_history(contents)? => Ok(Some(contents)),
            _ => Ok(None),
        }
    }

    /// How many entries only the journal has.
    fn lacked(&self, store: &Store) -> Result<u64> {
        match self.journal_of(store)? {
            Some(contents) => Ok(store.lacked(contents)?.len() as u64),
            None => Ok(0),
        }
    }

    /// Lays a backup at the new place; `backup.damaged` when it is no good.
    fn lay_backup(&self, folder: &Path, forms: &mut Vec<Form>) -> Result<Base> {
        let manifest = backup::check(folder, self.keys)?;
        match self.lay(&folder.join(STORE), forms)? {
            true => Ok(Base::Backup(manifest.made_at)),
            false => self.lay_nothing(),
        }
    }

    /// Lays the best that is left at the new place.
    fn choose(&self, backups: &Path, forms: &mut Vec<Form>) -> Result<Base> {
        if disk::exists(&self.database) {
            let log = self.lay_own()?;
            if self.is_usable(forms)? {
                // What is sound of it may be older than the newest backup, and forms are in no journal.
                if log.is_rotten {
                    forms.extend(self.backed_up_forms(backups));
                }
                return Ok(Base::Own);
            }
        }
        for found in backup::list(backups, &self.keys.backup) {
            if self.lay(&found.folder.join(STORE), forms)? {
                return Ok(Base::Backup(found.manifest.made_at));
            }
        }
        for kept in store::kept_before_migration(&self.database) {
            if self.lay(&kept, forms)? {
                return Ok(Base::OlderLayout);
            }
        }
        self.lay_nothing()
    }

    /// The forms in the newest backup that is good.
    fn backed_up_forms(&self, backups: &Path) -> Vec<Form> {
        let found = backup::list(backups, &self.keys.backup).into_iter();
        let mut stores = found.map(|found| found.folder.join(STORE));
        let good = stores.find(|store| store::prove(store, self.keys).is_ok());
        good.map_or_else(Vec::new, |store| salvage::forms(&store, self.keys))
    }

    /// Copies the damaged database as far as it can be read, with the sound part of its log.
    fn lay_own(&self) -> Result<Wal> {
        self.clear()?;
        disk::copy_readable(&self.database, &self.making)?;
        let (from, to) = (wal::path_of(&self.database), wal::path_of(&self.making));
        if !disk::exists(&from) {
            return wal::look(&self.making);
        }
        disk::copy_readable(&from, &to)?;
        let log = wal::look(&self.making)?;
        disk::cut(&to, log.sound_bytes as u64)?;
        Ok(log)
    }

    /// Copies a database as far as it can be read; false when it is of no use.
    fn lay(&self, from: &Path, forms: &mut Vec<Form>) -> Result<bool> {
        self.clear()?;
        disk::copy_readable(from, &self.making)?;
        self.is_usable(forms)
    }

    fn lay_nothing(&self) -> Result<Base> {
        self.clear()?;
        Ok(Base::Nothing)
    }

    /// What is laid is good, and the journal follows it. Of what is of no use the forms are taken; with a
    /// backup that the journal no longer reaches back to, one may have been filed since.
    fn is_usable(&self, forms: &mut Vec<Form>) -> Result<bool> {
        if self.is_good(&self.making)? {
            let last = store::log_of(&self.making, self.keys)?.last;
            if self
                .journal
                .as_ref()
                .is_none_or(|found| found.follows(last))
            {
                return Ok(true);
            }
        }
        forms.extend(salvage::forms(&self.making, self.keys));
        Ok(false)
    }

    /// Every page of it opens. That it cannot be looked at here and now says nothing of it.
    fn is_good(&self, database: &Path) -> Result<bool> {
        match store::prove(database, self.keys) {
            Ok(()) => Ok(true),
            Err(error) => match error.code() {
                "store.disk_full" | "store.unwritable" | "store.busy" => Err(error),
                _ if error.is_unread() => Err(error),
                _ => Ok(false),
            },
        }
    }

    fn clear(&self) -> Result<()> {
        with_its_log(&self.making).try_for_each(|path| disk::remove(&path))
    }

    fn open(&self, base: &Base, catalog: Arc<Catalog>) -> Result<Store> {
        if *base != Base::Nothing {
            return Store::open(&self.making, self.keys, catalog);
        }
        let journal = self.journal.as_ref();
        let sealed = journal.and_then(|contents| contents.installation.as_ref());
        let sealed = sealed.ok_or_else(|| Error::coded("store.nothing_left"))?;
        let store = Store::create(&self.making, self.keys, catalog)?;
        store.set_meta(meta::INSTALLATION, sealed)?;
        Ok(store)
    }

    /// It is proved: from here on a start that was cut off goes on with it.
    fn keep_made(&self) -> Result<()> {
        with_its_log(&self.made).try_for_each(|path| disk::remove(&path))?;
        self.rename(&self.making, &self.made)?;
        self.clear()
    }

    /// The damaged file goes aside, the new one takes its place.
    fn put_in_place(&self, now: DateTime<Utc>) -> Result<Option<PathBuf>> {
        let named = format!("bad-{}", now.format("%Y%m%dT%H%M%SZ"));
        let kept = set_aside(&self.database, &named)?;
        self.rename(&self.made, &self.database)?;
        with_its_log(&self.made).try_for_each(|path| disk::remove(&path))?;
        Ok(kept)
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        let disk = disk::of(to);
        disk.rename(from, to)
            .and_then(|()| disk.sync_folder(disk::folder_of(to)))
            .map_err(Error::disk(to))
    }
}

fn with_its_log(database: &Path) -> impl Iterator<Item = PathBuf> {
    DATABASE_ENDS.into_iter().map(|end| named(database, end))
}

fn fill(
    store: &Store,
    at: &Place,
    forms: Vec<Form>,
    base: Base,
    now: DateTime<Utc>,
) -> Result<Rebuilt> {
    let installation = open_installation(store, at.keys)?;
    store.set_here(&installation.community);
    let brought_back = match at.journal_of(store)? {
        Some(contents) => store.bring_back(installation.id, contents)?,
        None => 0,
    };
    let log_last = store.log_at()?.last;
    let is_complete = at.is_complete(log_last);
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
