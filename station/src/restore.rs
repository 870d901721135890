//! Restoring a backup: on a new computer, or in the place of a store that cannot be opened. The backup's
//! own key file decides who may open it: a password where this machine's secret is the one it was sealed
//! with, the printed code, or the city's officers. Their answer may take a day, so what was chosen is
//! kept in a folder of its own; the station's stays as it was until the restore itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::Catalog;
use serde::{Deserialize, Serialize};

use crate::backup::{self, Manifest};
use crate::disk;
use crate::door;
use crate::error::{Error, Result};
use crate::keys::{Found, KeyFile, OwnCard, PublicPart};
use crate::recovery::{self, Regained};
use crate::storage::{Rebuilt, STORE, Step};
use crate::store;

/// Codes of this module.
pub const CODES: &[&str] = &[
    "restore.another_station",
    "restore.away",
    "restore.none",
    "restore.not_a_backup",
    "restore.not_here",
];

const FOLDER: &str = "restore";
const CHOSEN: &str = "chosen.json";
const KEYS: &[&str] = &["keys.json", "keys.json.copy"];

/// The backup that was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// Where it lies, while it is plugged in.
    pub backup: PathBuf,
    /// What it says of itself, not proved before its keys are there.
    pub manifest: Manifest,
}

/// By what its keys are opened.
pub enum Way<'a> {
    /// The password of somebody in it, on the machine it comes from.
    Password {
        /// Log-in name.
        login: &'a str,
        /// As it was when the backup was made.
        password: &'a str,
        /// The card that it needs beside the password.
        card: Option<&'a OwnCard>,
    },
    /// The printed code; somebody in it gets a new password.
    Printed {
        /// As it was typed.
        code: &'a str,
        /// Log-in name.
        login: &'a str,
        /// The new one.
        password: &'a str,
    },
    /// The officers' answer in [`folder`]; whom it names gets a new password.
    Release {
        /// Eight digits.
        code: &'a str,
        /// The new one.
        password: &'a str,
    },
}

/// Where a chosen backup's keys and its request to the officers lie: a folder like a station's to
/// [`crate::recovery`].
pub fn folder(station: &Path) -> PathBuf {
    station.join(FOLDER)
}

/// Looks at a backup as far as that goes without its keys, and takes it up: one that was chosen before
/// is given up. `restore.not_a_backup`, `backup.damaged`, `restore.another_station` where this machine
/// already is one.
pub fn choose(station: &Path, backup: &Path) -> Result<Chosen> {
    let not_one = || Error::coded("restore.not_a_backup");
    if !disk::exists(&backup.join(backup::MANIFEST)) {
        return Err(not_one());
    }
    let manifest = backup::check_unproved(backup)?;
    let file = key_file(backup)?.ok_or_else(not_one)?;
    let public = PublicPart::load(backup).ok_or_else(not_one)?;
    if PublicPart::load(station).is_some_and(|ours| ours.id != public.id) {
        return Err(Error::coded("restore.another_station"));
    }
    give_up(station)?;
    let there = folder(station);
    disk::make_folder(&there)?;
    file.save(&there)?;
    public.save(&there)?;
    let chosen = Chosen {
        backup: backup.to_owned(),
        manifest,
    };
    disk::write_whole(&there.join(CHOSEN), &serde_json::to_vec(&chosen)?)?;
    Ok(chosen)
}

/// The backup that was chosen and not given up, after a new start too.
pub fn chosen(station: &Path) -> Option<Chosen> {
    let bytes = disk::read(&folder(station).join(CHOSEN)).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Gives the restore up: its request too. Nothing else is touched.
pub fn give_up(station: &Path) -> Result<()> {
    disk::remove_folder(&folder(station))
}

/// Whether a password of the backup's people can open it here: this machine has the secret that they
/// were sealed with.
pub fn opens_by_password(station: &Path) -> bool {
    let file = door::keys_of(&folder(station));
    file.is_ok_and(|file| recovery::fitting_secret(station, &file).is_some())
}

/// Restores the chosen backup. Returns what became of it, and whose password opens it now.
///
/// `restore.none`, `restore.away` while the stick is not there, and what [`Way`]'s keys fail with; nothing
/// has changed then.
pub fn restore(
    station: &Path,
    way: &Way,
    catalog: Arc<Catalog>,
    now: DateTime<Utc>,
    tell: &dyn Fn(Step),
) -> Result<(Rebuilt, String)> {
    let Chosen { backup, .. } = chosen(station).ok_or_else(|| Error::coded("restore.none"))?;
    if !disk::exists(&backup.join(backup::MANIFEST)) {
        let away = domain::Reason::new("restore.away").with("path", backup.display());
        return Err(Error::reason(away));
    }
    let there = folder(station);
    let (regained, password) = match way {
        Way::Password {
            login,
            password,
            card,
        } => {
            let file = door::keys_of(&there)?;
            let regained = door::regain(station, file, login, password, *card)?;
            (regained, None)
        }
        Way::Printed {
            code,
            login,
            password,
        } => {
            door::strong(password)?;
            let regained = recovery::by_printed(&there, code, login)?;
            (regained, Some(*password))
        }
        Way::Release { code, password } => {
            door::strong(password)?;
            (recovery::by_release(&there, code, now)?, Some(*password))
        }
    };
    let login = regained.login.clone();
    let rebuilt = lay(station, &backup, regained, password, catalog, now, tell)?;
    give_up(station)?;
    Ok((rebuilt, login))
}

/// Lays a backup into a station's folder with keys that were opened, whoever opened them. With a
/// password its owner gets that one, under this machine's secret. The key file that was there is kept.
pub fn lay(
    station: &Path,
    backup: &Path,
    regained: Regained,
    password: Option<&str>,
    catalog: Arc<Catalog>,
    now: DateTime<Utc>,
    tell: &dyn Fn(Step),
) -> Result<Rebuilt> {
    let Regained {
        mut file,
        opened,
        login,
        staff,
    } = regained;
    // A backup that was made while the data key was being changed has either.
    let next = opened.next.filter(|next| {
        let keys = next.keys(&crate::keys::Ring::derived(next), file.suite());
        store::prove(&backup.join(STORE), &keys).is_ok()
    });
    let key = match next {
        Some(next) => {
            file.promote();
            next
        }
        None => opened.current,
    };
    let held = file.hold(key)?;
    // A code or a substitute of that time may have had their day since.
    file.drop_codes(|_| true);
    door::substitute::sweep_unsaved(&mut file);
    disk::make_folder(station)?;
    if let Some(password) = password {
        recovery::renew(station, &mut file, &held, &login, staff, password)?;
    }
    keep_key_files(station, now)?;
    backup::restore(backup, station, &held.keys(), &file, catalog, now, tell)
}

/// Copies of the key files that were there, under a name that says when.
fn keep_key_files(station: &Path, now: DateTime<Utc>) -> Result<()> {
    let when = now.format("%Y%m%dT%H%M%SZ");
    for name in KEYS {
        let from = station.join(name);
        if disk::exists(&from) {
            disk::copy_file(&from, &station.join(format!("{name}.kept-{when}")))?;
        }
    }
    Ok(())
}

fn key_file(folder: &Path) -> Result<Option<KeyFile>> {
    Ok(match Found::load(folder)? {
        Some(Found::Now(file)) => Some(*file),
        _ => None,
    })
}

#[cfg(test)]
#[path = "restore_tests.rs"]
mod tests;
