//! The door: what lies in the station's folder, and how it is founded and opened.
//!
//! `keys.json` is the word that a store exists. Where it is, no new store is ever made.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Duration, Utc};
use domain::Staff;

use crate::blobs::Blobs;
use crate::catalog::Shelf;
use crate::desk::Desk;
use crate::disk;
use crate::error::{Error, Result};
use crate::keys::{
    Attempts, Cost, DataKey, Installation, KeyFile, Keys, PublicPart, Wrap, machine_secret,
};
use crate::seal;
use crate::store::{Store, meta};
use crate::view::Door;

const STORE: &str = "station.db";
const BLOBS: &str = "blobs";
const LOCK: &str = "station.lock";
const KEPT_DAYS: i64 = 1;
const SEALED_FOR: &str = "yizhan installation 1";
/// Shortest password of a staff member, in characters.
pub const PASSWORD_CHARS: usize = 8;

/// Whose wrap a new installation gets first.
pub struct Founder<'a> {
    /// Log-in name.
    pub login: &'a str,
    /// Password.
    pub password: &'a str,
    /// Who that is, as the centre says.
    pub staff: Staff,
}

/// Held as long as the program runs: a second one on the same folder is refused.
pub struct Occupied(#[allow(dead_code)] File);

/// Occupies a station's folder, made when it is not there. `store.locked_by_other`.
pub fn occupy(folder: &Path) -> Result<Occupied> {
    std::fs::create_dir_all(folder).map_err(Error::disk(folder))?;
    let path = folder.join(LOCK);
    let mut options = File::options();
    let file = options.create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(Error::disk(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(Occupied(file)),
        Err(TryLockError::WouldBlock) => Err(Error::coded("store.locked_by_other")),
        Err(TryLockError::Error(error)) => Err(Error::disk(path)(error)),
    }
}

/// Which door stands before the counter.
pub fn look(folder: &Path) -> Door {
    let keys = match KeyFile::load(folder) {
        Ok(keys) => keys,
        Err(error) => return unreadable(&error, folder.join("keys.json")),
    };
    let store = folder.join(STORE);
    match keys {
        Some(_) if !store.exists() => unreadable(&Error::Missing(store.clone()), store),
        Some(keys) => Door::Login {
            logins: keys.wraps.into_iter().map(|wrap| wrap.login).collect(),
        },
        None if PublicPart::exists(folder) => {
            unreadable(&Error::coded("keys.missing"), folder.join("keys.json"))
        }
        None => Door::Enrol,
    }
}

/// The door for a store that cannot be opened.
pub fn unreadable(error: &Error, path: PathBuf) -> Door {
    Door::Unreadable {
        code: error.code().to_owned(),
        path: path.display().to_string(),
    }
}

/// Makes keys and an empty store for a newly enrolled installation. The key file is written last:
/// what was made before it, by a start that was cut off, is set aside and kept.
pub fn found(
    folder: &Path,
    installation: &Installation,
    founder: &Founder,
    cost: Cost,
    shelf: &Shelf,
) -> Result<()> {
    if look(folder) != Door::Enrol {
        return Err(Error::coded("station.already_enrolled"));
    }
    if founder.password.chars().count() < PASSWORD_CHARS {
        return Err(Error::coded("auth.weak_password"));
    }
    let store = folder.join(STORE);
    set_aside(&store)?;
    let key = DataKey::random();
    let keys = key.derive();
    let made = Store::create(&store, &keys, shelf.catalog.clone())?;
    made.set_meta(meta::INSTALLATION, &seal_installation(installation, &keys)?)?;
    made.checkpoint()?;
    drop(made);
    let machine = machine_secret(folder, true)?;
    let staff = founder.staff.clone();
    let wrap = Wrap::new(&key, founder.login, staff, founder.password, &machine, cost);
    let file = KeyFile {
        version: 1,
        wraps: vec![wrap],
    };
    file.save(folder)?;
    installation.public().save(folder)
}

/// Opens the store for the right name and password.
pub fn unlock(
    folder: &Path,
    login: &str,
    password: &str,
    shelf: &Shelf,
    now: DateTime<Utc>,
) -> Result<Desk> {
    let file = KeyFile::load(folder)?.ok_or_else(|| Error::coded("station.not_enrolled"))?;
    let wrap = file
        .find(login)
        .ok_or_else(|| Error::coded("auth.unknown"))?;
    let mut attempts = Attempts::load(folder);
    attempts.admit(login, now)?;
    let Some(key) = wrap.open(password, &machine_secret(folder, false)?)? else {
        let told = attempts.wrong(login, now);
        attempts.save(folder)?;
        return Err(told);
    };
    if attempts.right(login) {
        attempts.save(folder)?;
    }
    let path = folder.join(STORE);
    let opened = open_desk(folder, &path, &key.derive(), shelf, wrap.staff.clone(), now);
    // Damage may show only behind the first page; what is told is the same.
    opened.map_err(|error| match error {
        Error::Database(_) if error.code() == "store.unreadable" => Error::Unreadable {
            path,
            why: error.to_string(),
        },
        other => other,
    })
}

fn open_desk(
    folder: &Path,
    path: &Path,
    keys: &Keys,
    shelf: &Shelf,
    staff: Staff,
    now: DateTime<Utc>,
) -> Result<Desk> {
    let store = Store::open(path, keys, shelf.catalog.clone())?;
    let blobs = Blobs::open(&folder.join(BLOBS), keys)?;
    let installation = open_installation(&store, keys)?;
    store.trust()?;
    if !PublicPart::exists(folder) {
        installation.public().save(folder)?;
    }
    let desk = Desk::new(store, blobs, shelf.clone(), staff, installation);
    desk.forget_removed(now - Duration::days(KEPT_DAYS))?;
    Ok(desk)
}

fn seal_installation(installation: &Installation, keys: &Keys) -> Result<String> {
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(installation)?);
    Ok(hex::encode(seal::seal(&keys.sealing, SEALED_FOR, &plain)))
}

fn open_installation(store: &Store, keys: &Keys) -> Result<Installation> {
    let lost = || Error::Unreadable {
        path: store.path().to_owned(),
        why: "the installation's keys are not in it".into(),
    };
    let sealed = store.meta(meta::INSTALLATION)?.ok_or_else(lost)?;
    let sealed = hex::decode(sealed).map_err(|_| lost())?;
    let plain = seal::open(&keys.sealing, SEALED_FOR, &sealed).ok_or_else(lost)?;
    Ok(serde_json::from_slice(&zeroize::Zeroizing::new(plain))?)
}

/// A store without keys cannot be opened by anybody; it is renamed, never removed.
fn set_aside(store: &Path) -> Result<()> {
    for end in ["", "-wal", "-shm"] {
        let path = PathBuf::from(format!("{}{end}", store.display()));
        if !path.exists() {
            continue;
        }
        let free = (1..).map(|k| PathBuf::from(format!("{}.kept-{k}{end}", store.display())));
        let Some(kept) = free.into_iter().find(|kept| !kept.exists()) else {
            continue;
        };
        std::fs::rename(&path, &kept).map_err(Error::disk(&path))?;
    }
    let folder = store.parent().unwrap_or(Path::new("."));
    disk::sync_folder(folder).map_err(Error::disk(folder))
}
