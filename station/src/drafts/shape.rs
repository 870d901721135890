//! Pages made from pictures: the sheet in a camera's picture, or cut from a scan, laid flat. The
//! picture as the device gave it stays sealed beside the page, so that the page can be made again
//! with other corners until it is filed. Not here: finding and flattening (`drivers`).

use chrono::{DateTime, Utc};
use domain::catalog::Material;
use domain::{Id, Page};
use drivers::document::page::make::sheets_of;
use drivers::document::page::{Quad, documents, orientation};
use rusqlite::Transaction;
use serde::Deserialize;
use ts_rs::TS;

use super::make::{self, How};
use super::pages::{add, keep_changed, new_page_id, next_page_id, place_of};
use crate::blobs::Steady;
use crate::desk::{Desk, new_id};
use crate::error::{Error, Result};
use crate::store::removed::Removed;
use crate::store::{draft_page, removed};
use crate::view::{DraftPage, Made, PagesChanged, Side};

/// Corners in a picture's pixels, clockwise from the sheet's top left.
pub type Corners = [(f32, f32); 4];

/// Where a picture goes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(tag = "onto", rename_all = "snake_case")]
#[ts(export)]
pub enum Onto {
    /// Behind the material's pages.
    End,
    /// In the place of a page: it is taken again.
    Instead {
        /// Which.
        page: String,
    },
    /// On a page's sheet, below what is there: a card's back.
    BackOf {
        /// Which.
        page: String,
    },
}

/// A picture with the sheets in it.
pub struct Taken {
    /// As the device gave it.
    pub bytes: Vec<u8>,
    /// The sheets that were found in it, in the order of reading; none: the whole picture is the
    /// page.
    pub sheets: Vec<Corners>,
    /// The one that was found most surely.
    pub surest: Option<Corners>,
}

impl Taken {
    /// A picture and the sheets that were found in it. A page's upper side is taken to be the one that
    /// looks up in the picture.
    pub fn of(bytes: Vec<u8>, quads: &[Quad]) -> Taken {
        let corners = |quad: &Quad| orientation::upright(quad.corners).map(|c| (c.x, c.y));
        let pages = documents(quads);
        Taken {
            bytes,
            surest: pages.iter().min().map(|at| corners(&quads[*at])),
            sheets: pages.iter().map(|at| corners(&quads[*at])).collect(),
        }
    }
}

impl Desk {
    /// Takes a page as a scanner gave it: it stays as it is, and what may be wrong with it is said.
    /// `dpi` is what the scanner was asked for.
    pub fn add_scanned(
        &self,
        draft: Id,
        material: &str,
        bytes: Vec<u8>,
        dpi: u32,
        now: DateTime<Utc>,
    ) -> Result<PagesChanged> {
        let dense = self.get_material(draft, material, now)?.dense;
        let made = looked_at(&bytes, dpi, dense);
        self.add_made(draft, material, bytes, Some(made), now)
    }

    /// Takes a page as a scanner gave it, in the place of another one; the token brings that back.
    pub fn scanned_again(
        &self,
        draft: Id,
        page: &str,
        bytes: Vec<u8>,
        dpi: u32,
        now: DateTime<Utc>,
    ) -> Result<PagesChanged> {
        let old = self.page(page)?;
        let dense = self.get_material(draft, &old.material, now)?.dense;
        let made = looked_at(&bytes, dpi, dense);
        let steady = self.blobs.steady();
        let manifest = self.seal_picture(&old.material, bytes, &steady)?;
        self.change_pages(draft, now, |tx, pages| {
            replace(tx, draft, pages, &old, manifest, made, now).map(Some)
        })
    }

    /// Takes a picture that another program saved: a page of each sheet in it, as from a camera; as it
    /// is where none is sure, since such programs cut out pages themselves.
    pub fn add_saved(
        &self,
        draft: Id,
        material: &str,
        bytes: Vec<u8>,
        now: DateTime<Utc>,
    ) -> Result<PagesChanged> {
        let quads = sheets_of(&bytes).unwrap_or_default();
        let taken = Taken::of(bytes.clone(), &quads);
        match taken.surest {
            Some(_) => self.add_taken(draft, material, taken, &Onto::End, now),
            None => self.add_scanned(draft, material, bytes, 0, now),
        }
    }

    /// Takes a picture: seals it, makes a page of each sheet in it, seals these, and writes the rows
    /// at once. Onto a page's place goes the surest sheet alone.
    pub fn add_taken(
        &self,
        draft: Id,
        material: &str,
        taken: Taken,
        onto: &Onto,
        now: DateTime<Utc>,
    ) -> Result<PagesChanged> {
        let material = self.get_material(draft, material, now)?;
        let steady = self.blobs.steady();
        let side = self.seal_side(&taken, &steady)?;
        let old = match onto {
            Onto::End => {
                return self.add_sheets(draft, material, &side, &taken.sheets, now, &steady);
            }
            Onto::Instead { page } | Onto::BackOf { page } => self.page(page)?,
        };
        let mut sides = vec![side];
        if let Onto::BackOf { .. } = onto {
            sides.insert(0, self.front_of(&old)?);
        }
        let (manifest, made) = self.make(material, sides, &steady)?;
        self.change_pages(draft, now, |tx, pages| {
            replace(tx, draft, pages, &old, manifest, made, now).map(Some)
        })
    }

    /// A page of each sheet behind the material's pages, all or none; the token takes them away.
    fn add_sheets(
        &self,
        draft: Id,
        material: &Material,
        side: &Side,
        sheets: &[Corners],
        now: DateTime<Utc>,
        steady: &Steady,
    ) -> Result<PagesChanged> {
        let at = |corners: Option<Corners>| Side {
            corners,
            ..side.clone()
        };
        let mut sides: Vec<Side> = sheets.iter().map(|sheet| at(Some(*sheet))).collect();
        if sides.is_empty() {
            sides.push(at(None));
        }
        let mut new = Vec::new();
        for side in sides {
            let (manifest, made) = self.make(material, vec![side], steady)?;
            new.push(DraftPage {
                page: new_page_id(),
                material: material.id.clone(),
                manifest,
                made: Some(made),
            });
        }
        self.change_pages(draft, now, |tx, pages| {
            let token = new_id().to_string();
            let added = new.iter().map(|page| page.page.clone()).collect();
            removed::keep(
                tx,
                &token,
                now,
                &Removed::Added {
                    draft,
                    pages: added,
                },
            )?;
            for page in new {
                add(pages, page)?;
            }
            Ok(Some(token))
        })
    }

    /// Makes a page again from its picture with other corners; without any the whole picture is
    /// the page.
    pub fn shape_page(
        &self,
        draft: Id,
        page: &str,
        side: usize,
        corners: Option<Corners>,
        now: DateTime<Utc>,
    ) -> Result<PagesChanged> {
        let old = self.page(page)?;
        let material = self.get_material(draft, &old.material, now)?;
        let mut sides = self.sides_of(&old)?;
        let changed = sides.get_mut(side);
        let changed = changed.ok_or_else(|| Error::coded("page.unknown"))?;
        changed.corners = corners;
        changed.by_hand = true;
        let steady = self.blobs.steady();
        let (manifest, made) = self.make(material, sides, &steady)?;
        self.change_pages(draft, now, |tx, pages| {
            replace(tx, draft, pages, &old, manifest, made, now).map(Some)
        })
    }

    /// How a page lies in its picture; a page as the device gave it lies in itself.
    pub fn get_shape(&self, page: &str) -> Result<Made> {
        let found = self.page(page)?;
        Ok(Made {
            sides: self.sides_of(&found)?,
            ..found.made.unwrap_or_default()
        })
    }

    /// The pictures of a page; one as the device gave it is its own.
    fn sides_of(&self, page: &DraftPage) -> Result<Vec<Side>> {
        match &page.made {
            Some(made) if !made.sides.is_empty() => Ok(made.sides.clone()),
            _ => Ok(vec![self.side_of_page(page)?]),
        }
    }

    pub(super) fn page(&self, page: &str) -> Result<DraftPage> {
        let found = self.store.read(|c| draft_page::find(c, page))?;
        found.ok_or_else(|| Error::coded("page.unknown"))
    }

    fn seal_side(&self, taken: &Taken, steady: &Steady) -> Result<Side> {
        let coded = |error: drivers::PageError| Error::coded(error.code());
        let (width, height) = make::size(&taken.bytes).map_err(coded)?;
        Ok(Side {
            sha256: self.blobs.put(&taken.bytes, steady)?,
            size_bytes: taken.bytes.len() as u64,
            width,
            height,
            corners: taken.surest,
            by_hand: false,
        })
    }

    /// A page of its own as the front of a card; one that has two sides takes no third.
    fn front_of(&self, page: &DraftPage) -> Result<Side> {
        let mut sides = self.sides_of(page)?;
        match (sides.pop(), sides.is_empty()) {
            (Some(front), true) => Ok(front),
            _ => Err(Error::coded("page.has_both_sides")),
        }
    }

    fn side_of_page(&self, page: &DraftPage) -> Result<Side> {
        let bytes = self.blobs.get(&page.manifest.sha256)?;
        let coded = |error: drivers::PageError| Error::coded(error.code());
        let (width, height) = make::size(&bytes).map_err(coded)?;
        Ok(Side {
            sha256: page.manifest.sha256.clone(),
            size_bytes: page.manifest.size_bytes,
            width,
            height,
            corners: None,
            by_hand: false,
        })
    }

    fn make(
        &self,
        material: &Material,
        mut sides: Vec<Side>,
        steady: &Steady,
    ) -> Result<(Page, Made)> {
        let coded = |error: drivers::PageError| Error::coded(error.code());
        let pictures = sides.iter().map(|side| self.blobs.get(&side.sha256));
        let pictures = pictures.collect::<Result<Vec<_>>>()?;
        let corners: Vec<_> = sides.iter().map(|side| side.corners).collect();
        let how = How {
            dense: material.dense,
            turn: sides.iter().all(|side| !side.by_hand),
        };
        let page = make::page(&pictures, &corners, how).map_err(coded)?;
        for corners in sides.iter_mut().filter_map(|side| side.corners.as_mut()) {
            *corners = turned(*corners, page.turned);
        }
        let warnings = page.warnings.iter().map(|code| (*code).to_owned());
        let made = Made {
            sides,
            warnings: warnings.collect(),
            codes: page.codes,
        };
        Ok((self.seal_picture(&material.id, page.bytes, steady)?, made))
    }
}

/// What may be wrong with a page as the device gave it, and what its codes say. One that cannot be
/// measured is kept all the same.
fn looked_at(bytes: &[u8], dpi: u32, dense: bool) -> Made {
    let (warnings, codes) = make::look(bytes, dpi, dense).unwrap_or_default();
    Made {
        sides: Vec::new(),
        warnings: warnings.into_iter().map(str::to_owned).collect(),
        codes,
    }
}

/// Puts another picture in a page's place; the token brings the page back as it was.
fn replace(
    tx: &Transaction,
    draft: Id,
    pages: &mut [DraftPage],
    old: &DraftPage,
    manifest: Page,
    made: Made,
    now: DateTime<Utc>,
) -> Result<String> {
    let place = place_of(&old.page, pages)?;
    let page = &mut pages[place];
    page.page = next_page_id(&old.page);
    page.manifest = manifest;
    page.made = Some(made);
    keep_changed(tx, draft, old, now)
}

/// The corners of a page turned clockwise by quarters: its top left was another corner before.
pub(super) fn turned(corners: Corners, quarters: u8) -> Corners {
    let mut turned = corners;
    turned.rotate_right(usize::from(quarters % 4));
    turned
}

/// The corners of a whole picture.
pub(super) fn whole(side: &Side) -> Corners {
    let (width, height) = (side.width as f32, side.height as f32);
    [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]
}
