//! The storage page: how the station's data are, and what can be asked for.

use std::path::{Path, PathBuf};

use ::audit::Event;
use chrono::{DateTime, Utc};
use domain::Reason;

use super::{Open, Station};
use crate::backup::{self, Found};
use crate::desk::Desk;
use crate::disk;
use crate::error::{Error, Result};
use crate::storage::{self, BackupKept, Doing, Kept, Places, Room};
use crate::store::{Store, audit, meta};
use crate::view::{
    BackupLine, BackupsView, DatabaseView, Failure, JournalView, RoomView, StorageView,
};

/// A backup older than this is told: something keeps them from being made.
const BACKUP_OLD: chrono::TimeDelta = chrono::TimeDelta::days(3);

impl Station {
    /// Where the station's data lie and how they are.
    pub fn get_storage(&self) -> Result<StorageView, Failure> {
        let open = self.0.open()?;
        Ok(look(&open.desk, &self.0.folder, open.upkeep.doing())?)
    }

    /// Makes a backup now; it goes on by itself.
    pub fn back_up(&self) -> Result<(), Failure> {
        self.0.open()?.upkeep.back_up();
        Ok(())
    }

    /// Looks at every page of the database now; it goes on by itself.
    pub fn check_store(&self) -> Result<(), Failure> {
        self.0.open()?.upkeep.check();
        Ok(())
    }

    /// Leaves off looking.
    pub fn stop_check(&self) -> Result<(), Failure> {
        self.0.open()?.upkeep.stop_check();
        Ok(())
    }

    /// Keeps the journal in another folder from now on; an empty path for the one beside the
    /// station's own. What the centre may still lose is written there first.
    pub fn choose_journal_folder(&self, folder: &str) -> Result<StorageView, Failure> {
        let open = self.0.open_to_staff()?;
        let mut places = Places::load(&self.0.folder);
        places.journal = chosen(&self.0.folder, folder)?;
        let (desk, to) = (&open.desk, places.journal_of(&self.0.folder));
        storage::journal(&desk.store, &to, &desk.installation, &desk.keys, Utc::now())?;
        if let Some(code) = desk.store.journal_state().trouble {
            return Err(Error::reason(Reason::new(&code).with("path", to.display())).into());
        }
        places.save(&self.0.folder)?;
        let name = "journal_folder".to_owned();
        desk.store.note(&Event::SettingsChanged { name })?;
        self.0.tell_status();
        self.get_storage()
    }

    /// Makes backups in another folder from now on; an empty path for the one beside the station's
    /// own.
    pub fn choose_backup_folder(&self, folder: &str) -> Result<StorageView, Failure> {
        let open = self.0.open_to_staff()?;
        let mut places = Places::load(&self.0.folder);
        places.backups = chosen(&self.0.folder, folder)?;
        places.save(&self.0.folder)?;
        let name = "backup_folder".to_owned();
        open.desk.store.note(&Event::SettingsChanged { name })?;
        self.0.tell_status();
        self.get_storage()
    }
}

/// What the operator has to know of: shown above everything until it is seen to.
pub(super) fn notices(open: &Open, folder: &Path) -> Vec<Reason> {
    let store = &open.desk.store;
    let mut notices = Vec::new();
    let mut tell = |shown: bool, code: &str| {
        if shown {
            notices.push(Reason::new(code));
        }
    };
    tell(store.is_damaged(), "storage.damaged");
    tell(open.worker.wants_new_log(), "log.conflict");
    tell(
        store.is_program_too_old().unwrap_or_default(),
        "station.too_old",
    );
    let places = Places::load(folder);
    tell(
        Room::of(folder, &places).is_ok_and(|room| room.is_low),
        "storage.disk_low",
    );
    tell(
        store.journal_state().trouble.is_some(),
        "storage.journal_away",
    );
    let kept = Kept::load(store).unwrap_or_default();
    let late = backup_is_late(store, kept.backup.as_ref(), Utc::now());
    tell(late.unwrap_or_default(), "storage.no_backup");
    tell(
        !store.pages_lost().unwrap_or_default().is_empty(),
        "storage.pages_lost",
    );
    let waits = store.restored_last().ok().flatten().is_some();
    tell(waits && !open.worker.wants_new_log(), "storage.restored");
    let refused = store.refused_catalogue().ok().flatten();
    notices.extend(open.catalogues.trouble());
    notices.extend(refused.map(|(_, reason)| reason));
    notices
}

/// Whether the operator has to see to backups: tries fail, and the last good one is old; or the station has
/// stood for days and there never was one, whatever keeps them from being tried.
fn backup_is_late(store: &Store, kept: Option<&BackupKept>, now: DateTime<Utc>) -> Result<bool> {
    let since = now - BACKUP_OLD;
    let failed = kept.is_some_and(|backup| backup.failed.is_some());
    match kept.and_then(|backup| backup.good.as_ref()) {
        Some(good) => Ok(failed && good.made_at < since),
        None if failed => Ok(true),
        None => {
            let before = store.read(|c| audit::between(c, DateTime::UNIX_EPOCH, since, 1))?;
            Ok(!before.is_empty())
        }
    }
}

fn look(desk: &Desk, folder: &Path, doing: Doing) -> Result<StorageView> {
    let store = &desk.store;
    let (places, kept) = (Places::load(folder), Kept::load(store)?);
    let room = Room::of(folder, &places)?;
    let check = kept.check;
    let restored_at = store.meta(meta::RESTORED_AT)?;
    Ok(StorageView {
        database: DatabaseView {
            path: store.path().display().to_string(),
            size_bytes: store.size_bytes(),
            log_last: store.log_at()?.last,
            checked_at: check.as_ref().map(|check| check.at),
            findings: check.map(|check| check.findings).unwrap_or_default(),
            checking: doing.checking,
            damaged: store.is_damaged(),
        },
        journal: journal(desk, folder, &places)?,
        backups: backups(desk, folder, &places, kept.backup, doing),
        room: RoomView {
            free_bytes: room.space.free_bytes,
            total_bytes: room.space.total_bytes,
            is_low: room.is_low,
            ballast_bytes: places.ballast_bytes,
            ballast_there: store.ballast().is_some_and(|ballast| ballast.is_there()),
        },
        pages_lost: store.pages_lost()?.len() as u64,
        restored_at: restored_at.and_then(|at| at.parse().ok()),
    })
}

fn journal(desk: &Desk, folder: &Path, places: &Places) -> Result<JournalView> {
    let state = desk.store.journal_state();
    Ok(JournalView {
        folder: places.journal_of(folder).display().to_string(),
        chosen: places.journal.is_some(),
        last: state.last,
        durable: desk.store.durable()?,
        size_bytes: state.size_bytes,
        trouble: state.trouble.map(|code| Reason::new(&code)),
    })
}

fn backups(
    desk: &Desk,
    folder: &Path,
    places: &Places,
    kept: Option<storage::BackupKept>,
    doing: Doing,
) -> BackupsView {
    let there = places.backups_of(folder);
    let mut found = backup::list(&there, &desk.keys.backup);
    found.retain(|found| found.manifest.installation == desk.installation.id);
    let good = kept.as_ref().and_then(|kept| kept.good.as_ref());
    BackupsView {
        folder: there.display().to_string(),
        chosen: places.backups.is_some(),
        last_good: good.map(|good| good.made_at),
        trouble: kept.as_ref().and_then(|kept| kept.failed.clone()),
        running: doing.backing_up,
        lines: found.iter().map(line).collect(),
    }
}

/// A backup as it is shown.
pub(super) fn line(found: &Found) -> BackupLine {
    let manifest = &found.manifest;
    BackupLine {
        folder: found.folder.display().to_string(),
        community_name: manifest.community_name.clone(),
        made_at: manifest.made_at,
        log_last: manifest.log.last,
        pages: manifest.pages(),
        size_bytes: manifest.files.iter().map(|file| file.size_bytes).sum(),
    }
}

/// The folder that was typed, once it was tried; None for none. `storage.not_a_folder`,
/// `storage.inside` for a folder that goes where the station's goes.
fn chosen(own: &Path, typed: &str) -> Result<Option<PathBuf>> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let folder = PathBuf::from(typed);
    let refused = |code: &str| Err(Error::reason(Reason::new(code).with("path", typed)));
    if !folder.is_absolute() {
        return refused("storage.not_a_folder");
    }
    if folder.starts_with(own) {
        return refused("storage.inside");
    }
    let probe = folder.join(".yizhan-probe");
    let tried = disk::make_folder(&folder)
        .and_then(|()| disk::write_whole(&probe, b"x"))
        .and_then(|()| disk::remove(&probe));
    match tried {
        Ok(()) => Ok(Some(folder)),
        Err(error) if error.code() == "store.disk_full" => Err(error),
        Err(_) => refused("storage.not_a_folder"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::{founded, open};
    use crate::storage::GoodBackup;

    #[test]
    fn a_station_without_a_backup_says_so_once_it_has_stood_for_days() {
        let folder = founded();
        let desk = open(folder.path());
        desk.store.note(&Event::PersonOpened {}).unwrap();
        let late = |kept: Option<&BackupKept>, days: i64| {
            let now = Utc::now() + chrono::TimeDelta::days(days);
            backup_is_late(&desk.store, kept, now).unwrap()
        };
        assert!(!late(None, 0), "the first is made in an idle moment");
        assert!(late(None, 4), "never tried");
        let good = GoodBackup {
            made_at: Utc::now(),
            log_last: 0,
            folder: folder.path().to_owned(),
        };
        let mut kept = BackupKept {
            good: Some(good),
            tried_at: Utc::now(),
            failed: None,
        };
        assert!(!late(Some(&kept), 4), "closed for some days");
        kept.failed = Some(Reason::new("backup.damaged"));
        assert!(!late(Some(&kept), 1));
        assert!(late(Some(&kept), 4), "tries fail");
        kept.good = None;
        assert!(late(Some(&kept), 0), "none ever came of a try");
    }
}
