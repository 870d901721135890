//! The desk: everything behind the login. Its operations stand in `people`, `drafts`, `cases` and
//! `worklist`, each given the time as an argument.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Catalog, Id, Staff};
use drivers::document::{Format, file};
use ed25519_dalek::SigningKey;

use crate::blobs::Blobs;
use crate::cases;
use crate::catalog::Shelf;
use crate::error::{Error, Result};
use crate::keys::{Installation, Keys};
use crate::store::{Store, draft, draft_page, page_out, removed};
use crate::view::DraftPage;

const THUMBNAIL_PIXELS: u32 = 240;
const THUMBNAILS_KEPT: usize = 128;
/// Who comes back to a page within this has not opened it anew.
const OPENED_AGAIN: TimeDelta = TimeDelta::minutes(10);

/// An open station.
pub struct Desk {
    /// The database.
    pub store: Arc<Store>,
    /// The sealed pages.
    pub blobs: Arc<Blobs>,
    /// The rules in force.
    pub catalog: Arc<Catalog>,
    /// Catalogue and divisions.
    pub shelf: Shelf,
    /// Who is logged in.
    pub staff: Staff,
    /// The machine, with its private keys.
    pub installation: Installation,
    /// For upkeep: backups and checks open what they have written.
    pub(crate) keys: Keys,
    /// Signs the log; made once, since making it costs as much as a signature.
    pub(crate) log_key: SigningKey,
    thumbnails: Mutex<VecDeque<(String, Vec<u8>)>>,
    /// Searches begun: a later one ends those before it.
    pub(crate) searches: AtomicU64,
    pub(crate) opened: Opened,
}

/// Whose pages were opened a moment ago: a page that is drawn anew is not opened again.
#[derive(Default)]
pub(crate) struct Opened(Mutex<BTreeMap<Id, DateTime<Utc>>>);

impl Opened {
    /// Whether this one was not opened lately; from now on it was.
    pub(crate) fn is_new(&self, person: Id, now: DateTime<Utc>) -> bool {
        let mut opened = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        opened.retain(|_, at| (now - *at).abs() < OPENED_AGAIN);
        opened.insert(person, now).is_none()
    }
}

impl Desk {
    /// A desk over an open store.
    pub fn new(
        store: Store,
        blobs: Blobs,
        shelf: Shelf,
        staff: Staff,
        installation: Installation,
        keys: Keys,
    ) -> Desk {
        store.stamp().acts_for(Some(staff.id));
        Desk {
            store: Arc::new(store),
            blobs: Arc::new(blobs),
            catalog: shelf.catalog.clone(),
            shelf,
            staff,
            log_key: SigningKey::from_bytes(&installation.log_key),
            installation,
            keys,
            thumbnails: Mutex::new(VecDeque::new()),
            searches: AtomicU64::new(0),
            opened: Opened::default(),
        }
    }

    /// How many drafts there are.
    pub fn count_drafts(&self) -> Result<u64> {
        self.store.read(draft::count)
    }

    /// A picture that a page was made from, as the device gave it: its media type and bytes.
    pub fn original(&self, page: &str, side: usize) -> Result<(String, Vec<u8>)> {
        let unknown = || Error::coded("page.unknown");
        let found = self.store.read(|c| draft_page::find(c, page))?;
        let found = found.ok_or_else(unknown)?;
        let sha256 = match &found.made {
            Some(made) if !made.sides.is_empty() => {
                made.sides.get(side).map(|side| side.sha256.clone())
            }
            _ => (side == 0).then(|| found.manifest.sha256.clone()),
        };
        let bytes = self.blobs.get(&sha256.ok_or_else(unknown)?)?;
        let media_type = match file::sniff(&bytes) {
            Ok(Format::Png) => "image/png",
            _ => "image/jpeg",
        };
        Ok((media_type.to_owned(), bytes))
    }

    /// A page's picture by the id the window knows it by: its media type and bytes.
    pub fn picture(&self, page: &str, thumbnail: bool) -> Result<(String, Vec<u8>)> {
        let manifest = self.store.read(|c| {
            if let Some(found) = draft_page::find(c, page)? {
                return Ok(Some(found.manifest));
            }
            cases::find_page(c, page)
        })?;
        let manifest = manifest.ok_or_else(|| Error::coded("page.unknown"))?;
        let picture = match thumbnail {
            true => self
                .thumbnail(&manifest.sha256)
                .map(|small| ("image/jpeg".into(), small)),
            false => self
                .blobs
                .get(&manifest.sha256)
                .map(|whole| (manifest.media_type, whole)),
        };
        // Not lost: its time here has run out.
        match picture {
            Err(error)
                if error.code() == "page.gone"
                    && self
                        .store
                        .read(|c| page_out::is_purged(c, &manifest.sha256))? =>
            {
                Err(Error::coded("page.at_centre"))
            }
            picture => picture,
        }
    }

    fn thumbnail(&self, sha256: &str) -> Result<Vec<u8>> {
        let kept = || {
            self.thumbnails
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some((_, small)) = kept().iter().find(|(name, _)| name == sha256) {
            return Ok(small.clone());
        }
        let plain = self.blobs.get(sha256)?;
        let small = file::thumbnail(&plain, THUMBNAIL_PIXELS)
            .map_err(|error| Error::coded(error.code()))?;
        let mut kept = kept();
        kept.push_back((sha256.to_owned(), small.clone()));
        if kept.len() > THUMBNAILS_KEPT {
            kept.pop_front();
        }
        Ok(small)
    }

    /// Forgets what was removed before a moment, with the pictures that nothing else shows.
    pub fn forget_removed(&self, before: DateTime<Utc>) -> Result<()> {
        let steady = self.blobs.steady();
        let orphans = self.store.write(|tx| {
            let mut orphans = Vec::new();
            for gone in removed::forget_before(tx, before)? {
                orphans.extend(gone.pages().iter().flat_map(DraftPage::pictures));
            }
            unused(tx, orphans)
        })?;
        orphans
            .iter()
            .try_for_each(|sha256| self.blobs.remove(sha256, &steady))
    }
}

/// Of these pictures, those that nothing shows any more.
pub(crate) fn unused(tx: &rusqlite::Connection, mut pictures: Vec<String>) -> Result<Vec<String>> {
    pictures.sort();
    pictures.dedup();
    let mut unused = Vec::new();
    for sha256 in pictures {
        let used = draft_page::uses(tx, &sha256)?
            || removed::uses(tx, &sha256)?
            || page_out::find_sent(tx, &sha256)?.is_some();
        if !used {
            unused.push(sha256);
        }
    }
    Ok(unused)
}

/// A new time-ordered id.
pub(crate) fn new_id() -> Id {
    Id(uuid::Uuid::now_v7())
}
