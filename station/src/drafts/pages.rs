//! The papers of a form: taken, turned, moved, removed and brought back. The sealed file is
//! durable before a row refers to it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use domain::sync::BLOB_LIMIT_BYTES;
use domain::{Id, Page, Reason};
use drivers::document::{Format, file};
use rusqlite::Transaction;

use super::get;
use crate::desk::{Desk, new_id};
use crate::error::{Error, Result};
use crate::store::removed::Removed;
use crate::store::{draft_page, removed};
use crate::view::{DraftPage, PagesChanged};

/// Pages of one draft.
const PAGES: usize = 60;

impl Desk {
    /// Takes a picture that was dropped in, as base64.
    pub fn add_page_base64(
        &self,
        draft: Id,
        material: &str,
        bytes: &str,
        now: DateTime<Utc>,
    ) -> Result<PagesChanged> {
        if bytes.len() as u64 > BLOB_LIMIT_BYTES / 3 * 4 + 4 {
            return Err(too_large());
        }
        let decoded = STANDARD
            .decode(bytes)
            .map_err(|_| Error::coded("page.not_an_image"))?;
        self.add_page(draft, material, decoded, now)
    }

    /// Takes a picture: JPEG and PNG are kept as they are, others become JPEG.
    pub fn add_page(
        &self,
        draft: Id,
        material: &str,
        bytes: Vec<u8>,
        now: DateTime<Utc>,
    ) -> Result<PagesChanged> {
        let kept = self.store.read(|c| get(c, draft))?;
        let business = self.catalog.businesses.get(&kept.business);
        if !business.is_some_and(|b| b.materials.iter().any(|m| m.id == material)) {
            return Err(Error::coded("material.unknown"));
        }
        let manifest = self.seal_picture(material, bytes)?;
        self.change_pages(draft, now, |_, pages| {
            if pages.len() >= PAGES {
                let reason = Reason::new("draft.too_many_pages").with("limit", PAGES);
                return Err(Error::reason(reason));
            }
            pages.push(DraftPage {
                page: new_page_id(),
                material: material.to_owned(),
                manifest: manifest.clone(),
            });
            Ok(None)
        })
    }

    /// Turns a page clockwise by quarters; its picture is another one then.
    pub fn turn_page(
        &self,
        draft: Id,
        page: &str,
        quarters: u8,
        now: DateTime<Utc>,
    ) -> Result<PagesChanged> {
        let found = self.store.read(|c| draft_page::find(c, page))?;
        let old = found.ok_or_else(|| Error::coded("page.unknown"))?;
        let turned = file::rotate(&self.blobs.get(&old.manifest.sha256)?, quarters)
            .map_err(|error| Error::coded(error.code()))?;
        let manifest = self.seal_picture(&old.material, turned)?;
        self.change_pages(draft, now, |_, pages| {
            let place = place_of(&old.page, pages)?;
            let page = &mut pages[place];
            page.page = next_page_id(&old.page);
            page.manifest = manifest.clone();
            Ok(None)
        })
    }

    /// Moves a page to another place.
    pub fn move_page(
        &self,
        draft: Id,
        page: &str,
        to: usize,
        now: DateTime<Utc>,
    ) -> Result<PagesChanged> {
        self.change_pages(draft, now, |_, pages| {
            let moved = pages.remove(place_of(page, pages)?);
            pages.insert(to.min(pages.len()), moved);
            Ok(None)
        })
    }

    /// Takes a page away; `undo` brings it back.
    pub fn remove_page(&self, draft: Id, page: &str, now: DateTime<Utc>) -> Result<PagesChanged> {
        self.change_pages(draft, now, |tx, pages| {
            let place = place_of(page, pages)?;
            let token = new_id().to_string();
            let page = pages.remove(place);
            removed::keep(tx, &token, now, &Removed::Page { draft, place, page })?;
            Ok(Some(token))
        })
    }

    /// Brings a page back to where it was.
    pub fn restore_page(&self, draft: Id, undo: &str, now: DateTime<Utc>) -> Result<PagesChanged> {
        self.change_pages(draft, now, |tx, pages| match removed::take(tx, undo)? {
            Some(Removed::Page {
                draft: of,
                place,
                page,
            }) if of == draft => {
                pages.insert(place.min(pages.len()), page);
                Ok(None)
            }
            _ => Err(Error::coded("undo.gone")),
        })
    }

    /// Changes the list of pages in one transaction and checks the form anew.
    fn change_pages(
        &self,
        draft: Id,
        now: DateTime<Utc>,
        change: impl FnOnce(&Transaction, &mut Vec<DraftPage>) -> Result<Option<String>>,
    ) -> Result<PagesChanged> {
        self.store.write(|tx| {
            let mut kept = get(tx, draft)?;
            let mut pages = draft_page::of(tx, draft)?;
            let undo = change(tx, &mut pages)?;
            kept.saved_at = now;
            self.keep(tx, &kept)?;
            draft_page::set(tx, draft, &pages)?;
            let checked = self.check_kept(tx, &kept, now)?;
            Ok(PagesChanged {
                pages,
                checks: checked.lines,
                blocking: checked.blocking,
                undo,
            })
        })
    }

    fn seal_picture(&self, material: &str, bytes: Vec<u8>) -> Result<Page> {
        if bytes.len() as u64 > BLOB_LIMIT_BYTES {
            return Err(too_large());
        }
        let coded = |error: drivers::PageError| Error::coded(error.code());
        let (bytes, media_type) = match file::check(&bytes).map_err(coded)?.format {
            Format::Jpeg => (bytes, "image/jpeg"),
            Format::Png => (bytes, "image/png"),
            Format::Pnm => (file::to_jpeg(bytes).map_err(coded)?, "image/jpeg"),
        };
        Ok(Page {
            material: material.to_owned(),
            sha256: self.blobs.put(&bytes)?,
            size_bytes: bytes.len() as u64,
            media_type: media_type.to_owned(),
        })
    }
}

fn too_large() -> Error {
    Error::reason(Reason::new("page.too_large").with("limit_bytes", BLOB_LIMIT_BYTES))
}

fn place_of(page: &str, pages: &[DraftPage]) -> Result<usize> {
    pages
        .iter()
        .position(|known| known.page == page)
        .ok_or_else(|| Error::coded("page.unknown"))
}

/// A page's id: its own, and how often its picture has changed.
pub(crate) fn new_page_id() -> String {
    format!("{}-1", new_id().0.simple())
}

fn next_page_id(page: &str) -> String {
    let (own, times) = page.split_once('-').unwrap_or((page, "1"));
    format!("{own}-{}", times.parse::<u32>().unwrap_or(1) + 1)
}
