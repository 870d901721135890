//! The door: what lies in the station's folder, and how it is founded and opened.
//!
//! `keys.json` is the word that a store exists. Where it is, no new store is ever made.

pub mod card;
pub mod change;
mod occupied;
mod password;
pub mod substitute;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Duration, Utc};
use crypto::Suite;
use domain::Staff;

use crate::catalog::Shelf;
use crate::desk::Desk;
use crate::disk;
use crate::error::{Error, Result};
use crate::keys::machine::{self, Kept};
use crate::keys::{
    Attempts, Cost, DataKey, Found, Held, Installation, KeyFile, Keys, Opened, OwnCard, PublicPart,
    Ring, Wrap,
};
use crate::recovery::Regained;
use crate::storage::{self, STORE};
use crate::store::{Store, meta, rekey};
use crate::view::{Colleague, Door};

pub use occupied::{Occupied, occupy};
pub use password::{PASSWORD_CHARS, strong};

pub(crate) const LOCK: &str = "station.lock";

/// Whose wrap a new installation gets first.
pub struct Founder<'a> {
    /// Log-in name.
    pub login: &'a str,
    /// Password.
    pub password: &'a str,
    /// Who that is, as the centre says.
    pub staff: Staff,
    /// See [`domain::lease::LeaseMember::mark`].
    pub mark: Option<String>,
}

/// An open station and what must stay in memory for as long as it is open.
pub struct Entered {
    /// Everything behind the log-in.
    pub desk: Desk,
    /// The data key and what it opens.
    pub held: Held,
    /// Whose password it was.
    pub login: String,
    /// The card that was needed beside it.
    pub card: Option<OwnCard>,
    /// The code by which they were let in as a substitute.
    pub let_in: Option<domain::Id>,
}

/// Log-in names of the others who can open this station.
pub fn others(folder: &Path, but: domain::Id) -> Result<Vec<String>> {
    let file = keys_of(folder)?;
    let works_here = |wrap: &&Wrap| wrap.staff.id != but && wrap.let_in.is_none();
    let others = file.wraps.iter().filter(works_here);
    Ok(others.map(|wrap| wrap.login.clone()).collect())
}

/// Whose name and password these are, without opening the store: a second person agrees. Wrong
/// passwords count as they do at the log-in.
pub fn confirm(
    folder: &Path,
    login: &str,
    password: &str,
    card: Option<&OwnCard>,
) -> Result<Staff> {
    let (file, _) = admit(folder, login, password, card)?;
    substitute::refuse(&file, login)?;
    let staff = file.find(login).map(|wrap| wrap.staff.clone());
    staff.ok_or_else(|| Error::coded("auth.unknown"))
}

/// Which door stands before the counter.
pub fn look(folder: &Path) -> Door {
    let keys = match Found::load(folder) {
        Ok(keys) => keys,
        Err(error) => return unreadable(&error, folder.join("keys.json")),
    };
    let store = folder.join(STORE);
    match keys {
        Some(_) if !disk::exists(&store) => unreadable(&Error::Missing(store.clone()), store),
        Some(keys) => Door::Login {
            people: keys.people().into_iter().map(Colleague::of).collect(),
            last: None,
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
    strong(founder.password)?;
    let store = folder.join(STORE);
    storage::set_aside(&store, "kept-1")?;
    let held = Held {
        key: DataKey::random(),
        ring: Ring::random(),
        suite: Suite::default(),
    };
    make_store(folder, installation, &held.keys(), shelf)?;
    let (machine, kept) = machine::establish(folder)?;
    let (login, staff) = (founder.login, founder.staff.clone());
    let (password, suite) = (founder.password, held.suite);
    let mut wrap = Wrap::new(login, staff, password, &machine, None, cost, suite);
    wrap.mark.clone_from(&founder.mark);
    KeyFile::new(&held, wrap, kept)?.save(folder)?;
    installation.public().save(folder)
}

/// An empty store that knows its installation.
pub(crate) fn make_store(
    folder: &Path,
    installation: &Installation,
    keys: &Keys,
    shelf: &Shelf,
) -> Result<()> {
    let made = Store::create(&folder.join(STORE), keys, shelf.catalog.clone())?;
    let sealed = storage::seal_installation(installation, keys)?;
    made.set_meta(meta::INSTALLATION, &sealed)?;
    made.checkpoint()
}

/// Opens the store for the right name and password.
pub fn unlock(
    folder: &Path,
    login: &str,
    password: &str,
    shelf: &Shelf,
    now: DateTime<Utc>,
) -> Result<Desk> {
    Ok(enter(folder, login, password, None, shelf, now)?.desk)
}

/// The same, with what must stay in memory for as long as it is open; with a card where the wrap
/// needs one. What the city asks of a log-in is not looked at here: see [`card::settle`].
pub fn enter(
    folder: &Path,
    login: &str,
    password: &str,
    card: Option<&OwnCard>,
    shelf: &Shelf,
    now: DateTime<Utc>,
) -> Result<Entered> {
    let (mut file, opened) = admit(folder, login, password, card)?;
    let held = change::settle(folder, &mut file, opened)?;
    let wrap = file.find(login);
    let wrap = wrap.ok_or_else(|| Error::coded("auth.unknown"))?;
    let (staff, let_in) = (wrap.staff.clone(), wrap.let_in);
    let desk = open_desk(folder, &held, shelf, |_| Ok(staff), now)?;
    desk.store.stamp().acts_as_substitute(let_in.is_some());
    Ok(Entered {
        desk,
        held,
        login: login.to_owned(),
        let_in,
        card: card.filter(|_| wrap.card.is_some()).cloned(),
    })
}

/// The keys that a name and the right password open, without a store: those that the database has, where
/// the data key was being changed. Wrong ones count.
pub fn open_keys_for(
    folder: &Path,
    login: &str,
    password: &str,
    card: Option<&OwnCard>,
) -> Result<Keys> {
    let (file, opened) = admit(folder, login, password, card)?;
    substitute::refuse(&file, login)?;
    let has = |next: &DataKey| rekey::fits(&folder.join(STORE), &next.database());
    let next = opened.next.filter(|next| has(next).unwrap_or(false));
    Ok(file.hold(next.unwrap_or(opened.current))?.keys())
}

/// What a name and the right password open in a key file that is not the station's own, with the secret
/// of the machine in `folder`, where wrong ones are counted.
pub(crate) fn regain(
    folder: &Path,
    file: KeyFile,
    login: &str,
    password: &str,
    card: Option<&OwnCard>,
) -> Result<Regained> {
    substitute::refuse(&file, login)?;
    let mut attempts = Attempts::load(folder);
    attempts.admit(login)?;
    let machine = machine::fetch(&file.machine, folder)?;
    let Some(opened) = file.open(login, password, &machine, card)? else {
        let told = attempts.wrong(login);
        attempts.save(folder)?;
        return Err(told);
    };
    if attempts.right(login) {
        attempts.save(folder)?;
    }
    let wrap = file.find(login);
    let staff = wrap.map(|wrap| wrap.staff.clone());
    Ok(Regained {
        staff: staff.ok_or_else(|| Error::coded("auth.unknown"))?,
        file,
        opened,
        login: login.to_owned(),
    })
}

/// What a name and the right password open, wrong ones counted.
fn admit(
    folder: &Path,
    login: &str,
    password: &str,
    card: Option<&OwnCard>,
) -> Result<(KeyFile, Opened)> {
    let mut attempts = Attempts::load(folder);
    attempts.admit(login)?;
    let Some((file, opened)) = open_keys(folder, login, password, card)? else {
        let told = attempts.wrong(login);
        attempts.save(folder)?;
        return Err(password::told(folder, login, told));
    };
    if attempts.right(login) {
        attempts.save(folder)?;
    }
    Ok((file, opened))
}

/// Opens the store again for somebody whose data key is in memory.
pub fn enter_again(
    folder: &Path,
    login: &str,
    card: Option<OwnCard>,
    key: DataKey,
    shelf: &Shelf,
    now: DateTime<Utc>,
) -> Result<Entered> {
    let file = keys_of(folder)?;
    let wrap = file
        .find(login)
        .ok_or_else(|| Error::coded("auth.unknown"))?;
    let held = file.hold(key)?;
    let (staff, let_in) = (wrap.staff.clone(), wrap.let_in);
    let desk = open_desk(folder, &held, shelf, |_| Ok(staff), now)?;
    desk.store.stamp().acts_as_substitute(let_in.is_some());
    Ok(Entered {
        desk,
        held,
        login: login.to_owned(),
        let_in,
        card,
    })
}

/// The key file of a station that has been opened since it was enrolled.
pub fn keys_of(folder: &Path) -> Result<KeyFile> {
    match Found::load(folder)? {
        Some(Found::Now(file)) => Ok(*file),
        Some(Found::Old(_)) => Err(Error::coded("station.locked")),
        None => Err(Error::coded("station.not_enrolled")),
    }
}

/// What a name and the right password open; None for a wrong one. A file of the first layout is
/// rewritten on the way, its data key unchanged, its derived keys put into the ring.
fn open_keys(
    folder: &Path,
    login: &str,
    password: &str,
    card: Option<&OwnCard>,
) -> Result<Option<(KeyFile, Opened)>> {
    let old = match Found::load(folder)? {
        None => return Err(Error::coded("station.not_enrolled")),
        Some(Found::Now(file)) => {
            if file.find(login).is_none() {
                return Err(Error::coded("auth.unknown"));
            }
            let machine = machine::fetch(&file.machine, folder)?;
            let opened = file.open(login, password, &machine, card)?;
            return Ok(opened.map(|opened| (*file, opened)));
        }
        Some(Found::Old(file)) => file,
    };
    let wrap = old.wraps.iter().find(|wrap| wrap.login == login);
    let wrap = wrap.ok_or_else(|| Error::coded("auth.unknown"))?;
    let machine = machine::fetch(&Kept::File, folder)?;
    let Some(key) = wrap.open(password, &machine)? else {
        return Ok(None);
    };
    let held = Held {
        ring: Ring::derived(&key),
        key: key.clone(),
        suite: Suite::One,
    };
    let (staff, cost) = (wrap.staff.clone(), wrap.cost);
    let first = Wrap::new(login, staff, password, &machine, None, cost, Suite::One);
    let file = KeyFile::new(&held, first, Kept::File)?;
    file.save(folder)?;
    let opened = Opened {
        current: key,
        next: None,
    };
    Ok(Some((file, opened)))
}

fn open_desk(
    folder: &Path,
    held: &Held,
    shelf: &Shelf,
    who: impl FnOnce(&Store) -> Result<Staff>,
    now: DateTime<Utc>,
) -> Result<Desk> {
    let (path, keys) = (folder.join(STORE), held.keys());
    let opened = open_parts(folder, &keys, shelf, who, now);
    // Damage may show only behind the first page; what is told is the same.
    opened.map_err(|error| match error {
        Error::Database(_) if error.code() == "store.unreadable" => Error::Unreadable {
            path,
            why: error.to_string(),
        },
        other => other,
    })
}

fn open_parts(
    folder: &Path,
    keys: &Keys,
    shelf: &Shelf,
    who: impl FnOnce(&Store) -> Result<Staff>,
    now: DateTime<Utc>,
) -> Result<Desk> {
    let opened = storage::open(folder, keys, shelf.catalog.clone(), now)?;
    if !PublicPart::exists(folder) {
        opened.installation.public().save(folder)?;
    }
    let staff = who(&opened.store)?;
    let (store, blobs) = (opened.store, opened.blobs);
    let machine = opened.installation;
    // As the lease says it: whoever works here acts for this community, wherever the machine was when
    // they were let in.
    let staff = Staff {
        area: machine.community.clone(),
        ..staff
    };
    let desk = Desk::new(store, blobs, shelf.clone(), staff, machine, keys.clone());
    if let Some(days) = desk.shelf.policy.retention.days("removed") {
        // A clock that runs ahead leaves what can be undone.
        let passed = desk.store.high_water()?.map_or(now, |known| known.min(now));
        desk.forget_removed(passed - Duration::days(days.into()))?;
    }
    Ok(desk)
}

/// Writes an installation with a new certificate down.
pub(crate) fn keep_installation(
    folder: &Path,
    store: &Store,
    installation: &Installation,
    keys: &Keys,
) -> Result<()> {
    let sealed = storage::seal_installation(installation, keys)?;
    store.set_meta(meta::INSTALLATION, &sealed)?;
    installation.public().save(folder)
}
