//! The papers of a form: taken, turned, moved, removed and brought back. The sealed file is
//! durable before a row refers to it. Not here: pages made from pictures (`shape`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use domain::catalog::Material;
use domain::sync::BLOB_LIMIT_BYTES;
use domain::{Id, Page, Reason};
use drivers::document::{Format, file};
use rusqlite::Transaction;

use super::check::form_of;
use super::{get, shape};
use crate::blobs::Steady;
use crate::clock::business_day;
use crate::desk::{Desk, new_id};
use crate::error::{Error, Result};
use crate::lease;
use crate::store::removed::Removed;
use crate::store::{draft_page, removed};
use crate::view::{DraftPage, Made, PagesChanged};

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
        self.add_made(draft, material, bytes, None, now)
    }

    /// The same with what was seen of it.
    pub(super) fn add_made(
        &self,
        draft: Id,
        material: &str,
        bytes: Vec<u8>,
        made: Option<Made>,
        now: DateTime<Utc>,
    ) -> Result<PagesChanged> {
        self.get_material(draft, material, now)?;
        let steady = self.blobs.steady();
        let manifest = self.seal_picture(material, bytes, &steady)?;
        self.change_pages(draft, now, |_, pages| {
            add(
                pages,
                DraftPage {
                    page: new_page_id(),
                    material: material.to_owned(),
                    manifest: manifest.clone(),
                    made,
                },
            )?;
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
        let old = self.page(page)?;
        // A page made from a picture is made anew, from the picture: nothing is lost by turning.
        if let Some(made) = &old.made
            && let [side] = made.sides.as_slice()
        {
            let corners = side.corners.unwrap_or_else(|| shape::whole(side));
            let turned = shape::turned(corners, quarters);
            return self.shape_page(draft, page, 0, Some(turned), now);
        }
        let turned = file::rotate(&self.blobs.get(&old.manifest.sha256)?, quarters)
            .map_err(|error| Error::coded(error.code()))?;
        let steady = self.blobs.steady();
        let manifest = self.seal_picture(&old.material, turned, &steady)?;
        self.change_pages(draft, now, |tx, pages| {
            let place = place_of(&old.page, pages)?;
            let page = &mut pages[place];
            page.page = next_page_id(&old.page);
            page.manifest = manifest.clone();
            // The corners are those of the page as it was made.
            page.made = None;
            Ok(Some(keep_changed(tx, draft, &old, now)?))
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

    /// Takes a change back: a page is where and as it was, pages that were taken are gone.
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
            Some(Removed::Changed { draft: of, page }) if of == draft => {
                let same = |known: &DraftPage| stem(&known.page) == stem(&page.page);
                let place = pages.iter().position(same);
                let place = place.ok_or_else(|| Error::coded("undo.gone"))?;
                pages[place] = page;
                Ok(None)
            }
            Some(Removed::Added {
                draft: of,
                pages: added,
            }) if of == draft => {
                take_away(tx, draft, pages, &added, now)?;
                Ok(None)
            }
            _ => Err(Error::coded("undo.gone")),
        })
    }

    /// A material of a form: `draft.unknown`, `material.unknown`.
    pub(super) fn get_material(
        &self,
        draft: Id,
        material: &str,
        now: DateTime<Utc>,
    ) -> Result<&Material> {
        let today = business_day(now);
        let business = self
            .store
            .read(|c| form_of(self, c, &get(c, draft)?, today))?;
        let found = business.and_then(|b| b.materials.iter().find(|m| m.id == material));
        found.ok_or_else(|| Error::coded("material.unknown"))
    }

    /// Changes the list of pages in one transaction and checks the form anew.
    pub(super) fn change_pages(
        &self,
        draft: Id,
        now: DateTime<Utc>,
        change: impl FnOnce(&Transaction, &mut Vec<DraftPage>) -> Result<Option<String>>,
    ) -> Result<PagesChanged> {
        self.store.write(|tx| {
            lease::admit_capture(tx)?;
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

    pub(super) fn seal_picture(
        &self,
        material: &str,
        bytes: Vec<u8>,
        steady: &Steady,
    ) -> Result<Page> {
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
            sha256: self.blobs.put(&bytes, steady)?,
            size_bytes: bytes.len() as u64,
            media_type: media_type.to_owned(),
        })
    }
}

/// Takes pages away that were taken together. They are kept like every page that is removed.
fn take_away(
    tx: &Transaction,
    draft: Id,
    pages: &mut Vec<DraftPage>,
    added: &[String],
    now: DateTime<Utc>,
) -> Result<()> {
    let is_one = |page: &DraftPage| added.iter().any(|one| stem(one) == stem(&page.page));
    let first = pages.iter().position(is_one);
    let first = first.ok_or_else(|| Error::coded("undo.gone"))?;
    for page in pages.extract_if(first.., |page| is_one(page)) {
        let token = new_id().to_string();
        let place = first;
        removed::keep(tx, &token, now, &Removed::Page { draft, place, page })?;
    }
    Ok(())
}

fn too_large() -> Error {
    Error::reason(Reason::new("page.too_large").with("limit_bytes", BLOB_LIMIT_BYTES))
}

/// One page more, within the limit.
pub(super) fn add(pages: &mut Vec<DraftPage>, page: DraftPage) -> Result<()> {
    if pages.len() >= PAGES {
        let reason = Reason::new("draft.too_many_pages").with("limit", PAGES);
        return Err(Error::reason(reason));
    }
    pages.push(page);
    Ok(())
}

/// Keeps a page as it was before a change; the token brings it back.
pub(super) fn keep_changed(
    tx: &Transaction,
    draft: Id,
    old: &DraftPage,
    now: DateTime<Utc>,
) -> Result<String> {
    let token = new_id().to_string();
    let page = old.clone();
    removed::keep(tx, &token, now, &Removed::Changed { draft, page })?;
    Ok(token)
}

pub(super) fn place_of(page: &str, pages: &[DraftPage]) -> Result<usize> {
    pages
        .iter()
        .position(|known| known.page == page)
        .ok_or_else(|| Error::coded("page.unknown"))
}

/// A page's id: its own, and how often its picture has changed.
pub(crate) fn new_page_id() -> String {
    format!("{}-1", new_id().0.simple())
}

/// What stays the same of a page's id when its picture changes.
fn stem(page: &str) -> &str {
    page.split_once('-').map_or(page, |(own, _)| own)
}

pub(super) fn next_page_id(page: &str) -> String {
    let (own, times) = page.split_once('-').unwrap_or((page, "1"));
    format!("{own}-{}", times.parse::<u32>().unwrap_or(1) + 1)
}
