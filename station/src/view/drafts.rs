//! Forms under way and their papers.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::case::{Answers, Page};
use domain::{CheckLine, Id, Reason};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Face;

/// An open form.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Draft {
    /// Draft id.
    pub draft: Id,
    /// Business name.
    pub business: String,
    /// The person.
    pub face: Face,
    /// How the identity was established.
    pub evidence: domain::identity::Evidence,
    /// The answers as saved.
    pub answers: Answers,
    /// Where a prefilled answer came from: `card`, `last`.
    pub filled_from: BTreeMap<String, String>,
    /// The papers in order.
    pub pages: Vec<DraftPage>,
    /// All checks.
    pub checks: Vec<CheckLine>,
    /// What still blocks submitting.
    pub blocking: usize,
    /// The returned case it corrects, why, and the field to open at.
    pub amends: Option<Amends>,
    /// The business date.
    pub acted_on: NaiveDate,
}

/// What a correction answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Amends {
    /// The case.
    pub case: Id,
    /// The reviewer's words; empty when the rules have changed and nobody returned it.
    pub reason: String,
    /// What the rules ask by now, in that case.
    pub reasons: Vec<Reason>,
    /// The field or material named.
    pub field: Option<String>,
    /// Who returned it.
    pub by: String,
}

/// A captured page. Its image: `page://localhost/{page}`, its thumbnail:
/// `page://localhost/{page}?thumb`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct DraftPage {
    /// Id of the page in this draft; grows a suffix when the picture changes.
    pub page: String,
    /// Material id.
    pub material: String,
    /// Hash, size, type.
    pub manifest: Page,
    /// How it was made, when it is not as the device gave it.
    #[serde(default)]
    pub made: Option<Made>,
}

impl DraftPage {
    /// Every sealed picture it stands on, by hash.
    pub fn pictures(&self) -> Vec<String> {
        let sides = self.made.iter().flat_map(|made| &made.sides);
        let originals = sides.map(|side| side.sha256.clone());
        std::iter::once(self.manifest.sha256.clone())
            .chain(originals)
            .collect()
    }
}

/// How a page was made from pictures that are kept until it is filed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Made {
    /// One picture; two for the front and back of a card on one sheet; none where the page is as its
    /// scanner gave it.
    pub sides: Vec<Side>,
    /// What may be wrong with it: `page.blurred` …
    pub warnings: Vec<String>,
    /// What the QR codes and barcodes on it say.
    #[serde(default)]
    pub codes: Vec<String>,
}

/// A picture and the sheet in it. The picture: `page://localhost/{page}?side=0`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Side {
    /// SHA-256 of the picture as the device gave it, hex.
    pub sha256: String,
    /// Its bytes.
    #[ts(type = "number")]
    pub size_bytes: u64,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// The sheet's corners in its pixels, clockwise from the top left; None: the whole picture.
    pub corners: Option<[(f32, f32); 4]>,
    /// They were set by hand.
    pub by_hand: bool,
}

/// A page was taken, turned, moved or removed; `undo` brings it back.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct PagesChanged {
    /// The papers in order.
    pub pages: Vec<DraftPage>,
    /// All checks.
    pub checks: Vec<CheckLine>,
    /// What still blocks submitting.
    pub blocking: usize,
    /// Token for `restore_page`.
    pub undo: Option<String>,
}

/// The answer to a keystroke: durable, and what the checks say now.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Saved {
    /// When it became durable.
    pub saved_at: DateTime<Utc>,
    /// All checks.
    pub checks: Vec<CheckLine>,
    /// What still blocks submitting.
    pub blocking: usize,
}
