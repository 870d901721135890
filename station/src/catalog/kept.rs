//! The catalogues on this machine: the one that came with the program, and those that the centre named.
//!
//! `catalogue/` in the station's folder holds each as the file that it came in, under its address, and a
//! pointer to the one that the centre named last. A file is written before the pointer to it, so a cut
//! leaves the one before. What is pointed at is read at the start and hashed again; where it cannot be
//! used, the one before it is, or else the program's own, and that is told. It takes effect when the desk is
//! next opened, never under an open form (`docs/decisions/0034`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Reason;
use domain::bundle::{Bundle, LIMIT_BYTES, Offer, Unreadable, is_address, message};
use serde::{Deserialize, Serialize};

use super::{Shelf, files};
use crate::disk;
use crate::error::{Error, Result};
use crate::lease::is_signed;

/// The folder, within the station's.
pub const FOLDER: &str = "catalogue";
/// The pointer, in that folder.
pub const POINTER: &str = "in-force.json";
/// A pointer that led to nothing usable, for whoever looks into it.
const ASIDE: &str = "in-force.json.aside";

/// Why a catalogue was not taken.
#[derive(Debug)]
pub enum NotTaken {
    /// Other bytes than the address says; they may come better the next time.
    Damaged,
    /// It is none for this program, however often it comes.
    Refused(Reason),
    /// The line named it before the ferry brought another one.
    Overtaken,
    /// It could not be written down.
    Disk(Error),
}

/// A catalogue by its address, under the centre's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Named {
    sha256: String,
    signature: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Pointer {
    /// What the centre named last.
    in_force: Named,
    /// What it named before.
    before: Option<Named>,
}

/// All of them.
pub struct Catalogues {
    folder: PathBuf,
    /// The folder of the one that came with the program.
    own: PathBuf,
    state: Mutex<State>,
}

struct State {
    pointer: Option<Pointer>,
    /// What the desk is next opened with.
    next: Shelf,
    trouble: Option<Reason>,
    /// It came by the ferry, after what the line named last.
    by_ferry: bool,
}

impl Catalogues {
    /// Reads what is there. Fails only where the program's own cannot be read.
    pub fn open(station: &Path, own: &Path) -> Result<Catalogues> {
        let folder = station.join(FOLDER);
        let state = look(&folder, Shelf::load(own)?);
        Ok(Catalogues {
            folder,
            own: own.to_owned(),
            state: Mutex::new(state),
        })
    }

    /// What the desk is next opened with.
    pub fn shelf(&self) -> Shelf {
        self.state().next.clone()
    }

    /// The address that the centre named last, as far as it was taken.
    pub fn pointed(&self) -> Option<String> {
        let state = self.state();
        let pointer = state.pointer.as_ref();
        pointer.map(|pointer| pointer.in_force.sha256.clone())
    }

    /// What was wrong with the one that was pointed at, until another is taken.
    pub fn trouble(&self) -> Option<Reason> {
        self.state().trouble.clone()
    }

    /// The file of an offer, where it need not be asked for: it was in force before, or came with the
    /// program.
    pub fn at_hand(&self, offer: &Offer) -> Option<Vec<u8>> {
        if let Ok(file) = read(&self.folder.join(&offer.sha256))
            && Bundle::read(&file, &offer.sha256).is_ok()
        {
            return Some(file);
        }
        let own = files(&self.own).ok()?;
        (own.sha256() == offer.sha256)
            .then(|| own.pack().ok())
            .flatten()
    }

    /// Takes the file of an offer in: it is tried as a whole before anything points at it.
    pub fn take(
        &self,
        offer: &Offer,
        file: &[u8],
        centre_key: &str,
    ) -> std::result::Result<(), NotTaken> {
        self.take_from(false, offer, file, centre_key)
    }

    /// The same from a stick: what the line named before that is older, and is not taken any more.
    pub fn take_by_ferry(
        &self,
        offer: &Offer,
        file: &[u8],
        centre_key: &str,
    ) -> std::result::Result<(), NotTaken> {
        self.take_from(true, offer, file, centre_key)
    }

    fn take_from(
        &self,
        by_ferry: bool,
        offer: &Offer,
        file: &[u8],
        centre_key: &str,
    ) -> std::result::Result<(), NotTaken> {
        if !is_signed(centre_key, &message(&offer.sha256), &offer.signature) {
            return Err(NotTaken::Refused(Reason::new("catalog.forged")));
        }
        let named = Named {
            sha256: offer.sha256.clone(),
            signature: offer.signature.clone(),
        };
        let shelf = tried(file, &named)?;
        self.point_at(by_ferry, named, file, shelf)
    }

    /// The line named one again.
    pub fn heard_by_line(&self) {
        self.state().by_ferry = false;
    }

    /// What is pointed at is not under the centre's signature: it is set aside.
    pub fn distrust(&self) -> Result<()> {
        let own = Shelf::load(&self.own)?;
        let mut state = self.state();
        if let Err(error) = set_aside(&self.folder) {
            tracing::warn!(code = error.code(), "it is found again at the next start");
        }
        (state.pointer, state.next) = (None, own);
        state.trouble = Some(Reason::new("catalog.set_aside"));
        Ok(())
    }

    fn point_at(
        &self,
        by_ferry: bool,
        named: Named,
        file: &[u8],
        shelf: Shelf,
    ) -> std::result::Result<(), NotTaken> {
        let mut state = self.state();
        let now = state.pointer.as_ref().map(|now| &now.in_force.sha256);
        if state.by_ferry && !by_ferry && now != Some(&named.sha256) {
            return Err(NotTaken::Overtaken);
        }
        let before = match &state.pointer {
            Some(now) if now.in_force.sha256 == named.sha256 => now.before.clone(),
            Some(now) => Some(now.in_force.clone()),
            None => None,
        };
        let pointer = Pointer {
            in_force: named,
            before,
        };
        self.lay_down(&pointer, file).map_err(NotTaken::Disk)?;
        if let Err(error) = tidy(&self.folder, &pointer) {
            tracing::warn!(code = error.code(), "an old catalogue still lies there");
        }
        (state.pointer, state.next, state.trouble) = (Some(pointer), shelf, None);
        state.by_ferry = by_ferry;
        Ok(())
    }

    fn lay_down(&self, pointer: &Pointer, file: &[u8]) -> Result<()> {
        disk::make_folder(&self.folder)?;
        disk::write_whole(&self.folder.join(&pointer.in_force.sha256), file)?;
        write(&self.folder, pointer)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the folder leads to.
fn look(folder: &Path, own: Shelf) -> State {
    let mut state = State {
        pointer: None,
        next: own,
        trouble: None,
        by_ferry: false,
    };
    let pointer = match find_pointer(folder) {
        None => return state,
        Some(pointer) => pointer,
    };
    let before = pointer.as_ref().and_then(|pointer| pointer.before.clone());
    let why = match pointer.map(|pointer| (load(folder, &pointer.in_force), pointer)) {
        Some((Ok(shelf), pointer)) => {
            (state.pointer, state.next) = (Some(pointer), shelf);
            return state;
        }
        Some((Err(why), _)) => why,
        None => "no pointer".to_owned(),
    };
    tracing::error!(why, "the catalogue that the centre named is set aside");
    state.trouble = Some(Reason::new("catalog.set_aside"));
    let mut written = set_aside(folder);
    if let Some(before) = before
        && let Ok(shelf) = load(folder, &before)
    {
        let pointer = Pointer {
            in_force: before,
            before: None,
        };
        written = written.and_then(|()| write(folder, &pointer));
        (state.pointer, state.next) = (Some(pointer), shelf);
    }
    if let Err(error) = written {
        tracing::warn!(
            code = error.code(),
            "what is wrong is found again at the next start"
        );
    }
    state
}

/// None where there is no pointer; Some(None) where it cannot be read.
fn find_pointer(folder: &Path) -> Option<Option<Pointer>> {
    let path = folder.join(POINTER);
    if !disk::exists(&path) {
        return None;
    }
    let bytes = disk::read(&path).unwrap_or_default();
    let pointer: Option<Pointer> = serde_json::from_slice(&bytes).ok();
    let leads = |pointer: &Pointer| {
        let mut named = [Some(&pointer.in_force), pointer.before.as_ref()]
            .into_iter()
            .flatten();
        named.all(|named| is_address(&named.sha256))
    };
    Some(pointer.filter(leads))
}

fn load(folder: &Path, named: &Named) -> std::result::Result<Shelf, String> {
    let file = read(&folder.join(&named.sha256)).map_err(|error| error.to_string())?;
    match tried(&file, named) {
        Ok(shelf) => Ok(shelf),
        Err(NotTaken::Refused(reason)) => Err(format!("{reason:?}")),
        Err(_) => Err("damaged".to_owned()),
    }
}

/// The whole of a file, loaded as the desk would.
fn tried(file: &[u8], named: &Named) -> std::result::Result<Shelf, NotTaken> {
    let unreadable = |with| {
        let code = "catalog.unreadable".to_owned();
        NotTaken::Refused(Reason { code, with })
    };
    let bundle = Bundle::read(file, &named.sha256).map_err(|why| match why {
        Unreadable::Damaged(_) => NotTaken::Damaged,
        Unreadable::Never(why) => unreadable(BTreeMap::from([("why".to_owned(), why.to_owned())])),
    })?;
    // As `catalog.broken` has it: the file, and what is wrong with it.
    let shelf = Shelf::of(&bundle).map_err(|error| match error {
        Error::Coded { reason, .. } => unreadable(reason.with),
        _ => unreadable(BTreeMap::new()),
    })?;
    let signature: Arc<str> = named.signature.as_str().into();
    Ok(Shelf {
        signature: Some(signature),
        ..shelf
    })
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let found = disk::of(path).find(path)?;
    match found.is_folder || found.size_bytes > LIMIT_BYTES as u64 {
        false => disk::read(path),
        true => Err(std::io::ErrorKind::InvalidData.into()),
    }
}

fn write(folder: &Path, pointer: &Pointer) -> Result<()> {
    let bytes = serde_json::to_vec_pretty(pointer)?;
    disk::write_whole(&folder.join(POINTER), &bytes)
}

fn set_aside(folder: &Path) -> Result<()> {
    let (from, to) = (folder.join(POINTER), folder.join(ASIDE));
    if !disk::exists(&from) {
        return Ok(());
    }
    let moved = disk::of(folder).rename(&from, &to);
    moved
        .and_then(|()| disk::sync_folder(folder))
        .map_err(Error::disk(&from))
}

/// Takes away what is neither in force nor was before.
fn tidy(folder: &Path, pointer: &Pointer) -> Result<()> {
    let named = [Some(&pointer.in_force), pointer.before.as_ref()];
    let stays = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str());
        let mut kept = named.iter().flatten().map(|named| named.sha256.as_str());
        name.is_some_and(|name| name == POINTER || name == ASIDE || kept.any(|kept| kept == name))
    };
    for entry in disk::of(folder).list(folder).map_err(Error::disk(folder))? {
        if !entry.is_folder && !stays(&entry.path) {
            disk::remove(&entry.path)?;
        }
    }
    Ok(())
}
