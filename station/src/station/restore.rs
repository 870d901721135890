//! Restoring a backup, seen from the window: which there are, which was chosen, who opens it.

use std::path::{Path, PathBuf};

use audit::Event;
use chrono::Utc;

use super::rebuild::{list, rebuilt_view};
use super::session::Entry;
use super::storage::line;
use super::{Inner, Station, held};
use crate::backup::{self, Found};
use crate::disk;
use crate::error::{Error, Result};
use crate::keys::OwnCard;
use crate::restore::{self, Way};
use crate::storage::Places;
use crate::view::{
    BackupLine, BackupPlace, Door, Failure, RebuiltView, RestoreChosen, RestoreView,
};

/// Folders of a stick that are looked into.
const LOOKED_INTO: usize = 50;

impl Station {
    /// The backups on the sticks and beside the station, and the one that was chosen.
    pub fn get_restore(&self) -> Result<RestoreView, Failure> {
        Ok(self.0.restore())
    }

    /// The backups in a folder or one level below it, by their own word.
    pub fn list_backups(&self, folder: &str) -> Result<Vec<BackupLine>, Failure> {
        Ok(lines_under(Path::new(folder.trim())))
    }

    /// Looks at a backup as far as that goes without its keys, and takes it up.
    pub fn choose_restore(&self, backup: &str) -> Result<RestoreView, Failure> {
        let inner = &self.0;
        inner.may_restore()?;
        restore::choose(&inner.folder, Path::new(backup.trim()))?;
        Ok(inner.restore())
    }

    /// Gives it up; its request to the officers too.
    pub fn cancel_restore(&self) -> Result<RestoreView, Failure> {
        restore::give_up(&self.0.folder)?;
        Ok(self.0.restore())
    }

    /// Restores the chosen backup for the right name and password, and logs in.
    pub fn restore_by_password(&self, login: &str, password: &str) -> Result<RebuiltView, Failure> {
        let card = self.0.own_card();
        let way = Way::Password {
            login,
            password,
            card: card.as_ref(),
        };
        self.0.or_wait_for_card(self.restore(&way, password))
    }

    /// Restores it with the printed code, and logs in with the new password.
    pub fn restore_by_printed(
        &self,
        code: &str,
        login: &str,
        password: &str,
    ) -> Result<RebuiltView, Failure> {
        let way = Way::Printed {
            code,
            login,
            password,
        };
        self.restore(&way, password)
    }

    /// Restores it with the officers' answer, and logs in with the new password.
    pub fn restore_by_release(&self, code: &str, password: &str) -> Result<RebuiltView, Failure> {
        self.restore(&Way::Release { code, password }, password)
    }

    fn restore(&self, way: &Way, password: &str) -> Result<RebuiltView, Failure> {
        let inner = &self.0;
        inner.may_restore()?;
        let catalog = inner.shelf().catalog.clone();
        let tell = |step| inner.at_step(step);
        let outcome = restore::restore(&inner.folder, way, catalog, Utc::now(), &tell);
        *held(&inner.rebuilding) = None;
        let (rebuilt, login) = outcome?;
        held(&inner.broken).take();
        // What was restored stands, whatever keeps somebody out: the log-in page says it.
        let by_lease = !matches!(way, Way::Release { .. });
        let entry = Entry {
            by_lease,
            settles_card: false,
        };
        match (self.let_in(&login, password, card_of(way), entry), how(way)) {
            (Ok(_), Some(how)) => {
                let how = how.to_owned();
                inner.note(&Event::KeysRecovered { how })?;
            }
            (Ok(_), None) => {}
            (Err(failure), _) => {
                tracing::warn!(code = %failure.reason.code, "restored, and not logged in");
                inner.tell_status();
            }
        }
        Ok(rebuilt_view(rebuilt))
    }
}

impl Inner {
    /// Where a request to the officers lies: with the backup that is being restored, or in the
    /// station's own folder.
    pub(super) fn recovery_folder(&self) -> PathBuf {
        match restore::chosen(&self.folder) {
            Some(_) => restore::folder(&self.folder),
            None => self.folder.clone(),
        }
    }

    /// A station that opens is not written over.
    fn may_restore(&self) -> Result<()> {
        let open = held(&self.open).is_some();
        match self.door(open) {
            Door::Enrol | Door::Unreadable { .. } => Ok(()),
            _ => Err(Error::coded("restore.not_here")),
        }
    }

    fn restore(&self) -> RestoreView {
        let own = Places::load(&self.folder).backups_of(&self.folder);
        let places = std::iter::once(own).chain(sticks());
        let place = |folder: PathBuf| BackupPlace {
            backups: lines_under(&folder),
            folder: folder.display().to_string(),
        };
        let chosen = restore::chosen(&self.folder).map(|chosen| RestoreChosen {
            there: disk::exists(&chosen.backup.join(backup::MANIFEST)),
            by_password: restore::opens_by_password(&self.folder),
            backup: line(&Found {
                folder: chosen.backup,
                manifest: chosen.manifest,
            }),
            recovery: self.recovery(None),
        });
        RestoreView {
            places: places
                .map(place)
                .filter(|place| !place.backups.is_empty())
                .collect(),
            chosen,
            step: *held(&self.rebuilding),
        }
    }
}

/// How the keys were recovered, where nobody of the backup had them.
fn how(way: &Way) -> Option<&'static str> {
    match way {
        Way::Password { .. } => None,
        Way::Printed { .. } => Some("printed_code"),
        Way::Release { .. } => Some("centre"),
    }
}

fn card_of<'a>(way: &'a Way) -> Option<&'a OwnCard> {
    match way {
        Way::Password { card, .. } => *card,
        _ => None,
    }
}

/// The backups in a folder, or in the folders in it.
fn lines_under(folder: &Path) -> Vec<BackupLine> {
    let direct = list(folder);
    if !direct.is_empty() || folder.as_os_str().is_empty() {
        return direct;
    }
    let inside = disk::of(folder).list(folder).unwrap_or_default();
    let inside = inside.into_iter().filter(|entry| entry.is_folder);
    let mut found: Vec<BackupLine> = inside
        .take(LOOKED_INTO)
        .flat_map(|entry| list(&entry.path))
        .collect();
    found.sort_by_key(|line| std::cmp::Reverse(line.made_at));
    found
}

/// What is plugged in.
pub(super) fn sticks() -> Vec<PathBuf> {
    if cfg!(windows) {
        let drives = (b'D'..=b'Z').map(|letter| PathBuf::from(format!("{}:\\", letter as char)));
        return drives.filter(|drive| drive.is_dir()).collect();
    }
    let user = std::env::var("USER").unwrap_or_default();
    let bases = ["/media", "/run/media"].map(|base| Path::new(base).join(&user));
    bases
        .iter()
        .filter_map(|base| std::fs::read_dir(base).ok())
        .flat_map(|mounted| mounted.flatten().map(|entry| entry.path()))
        .filter(|path| path.is_dir())
        .collect()
}
